/* Tiles of results that have gone to the trash, here or elsewhere, leave the page. Listens to "tasks:gone". */

const cards = document.getElementById("cards");

document.addEventListener("tasks:gone", ({ detail }) => {
  const gone = detail.ids.map((id) => document.getElementById(`task-${id}`)).filter(Boolean);
  if (!gone.length) return;
  document.dispatchEvent(new CustomEvent("cards:changing"));
  const focused = gone.find((card) => card.contains(document.activeElement));
  const next = focused && [...cards.querySelectorAll(".card")].find((card) => !gone.includes(card));
  for (const card of gone) {
    const [day, rows] = ["section.day", ".rows"].map((part) => card.closest(part));
    card.remove();
    if (!rows.children.length && rows.parentElement.querySelectorAll(".rows").length > 1) rows.remove();
    if (day && !day.querySelector(".card")) day.remove();
  }
  cards.classList.toggle("none", !cards.querySelector(".card"));
  document.dispatchEvent(new CustomEvent("cards:changed", { detail: "size" }));
  (next?.querySelector(".open") ?? (focused && cards))?.focus({ preventScroll: true });
});
