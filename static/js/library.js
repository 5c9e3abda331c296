/* Pictures used before: a dialog with the last uploads and results; arrow keys move, Enter or a click picks one. */

const dialog = document.getElementById("library");
const body = document.getElementById("library-body");
let form;

function open(button) {
  form = button.closest("form");
  dialog.showModal();
  window.htmx.trigger(body, "recents:open");
}
body.addEventListener("htmx:afterSwap", () => body.querySelector("button")?.focus());

function pick(button) {
  const { pick: kind, value, name } = button.dataset;
  const detail = { name, values: { [kind]: value }, preview: button.querySelector("img").src };
  dialog.close();
  form.dispatchEvent(new CustomEvent("images:pick", { detail }));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-library]");
  if (button) open(button);
});
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.closest("[data-close]")) dialog.close();
  const button = target.closest("[data-pick]");
  if (button) pick(button);
});

const columns = (all) => Math.max(1, all.filter((one) => one.offsetTop === all[0].offsetTop).length);
dialog.addEventListener("keydown", (event) => {
  const all = [...body.querySelectorAll("[data-pick]")];
  const at = all.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(all), ArrowUp: -columns(all) }[event.key];
  if (at < 0 || !step) return;
  event.preventDefault();
  all[Math.min(all.length - 1, Math.max(0, at + step))].focus();
});
dialog.addEventListener("close", () => form?.querySelector("[data-library]")?.focus());
