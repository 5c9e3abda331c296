/* What somebody has just made is seen: a pill leads to cards that are out of sight; on a phone a submit goes to its card
   at once. It is said by main.js. */

const narrow = matchMedia("(width < 48rem), (height < 30rem)");
const pill = document.getElementById("submitted");
const unseen = new Set(); // ids of cards
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
