/* The live page: #live asks for all cards at once (polling.js guards it); its answer holds changed cards and, in a
   wrapper, new ones, and how far the page has come (the cursor) and how soon to ask again.
   Cards are replaced here rather than by htmx, because focus, a playing video and a pressed button must survive.
   Tells "card:news" and "card:replaced" (detail: { old, card }), "cards:changing" before and "cards:changed" after, and
   "prices:changed" when a task, seen here or not, has taught another price. */

const live = document.getElementById("live");
const cards = document.getElementById("cards");
const held = new Map(); // id -> the newer card, waiting until the old one rests

/* Asking */
live.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.parameters.since = live.dataset.cursor;
  detail.parameters.whose = live.dataset.whose;
});
live.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (detail.isError) return;
  if (detail.shouldSwap) apply(detail.serverResponse);
  detail.shouldSwap = false;
  live.dataset.cursor = xhr.getResponseHeader("X-Live-Cursor") ?? live.dataset.cursor;
  live.dataset.poll = xhr.getResponseHeader("X-Live-Pause") ?? live.dataset.poll;
  const prices = xhr.getResponseHeader("X-Live-Prices") ?? live.dataset.prices;
  if (prices !== live.dataset.prices) tell("prices:changed");
  live.dataset.prices = prices;
});

const tell = (what, detail = null) => document.dispatchEvent(new CustomEvent(what, { detail }));

/* Applying */
function apply(html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const fresh = [];
  for (const card of answer.content.querySelectorAll("article[id]")) {
    const isNew = card.parentElement?.matches("[hx-swap-oob]");
    card.removeAttribute("hx-swap-oob");
    const old = document.getElementById(card.id);
    const day = card.parentElement?.dataset?.belongs;
    if (!old && !isNew && day === undefined) continue;
    tell("card:news", { old: held.get(card.id) ?? old, card });
    if (!old && !isNew) comeBack(card, day);
    else if (!old) fresh.push(card);
    else if (busy(old)) held.set(card.id, card);
    else replace(old, card);
  }
  if (fresh.length) arrive(fresh);
  for (const sum of answer.content.querySelectorAll("[data-sum]")) {
    const shown = document.getElementById(sum.dataset.sum);
    if (shown) shown.textContent = sum.textContent;
  }
  tell("cards:changed");
}

const USED = "video, [popover]:popover-open, dialog[open], details[open], .htmx-request";
const busy = (card) => card.matches(":active") || card.querySelector(USED);

function replace(old, card) {
  held.delete(card.id);
  // The same picture keeps its node, so that it does not blink.
  for (const image of card.querySelectorAll("img")) {
    const same = [...old.querySelectorAll("img")].find((one) => one.getAttribute("src") === image.getAttribute("src"));
    if (same) {
      same.className = image.className;
      image.replaceWith(same);
    }
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  tell("card:replaced", { old, card });
  old.replaceWith(card);
  window.htmx.process(card);
  if (focused) (document.getElementById(focused) ?? card.querySelector(".open")).focus({ preventScroll: true });
}

/* New ones stand under their day, newest first; what is looked at stays where it is. */
function arrive(fresh) {
  tell("cards:changing");
  for (const card of fresh.toReversed()) {
    card.classList.add("arriving");
    rowsOf(card.dataset.day).prepend(card);
    window.htmx.process(card);
  }
  tell("cards:changed");
}

/* One that was not here, such as one from the trash, goes to its place, unless that is below what is shown. */
const placeOf = (card) => card.dataset.made + card.id;
function comeBack(card, title) {
  const below = [...cards.querySelectorAll("article.card")].find((one) => placeOf(one) < placeOf(card));
  if (!below && document.getElementById("older")) return;
  tell("cards:changing");
  const { day } = card.dataset;
  if (below?.dataset.day === day) below.before(card);
  else {
    const next = below?.closest("section.day") ?? null;
    const found = document.getElementById(`day-${day}`) ?? beginDay(day, title, (section) => cards.insertBefore(section, next));
    [...found.querySelectorAll(".rows")].at(-1).append(card);
  }
  window.htmx.process(card);
}

function rowsOf(day) {
  const found = document.getElementById(`day-${day}`) ?? beginDay(day, "", (section) => cards.prepend(section));
  return found.querySelector(".rows");
}

function beginDay(day, title, put) {
  const section = document.getElementById("new-day").content.firstElementChild.cloneNode(true);
  section.id = `day-${day}`;
  section.querySelector("h2").id = `day-${day}-title`;
  section.querySelector(".day-head span").id = `day-${day}-sum`;
  section.setAttribute("aria-labelledby", `day-${day}-title`);
  if (title) section.querySelector("h2").textContent = title;
  put(section);
  cards.classList.remove("none");
  return section;
}

function applyHeld() {
  const before = held.size;
  for (const [id, card] of held) {
    const old = document.getElementById(id);
    if (!old) held.delete(id);
    else if (!busy(old)) replace(old, card);
  }
  if (held.size < before) tell("cards:changed");
}
document.addEventListener("card:rest", () => held.size && setTimeout(applyHeld));
setInterval(() => held.size && applyHeld(), 500);

/* Cards also come by the answer to a submit or a press; what came by the poll meanwhile stays. */
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  if (target === cards) {
    const all = [...fragment.querySelectorAll("article[id]")];
    arrive(all.filter((card) => !document.getElementById(card.id)));
  } else if (target.matches("article.card")) {
    const card = fragment.querySelector("article[id]");
    card.removeAttribute("hx-swap-oob");
    replace(target, card);
    tell("cards:changed");
  } else return;
  detail.shouldSwap = false;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  // A refusal that is swapped in counts as a success for htmx, and has made nothing.
  const isMade = detail.successful && detail.xhr.status < 400;
  const isReview = detail.pathInfo?.requestPath.endsWith("/review/");
  if (isMade && (isReview || detail.elt.id === "composer" || detail.elt.closest(".card"))) live.dispatchEvent(new Event("live:soon"));
});
