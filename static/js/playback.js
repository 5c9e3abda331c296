/* The controls under one film, or under several that play together: play, scrub, frame by frame, speed, loop, sound, full
   screen. What there is to play may be replaced: whoever does that tells "playback:fresh". Films start muted on each page.
   Tells "playback:moved" when they were moved; takes "playback:press" (a part's name) and "playback:key", canceled if it is one. */

const KEPT = "viduweb.playback";
const USUAL = 24; // frames a second, until they are measured
const END = 0.05; // seconds before its end at which a film is over

const room = document.getElementById("playback");
const controls = document.getElementById("controls");
const part = (name) => controls.querySelector(`[data-part="${name}"]`) ?? room.querySelector(`[data-part="${name}"]`);
const films = () => [...room.querySelectorAll("video")];
const length = (film) => (Number.isFinite(film?.duration) ? film.duration : 0);
/* The longest leads: the others hold their last frame. */
const leader = () => films().reduce((one, other) => (length(other) > length(one) ? other : one), films()[0]);
const isOver = (film) => length(film) > 0 && film.currentTime >= length(film) - END;

/* What somebody likes is kept in this browser. */
const liked = { loop: true, speed: "1" };
try {
  Object.assign(liked, JSON.parse(localStorage.getItem(KEPT)));
} catch {
  // Storage is switched off, or holds something else.
}
function keep(what) {
  Object.assign(liked, what);
  try {
    localStorage.setItem(KEPT, JSON.stringify(liked));
  } catch {
    // It holds for this page.
  }
}
let isMuted = true;

/* How long a frame is, by the frames that were shown one after the other. */
const frames = new WeakMap();
function measure(film) {
  let last = null;
  const note = (now, { mediaTime }) => {
    const one = last === null ? 0 : mediaTime - last;
    if (one > 0.008 && one < 0.1) frames.set(film, Math.min(one, frames.get(film) ?? 1));
    last = mediaTime;
    if (film.isConnected) film.requestVideoFrameCallback(note);
  };
  film.requestVideoFrameCallback?.(note);
}
const frame = () => frames.get(leader()) ?? 1 / USUAL;

function words(seconds) {
  const tenths = Math.floor(seconds * 10 + 0.001);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

function draw() {
  const lead = leader();
  controls.hidden = !lead;
  if (!lead) return;
  const scrub = part("scrub");
  scrub.max = length(lead);
  if (!scrub.matches(":active")) scrub.value = lead.currentTime;
  scrub.style.setProperty("--done", `${length(lead) ? (100 * Number(scrub.value)) / length(lead) : 0}%`);
  scrub.setAttribute("aria-valuetext", `${words(lead.currentTime)} of ${words(length(lead))}`);
  part("at").textContent = words(lead.currentTime);
  part("all").textContent = words(length(lead));
  const plays = !lead.paused;
  part("play").setAttribute("aria-label", plays ? "Pause" : "Play");
  part("play").classList.toggle("active", plays);
  const at = document.getElementById("viewer-use")?.elements.at;
  if (at) at.value = String(Math.round(lead.currentTime * 1000) / 1000);
}

let following = 0; // one timer, however often "play" comes; the words are of tenths of a second
function follow() {
  draw();
  following = leader()?.paused === false ? setTimeout(follow, 60) : 0;
}

function dress() {
  const [all, lead] = [films(), leader()];
  for (const film of all) {
    // Of several one is heard.
    film.muted = isMuted || film !== lead;
    film.playbackRate = Number(liked.speed);
    film.loop = liked.loop && all.length === 1;
  }
  part("loop").setAttribute("aria-pressed", String(Boolean(liked.loop)));
  part("sound").setAttribute("aria-pressed", String(!isMuted));
  part("sound").classList.toggle("active", !isMuted);
  part("speed").value = liked.speed;
}

function seek(to) {
  for (const film of films()) film.currentTime = Math.min(Math.max(0, to), length(film));
  document.dispatchEvent(new CustomEvent("playback:moved"));
}

/* Several begin when each of them can, so that they begin together. */
const LATEST = 1500; // milliseconds
let turns = 0;
const canPlay = (film) => (!film.seeking && film.readyState > 2) || film.error;
function whenReady(film) {
  if (canPlay(film)) return null;
  return new Promise((done) => {
    for (const kind of ["canplay", "seeked", "error"]) film.addEventListener(kind, () => canPlay(film) && done(), { once: true });
    setTimeout(done, LATEST);
  });
}

function start() {
  for (const film of films()) if (!isOver(film)) film.play().catch(() => draw());
}

async function play() {
  if (!leader()) return;
  if (isOver(leader())) seek(0);
  const turn = (turns += 1);
  const waits = films().length > 1 ? films().map(whenReady).filter(Boolean) : [];
  if (waits.length) await Promise.all(waits);
  if (turn === turns) start();
}

function pause() {
  turns += 1;
  for (const film of films()) film.pause();
  draw();
}

/* To the middle of the next frame: on its edge it would be chance which of two is shown. */
function step(by) {
  pause();
  const at = Math.floor(leader().currentTime / frame() + 0.001) + by;
  seek(Math.min(Math.max(0.5, at + 0.5) * frame(), length(leader()) - frame() / 2));
}

function full() {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (room.requestFullscreen) return room.requestFullscreen().catch(() => {});
  return leader()?.webkitEnterFullscreen?.();
}

const toggle = () => (leader().paused ? play() : pause());
const ACTS = { play: toggle, back: () => step(-1), on: () => step(1), loop: () => keep({ loop: !liked.loop }) };
ACTS.sound = () => (isMuted = !isMuted);
const KEYS = { ",": "back", ".": "on", l: "loop", m: "sound" };
function press(name) {
  if (name === "full") return full();
  if (!leader() || !ACTS[name]) return;
  ACTS[name]();
  dress();
  draw();
}

room.addEventListener("click", ({ target }) => {
  const name = target.closest("button[data-part]")?.dataset.part;
  if (name) press(name);
  else if (target.matches("video")) press("play");
});
document.addEventListener("playback:press", ({ detail }) => press(detail));
document.addEventListener("playback:key", (event) => {
  if (KEYS[event.detail]) event.preventDefault();
  press(KEYS[event.detail]);
});
part("speed").addEventListener("change", ({ target }) => {
  keep({ speed: target.value });
  dress();
});

/* Scrubbing: the pictures follow the hand, and go on when it is over, if they did before. */
let goesOn = false;
part("scrub").addEventListener("pointerdown", () => {
  goesOn = !leader().paused;
  pause();
});
part("scrub").addEventListener("input", ({ target }) => {
  const to = Number(target.value);
  pause();
  seek(to);
});
part("scrub").addEventListener("change", () => {
  if (goesOn) play();
  goesOn = false;
});

for (const kind of ["loadedmetadata", "timeupdate", "seeked", "play", "pause"])
  room.addEventListener(kind, ({ target }) => target.matches("video") && draw(), true);
room.addEventListener("play", () => (following ||= setTimeout(follow, 60)), true);
room.addEventListener("ended", ({ target }) => {
  if (!liked.loop || films().length < 2 || target !== leader()) return;
  seek(0);
  play();
}, true);

document.addEventListener("playback:fresh", ({ detail }) => {
  dress();
  films().forEach(measure);
  draw();
  if (detail?.plays) play();
});
part("full")?.toggleAttribute("hidden", !(room.requestFullscreen || "webkitEnterFullscreen" in HTMLVideoElement.prototype));
