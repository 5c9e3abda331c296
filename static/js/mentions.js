/* The list of subjects behind an @ in the prompt: a combobox, filled by the server while somebody types.
   Tells chips.js "subject:pick" (detail: { handle, template }). */

const composer = document.getElementById("composer");
const byId = (id) => document.getElementById(id);
const field = () => byId("id_prompt");
const box = () => byId("subjects-picked");
const OPEN = /(?:^|[^A-Za-z0-9_@])@([A-Za-z0-9_]{0,32})$/;
let list;
let dismissed; // where the mention begins whose list was closed by Escape: an answer on its way opens it no more
let known; // the beginning of a handle that the list is about
let chosen; // the id of what the arrows have led to since something was typed; a list that is renewed keeps it
let wanted; // what was typed as Enter came before the list for it: the first there replaces it, whatever follows

const tell = (name, detail) => composer.dispatchEvent(new CustomEvent(name, { detail }));

function typing() {
  const { selectionStart: end, selectionEnd, value } = field();
  const found = end === selectionEnd && OPEN.exec(value.slice(0, end));
  return found ? { q: found[1], start: end - found[1].length - 1, end } : null;
}
const isOpen = () => list && !list.hidden;
const options = () => [...list.querySelectorAll("[role=option]")];
const current = () => list.querySelector("[aria-selected=true]");
function ask({ q }) {
  window.htmx.ajax("GET", box().dataset.list, { source: list, target: list, swap: "innerHTML", values: { q } });
}
function close() {
  wanted = undefined;
  if (!isOpen()) return;
  list.hidden = true;
  for (const name of ["role", "aria-expanded", "aria-activedescendant", "aria-haspopup"]) field().removeAttribute(name);
}
function open() {
  // Browsers open no window by themselves: a new subject wants another Enter.
  const first = options()[0];
  if (wanted?.q === known && !first.dataset.new) return take(first, wanted);
  const now = typing();
  if (document.activeElement !== field() || !now || now.start === dismissed) return close();
  list.hidden = false;
  const caret = composer.querySelector(".marks [data-caret]");
  list.style.insetBlockStart = `${field().offsetTop - field().scrollTop + (caret?.offsetTop ?? 0) + 28}px`;
  const said = { role: "combobox", "aria-expanded": "true", "aria-haspopup": "listbox", "aria-controls": list.id };
  for (const [name, value] of Object.entries(said)) field().setAttribute(name, value);
  select(options().find(({ id }) => id === chosen) ?? first);
}
function select(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  field().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}
function want() {
  if (wanted) return;
  const now = typing();
  if (!now || now.q === known || current().id === chosen) return take(current(), now);
  wanted = { ...now, before: field().value.slice(0, now.end) };
  ask(now);
}
function take(option, at) {
  const { selectionStart: caret } = field();
  const { start, end } = at ?? { start: caret, end: caret };
  close();
  if (option.dataset.new) return void window.open(option.dataset.new, "_blank");
  field().setRangeText(`@${option.dataset.handle} `, start, end, caret > end ? "preserve" : "end");
  tell("subject:pick", { handle: option.dataset.handle, template: option.querySelector("template") });
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}
function move(event) {
  if (event.key === "Escape" && event.target === field()) dismissed = typing()?.start;
  if (!isOpen() || event.target !== field() || event.isComposing || event.ctrlKey || event.metaKey) return;
  const all = options();
  const place = all.indexOf(current());
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    const option = all[(place + steps[event.key] + all.length) % all.length];
    chosen = option.id;
    select(option);
  } else if (event.key === "Enter" || event.key === "Tab") want();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function build() {
  list = undefined;
  if (!box()) return;
  list = Object.assign(document.createElement("ul"), { id: "mention-options", className: "mention-list", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Subjects");
  field().after(list);
  field().setAttribute("aria-autocomplete", "list");
}
composer.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (target !== list) return;
  known = detail.requestConfig.parameters.q;
  open();
});
composer.addEventListener("htmx:afterRequest", ({ target, detail }) => detail.successful || target !== list || close());
composer.addEventListener("composer:refilled", build);
composer.addEventListener("keydown", move, { capture: true });
composer.addEventListener("input", ({ target }) => {
  if (!list || target !== field()) return;
  if (wanted && field().value.startsWith(wanted.before)) return;
  const now = typing();
  [chosen, wanted] = [];
  if (now?.start !== dismissed) dismissed = undefined;
  if (!now) return close();
  ask(now);
});
composer.addEventListener("pointerdown", (event) => event.target.closest(".mention-list") && event.preventDefault());
composer.addEventListener("click", ({ target }) => {
  const option = target.closest(".mention-list [role=option]");
  if (option) take(option, typing());
});
composer.addEventListener("focusout", () => setTimeout(() => document.activeElement !== field() && close(), 100));
build();
