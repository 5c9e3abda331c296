/* The page of a task that is still running follows it by itself: it asks for its own page and takes over
   what differs, until the task has ended. Not in a hidden tab. */

const PAUSE = 2000;
const SLOWEST = 30_000;
const announcer = document.getElementById("announcer");
const running = () => document.querySelector("[data-follow]");
let failures = 0;
let timer;

async function follow() {
  if (document.hidden || !running()) return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.redirected) return location.assign(answer.url);
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    failures = 0;
  } catch {
    failures += 1;
  }
  timer = setTimeout(follow, Math.min(SLOWEST, PAUSE * 2 ** failures));
}

function take(page) {
  const state = document.getElementById("task-state")?.dataset.state;
  for (const part of [".stage", ".side", ".under"]) {
    const old = document.querySelector(part);
    const fresh = page.querySelector(part);
    // An open question or a pressed button is left alone until the next time.
    if (!fresh || old.querySelector(":popover-open, :active")) continue;
    const opened = [...old.querySelectorAll("details[open]")].map((part) => part.id);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  const now = document.getElementById("task-state");
  if (now.dataset.state !== state && !running()) announcer.textContent = now.querySelector(".state").textContent.trim();
  document.dispatchEvent(new CustomEvent("cards:changed"));
}

timer = setTimeout(follow, PAUSE);
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  follow();
});
