/* The composer: kinds, counters, steppers, seed roll, words put into the prompt, Ctrl+Enter.
   Tells the other modules "composer:refilled" (detail: { submitted, status }) after each full replacement. */

const composer = document.getElementById("composer");
const announcer = document.getElementById("announcer");
const prompt = () => document.getElementById("id_prompt");

/* Kinds: a tab shows its models and takes the first one. */
function chooseKind(kind) {
  for (const models of composer.querySelectorAll(".models")) models.hidden = models.dataset.kind !== kind;
  const first = composer.querySelector(`.models[data-kind="${CSS.escape(kind)}"] .model-choice`);
  if (!first || first.checked) return;
  first.checked = true;
  first.dispatchEvent(new Event("change", { bubbles: true }));
}
composer.addEventListener("change", ({ target }) => {
  if (target.name === "kind") chooseKind(target.value);
  steps();
});

/* Counters: the figures follow every key, only the two thresholds are spoken. */
function count(field) {
  const figures = composer.querySelector(`[data-counts="${CSS.escape(field.id)}"]`);
  if (!figures) return;
  const most = Number(figures.dataset.max);
  const length = [...field.value].length;
  const level = length > most ? "over" : length >= most * 0.9 ? "near" : "";
  const words = { over: ` · ${length - most} too many`, near: ` · ${most - length} left` }[level] ?? "";
  figures.textContent = `${length} / ${most}${words}`;
  if (level && figures.dataset.level !== level) announcer.textContent = figures.textContent.split(" · ")[1];
  figures.dataset.level = level;
}

/* Words put into the prompt where the caret is. */
function insert(words) {
  const field = prompt();
  const { selectionStart: start, selectionEnd: end, value } = field;
  const before = start > 0 && !/\s$/.test(value.slice(0, start)) ? " " : "";
  const after = /^\s/.test(value.slice(end)) ? "" : " ";
  field.setRangeText(before + words + after, start, end, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function roll(id) {
  const field = document.getElementById(id);
  field.value = 1 + Math.floor(Math.random() * 2147483647);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  announcer.textContent = `Seed ${field.value}`;
}

/* Steppers: a list with a button on each side; at an end its button rests. */
function steps() {
  for (const button of composer.querySelectorAll("[data-step]")) {
    const list = document.getElementById(button.getAttribute("aria-controls"));
    const to = list.selectedIndex + Number(button.dataset.step);
    button.setAttribute("aria-disabled", String(list.disabled || to < 0 || to >= list.length));
  }
}
function step(button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const list = document.getElementById(button.getAttribute("aria-controls"));
  list.selectedIndex += Number(button.dataset.step);
  list.dispatchEvent(new Event("change", { bubbles: true }));
  announcer.textContent = list.selectedOptions[0].textContent;
}

document.addEventListener("click", ({ target }) => {
  const stepper = target.closest("[data-step]");
  if (stepper) step(stepper);
  const rolls = target.closest("[data-roll]");
  if (rolls) roll(rolls.dataset.roll);
  const words = target.closest("[data-insert]");
  if (words) {
    insert(words.dataset.insert);
  }
  const example = target.closest("[data-try]");
  if (example) {
    document.dispatchEvent(new CustomEvent("composer:open"));
    prompt().value = "";
    prompt().setSelectionRange(0, 0);
    insert(example.dataset.try);
  }
});

composer.addEventListener("input", ({ target }) => {
  if (target.matches("textarea")) count(target);
});
composer.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit(document.getElementById("generate"));
});
if (/Mac|iPhone|iPad/.test(navigator.platform)) document.querySelector("#shortcut kbd").textContent = "⌘";

/* Folded parts stay as they were. */
let opened = [];
composer.addEventListener("htmx:beforeSwap", () => {
  opened = [...composer.querySelectorAll("#fields details[open]")].map((part) => part.id);
});
composer.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "fields") return;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  refresh();
  const { requestConfig, xhr } = event.detail;
  if (requestConfig.path.includes("part=options")) return;
  const submitted = requestConfig.elt === composer;
  composer.dispatchEvent(new CustomEvent("composer:refilled", { detail: { submitted, status: xhr.status } }));
});
/* A dependent field that looks the same as before is left alone: its open list would close. */
composer.addEventListener("htmx:oobBeforeSwap", (event) => {
  const fresh = event.detail.fragment.firstElementChild;
  if (event.detail.target.matches(".field") && fresh?.isEqualNode(event.detail.target)) event.detail.shouldSwap = false;
});

function refresh() {
  composer.querySelectorAll("textarea").forEach(count);
  steps();
}
refresh();
