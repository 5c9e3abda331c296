/* Prompts of before: a dialog that searches them, and the arrow keys up and down in an empty prompt. */

const dialog = document.getElementById("history");
const body = document.getElementById("history-body");
const words = document.getElementById("history-words");
const prompt = () => document.getElementById("id_prompt");
const all = () => [...body.querySelectorAll("[data-prompt]")];
let at = -1; // which of them the prompt shows, while the arrow keys walk
let wanted = 0; // steps that wait for the list

function put(text) {
  const field = prompt();
  field.value = text;
  field.setSelectionRange(text.length, text.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function walk(step) {
  const list = all();
  at = Math.min(list.length - 1, Math.max(-1, at + step));
  put(at < 0 ? "" : list[at].textContent);
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step || event.target.id !== "id_prompt" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const isWalking = at >= 0 && all()[at]?.textContent === event.target.value;
  if (event.defaultPrevented || (event.target.value && !isWalking) || (!isWalking && step < 0)) return;
  event.preventDefault();
  if (!isWalking) at = -1;
  if (isWalking) walk(step);
  else {
    wanted = step;
    words.value = "";
    window.htmx.trigger(words, "history:open");
  }
});
body.addEventListener("htmx:afterSwap", () => {
  if (wanted) walk(wanted);
  wanted = 0;
});

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-history]")) return;
  words.value = "";
  window.htmx.trigger(words, "history:open");
  dialog.showModal();
  words.focus();
});
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.closest("[data-close]")) dialog.close();
  const button = target.closest("[data-prompt]");
  if (!button) return;
  dialog.close();
  put(button.textContent);
});
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const list = all();
  const to = list.indexOf(document.activeElement) + step;
  (to < 0 ? words : list[Math.min(to, list.length - 1)])?.focus();
});
dialog.addEventListener("close", () => prompt().focus());
