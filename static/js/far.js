/* Thousands of tiles: of those far from the window only what the keyboard, screen readers and a selection need stays in the
   page: the tile in its size, its link and its box. The rest waits as text, and is there again long before it is seen, once the
   tile has the focus or is shown large ("tile:wanted", detail: something in it), and when the page is searched or printed. */

const FAR = "4000px 0px"; // more than a second of a quick hand
const SLICE = 8; // tiles that go or come back at once
const KEPT = ".open, .pick";
const USED = "video, .htmx-request, :popover-open, :focus";

const cards = document.getElementById("cards");
const groups = cards.getElementsByClassName("rows");
const texts = new WeakMap(); // tile -> what has been taken out of its link, and of itself
const seen = new WeakSet();
let isWhole = false; // the page is being searched

const markup = (nodes) => nodes.map((node) => node.outerHTML).join("");

function take(tile) {
  if (!tile.matches(".card:not(.running)") || texts.has(tile) || tile.querySelector(USED)) return;
  const link = tile.querySelector(".open");
  const rest = [...tile.children].filter((part) => !part.matches(KEPT));
  texts.set(tile, { inside: markup([...link.children]), beside: markup(rest) });
  // Chromium never lets go of a picture whose size is that of its box.
  for (const picture of link.querySelectorAll("img")) for (const name of ["srcset", "src", "sizes"]) picture.removeAttribute(name);
  link.replaceChildren();
  for (const part of rest) part.remove(); // what stays must not move, or it would lose the focus
}

function parsed(text) {
  const inert = document.createElement("template");
  inert.innerHTML = text;
  return inert.content;
}

function give(tile) {
  const text = texts.get(tile);
  if (!text) return;
  texts.delete(tile);
  tile.querySelector(".open").append(parsed(text.inside));
  tile.append(parsed(text.beside));
  window.htmx.process(tile);
}

const isSeen = (tile) => {
  const { top, bottom } = tile.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
};

const isNear = (rows) => rows.classList.contains("near");

/* A few at a time, as long as that is wanted. */
function slice(tiles, act, isWanted) {
  if (!isWanted()) return;
  for (const tile of tiles.splice(0, SLICE)) act(tile);
  if (tiles.length) setTimeout(slice, 0, tiles, act, isWanted);
}

/* Who has jumped there waits for what is seen only. */
function fill(rows) {
  const all = [...rows.children].filter((tile) => texts.has(tile));
  if (all.length && isSeen(rows)) all.sort((one, other) => isSeen(other) - isSeen(one));
  slice(all, give, () => isNear(rows) || isWhole);
}

const empty = (rows) => slice([...rows.children], take, () => !isNear(rows) && !isWhole);

const watcher = new IntersectionObserver(
  (changes) => {
    for (const { isIntersecting, target } of changes) {
      // Its tiles are skipped one by one then, and come row by row; all of them at once took longer than a frame.
      target.classList.toggle("near", isIntersecting);
      if (isIntersecting) fill(target);
      else empty(target);
    }
  },
  { rootMargin: FAR },
);

function watch() {
  for (const rows of groups) {
    if (!seen.has(rows)) watcher.observe(rows);
    seen.add(rows);
  }
}

const isSearch = ({ key, ctrlKey, metaKey }) => key === "F3" || ((ctrlKey || metaKey) && key?.toLowerCase() === "f");

function whole() {
  isWhole = true;
  for (const rows of groups) for (const tile of rows.children) give(tile);
}

/* While somebody searches, the keys go to the browser. */
function over(event) {
  if (!isWhole || isSearch(event) || ["Control", "Meta"].includes(event.key)) return;
  isWhole = false;
  for (const rows of groups) setTimeout(empty, 0, rows);
}

document.addEventListener("tile:wanted", ({ detail }) => give(detail.closest(".card")));
cards.addEventListener("focusin", ({ target }) => target.closest(".card") && give(target.closest(".card")));
document.addEventListener("keydown", (event) => isSearch(event) && whole(), { capture: true });
addEventListener("beforeprint", whole);
for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, over);
document.addEventListener("cards:changed", watch);
watch();
