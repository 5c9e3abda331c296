/* The dialog of presets: its list comes when it opens, one that is taken fills the form. */

const dialog = document.getElementById("presets");
const body = document.getElementById("presets-body");
const composer = document.getElementById("composer");

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-presets]")) return;
  const model = composer.querySelector(".model-choice:checked")?.value ?? "";
  body.setAttribute("hx-vals", JSON.stringify({ model }));
  window.htmx.trigger(body, "presets:open");
  dialog.showModal();
});

dialog.addEventListener("click", (event) => {
  const { target } = event;
  if (target === dialog || target.closest("[data-close]")) dialog.close();
  const link = target.closest("[data-preset]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.close();
  const address = `${composer.dataset.refresh}?preset=${link.dataset.preset}`;
  window.htmx.ajax("POST", address, { source: "#pick", target: "#fields", swap: "innerHTML settle:0ms" });
});
/* What was asked for has the focus, not the button that is gone. */
body.addEventListener("htmx:afterSettle", () => {
  const field = body.querySelector("[aria-invalid=true]") ?? body.querySelector("input[type=text]");
  if (!dialog.open || (!field && dialog.contains(document.activeElement))) return;
  (field ?? body.querySelector("[data-preset]") ?? dialog.querySelector("[data-close]")).focus();
});
dialog.addEventListener("close", () => document.querySelector("[data-presets]")?.focus());
