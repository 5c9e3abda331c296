/* The live page: #live asks for all cards at once (polling.js guards it); its answer holds changed cards and, in a
   wrapper, new ones, and how far the page has come (the cursor) and how soon to ask again.
   Cards are replaced here rather than by htmx, because focus, a playing video and a pressed button must survive. */

const live = document.getElementById("live");
const cards = document.getElementById("cards");
const announcer = document.getElementById("announcer");

const held = new Map(); // id -> the newer card, waiting until the old one rests
let finished = 0;
const title = document.title;

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
});

/* Applying */
function apply(html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const fresh = [];
  for (const card of answer.content.querySelectorAll("article[id]")) {
    const isNew = card.parentElement?.matches("[hx-swap-oob]");
    card.removeAttribute("hx-swap-oob");
    const old = document.getElementById(card.id);
    if (!old && !isNew) continue;
    tell(held.get(card.id) ?? old, card);
    if (!old) fresh.push(card);
    else if (busy(old)) held.set(card.id, card);
    else replace(old, card);
  }
  if (fresh.length) arrive(fresh);
  document.dispatchEvent(new CustomEvent("cards:changed"));
}

const busy = (card) => card.matches(":active") || card.querySelector("video, [popover]:popover-open, details[open], .htmx-request");

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
  old.replaceWith(card);
  window.htmx.process(card);
  if (focused) (document.getElementById(focused) ?? card.querySelector(".open")).focus({ preventScroll: true });
}

function arrive(fresh) {
  for (const card of fresh) card.classList.add("arriving");
  cards.prepend(...fresh);
  fresh.forEach((card) => window.htmx.process(card));
}

function applyHeld() {
  for (const [id, card] of held) {
    const old = document.getElementById(id);
    if (!old) held.delete(id);
    else if (!busy(old)) replace(old, card);
  }
}
document.addEventListener("card:rest", () => held.size && setTimeout(applyHeld));
setInterval(() => held.size && applyHeld(), 500);

/* Telling: own results, once each. */
function tell(old, card) {
  const { state, kind, title: words } = card.dataset;
  if (card.dataset.mine === undefined || old?.dataset.state === state) return;
  if (state === "completed") announcer.textContent = `${kind} ready: ${words}`;
  else if (["failed", "lost", "uncertain"].includes(state)) announcer.textContent = `${card.dataset.words}: ${words}`;
  else return;
  if (document.hidden) document.title = `(${(finished += 1)}) ${title}`;
}

/* A card may arrive by the answer to a submit and by the poll: the first one stays. */
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target !== cards) return;
  for (const card of event.detail.fragment.querySelectorAll("article[id]")) {
    if (document.getElementById(card.id)) card.remove();
    else card.classList.add("arriving");
  }
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && (detail.elt.id === "composer" || detail.elt.closest(".card"))) live.dispatchEvent(new Event("live:soon"));
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  finished = 0;
  document.title = title;
});
