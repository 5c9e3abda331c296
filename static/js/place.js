/* Where somebody was: in the results, by the tile at the top of what is seen; in other panes that scroll, by how far.
   Going back and reloading bring them there again, also when it was below "Show older". */

const KEY = `viduweb.place.${location.pathname}${location.search}`;
const PANES = ["fields"];
const MOST_PAGES = 40; // of older results that are brought again

const results = document.getElementById("results") ?? document.getElementById("main");
const pane = () => (getComputedStyle(results).overflowY === "auto" ? results : document.scrollingElement);
const topOf = () => (pane() === results ? results.getBoundingClientRect().top : 0);

/* The first tile that is seen, and how far below the top of the pane it stands. */
function anchor() {
  const top = topOf();
  const isSeen = (one) => one.getBoundingClientRect().bottom > top;
  const rows = [...results.querySelectorAll(".rows")].find(isSeen); // what is in those far away is not laid out
  const tile = rows && [...rows.children].find(isSeen);
  return tile && pane().scrollTop > 0 ? { id: tile.id, below: tile.getBoundingClientRect().top - top } : null;
}

function scrollTo({ id, below }) {
  const tile = document.getElementById(id);
  if (!tile) return false;
  pane().scrollTop += tile.getBoundingClientRect().top - topOf() - below;
  return true;
}

/* What changes above does not move what is looked at. rows.js, which is loaded before, has arranged the tiles by then. */
let before = null;
document.addEventListener("cards:changing", () => (before = anchor()));
document.addEventListener("cards:changed", () => {
  if (before) scrollTo(before);
  before = null;
});

/* What has the focus; while the viewer is open, the tile of what it shows, wherever that is. */
function focusedTile() {
  const shown = document.getElementById(document.getElementById("viewer")?.dataset.tile);
  shown?.scrollIntoView({ block: "nearest" });
  return shown?.id ?? (document.activeElement?.closest?.("article.card") ? document.activeElement.id : "");
}

function save() {
  const panes = PANES.map((id) => document.getElementById(id)?.scrollTop ?? 0);
  const focused = focusedTile();
  const place = { anchor: anchor(), top: pane().scrollTop, panes, focused };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // No storage, or it is full: going back begins at the top.
  }
}

function kept() {
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (how !== "back_forward" && how !== "reload") return null;
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/* One page of older results after the other, until the tile is among them. */
async function bring(id) {
  if (document.getElementById(id)) return;
  // Modules run before htmx knows the links.
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
  for (let page = 0; page < MOST_PAGES && !document.getElementById(id); page++) if (!(await older())) return;
}

async function older() {
  const link = document.getElementById("older-link");
  if (!link) return false;
  const came = new Promise((done) => document.addEventListener("cards:older", done, { once: true }));
  link.click();
  await Promise.race([came, new Promise((late) => setTimeout(late, 5000))]);
  return true;
}

/* It cannot stand where it stood while what was below it is missing. */
const isLow = ({ id, below }) => document.getElementById(id)?.getBoundingClientRect().top - topOf() - below > 1;

async function restore(place) {
  PANES.forEach((id, at) => document.getElementById(id)?.scrollTo(0, place.panes[at]));
  if (place.anchor) {
    await bring(place.anchor.id);
    if (!scrollTo(place.anchor)) pane().scrollTop = place.top;
    // Before the first frame a tile may not have been laid out, and seem to stand at the very top.
    const top = pane().scrollTop;
    await new Promise((done) => requestAnimationFrame(done));
    if (pane().scrollTop === top) scrollTo(place.anchor);
    for (let page = 0; page < 2 && isLow(place.anchor) && (await older()); page++) scrollTo(place.anchor);
  }
  // What was never drawn may refuse the focus until the next frame.
  const tile = place.focused && document.getElementById(place.focused);
  const isFree = ({ activeElement } = document) => activeElement === document.body || results.contains(activeElement);
  for (let frame = 0; tile && frame < 10 && document.activeElement !== tile && isFree(); frame++) {
    tile.focus({ preventScroll: true });
    await new Promise(requestAnimationFrame);
  }
}

history.scrollRestoration = "manual";
const place = kept();
if (place) restore(place);
addEventListener("pagehide", save);
