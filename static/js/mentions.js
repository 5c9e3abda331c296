/* The list behind an @ in a text: a combobox, filled by the server while somebody types. A list names its field in
   `data-mentions-of`, where it comes from in `data-from`, and whether names are handles of subjects in `data-handles`.
   Tells chips.js "subject:pick" (detail: { handle, template }). */

const HANDLE = /(?:^|[^A-Za-z0-9_@])@([A-Za-z0-9_]{0,32})$/;
const NAME = /(?:^|[^A-Za-z0-9_@])@([^\s@]{0,40})$/;
const SAID = { role: "combobox", "aria-expanded": "true", "aria-haspopup": "listbox" };
let field; // where somebody types, and what was known there:
let dismissed; // where the mention begins whose list was closed by Escape: an answer on its way opens it no more
let known; // the beginning of a name that the list is about
let chosen; // the id of what the arrows have led to since something was typed; a list that is renewed keeps it
let wanted; // what was typed as Enter came before the list for it: the first there replaces it, whatever follows

const list = () => document.querySelector(`[data-mentions-of="${field.id}"]`);
const isOpen = () => list() && !list().hidden;
const options = () => [...list().querySelectorAll("[role=option]")];
const current = () => list().querySelector("[aria-selected=true]");

function isAbout(target) {
  if (!target.id || !document.querySelector(`[data-mentions-of="${target.id}"]`)) return false;
  if (target !== field) [dismissed, known, chosen, wanted] = [];
  field = target;
  return true;
}
function typing() {
  const { selectionStart: end, selectionEnd, value } = field;
  const found = end === selectionEnd && ("handles" in list().dataset ? HANDLE : NAME).exec(value.slice(0, end));
  return found ? { q: found[1], start: end - found[1].length - 1, end } : null;
}
function ask({ q }) {
  const place = list();
  window.htmx.ajax("GET", place.dataset.from, { source: place, target: place, swap: "innerHTML", values: { q } });
}
function close() {
  wanted = undefined;
  if (!isOpen()) return;
  list().hidden = true;
  for (const name of [...Object.keys(SAID), "aria-controls", "aria-activedescendant"]) field.removeAttribute(name);
}
function open() {
  // Browsers open no window by themselves: a new subject wants another Enter.
  const first = options()[0];
  if (wanted?.q === known && first && !first.dataset.new) return take(first, wanted);
  const now = typing();
  if (document.activeElement !== field || !now || now.start === dismissed || !first) return close();
  list().hidden = false;
  const caret = field.parentElement.querySelector(".marks [data-caret]");
  if (caret) list().style.insetBlockStart = `${field.offsetTop - field.scrollTop + caret.offsetTop + 28}px`;
  for (const [name, value] of Object.entries({ ...SAID, "aria-controls": list().id })) field.setAttribute(name, value);
  select(options().find(({ id }) => id === chosen) ?? first);
}
function select(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}
function want() {
  if (wanted) return;
  const now = typing();
  if (!now || now.q === known || current().id === chosen) return take(current(), now);
  wanted = { ...now, before: field.value.slice(0, now.end) };
  ask(now);
}
function take(option, at) {
  const { selectionStart: caret } = field;
  const { start, end } = at ?? { start: caret, end: caret };
  close();
  if (option.dataset.new) return void window.open(option.dataset.new, "_blank");
  field.focus();
  field.setRangeText(`@${option.dataset.name} `, start, end, caret > end ? "preserve" : "end");
  const detail = { handle: option.dataset.name, template: option.querySelector("template") };
  if (detail.template) field.dispatchEvent(new CustomEvent("subject:pick", { detail, bubbles: true }));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/* Before the viewer's own keys, of which Escape would close it. */
document.addEventListener("keydown", (event) => {
  if (!isAbout(event.target)) return;
  if (event.key === "Escape") dismissed = typing()?.start;
  if (!isOpen() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const option = all[(all.indexOf(current()) + step + all.length) % all.length];
    chosen = option.id;
    select(option);
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) want();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
document.addEventListener("input", ({ target }) => {
  if (!isAbout(target) || (wanted && field.value.startsWith(wanted.before))) return;
  const now = typing();
  [chosen, wanted] = [];
  if (now?.start !== dismissed) dismissed = undefined;
  if (!now) return close();
  ask(now);
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!field || detail.target !== list()) return;
  known = detail.requestConfig.parameters.q;
  open();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (field && detail.target === list() && !detail.successful) close();
});
document.addEventListener("pointerdown", (event) => event.target.closest?.("[data-mentions-of]") && event.preventDefault());
document.addEventListener("click", ({ target }) => {
  const option = target.closest?.("[data-mentions-of] [role=option]");
  if (option) take(option, typing());
});
document.addEventListener("focusout", ({ target }) => {
  if (target === field) setTimeout(() => document.activeElement !== field && close(), 100);
});
