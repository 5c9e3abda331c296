/* A card plays its video, muted, while the pointer rests on it or the keyboard is in it.
   Not for who has switched it off under Account, not on touch screens, not with reduced motion, not while the
   browser saves data, and not out of view. Tells "card:rest" when it stops. */

const WAIT = 200;
const unwanted = matchMedia("(hover: none), (pointer: coarse), (prefers-reduced-motion: reduce)");
const still = document.documentElement.dataset.hover === "still";
let waiting = null;

/* The keyboard may stay in a card that is scrolled away: its film is let go. */
const inView = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) if (!isIntersecting) rest(target);
});

function play(card) {
  const frame = card.querySelector("[data-video]");
  if (!frame || frame.querySelector("video") || unwanted.matches || still || navigator.connection?.saveData) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (!card.isConnected) return;
    const video = document.createElement("video");
    Object.assign(video, { muted: true, loop: true, playsInline: true, preload: "none", tabIndex: -1 });
    video.setAttribute("aria-hidden", "true");
    video.src = frame.dataset.video;
    video.addEventListener("error", () => video.remove());
    frame.append(video);
    inView.observe(card);
    video.play().catch(() => video.remove());
  }, WAIT);
}

function rest(card) {
  clearTimeout(waiting);
  inView.unobserve(card);
  const video = card.querySelector("[data-video] video");
  if (video) {
    video.pause();
    video.removeAttribute("src");
    video.load(); // ends the download
    video.remove();
  }
  card.dispatchEvent(new CustomEvent("card:rest", { bubbles: true }));
}

const cardOf = (node) => (node instanceof Element ? node.closest("article.card") : null);
function enter(event) {
  const card = cardOf(event.target);
  if (card && card !== cardOf(event.relatedTarget)) play(card);
}
function leave(event) {
  const card = cardOf(event.target);
  if (card && card !== cardOf(event.relatedTarget)) rest(card);
}
document.addEventListener("pointerover", enter);
document.addEventListener("focusin", enter);
document.addEventListener("pointerout", leave);
document.addEventListener("focusout", leave);
