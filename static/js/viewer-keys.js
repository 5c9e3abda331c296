/* The viewer by keys and by touch: arrows or a swipe to the next, Space plays, "," and "." go frame by frame, and single
   letters press what stands there. Letters not while somebody types, and only while single keys are switched on
   (shortcuts.js). */

const dialog = document.getElementById("viewer");
const screen = document.getElementById("viewer-screen");
const single = document.getElementById("single-keys");
const TYPING = "input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select, [contenteditable]";
const PRESSED = "button, a, summary, input, select";
const FAR = 48; // pixels of a swipe

const LETTERS = { f: "viewer-like", d: "viewer-download", r: "viewer-remix", u: "viewer-use-frame", c: "viewer-compare" };

/* False when somebody has taken it (playback.js, of a key). */
const tell = (what, detail) => document.dispatchEvent(new CustomEvent(what, { detail, cancelable: true }));

function letter(key) {
  const star = /^[1-5]$/.test(key) && document.getElementById(`star-${key}`);
  const button = star || document.getElementById(LETTERS[key]);
  if (!tell("playback:key", key)) return true;
  if (button) button.click();
  else if (key === "?") document.getElementById("shortcuts").showModal();
  else return false;
  return true;
}

function pressed({ key, target, shiftKey, repeat }) {
  if (target.matches(TYPING)) return false;
  const goes = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (goes && !target.matches("[type=range], [type=radio]")) tell("viewer:go", goes);
  else if (key === " " && !target.closest(PRESSED)) tell("playback:press", "play");
  else if (single.checked && key.length === 1 && (!repeat || ",.".includes(key)) && (!shiftKey || key === "?"))
    return letter(key.toLowerCase());
  else return false;
  return true;
}

dialog.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (pressed(event)) event.preventDefault();
});

/* A swipe across the picture. A second finger enlarges the page instead. */
let start = null;
screen.addEventListener("pointerdown", (event) => {
  start = event.pointerType === "touch" && event.isPrimary && (visualViewport?.scale ?? 1) === 1 ? event : null;
});
screen.addEventListener("pointerup", ({ clientX, clientY, pointerId }) => {
  if (start?.pointerId !== pointerId) return;
  const [x, y] = [clientX - start.clientX, clientY - start.clientY];
  start = null;
  if (Math.abs(x) < FAR || Math.abs(x) < 1.5 * Math.abs(y)) return;
  // The click that ends a swipe is no press on the film.
  screen.addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
  setTimeout(() => tell("viewer:go", x < 0 ? 1 : -1));
});
screen.addEventListener("pointercancel", () => (start = null));
