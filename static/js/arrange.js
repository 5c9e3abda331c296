/* A collection in the order of its owner: dragged, or moved by Alt and the arrow keys; each item's buttons do the same. */

const announcer = document.getElementById("announcer");
const shelf = () => document.getElementById("shelf");
const itemOf = (node) => (node instanceof Element ? node.closest("#shelf .thing") : null);
let dragged = null;

/* Asks for the item before `before`, at the end without one; the answer is the shelf in its new order. */
function put(item, before) {
  const values = { task: item.dataset.task, before: before?.dataset.task ?? "" };
  return window.htmx.ajax("POST", shelf().action, { source: shelf(), target: "#shelf", swap: "outerHTML", values });
}

async function step(item, by) {
  const items = [...shelf().querySelectorAll(".thing")];
  const at = items.indexOf(item);
  const to = at + by;
  if (to < 0 || to >= items.length) return;
  await put(item, by < 0 ? items[to] : items[to + 1]);
  document.getElementById(`${item.id}-open`)?.focus();
  announcer.textContent = `Moved to place ${to + 1} of ${items.length}.`;
}

document.addEventListener("keydown", (event) => {
  const item = itemOf(event.target);
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!item || !event.altKey || !by) return;
  event.preventDefault();
  step(item, by);
});

document.addEventListener("dragstart", (event) => {
  dragged = itemOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.task);
  dragged.classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const over = itemOf(event.target);
  if (!dragged || !shelf().contains(event.target)) return;
  event.preventDefault();
  for (const item of shelf().querySelectorAll(".target")) item.classList.toggle("target", item === over);
  if (over !== dragged) over?.classList.add("target");
});
document.addEventListener("drop", (event) => {
  if (!dragged || !shelf().contains(event.target)) return;
  event.preventDefault();
  const over = itemOf(event.target);
  if (over !== dragged) put(dragged, over);
});
document.addEventListener("dragend", () => {
  for (const item of shelf().querySelectorAll(".target, .dragged")) item.classList.remove("target", "dragged");
  dragged = null;
});
