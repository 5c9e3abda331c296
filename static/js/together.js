/* Films side by side stay together: the longest leads (playback.js), the others go a little faster or slower until they are
   where it is, and jump when they are far off. And the keys of the page, letters only while single keys are on. */

const FAR = 0.25; // seconds from which on a film jumps
const NEAR = 0.004; // seconds that nobody sees
const END = 0.05;
const HASTE = 12; // of what it is away a film catches up in a second
const SLOWEST = 0.2; // of the leader’s speed
const FASTEST = 1.8;

const room = document.getElementById("playback");
const single = document.getElementById("single-keys");
const films = () => [...room.querySelectorAll("video")];
const length = (film) => (Number.isFinite(film.duration) ? film.duration : 0);
const leader = () => films().reduce((one, other) => (length(other) > length(one) ? other : one), films()[0]);

let runs = false;
function align() {
  const lead = leader();
  if (!lead || lead.paused) {
    runs = false;
    return;
  }
  for (const film of films()) if (film !== lead) follow(film, lead);
  requestAnimationFrame(align);
}

function follow(film, lead) {
  const at = lead.currentTime;
  if (at >= length(film) - END) return; // it holds its last frame
  if (film.paused && !film.ended) film.play().catch(() => {});
  const ahead = film.currentTime - at;
  if (film.seeking) return;
  if (Math.abs(ahead) > FAR) film.currentTime = at;
  const wanted = Math.abs(ahead) < NEAR ? 1 : Math.max(SLOWEST, Math.min(FASTEST, 1 - ahead * HASTE));
  film.playbackRate = lead.playbackRate * wanted;
}

room.addEventListener("playing", () => {
  if (runs || films().length < 2) return;
  runs = true;
  requestAnimationFrame(align);
}, true);
/* Stopped, they show the same moment. */
room.addEventListener("pause", ({ target }) => {
  const lead = leader();
  if (target !== lead) return;
  for (const film of films()) if (film !== lead) film.currentTime = Math.min(lead.currentTime, length(film));
}, true);

const TYPING = "input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select, [contenteditable]";

function pressed({ key, target }) {
  const tell = (what, detail) => document.dispatchEvent(new CustomEvent(what, { detail, cancelable: true }));
  if (key === " " && !target.closest("a, button, summary, input")) tell("playback:press", "play");
  else if (!single.checked) return false;
  else if (!tell("playback:key", key.toLowerCase())) return true;
  else if (/^[a-d]$/i.test(key)) document.getElementById(`keep-${key.toLowerCase()}`)?.click();
  else return false;
  return true;
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog:modal")) return;
  if (pressed(event)) event.preventDefault();
});

document.dispatchEvent(new CustomEvent("playback:fresh", { detail: {} }));
