/* What became of one's own tasks, said once: aloud (joined, when several end together), in the tab's title and, when the
   member wants that, by the system, while the tab is hidden. */

const announcer = document.getElementById("announcer");
const button = document.getElementById("notify");
const title = document.title;
const JOINED = 1200; // milliseconds in which ends are said together
const ENDED = ["failed", "lost", "uncertain"];

let ready = [];
let stopped = [];
let unseen = 0;
let timer;

document.addEventListener("card:news", ({ detail: { old, card } }) => {
  const { state, kind, words } = card.dataset;
  if (card.dataset.mine === undefined || old?.dataset.state === state) return;
  const name = card.querySelector(".open").getAttribute("aria-label").split(", ")[0];
  if (state === "completed") ready.push(`${kind} ready: ${name}`);
  else if (ENDED.includes(state)) stopped.push(`${words}: ${name}`);
  else return;
  if (document.hidden) document.title = `(${(unseen += 1)}) ${title}`;
  clearTimeout(timer);
  timer = setTimeout(say, JOINED);
});

const joined = (all, many) => (all.length > 1 ? [many(all.length)] : all);

function say() {
  const parts = [
    ...joined(ready, (count) => `${count} results are ready`),
    ...joined(stopped, (count) => `${count} tasks stopped and need a look`),
  ];
  [ready, stopped] = [[], []];
  announcer.textContent = parts.join(". ");
  if (document.hidden && wanted()) notify(parts.join(". "));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});

/* By the system: asked for by a click, switched off by another, and with a way back when the browser blocks it. */
const KEY = "viduweb.notify";
const permission = () => (typeof Notification === "undefined" ? "" : Notification.permission);

function chosen() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}
const wanted = () => chosen() && permission() === "granted";

function choose(yes) {
  try {
    localStorage.setItem(KEY, yes ? "yes" : "no");
  } catch {
    // Storage is switched off: nothing is remembered.
  }
}

function notify(words) {
  const shown = new Notification("viduweb", { body: words, tag: "viduweb-results" });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

const WORDS = { off: "Notify me", on: "Notifying you", denied: "Notifications are blocked" };
function draw() {
  if (!button || !permission()) return;
  const how = permission() === "denied" && chosen() ? "denied" : wanted() ? "on" : "off";
  button.hidden = false;
  button.setAttribute("aria-pressed", String(how === "on"));
  button.querySelector("span").textContent = WORDS[how];
}

button?.addEventListener("click", async () => {
  const turnOn = !wanted();
  choose(turnOn);
  if (turnOn && permission() === "default") await Notification.requestPermission();
  draw();
  if (turnOn && permission() === "denied")
    announcer.textContent = "Your browser blocks notifications of this site. Allow them in its settings, then press again.";
});
draw();
