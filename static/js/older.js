/* "Show more" and "Show older" give way to what they bring: the focus goes on at the first of it. Going back and reloading
   bring again what they had brought, the place, and what had the focus. */

const MOST_PAGES = 20;
const key = () => `viduweb.older.${location.pathname}${location.search}`; // a search in the library is another address
const count = () => document.querySelectorAll(".subject-card, article.card").length;
const more = () => document.querySelector(".more-cards a");

/* What was never drawn may refuse it until the next frame. Whoever took it meanwhile keeps it. */
async function focusOn(link) {
  for (let frame = 0; link && frame < 10 && document.activeElement === document.body; frame++) {
    link.focus({ preventScroll: true });
    await new Promise(requestAnimationFrame);
  }
}

document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
  if (!shouldSwap || !target.matches(".more-cards") || !target.contains(document.activeElement)) return;
  const last = target.previousElementSibling;
  const many = last.children.length;
  const goOn = () => {
    // The first of it may have filled up the last row (rows.js).
    focusOn((last.children[many] ?? last.nextElementSibling)?.querySelector("a[href]"));
  };
  document.addEventListener("htmx:afterSettle", goOn, { once: true });
});

addEventListener("pagehide", () => {
  const focused = document.activeElement?.closest("a[href]")?.getAttribute("href") ?? "";
  try {
    sessionStorage.setItem(key(), JSON.stringify({ count: count(), top: document.scrollingElement.scrollTop, focused }));
  } catch {
    // No storage, or it is full: going back begins at the top.
  }
});

function kept() {
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (how !== "back_forward" && how !== "reload") return null;
  try {
    return JSON.parse(sessionStorage.getItem(key()));
  } catch {
    return null;
  }
}

async function bring(place) {
  // Modules run before htmx knows the links.
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
  for (let page = 0; page < MOST_PAGES && count() < place.count && more(); page++) {
    const came = new Promise((done) => document.addEventListener("htmx:afterSettle", done, { once: true }));
    more().click();
    await Promise.race([came, new Promise((late) => setTimeout(late, 5000))]);
  }
  await new Promise(requestAnimationFrame); // rows.js has arranged them
  document.scrollingElement.scrollTop = place.top;
  const link = place.focused && document.querySelector(`#main a[href="${CSS.escape(place.focused)}"]`);
  focusOn(link);
}

history.scrollRestoration = "manual";
const place = kept();
if (place) bring(place);
