/* A tile's actions as a menu with words: by a long press on a touch screen, by the menu key or Shift+F10 on the keyboard,
   or when tiles.js tells "tile:menu". Each line presses the tile's own button, which may be too small to be shown. */

const HOLD = 500; // milliseconds
const STILL = 10; // pixels that a resting finger moves

const cards = document.getElementById("cards");
const menu = document.getElementById("tile-menu");
let opener; // the tile's link
let timer;
let start;
let wasHeld = false; // the click that ends a long press is meant for nothing, least of all for the menu under the finger

function line(action) {
  const item = document.createElement("button");
  item.type = "button";
  item.role = "menuitem";
  item.tabIndex = -1;
  const icon = action.querySelector("svg")?.cloneNode(true);
  const isPressed = action.getAttribute("aria-pressed") === "true";
  const words = action.getAttribute("aria-label") ?? action.textContent.trim();
  item.append(...(icon ? [icon] : []), isPressed ? "No favourite any more" : words);
  item.addEventListener("click", () => {
    close();
    document.getElementById(action.id)?.click(); // the tile may be another by now
  });
  return item;
}

function open(card) {
  opener = card.querySelector(".open");
  const lines = [...card.querySelectorAll(":is(.acts, .why) :is(a, button)")].map(line);
  const look = document.createElement("button");
  Object.assign(look, { type: "button", role: "menuitem", tabIndex: -1, textContent: "Open" });
  look.addEventListener("click", () => opener.click());
  const pick = document.getElementById("selection") && card.querySelector(".pick input");
  const select = document.createElement("button");
  Object.assign(select, { type: "button", role: "menuitem", tabIndex: -1, textContent: pick?.checked ? "Unselect" : "Select" });
  select.addEventListener("click", () => {
    close();
    document.getElementById(pick.id)?.click();
  });
  menu.replaceChildren(look, ...(pick ? [select] : []), ...lines);
  menu.setAttribute("aria-label", `Actions of ${opener.getAttribute("aria-label")}`);
  menu.showPopover();
  const { left, top, width, height } = card.getBoundingClientRect();
  const { offsetWidth: wide, offsetHeight: high } = menu;
  const within = (at, size, all) => `${Math.max(8, Math.min(at, all - size - 8))}px`;
  menu.style.left = within(left + (width - wide) / 2, wide, innerWidth);
  menu.style.top = within(top + (height - high) / 2, high, innerHeight);
  look.focus({ preventScroll: true });
}

/* The focus goes back to the tile, unless it has gone on. */
function close() {
  if (!menu.matches(":popover-open")) return;
  const isHere = menu.contains(document.activeElement);
  menu.hidePopover();
  if (isHere) document.getElementById(opener.id)?.focus({ preventScroll: true });
}

function stop() {
  clearTimeout(timer);
  timer = null;
}

cards.addEventListener("pointerdown", (event) => {
  const card = event.target.closest(".card");
  stop();
  if (!card || event.pointerType !== "touch" || !event.isPrimary || event.target.closest(".acts, .why button, .why a")) return;
  start = event;
  timer = setTimeout(() => held(card), HOLD);
});
function held(card) {
  stop();
  wasHeld = true;
  navigator.vibrate?.(10);
  open(card);
}
cards.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (timer && Math.hypot(clientX - start.clientX, clientY - start.clientY) > STILL) stop();
});
for (const end of ["pointerup", "pointercancel"]) cards.addEventListener(end, stop);
// By the same press the browser would open its own menu, or drag the link away; either may come first.
cards.addEventListener("contextmenu", (event) => {
  if (!timer && !wasHeld) return;
  event.preventDefault();
  if (timer) held(event.target.closest(".card"));
});
cards.addEventListener("dragstart", (event) => (timer || wasHeld) && event.preventDefault());
for (const next of ["pointerdown", "keydown"]) document.addEventListener(next, () => (wasHeld = false), { capture: true });
document.addEventListener("click", (event) => {
  if (!wasHeld) return;
  wasHeld = false;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

cards.addEventListener("keydown", (event) => {
  if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
  const card = event.target.closest(".card");
  if (!card) return;
  event.preventDefault();
  open(card);
});
document.addEventListener("tile:menu", ({ detail }) => open(detail));
menu.addEventListener("keydown", (event) => {
  const all = [...menu.children];
  const at = all.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (["Escape", "Tab"].includes(event.key)) close();
  if (event.key === "Escape") event.preventDefault();
  if (next === undefined) return;
  event.preventDefault();
  all.at(next % all.length).focus();
});
// By itself it would close with the very finger that has opened it.
document.addEventListener("pointerdown", ({ target }) => !menu.contains(target) && close());
