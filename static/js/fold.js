/* On a phone the composer folds to a bar once something is running, so that results are one thumb away. */

const composer = document.getElementById("composer");
const button = document.getElementById("fold");

function fold(folded) {
  composer.classList.toggle("folded", folded);
  button.setAttribute("aria-expanded", String(!folded));
}

button.addEventListener("click", () => {
  const folded = !composer.matches(".folded");
  fold(folded);
  if (!folded) composer.scrollIntoView({ block: "start" });
});
composer.addEventListener("composer:refilled", ({ detail }) => {
  if (detail.submitted && detail.status < 400) fold(true);
});
document.addEventListener("composer:open", () => fold(false));

const asked = new URLSearchParams(location.search);
const busy = document.querySelector("#cards .card.busy");
if (busy && !asked.has("from") && !asked.has("model") && !document.getElementById("error-summary")) fold(true);
