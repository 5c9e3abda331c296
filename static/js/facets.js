/* The filters' lists: one is open at a time, and goes when somebody turns elsewhere. The long ones are asked for when one
   is opened for the first time. "/" leads to the search. */

const facets = document.getElementById("facets");
const open = () => facets.querySelector("details[open]");

facets.addEventListener(
  "toggle",
  ({ target }) => target.open && facets.dispatchEvent(new Event("facets:open")),
  true, // a toggle does not bubble
);
document.addEventListener("pointerdown", ({ target }) => {
  const shown = open();
  if (shown && !shown.contains(target)) shown.open = false;
});
facets.addEventListener("keydown", (event) => {
  const shown = open();
  if (!shown || !["Escape", "ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, select")) return;
  event.preventDefault();
  if (event.key === "Escape") {
    shown.open = false;
    shown.querySelector("summary").focus();
    return;
  }
  const links = [...shown.querySelectorAll(".facet-list a")];
  const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  links[Math.max(0, Math.min(at, links.length - 1))]?.focus();
});
