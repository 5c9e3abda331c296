/* The list of members behind an @ in a comment: a combobox, filled by the server while somebody types. */

const OPEN = /(?:^|[^A-Za-z0-9_@])@([^\s@]{0,40})$/;
const field = () => document.getElementById("id_comment");
const list = () => document.getElementById("names");
const options = () => [...list().querySelectorAll("[role=option]")];
const current = () => list().querySelector("[aria-selected=true]");
const isOpen = () => list() && !list().hidden;
let dismissed; // where the name begins whose list was closed by Escape: an answer on its way opens it no more
let known; // the beginning of a name that the list is about
let chosen; // the id of what the arrows have led to since something was typed; a list that is renewed keeps it
let wanted; // what was typed as Enter came before the list for it: the first there replaces it, whatever follows

function typing() {
  const { selectionStart: end, selectionEnd, value } = field();
  const found = end === selectionEnd && OPEN.exec(value.slice(0, end));
  return found ? { q: found[1], start: end - found[1].length - 1, end } : null;
}
function ask({ q }) {
  window.htmx.ajax("GET", list().dataset.names, { source: list(), target: list(), swap: "innerHTML", values: { q } });
}
function close() {
  wanted = undefined;
  if (!isOpen()) return;
  list().hidden = true;
  for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant", "aria-haspopup"]) field().removeAttribute(name);
}
function open() {
  const first = options()[0];
  if (wanted?.q === known && first) return take(first, wanted);
  const now = typing();
  if (document.activeElement !== field() || !now || now.start === dismissed || !first) return close();
  list().hidden = false;
  const said = { role: "combobox", "aria-expanded": "true", "aria-haspopup": "listbox", "aria-controls": "names" };
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
  field().focus();
  field().setRangeText(`@${option.dataset.name} `, start, end, caret > end ? "preserve" : "end");
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

/* Before the viewer's own keys, of which Escape would close it. */
document.addEventListener("keydown", (event) => {
  if (event.target !== field() || !isOpen() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const option = all[(all.indexOf(current()) + step + all.length) % all.length];
    chosen = option.id;
    select(option);
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) want();
  else if (event.key === "Escape") {
    dismissed = typing()?.start;
    close();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

document.addEventListener("input", ({ target }) => {
  if (target !== field() || !list()) return;
  if (wanted && field().value.startsWith(wanted.before)) return;
  const now = typing();
  [chosen, wanted] = [];
  if (now?.start !== dismissed) dismissed = undefined;
  if (!now) return close();
  ask(now);
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!list() || detail.target !== list()) return;
  known = detail.requestConfig.parameters.q;
  open();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful || detail.target?.id !== "names" || close());
document.addEventListener("pointerdown", (event) => event.target.closest?.("#names") && event.preventDefault());
document.addEventListener("click", ({ target }) => {
  const option = target.closest?.("#names [role=option]");
  if (option) take(option, typing());
});
document.addEventListener("focusout", ({ target }) => {
  if (target === field()) setTimeout(() => document.activeElement !== field() && close(), 100);
});
