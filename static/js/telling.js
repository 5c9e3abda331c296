/* What became of one's own tasks, said once: aloud (joined, when several end together), in the tab's title and icon and, when
   the member wants that, by the system, while the tab is hidden. Under Account it only switches that on and off. */

const announcer = document.getElementById("announcer");
const button = document.getElementById("notify");
const icon = document.getElementById("icon");
const usual = icon.href;
const JOINED = 1200; // milliseconds in which ends are said together
const ENDED = ["failed", "lost", "uncertain"];

let ready = [];
let stopped = [];
let ended = []; // the links of both
let unseen = 0;
let timer;

document.addEventListener("card:news", ({ detail: { old, card } }) => {
  const { state, kind, words } = card.dataset;
  if (card.dataset.mine === undefined || old?.dataset.state === state) return;
  const link = card.querySelector(".open");
  const name = link.getAttribute("aria-label").split(", ")[0];
  if (state === "completed") ready.push(`${kind} ready: ${name}`);
  else if (ENDED.includes(state)) stopped.push(`${words}: ${name}`);
  else return;
  ended.push(link);
  if (document.hidden) mark(unseen + 1);
  clearTimeout(timer);
  timer = setTimeout(say, JOINED);
});

/* The title may have become another's: the viewer's, say. */
function mark(count) {
  const title = document.title.replace(/^\(\d+\) /, "");
  unseen = count;
  document.title = count ? `(${count}) ${title}` : title;
  icon.href = count ? icon.dataset.news : usual;
}

const joined = (all, many) => (all.length > 1 ? [many(all.length)] : all);

function say() {
  const parts = [
    ...joined(ready, (count) => `${count} results are ready`),
    ...joined(stopped, (count) => `${count} tasks stopped and need a look`),
  ];
  const links = ended;
  [ready, stopped, ended] = [[], [], []];
  announcer.textContent = parts.join(". ");
  if (document.hidden && wanted()) notify(parts.join(". "), links);
}

document.addEventListener("visibilitychange", () => document.hidden || mark(0));

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

/* One is opened by a click: in the viewer where its tile still is, else on its page. */
function notify(words, links) {
  let shown;
  try {
    shown = new Notification("viduweb", { body: words, tag: "viduweb-results" });
  } catch {
    return; // Some phones take them from service workers alone.
  }
  shown.onclick = () => {
    window.focus();
    shown.close();
    const [link] = links;
    if (links.length === 1) (document.getElementById(link.id) ?? link).click();
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
