/* "Show more" and "Show older" give way to what they bring: the focus goes on at the first of it. */

document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
  if (!shouldSwap || !target.matches(".more-cards") || !target.contains(document.activeElement)) return;
  const last = target.previousElementSibling;
  const goOn = () => last.nextElementSibling?.querySelector("a[href]")?.focus({ preventScroll: true });
  document.addEventListener("htmx:afterSettle", goOn, { once: true });
});
