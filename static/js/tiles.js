/* The keyboard on tiles: one tab stop for all of them, which follows the focus and what one has just made, and is the
   newest tile before that; arrows lead on, Home and End to the ends, F2 into a tile's actions, or to their menu where they
   have no room ("tile:menu", tile-menu.js), and Escape out again. Whoever asks for older results goes on at the first of them. */

const cards = document.getElementById("cards");
const links = () => [...cards.querySelectorAll(".card .open")];
const isSeen = (one) => one.checkVisibility() && getComputedStyle(one).opacity !== "0";
const actions = (card) => [...card.querySelectorAll(":is(.acts, .why) :is(a, button)")].filter(isSeen);

/* By its id: a tile that has changed is another element. */
let stop = "";

function rove(id = stop) {
  stop = id;
  const all = links();
  const chosen = all.find((link) => link.id === stop) ?? all[0];
  for (const link of cards.querySelectorAll(".card .open:not([tabindex='-1'])")) if (link !== chosen) link.tabIndex = -1;
  if (chosen) chosen.tabIndex = 0;
  for (const action of cards.querySelectorAll(".card :is(.acts, .why) :is(a, button):not([tabindex='-1'])")) action.tabIndex = -1;
}

/* The tile of the next row whose middle is nearest. */
function across(link, step) {
  const here = link.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  const isBeyond = ({ top }) => (step > 0 ? top >= here.bottom - 1 : top < here.top - 1);
  const beyond = links().map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => isBeyond(box));
  if (!beyond.length) return null;
  const tops = beyond.map(([, box]) => box.top);
  const row = step > 0 ? Math.min(...tops) : Math.max(...tops);
  const off = ([, box]) => Math.abs(box.left + box.width / 2 - middle);
  return beyond.filter(([, box]) => Math.abs(box.top - row) < 1).sort((a, b) => off(a) - off(b))[0][0];
}

function target(link, key) {
  const all = links();
  const at = all.indexOf(link);
  switch (key) {
    case "ArrowRight": return all[at + 1];
    case "ArrowLeft": return all[at - 1];
    case "ArrowDown": return across(link, 1);
    case "ArrowUp": return across(link, -1);
    case "Home": return all[0];
    case "End": return all.at(-1);
    default: return undefined;
  }
}

function inActions(event, card) {
  const all = actions(card);
  const at = all.indexOf(event.target);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape") card.querySelector(".open").focus();
  else if (step) all[(at + step + all.length) % all.length].focus();
  else return;
  event.preventDefault();
}

/* "f" is the heart, while single keys are switched on (shortcuts.js). */
function like(card) {
  const form = card.querySelector(".like");
  const keys = document.getElementById("single-keys");
  if (!form || keys?.checked === false) return;
  const isLiked = form.querySelector("button").matches("[aria-pressed=true]");
  form.requestSubmit();
  document.getElementById("announcer").textContent = isLiked ? "No favourite any more." : "Favourite.";
}

cards.addEventListener("keydown", (event) => {
  const card = event.target.closest(".card");
  if (!card || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key.toLowerCase() === "f" && !event.repeat) return like(card);
  if (!event.target.matches(".open")) return inActions(event, card);
  const isInto = event.key === "F2";
  const next = isInto ? actions(card)[0] : target(event.target, event.key);
  if (next === undefined && !isInto) return;
  event.preventDefault();
  if (isInto && !next) document.dispatchEvent(new CustomEvent("tile:menu", { detail: card }));
  else next?.focus();
});
cards.addEventListener("focusin", ({ target: focused }) => {
  const link = focused.closest(".card")?.querySelector(".open");
  if (link && link.tabIndex !== 0) rove(link.id);
  else if (link) stop = link.id;
});
document.addEventListener("tasks:made", ({ detail }) => {
  if (!cards.contains(document.activeElement)) rove(`task-${detail.ids[0]}-open`);
});

// A heart that has been pressed is a new button.
document.addEventListener("htmx:afterSettle", () => rove());

/* Older results: a day that goes on joins its first half. */
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.requestConfig?.elt.id !== "older-link") return;
  const asked = !("unasked" in detail.requestConfig.elt.dataset);
  const wasFocused = asked && (document.activeElement === document.body || document.activeElement?.id === "older-link");
  const before = new Set(known);
  for (const day of cards.querySelectorAll("section.day[id]")) {
    const [first, ...more] = cards.querySelectorAll(`#${day.id}`);
    for (const half of more) {
      first.querySelector(".rows").append(...half.querySelectorAll(".card"));
      half.remove();
    }
  }
  const fresh = links().find((link) => !before.has(link.id));
  rove();
  document.dispatchEvent(new CustomEvent("cards:changed"));
  document.dispatchEvent(new CustomEvent("cards:older"));
  if (wasFocused && !document.hidden) fresh?.focus({ preventScroll: true });
});

let known = links().map((link) => link.id);
rove();
document.addEventListener("cards:changed", () => {
  rove();
  known = links().map((link) => link.id);
});
