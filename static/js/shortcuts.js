/* Keys: "/" to the prompt, or to the search, "?" for the list of keys. Not while somebody types, not over an open
   dialog, and only while single keys are switched on (under Account, unless this browser keeps another choice). */

const KEPT = "viduweb.single-keys";
const list = document.getElementById("shortcuts");
const single = document.getElementById("single-keys");
const TYPING = "input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select, [contenteditable]";

function kept() {
  const own = document.documentElement.dataset.singleKeys !== "off";
  try {
    const here = localStorage.getItem(KEPT);
    return here ? here === "on" : own;
  } catch {
    return own; // storage is switched off
  }
}
single.checked = kept();
single.addEventListener("change", () => {
  try {
    localStorage.setItem(KEPT, single.checked ? "on" : "off");
  } catch {
    // It holds for this page.
  }
});

const search = document.getElementById("id_q");
function write() {
  if (search) return search.select();
  document.dispatchEvent(new CustomEvent("composer:open"));
  const prompt = document.getElementById("id_prompt");
  prompt.focus();
  prompt.setSelectionRange(prompt.value.length, prompt.value.length);
}

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (!["/", "?"].includes(key) || ctrlKey || metaKey || altKey || event.isComposing) return;
  if (key === "/" && !search && !document.getElementById("id_prompt")) return;
  if (!single.checked || target.closest?.(TYPING) || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  if (key === "?") list.showModal();
  else write();
});
document.addEventListener("click", ({ target }) => target.closest("[data-keys]") && list.showModal());
list.addEventListener("click", ({ target }) => target === list && list.close());
if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘";
