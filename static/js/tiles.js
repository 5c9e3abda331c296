/* The keyboard on tiles: one tab stop for all of them, which follows the focus and what one has just made, and is the
   newest tile before that; arrows lead on, Home and End to the ends, F2 into a tile's actions, or to their menu where they
   have no room ("tile:menu", tile-menu.js), and Escape out again. Whoever asks for older results goes on at the first of them. */

const cards = document.getElementById("cards");
const links = () => [...cards.querySelectorAll(".card .open")];
const isSeen = (one) => one.checkVisibility() && getComputedStyle(one).opacity !== "0";
const actions = (card) => [...card.querySelectorAll(":is(.acts, .why) :is(a, button)")].filter(isSeen);

/* By its id: a tile that has changed is another element. */
let stop = "";
let held; // the link that has the tab stop

function rove(id = stop) {
  stop = id;
  const named = document.getElementById(stop);
  const chosen = named && cards.contains(named) ? named : cards.querySelector(".card .open");
  if (held && held !== chosen) held.tabIndex = -1;
  if (chosen) chosen.tabIndex = 0;
  held = chosen;
}

/* What comes is no stop of its own: a page, a tile that has changed, a heart that has been pressed. */
const STOPS = ".open, :is(.acts, .why) :is(a, button), .pick input";
function leave(part) {
  if (!(part instanceof Element)) return;
  for (const one of [part, ...part.querySelectorAll(STOPS)]) if (one.matches(STOPS) && one !== held) one.tabIndex = -1;
}
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) addedNodes.forEach(leave);
  rove();
}).observe(cards, { childList: true, subtree: true });

/* The tile of the next row whose middle is nearest. Only near groups are asked: where those stand that are far away is found
   out only when it is asked for. */
function across(link, step) {
  const here = link.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  const isBeyond = ({ top }) => (step > 0 ? top >= here.bottom - 1 : top < here.top - 1);
  const all = [...groups];
  const at = all.indexOf(link.closest(".rows"));
  const near = all.slice(Math.max(0, at - 1), at + 2).flatMap((rows) => [...rows.querySelectorAll(".card .open")]);
  const beyond = near.map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => isBeyond(box));
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

/* A browser gives no focus to what it has never laid out. */
function reach(link, how) {
  link.getBoundingClientRect();
  link.focus(how);
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
  const said = isLiked ? "No favourite any more." : "Favourite.";
  const say = ({ detail }) => detail.successful && (document.getElementById("announcer").textContent = said);
  form.addEventListener("htmx:afterRequest", say, { once: true });
  form.requestSubmit();
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
  else if (next) reach(next);
});
cards.addEventListener("focusin", ({ target: focused }) => {
  const link = focused.closest(".card")?.querySelector(".open");
  if (link && link.tabIndex !== 0) rove(link.id);
  else if (link) stop = link.id;
});
document.addEventListener("tasks:made", ({ detail }) => {
  if (!cards.contains(document.activeElement)) rove(`task-${detail.ids[0]}-open`);
});

/* The heart in the corner of a tile that nobody looks at. */
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches?.(".card .like"))
    target.closest(".card").classList.toggle("liked", target.querySelector("[aria-pressed='true']") !== null);
});

/* Older results: a day that goes on joins its first half. */
const groups = cards.getElementsByClassName("rows");
let many = 0; // groups before what is older came
document.addEventListener("htmx:beforeSwap", () => (many = groups.length));
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.requestConfig?.elt.id !== "older-link") return;
  const asked = !("unasked" in detail.requestConfig.elt.dataset);
  const wasFocused = asked && (document.activeElement === document.body || document.activeElement?.id === "older-link");
  const fresh = groups[many]?.querySelector(".open");
  const days = new Map();
  for (const day of [...cards.children].filter((one) => one.matches("section.day[id]"))) {
    const first = days.get(day.id);
    if (!first) days.set(day.id, day);
    else {
      first.append(...day.querySelectorAll(".rows"));
      day.remove();
    }
  }
  document.dispatchEvent(new CustomEvent("cards:changed"));
  document.dispatchEvent(new CustomEvent("cards:older"));
  if (fresh && wasFocused && !document.hidden) reach(fresh, { preventScroll: true });
});

leave(cards);
rove();
