/* The dialog of snippets: arrow keys move in it; one that is taken goes into the prompt (composer.js) at its caret. */

const dialog = document.getElementById("snippets");
const body = document.getElementById("snippets-body");
const all = () => [...body.querySelectorAll("[data-insert]")];

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-snippets]")) return;
  window.htmx.trigger(body, "snippets:open");
  dialog.showModal();
});
body.addEventListener("htmx:afterSettle", () => dialog.open && all()[0]?.focus());
// Closed before composer.js hears of the click: the prompt behind an open dialog takes no focus.
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.closest("[data-close], [data-insert]")) dialog.close();
});
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = all();
  if (!step || !list.length) return;
  event.preventDefault();
  list[(list.indexOf(document.activeElement) + step + list.length) % list.length].focus();
});
