/* The viewer: a result large, over the gallery. Its address is that of the task, so that it can be sent on; going back
   closes it. The next and the previous are those of the gallery, and are loaded before they are asked for.
   Tells "playback:fresh" (playback.js); takes "viewer:go" (detail: 1 or -1) and "viewer:close" (viewer-keys.js). */

const dialog = document.getElementById("viewer");
const shown = document.getElementById("viewer-shown");
const about = document.getElementById("viewer-about");
const home = location.pathname + location.search; // what the gallery's own relative links mean
const title = document.title;
const quiet = matchMedia("(prefers-reduced-motion: reduce)");
const saves = () => Boolean(navigator.connection?.saveData);
const links = () => [...document.querySelectorAll("#cards .card[data-kind] > .open")];
const page = (link) => new URL(link.href).pathname;
let current = null; // the page of what is shown
let at = -1;

const linkOf = (path) => links().find((link) => page(link) === path);

/* Bringing */
function show(link) {
  const all = links();
  at = all.indexOf(link);
  current = page(link);
  for (const one of [link, all[at + 1], all[at - 1]]) if (one) document.dispatchEvent(new CustomEvent("tile:wanted", { detail: one }));
  dialog.dataset.tile = link.id; // where to go on when one comes back (place.js)
  document.title = `${link.getAttribute("aria-label").split(", ")[0]} · viduweb`;
  dialog.setAttribute("aria-label", link.getAttribute("aria-label"));
  document.getElementById("viewer-screen").setAttribute("aria-label", link.getAttribute("aria-label").split(", ")[0]);
  document.getElementById("viewer-page").href = link.href;
  const more = document.getElementById("older-link");
  document.getElementById("viewer-place").textContent = `${at + 1} of ${all.length}${more ? "+" : ""}`;
  document.getElementById("viewer-previous").disabled = at <= 0;
  document.getElementById("viewer-next").disabled = at >= all.length - 1 && !more;
  // A button that is switched off loses the focus, and with it the keys.
  if (document.activeElement?.disabled || document.activeElement === document.body) document.getElementById("viewer-screen").focus();
  dialog.setAttribute("aria-busy", "true");
  stop();
  // Settled at once: a form that is there and not yet htmx's own would answer a quick key by leaving for a page.
  window.htmx.ajax("GET", `${current}viewer/`, { source: shown, target: shown, swap: "innerHTML settle:0ms" });
}

shown.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // Somebody has gone on, or closed it.
  if (detail.pathInfo.requestPath !== `${current}viewer/`) detail.shouldSwap = false;
});
shown.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== shown) return;
  dialog.removeAttribute("aria-busy");
  about.scrollTop = 0;
  const still = quiet.matches || saves() || document.documentElement.dataset.hover === "still";
  document.dispatchEvent(new CustomEvent("playback:fresh", { detail: { plays: !still } }));
  prepare();
});
// What does not come is closed: the tile asks once more.
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  shown.addEventListener(kind, ({ detail }) => detail.pathInfo.requestPath === `${current}viewer/` && close());

/* Before they are asked for: the pictures of both neighbours, and the beginnings of their films. */
const ready = new Map();
function prepare() {
  const all = links();
  const near = [all[at + 1], all[at - 1]].filter(Boolean);
  const wanted = new Map(near.map((link) => [page(link), link]));
  for (const [path, film] of ready)
    if (!wanted.has(path)) {
      film?.removeAttribute("src");
      film?.load();
      ready.delete(path);
    }
  for (const [path, link] of wanted) if (!ready.has(path)) ready.set(path, load(link));
}

function load(link) {
  const picture = link.querySelector("img");
  const largest = picture?.srcset.split(", ").at(-1).split(" ")[0] || picture?.src;
  if (largest) new Image().src = largest;
  if (!link.dataset.video || saves()) return null;
  return Object.assign(document.createElement("video"), { preload: "auto", muted: true, src: link.dataset.video });
}

function stop() {
  for (const film of shown.querySelectorAll("video")) {
    film.pause();
    film.removeAttribute("src");
    film.load(); // ends the download
  }
}

/* Opening and closing. What speaks stands inside meanwhile, as everything outside is still. */
const VOICES = ["toasts", "announcer", "connection"].map((id) => document.getElementById(id));
const main = document.getElementById("main");

function open(link) {
  show(link);
  if (dialog.open) return;
  document.documentElement.classList.add("viewing");
  dialog.append(...VOICES);
  dialog.showModal();
}

function shut() {
  if (dialog.open) dialog.close();
}

function close() {
  if (history.state?.viewer) history.back();
  else shut();
}

dialog.addEventListener("close", () => {
  if (dialog.open) return; // opened again before this was told
  document.documentElement.classList.remove("viewing");
  main.before(...VOICES);
  stop();
  shown.replaceChildren();
  about.replaceChildren();
  document.title = title;
  const link = linkOf(current) ?? links()[Math.max(0, Math.min(at, links().length - 1))];
  current = null;
  delete dialog.dataset.tile;
  link?.scrollIntoView({ block: "nearest" });
  link?.focus({ preventScroll: true });
  // Closed by Escape: the address follows.
  if (history.state?.viewer) history.back();
});

function go(by) {
  const all = links();
  const next = all[at + by];
  if (next) {
    history.replaceState({ viewer: page(next) }, "", page(next));
    show(next);
  } else if (by > 0) more();
}

/* The gallery goes on below "Show older". */
function more() {
  const older = document.getElementById("older-link");
  if (!older || dialog.ariaBusy) return;
  dialog.setAttribute("aria-busy", "true");
  const came = () => {
    dialog.removeAttribute("aria-busy");
    if (dialog.open && links()[at + 1]) go(1);
  };
  document.addEventListener("cards:older", came, { once: true });
  older.click();
}
document.addEventListener("htmx:configRequest", ({ detail }) => {
  // Relative to the gallery, whose address is another while the viewer is open.
  if (detail.path.startsWith("?")) detail.path = home.split("?")[0] + detail.path;
});

const isPlain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#cards .card[data-kind] > .open");
  if (!link || !isPlain(event) || event.defaultPrevented) return;
  event.preventDefault();
  history.pushState({ viewer: page(link) }, "", page(link));
  open(link);
});
document.getElementById("viewer-close").addEventListener("click", close);
/* Links out of it go from the gallery's own entry of the history: one step leads back to the tile, and no browser takes a
   page for this one because the address is the same. */
function leave(to) {
  if (!history.state?.viewer) return location.assign(to);
  addEventListener("popstate", () => location.assign(to), { once: true });
  history.back();
}
dialog.addEventListener("click", (event) => {
  const link = event.target.closest("#viewer-page, #viewer-remix");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  leave(link.href);
});
document.getElementById("viewer-previous").addEventListener("click", () => go(-1));
document.getElementById("viewer-next").addEventListener("click", () => go(1));
document.addEventListener("viewer:go", ({ detail }) => go(detail));

addEventListener("popstate", ({ state }) => {
  if (!state?.viewer) return shut();
  const link = linkOf(state.viewer);
  if (link) open(link);
  else location.reload();
});

/* A heart given here is the tile's too. */
dialog.addEventListener("htmx:afterSettle", () => {
  const mine = document.getElementById("viewer-like");
  const tile = current && linkOf(current)?.closest(".card").querySelector(".like");
  if (!mine || !tile) return;
  tile.querySelector("button").setAttribute("aria-pressed", mine.getAttribute("aria-pressed"));
  tile.closest(".card").classList.toggle("liked", mine.matches("[aria-pressed='true']"));
  tile.elements.on.value = mine.form.elements.on.value;
});
