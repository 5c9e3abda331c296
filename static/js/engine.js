/* The engine page asks for itself every five seconds and takes over the figures and the count in the
   navigation. Not in a hidden tab, which catches up when it is shown again. */

const PAUSE = 5000;
const SLOWEST = 60_000;
const connection = document.getElementById("connection");
let failures = 0;
let timer;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(15_000) });
    if (answer.redirected) return location.assign(answer.url);
    if (!answer.ok) throw new Error(String(answer.status));
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    failures = 0;
    connection.textContent = "";
  } catch {
    failures += 1;
    if (failures === 2) connection.textContent = "Connection lost. Trying again…";
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.min(SLOWEST, PAUSE * 2 ** failures));
}

const marked = (part) => !getSelection().isCollapsed && getSelection().containsNode(part, true);

function take(page) {
  for (const id of ["figures", "nav-engine"]) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    // A pressed link or marked text is left alone until the next time.
    if (!fresh || old.querySelector(":active") || marked(old)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("cards:changed"));
}

timer = setTimeout(refresh, PAUSE);
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  refresh();
});
