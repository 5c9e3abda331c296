/* Says aloud how the task of this page has ended, once its last part has come. */

const announcer = document.getElementById("announcer");
const head = () => document.getElementById("task-state");
let running = head().matches("[data-poll]");

document.addEventListener("htmx:afterSettle", () => {
  if (running && !head().matches("[data-poll]")) announcer.textContent = head().querySelector("h1").textContent.trim();
  running = head().matches("[data-poll]");
});
