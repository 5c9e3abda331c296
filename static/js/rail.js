/* The date rail: marks the stop at which the results are that are seen. */

const rail = document.getElementById("rail");
const cards = document.getElementById("cards");
const HEAD = 200; // pixels that the head and the filters take

function mark() {
  const stops = [...rail.querySelectorAll("a")];
  if (!stops.length) return;
  const shown = [...cards.querySelectorAll(".day")].find((day) => day.getBoundingClientRect().bottom > HEAD);
  const day = shown?.id.slice("day-".length) ?? "";
  const now = stops.find((stop) => stop.dataset.since <= day) ?? null;
  const marked = stops.filter((stop) => stop.ariaCurrent);
  if (marked.length === (now ? 1 : 0) && (marked[0] ?? null) === now) return; // most frames of a scroll change nothing
  for (const stop of marked) stop.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "date");
}

let waits = false;
function soon() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    mark();
  });
}
addEventListener("scroll", soon, { passive: true });
rail.addEventListener("htmx:afterSwap", () => {
  if (rail.querySelector("a")) rail.parentElement.classList.add("railed");
  soon();
});
