/* Two to four results that somebody wants to see side by side: chosen while looking through them, kept in this tab. */

const KEPT = "viduweb.compare";
const MOST = 4;
const button = document.getElementById("viewer-compare");
const link = document.getElementById("viewer-compare-go");
const say = (text) => (document.getElementById("announcer").textContent = text);

function chosen() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}
let list = chosen();

const current = () => location.pathname.split("/").at(-2);

function draw() {
  button.setAttribute("aria-pressed", String(list.includes(current())));
  link.hidden = list.length < 2;
  link.textContent = `Compare ${list.length}`;
  link.href = `/tasks/compare/?${list.map((id) => `tasks=${id}`).join("&")}`;
}

button.addEventListener("click", () => {
  const id = current();
  if (list.includes(id)) list = list.filter((one) => one !== id);
  else list = [...list, id].slice(-MOST);
  say(list.includes(id) ? `Chosen to compare: ${list.length}.` : "Not chosen any more.");
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(list));
  } catch {
    // It holds for this page.
  }
  draw();
});
document.addEventListener("playback:fresh", draw);
// Once compared, the next comparison begins anew.
link.addEventListener("click", () => {
  list = [];
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
});
