/* The live page: one request for all cards, at the pace the server sets, none in a hidden tab.
   #live holds the address, the cursor and the pause; the answer holds changed cards and, in a wrapper, new ones.
   Cards are replaced here rather than by htmx, because focus, a playing video and a pressed button must survive. */

const live = document.getElementById("live");
const cards = document.getElementById("cards");
const connection = document.getElementById("connection");
const announcer = document.getElementById("announcer");
const SLOWEST = 30;
const PATIENCE = 15_000;

const held = new Map(); // id -> the newer card, waiting until the old one rests
let failures = 0;
let timer;
let asking = false;
let finished = 0;
const title = document.title;

/* Asking */
function schedule(seconds) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, seconds * 1000);
}

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  const address = new URL(live.dataset.url, location.href);
  address.searchParams.set("since", live.dataset.cursor);
  address.searchParams.set("whose", live.dataset.whose);
  try {
    const answer = await fetch(address, {
      headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) return location.assign(elsewhere);
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 200) apply(await answer.text());
    live.dataset.cursor = answer.headers.get("X-Live-Cursor") ?? live.dataset.cursor;
    live.dataset.pause = answer.headers.get("X-Live-Pause") ?? live.dataset.pause;
    failures = 0;
    connection.textContent = "";
  } catch {
    failures += 1;
    if (failures === 2) connection.textContent = "Connection lost. Trying again…";
  } finally {
    asking = false;
  }
  const pause = Number(live.dataset.pause);
  schedule(failures ? Math.min(SLOWEST, Math.max(pause, 1) * 2 ** failures) : pause);
}

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
  if (detail.successful && (detail.elt.id === "composer" || detail.elt.closest(".card"))) schedule(0.3);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return clearTimeout(timer);
  finished = 0;
  document.title = title;
  ask();
});
addEventListener("online", ask);
schedule(Number(live.dataset.pause));
