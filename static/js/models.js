/* The list of models: opens under its button; arrow keys move in it, Enter, Space or a click takes one and closes it.
   What the last model had and this one has no use for goes along with the next choice, and so comes back. */

const composer = document.getElementById("composer");
const GAP = 4;
const list = () => document.getElementById("models");
const button = () => document.getElementById("model-button");
const radios = () => [...list().querySelectorAll(".models:not([hidden]) .model-choice")];

/* Under the button, or above it where there is more room. */
function place() {
  const box = button().getBoundingClientRect();
  const { style } = list();
  const below = innerHeight - box.bottom - GAP * 2;
  const isBelow = below >= Math.min(list().scrollHeight, box.top);
  style.inlineSize = `${box.width + GAP * 2}px`;
  style.insetInlineStart = `${Math.max(GAP, box.left - GAP)}px`;
  style.insetBlockStart = isBelow ? `${box.bottom + GAP}px` : "auto";
  style.insetBlockEnd = isBelow ? "auto" : `${innerHeight - box.top + GAP}px`;
  style.maxBlockSize = `${(isBelow ? below : box.top - GAP * 2)}px`;
}

composer.addEventListener("toggle", ({ target, newState }) => {
  if (target.id !== "models" || newState !== "open") return;
  place();
  (radios().find((radio) => radio.checked) ?? radios()[0])?.focus();
}, { capture: true });
/* An answer on its way does not close what was opened meanwhile. htmx would copy the place to the next list as an
   attribute, which the content policy forbids. */
let wasOpen = false;
composer.addEventListener("htmx:beforeSwap", () => {
  wasOpen = Boolean(list()?.matches(":popover-open"));
  list()?.removeAttribute("style");
});
composer.addEventListener("htmx:afterSwap", () => {
  if (wasOpen && !list()?.matches(":popover-open")) list()?.showPopover();
  wasOpen = false;
});
addEventListener("resize", () => list()?.matches(":popover-open") && place());

function take(radio) {
  if (list().matches(":popover-open")) list().hidePopover();
  button().focus();
  if (radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

composer.addEventListener("keydown", (event) => {
  const radio = event.target;
  if (radio === button() && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    list().showPopover();
  }
  if (!radio.matches?.(".model-choice")) return;
  const all = radios();
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const to = { Home: all[0], End: all.at(-1) }[event.key] ?? (step && all[(all.indexOf(radio) + step + all.length) % all.length]);
  if (to) to.focus();
  else if (["Enter", " "].includes(event.key) && !event.ctrlKey && !event.metaKey) take(radio);
  else return;
  event.preventDefault();
});
/* A click on a line has chosen it already; it only closes. */
composer.addEventListener("click", ({ target }) => {
  if (target.closest?.(".model") && list().matches(":popover-open")) {
    list().hidePopover();
    button().focus();
  }
});

/* A choice that no answer has come to is none: the list and the tabs say again what the fields are of. */
function takeBack({ detail }) {
  const chosen = composer.querySelector(".model-choice:checked");
  // Another one, chosen since, is asked for by itself.
  if (detail.elt.id !== "pick" || detail.requestConfig.parameters.model !== chosen?.value) return;
  for (const one of composer.querySelectorAll(".model-choice, [name=kind]")) one.checked = one.defaultChecked;
  const kind = composer.querySelector("[name=kind]:checked")?.value;
  for (const models of list().querySelectorAll(".models")) models.hidden = models.dataset.kind !== kind;
  const title = composer.querySelector(".model-choice:checked")?.dataset.title;
  document.getElementById("announcer").textContent = title ? `The model is still ${title}.` : "No model is chosen.";
}
for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) composer.addEventListener(kind, takeBack);

let aside = {}; // name -> values
composer.addEventListener("composer:refilled", ({ detail }) => {
  if (detail.submitted) return;
  const told = document.getElementById("left-out");
  aside = told ? JSON.parse(told.dataset.values) : {};
  if (told) document.getElementById("announcer").textContent = told.textContent;
});
composer.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "pick") return;
  const { parameters } = detail;
  for (const [name, values] of Object.entries(aside)) {
    const given = [parameters[name] ?? []].flat().filter(Boolean);
    const isList = ["image_ids", "subjects"].includes(name);
    if (isList || !given.length) parameters[name] = [...new Set([...given, ...values])];
  }
});
