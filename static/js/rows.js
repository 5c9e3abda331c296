/* Rows of one height, nothing cropped: chooses the breaks that keep every row nearest to the wished height, and sets the
   widths through the style object (inline styles are forbidden). Without it the rules in cards.css make rows, less even.
   Loaded with blocking="render", so that nothing moves after the first paint. */

const LOOSE = 1.12; // rows are wished a little higher than --row, which is the least
const RAGGED = 1.3; // a last row that would get higher than this stays short instead
const MOST = 12; // tiles in a row
const ROUNDING = 0.02; // pixels by which a row stays below its width
const STEPS = 64; // into which browsers divide a pixel

const ratios = new WeakMap(); // tile -> its width by its height
const places = new WeakMap(); // tile -> the number of its row, and the row's height; a tile without one is new
const widths = new WeakMap(); // rows -> the width they are arranged for
const ragged = new WeakSet(); // rows whose last one may be short
let numbers = 0;

function ratioOf(tile) {
  if (!ratios.has(tile)) ratios.set(tile, parseFloat(getComputedStyle(tile).getPropertyValue("--ar")) || 1);
  return ratios.get(tile);
}

function wished() {
  const root = document.documentElement;
  const row = getComputedStyle(root).getPropertyValue("--row").trim();
  const size = parseFloat(row) * (row.endsWith("rem") ? parseFloat(getComputedStyle(root).fontSize) : 1);
  return size * LOOSE;
}

/* Where the rows begin, by least squares; the last may stay short when `open`. */
function breaks(ratios, width, gap, wish, open) {
  const best = [0];
  const from = [];
  const height = (a, b) => (width - gap * (b - a - 1)) / ratios.slice(a, b).reduce((x, y) => x + y);
  for (let b = 1; b <= ratios.length; b++) {
    best[b] = Infinity;
    for (let a = Math.max(0, b - MOST); a < b; a++) {
      const h = height(a, b);
      const short = open && b === ratios.length && h > wish * RAGGED;
      const cost = best[a] + (short ? 0.12 : ((h - wish) / wish) ** 2);
      if (cost < best[b]) [best[b], from[b]] = [cost, a];
    }
  }
  const rows = [];
  for (let b = ratios.length; b > 0; b = from[b]) {
    const h = height(from[b], b);
    rows.unshift({ from: from[b], to: b, height: h > wish * RAGGED ? wish : h });
  }
  return rows;
}

function place(tiles, { width, gap, wish }, open) {
  const ratios = tiles.map(ratioOf);
  for (const row of breaks(ratios, width, gap, wish, open)) {
    numbers += 1;
    const height = Math.floor(row.height * STEPS) / STEPS;
    for (let at = row.from; at < row.to; at++) {
      tiles[at].style.flex = `0 0 ${ratios[at] * row.height - ROUNDING}px`;
      tiles[at].style.blockSize = `${height}px`;
      places.set(tiles[at], { number: numbers, height });
    }
  }
}

const numberOf = (tile) => places.get(tile)?.number;
const nextOf = (rows) => (rows.nextElementSibling?.matches(".rows") ? rows.nextElementSibling : null);

/* The last row of what goes on in another group is filled up from there. */
function fillUp(rows, next, how) {
  const tiles = [...rows.children];
  const last = tiles.filter((tile) => numberOf(tile) === numberOf(tiles.at(-1)));
  const more = [...next.children].slice(0, MOST);
  if (!last.length || last.length > MOST) return;
  const found = breaks([...last, ...more].map(ratioOf), how.width, how.gap, how.wish, true);
  const end = found.find(({ to }) => to >= last.length).to;
  rows.append(...more.slice(0, end - last.length));
  if (!next.children.length) next.remove();
}

/* All tiles when the width is new; else only new ones, together with the row they come to stand before or after. */
function arrange(rows, how) {
  if (nextOf(rows) && ragged.has(rows)) fillUp(rows, nextOf(rows), how);
  const open = !nextOf(rows);
  const tiles = [...rows.children];
  const known = tiles.filter((tile) => places.has(tile));
  if (widths.get(rows) === how.width && known.length === tiles.length && (open || !ragged.has(rows))) return;
  if (widths.get(rows) !== how.width || known.length === 0) place(tiles, how, open);
  else {
    const first = numberOf(known[0]);
    const last = numberOf(known.at(-1));
    const isTop = (tile) => tiles.indexOf(tile) < tiles.indexOf(known[0]) || (first !== last && numberOf(tile) === first);
    const top = tiles.filter(isTop);
    const bottom = tiles.filter((tile) => !isTop(tile) && (!places.has(tile) || numberOf(tile) === last));
    if (top.some((tile) => !places.has(tile))) place(first === last ? tiles : top, how, first === last && open);
    const ends = bottom.some((tile) => !places.has(tile)) || (ragged.has(rows) && !open);
    if (first !== last && ends) place(bottom, how, open);
  }
  ragged[open ? "add" : "delete"](rows);
  widths.set(rows, how.width);
  rows.classList.add("set");
  // So much of the page it takes also while nothing in it is drawn.
  const heights = new Map(tiles.map((tile) => [numberOf(tile), places.get(tile)?.height ?? 0]));
  const high = [...heights.values()].reduce((sum, height) => sum + height + how.gap, -how.gap);
  rows.style.containIntrinsicBlockSize = `${Math.max(0, high)}px`;
}

/* Arranges what is new, or with `anew` everything. All that is asked of the page is asked before anything is changed. */
function arrangeAll(anew = false) {
  const all = [...document.querySelectorAll(".rows")];
  const seen = all.find((rows) => rows.clientWidth);
  if (!seen) return;
  const { columnGap, paddingInlineStart, paddingInlineEnd } = getComputedStyle(seen);
  const width = seen.clientWidth - parseFloat(paddingInlineStart) - parseFloat(paddingInlineEnd);
  const how = { width, gap: parseFloat(columnGap) || 0, wish: wished() };
  for (const rows of all) for (const tile of rows.children) ratioOf(tile);
  for (const rows of all) {
    if (anew) widths.delete(rows);
    arrange(rows, how);
  }
}

/* A card that is about to be replaced by a newer one of the same shape leaves it its width. */
document.addEventListener("card:replaced", ({ detail: { old, card: tile } }) => {
  const sameShape = [...old.classList].filter((name) => name.startsWith("r-")).every((name) => tile.classList.contains(name));
  if (!sameShape || !places.has(old)) return;
  places.set(tile, places.get(old));
  tile.style.flex = old.style.flex;
  tile.style.blockSize = `${places.get(old).height}px`; // as it is written in a style it has lost digits
});

arrangeAll();
const seen = new ResizeObserver(() => arrangeAll());
for (const rows of document.querySelectorAll(".rows")) seen.observe(rows.closest("#cards") ?? rows);
document.addEventListener("cards:changed", ({ detail }) => arrangeAll(detail === "size"));
// tiles.js tells of older results, once it has joined them with what is there.
document.addEventListener("htmx:afterSwap", ({ detail }) => detail.requestConfig?.elt.id !== "older-link" && arrangeAll());
