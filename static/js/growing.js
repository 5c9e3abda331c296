/* Once "Show older" has been pressed, what is older comes by itself as the end comes near. After some times it wants to be
   pressed again, so that what stands below the results can be reached. */

const BY_ITSELF = 5;
const NEAR = "0px 0px 800px";
let left = 0;

const watcher = new IntersectionObserver(
  (changes) => {
    const { isIntersecting, target } = changes.at(-1);
    if (!isIntersecting || !left) return;
    const link = target.querySelector("#older-link");
    left -= 1;
    // Nobody asked: the focus stays where it is, unless it stands on what goes away.
    if (link !== document.activeElement) link.dataset.unasked = "";
    link.click();
  },
  { rootMargin: NEAR, scrollMargin: NEAR },
);

document.addEventListener("click", ({ isTrusted, target }) => {
  if (isTrusted && target.closest("#older-link")) left = BY_ITSELF;
});

document.addEventListener("cards:older", () => {
  watcher.disconnect();
  const older = document.getElementById("older");
  if (older) watcher.observe(older);
});
