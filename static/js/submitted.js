/* What somebody has just made is seen: a pill leads to cards that are out of sight; on a phone a submit goes to its card
   at once. The button of a card that has made a task rests a moment, so that a second press makes no second task. */

const REST = 2000;
const narrow = matchMedia("(width < 48rem), (height < 30rem)");
const pill = document.getElementById("submitted");
const announcer = document.getElementById("announcer");
const unseen = new Set(); // ids of cards
const resting = new Set(); // addresses of forms
const card = (id) => document.getElementById(id);

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) seen(target.id);
  draw();
}, { threshold: 0.3 });

function seen(id) {
  unseen.delete(id);
  if (card(id)) observer.unobserve(card(id));
}
function draw() {
  for (const id of unseen) if (!card(id)) unseen.delete(id);
  pill.hidden = unseen.size === 0;
  document.getElementById("submitted-count").textContent = unseen.size;
}

function go(id) {
  const found = card(id);
  found.scrollIntoView({ block: "center", behavior: "instant" });
  (found.querySelector("a, button") ?? found).focus({ preventScroll: true });
  unseen.clear();
  draw();
}
pill.addEventListener("click", () => go([...unseen].find(card)));

document.addEventListener("tasks:made", ({ target, detail }) => {
  const ids = detail.ids.map((pk) => `task-${pk}`).filter(card);
  announcer.textContent = `Submitted. ${detail.ids.length === 1 ? "1 task" : `${detail.ids.length} tasks`} added.`;
  if (!ids.length) return;
  if (narrow.matches && target.id === "composer") return go(ids[0]);
  for (const id of ids) {
    unseen.add(id);
    observer.observe(card(id));
  }
});
/* A changed card is another element. */
document.addEventListener("cards:changed", () => {
  for (const id of unseen) if (card(id)) observer.observe(card(id));
  draw();
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt, requestConfig, successful } = detail;
  if (!successful || elt.id === "composer" || !elt.matches("form") || !requestConfig.path.endsWith("/again/")) return;
  resting.add(requestConfig.path);
  setTimeout(() => resting.delete(requestConfig.path), REST);
});
document.addEventListener(
  "submit",
  (event) => {
    if (!resting.has(event.target.getAttribute("action"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);
