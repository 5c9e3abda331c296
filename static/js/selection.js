/* Selecting tiles: by their boxes, a range with Shift, and on the keyboard "x" or Space on a tile, Ctrl+A for all that are shown,
   Escape for none. What is ticked is the state; the bar shows itself by CSS. Listens to "selection:done". */

const cards = document.getElementById("cards");
const form = document.getElementById("selection");
const count = document.getElementById("selection-count");
const mode = document.getElementById("select-mode");
const everything = document.getElementById("selection-all"); // also of what is on no page yet
const announcer = document.getElementById("announcer");
let last = ""; // the id of the box that was changed last: a range begins there
let isShift = false; // whether the press that ticks a box was made with Shift

const boxes = () => [...cards.querySelectorAll(".pick input")];
const ticked = () => [...cards.querySelectorAll(".pick :checked")];
const lastTicked = () => ticked().at(-1)?.closest(".card").querySelector(".open");

function tell(aloud = true) {
  const many = ticked().length;
  const words = everything?.checked ? "All that match" : many ? `${many} selected` : "None selected";
  count.textContent = words;
  for (const part of [cards, cards.parentElement]) part.classList.toggle("picked", many > 0);
  if (aloud) announcer.textContent = words;
}

function choose(box, on, range) {
  const all = boxes();
  const from = range ? all.findIndex((one) => one.id === last) : -1;
  const to = all.indexOf(box);
  const chosen = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const one of chosen) one.checked = on;
  last = box.id;
  tell();
}

everything?.addEventListener("change", () => tell());

function none() {
  if (everything) everything.checked = false;
  for (const box of ticked()) box.checked = false;
  last = "";
  selecting(false);
  tell();
}

function selecting(on) {
  cards.classList.toggle("selecting", on);
  mode?.setAttribute("aria-pressed", String(on));
}

/* By mouse and touch: the label presses the box, and only the label's press knows of Shift. */
cards.addEventListener("click", (event) => {
  if (!event.target.closest(".pick")) return;
  if (!event.target.matches("input")) isShift = event.shiftKey;
  else isShift ||= event.shiftKey;
}, { capture: true });
cards.addEventListener("change", ({ target }) => {
  if (!target.matches(".pick input")) return;
  choose(target, target.checked, isShift);
  isShift = false;
});
mode?.addEventListener("click", () => (mode.getAttribute("aria-pressed") === "true" ? none() : selecting(true)));
form.addEventListener("keydown", (event) => {
  // Enter in a field presses the button beside it, not the form's first one.
  const beside = event.key === "Enter" && !event.isComposing && event.target.closest(".into input")?.parentNode.querySelector("button");
  if (!beside) return;
  event.preventDefault();
  beside.click();
});
form.addEventListener("reset", (event) => {
  event.preventDefault();
  const to = lastTicked();
  none();
  goOn(to);
});

/* The bar goes, and the focus with it: it goes on at the last of what was ticked, at the way back from the trash, or at what
   stood nearest; after that way back, which brings the page anew, at what place.js keeps. */
let nearest = ""; // the id of the link
let isGone = false;
form.addEventListener("htmx:beforeRequest", () => {
  const all = boxes();
  const [first, end] = [all.findIndex((one) => one.checked), all.findLastIndex((one) => one.checked)];
  const near = all.slice(end + 1).find((one) => !one.checked) ?? all.slice(0, Math.max(0, first)).at(-1);
  nearest = near?.closest(".card").querySelector(".open").id ?? "";
  isGone = false;
});
function goOn(to) {
  const link = to?.isConnected ? to : document.getElementById(nearest) ?? cards.querySelector(".card .open") ?? cards;
  link.getBoundingClientRect(); // a browser gives no focus to what it has never laid out
  link.focus({ preventScroll: true });
}
document.addEventListener("tasks:gone", ({ target }) => (isGone ||= form.contains(target)));
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (elt.matches(".undo") && xhr.getResponseHeader("HX-Refresh")) goOn(null);
});

/* By keyboard, on a tile. */
const singleKeys = () => document.getElementById("single-keys")?.checked !== false;
cards.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".card") || event.altKey) return;
  const { key, ctrlKey, metaKey, shiftKey } = event;
  if ((ctrlKey || metaKey) && key.toLowerCase() === "a") {
    for (const box of boxes()) box.checked = true;
    event.preventDefault();
    return tell();
  }
  if (ctrlKey || metaKey || !event.target.matches(".open")) return;
  if (key === "Escape" && ticked().length) return none();
  if (key !== " " && !(key.toLowerCase() === "x" && singleKeys())) return;
  event.preventDefault();
  const box = event.target.closest(".card").querySelector(".pick input");
  if (box) choose(box, shiftKey || !box.checked, shiftKey);
});

/* A tile that is replaced stays ticked. */
document.addEventListener("card:replaced", ({ detail: { old, card } }) => {
  const [before, now] = [old, card].map((one) => one.querySelector(".pick input"));
  if (before && now) now.checked = before.checked;
});
document.addEventListener("cards:changed", () => tell(false));
document.addEventListener("selection:done", () => {
  for (const menu of form.querySelectorAll(":popover-open")) menu.hidePopover();
  for (const field of form.querySelectorAll(".into input")) field.value = "";
  const isHere = document.activeElement === document.body || form.contains(document.activeElement);
  const to = isGone ? [...document.querySelectorAll(".toast[open] .undo button")].at(-1) : lastTicked();
  none();
  if (isHere) goOn(to);
});
// A browser may tick again by itself what was ticked before a reload.
addEventListener("pageshow", () => tell(false));
tell(false);
