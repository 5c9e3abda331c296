/* Times that run: <time data-since> counts up, <time data-until> counts down, both from ISO dates;
   <span data-ready> says about how long it still takes, and nothing once that is over;
   <time data-local="short|full|seconds" datetime> is written once in the viewer's own zone. */

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

// The same words as in generation/presenters/waiting.py.
function about(seconds) {
  if (seconds <= 0) return "";
  const step = seconds < 20 ? 5 : 10;
  if (seconds < 90) return ` · about ${Math.max(step, Math.round(seconds / step) * step)} s left`;
  if (seconds < 5400) return ` · about ${Math.round(seconds / 60)} min left`;
  return ` · about ${Math.round(seconds / 3600)} h left`;
}

// The zone chosen under Account, else the browser's own.
const timeZone = document.documentElement.dataset.zone || undefined;
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", timeZone });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone });
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone });
const MINUTES = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone };
const DAY = new Intl.DateTimeFormat(undefined, MINUTES);
const SECONDS = new Intl.DateTimeFormat(undefined, { ...MINUTES, second: "2-digit" });

function local(time) {
  const date = new Date(time.dateTime);
  const today = DATE.format(date) === DATE.format(new Date());
  const how = { full: FULL, seconds: SECONDS }[time.dataset.local] ?? (today ? TIME : DAY);
  time.textContent = how.format(date);
  time.title = EXACT.format(date);
  time.dataset.written = "";
}

function write(time, text) {
  if (time.textContent !== text) time.textContent = text;
  if (time.dateTime) time.title ||= EXACT.format(new Date(time.dateTime));
}

function tick() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time, [data-ready]")) {
    const { local: how, written, since, until, ready } = time.dataset;
    if (how && written === undefined) local(time);
    if (since) write(time, span((now - new Date(since)) / 1000));
    if (until) write(time, span((new Date(until) - now) / 1000));
    if (ready) write(time, about((new Date(ready) - now) / 1000));
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
let waits = false;
for (const news of ["htmx:afterSwap", "cards:changed"])
  document.addEventListener(news, () => {
    if (!waits) requestAnimationFrame(() => (waits = false, tick()));
    waits = true;
  });
