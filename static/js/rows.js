/* Rows of one height, nothing cropped: chooses the breaks that keep every row nearest to the wished height, and sets the
   widths through the style object (inline styles are forbidden). Without it the rules in cards.css make rows, less even.
   Loaded with blocking="render", so that nothing moves after the first paint. */

const LOOSE = 1.12; // rows are wished a little higher than --row, which is the least
const RAGGED = 1.3; // a last row that would get higher than this stays short instead
const MOST = 12; // tiles in a row
const ROUNDING = 0.02; // pixels by which a row stays below its width

const places = new WeakMap(); // tile -> the number of its row; a tile without one is new
const widths = new WeakMap(); // rows -> the width they are arranged for
let numbers = 0;

const ratioOf = (tile) => parseFloat(getComputedStyle(tile).getPropertyValue("--ar")) || 1;

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

function place(tiles, width, gap, wish, open) {
  const ratios = tiles.map(ratioOf);
  for (const row of breaks(ratios, width, gap, wish, open)) {
    numbers += 1;
    for (let at = row.from; at < row.to; at++) {
      tiles[at].style.flex = `0 0 ${ratios[at] * row.height - ROUNDING}px`;
      places.set(tiles[at], numbers);
    }
  }
}

/* All tiles when the width is new; else only new ones, together with the row they come to stand before or after. */
function arrange(rows, wish) {
  const width = rows.clientWidth;
  if (!width) return;
  const gap = parseFloat(getComputedStyle(rows).columnGap) || 0;
  const tiles = [...rows.children];
  const known = tiles.filter((tile) => places.has(tile));
  if (widths.get(rows) !== width || known.length === 0) place(tiles, width, gap, wish, true);
  else if (known.length < tiles.length) {
    const first = places.get(known[0]);
    const last = places.get(known.at(-1));
    const isTop = (tile) => tiles.indexOf(tile) < tiles.indexOf(known[0]) || (first !== last && places.get(tile) === first);
    const top = tiles.filter(isTop);
    const bottom = tiles.filter((tile) => !isTop(tile) && (!places.has(tile) || places.get(tile) === last));
    if (top.some((tile) => !places.has(tile))) place(first === last ? tiles : top, width, gap, wish, first === last);
    if (first !== last && bottom.some((tile) => !places.has(tile))) place(bottom, width, gap, wish, true);
  }
  widths.set(rows, width);
  rows.classList.add("set");
}

/* Arranges what is new, or with `anew` everything. */
function arrangeAll(anew = false) {
  const wish = wished();
  for (const rows of document.querySelectorAll(".rows")) {
    if (anew) widths.delete(rows);
    arrange(rows, wish);
  }
}

/* A card that is about to be replaced by a newer one of the same shape leaves it its width. */
document.addEventListener("card:replaced", ({ detail: { old, card: tile } }) => {
  const sameShape = [...old.classList].filter((name) => name.startsWith("r-")).every((name) => tile.classList.contains(name));
  if (!sameShape || !places.has(old)) return;
  places.set(tile, places.get(old));
  tile.style.flex = old.style.flex;
});

arrangeAll();
const seen = new ResizeObserver(() => arrangeAll());
for (const rows of document.querySelectorAll(".rows")) seen.observe(rows.closest("#cards") ?? rows);
document.addEventListener("cards:changed", ({ detail }) => arrangeAll(detail === "size"));
document.addEventListener("htmx:afterSwap", () => arrangeAll());
