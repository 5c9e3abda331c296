/* The guard of what a page asks by itself. An element with `data-poll` asks by htmx, at the pace of its trigger
   ("every 2s") and not before as many seconds as `data-poll` says are over, in a hidden tab not before half a minute is,
   so that its title can tell. Less and less is asked of a server that fails; what somebody is using (of what is marked
   `data-polled`) waits until the next answer. */

const PATIENCE = 15_000;
const SLOWEST = 30_000;
const HIDDEN = 30_000;
const EARLY = 100; // milliseconds by which a tick may come before the pause is quite over
const connection = document.getElementById("connection"); // main.js empties it when the server answers again
const isPoll = (element) => element.matches("[data-poll]");
const begun = Date.now();
const asked = new Map(); // when, by what is asked for: an element may be replaced by its answer
let failures = 0; // in a row
let isShort = false; // some of the newest answer waits

const nameOf = (poll) => poll.id || poll.getAttribute("hx-get");

function wait(poll) {
  const pause = Math.max(Number(poll.dataset.poll) * 1000, document.hidden ? HIDDEN : 0);
  return failures ? Math.min(SLOWEST, pause * 2 ** failures) : pause;
}

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, triggeringEvent } = event.detail;
  if (!isPoll(elt)) return;
  // A tick has no event. Events, such as a tab that is shown again, do not wait; one that is hidden is none.
  const waits = !triggeringEvent || document.hidden;
  if (waits && Date.now() < (asked.get(nameOf(elt)) ?? begun) + wait(elt) - EARLY) return event.preventDefault();
  event.detail.timeout = PATIENCE;
  // A session in which nobody does anything ends, however many pages lie open.
  event.detail.headers["X-By-Itself"] = "1";
  asked.set(nameOf(elt), Date.now());
  isShort = false;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isPoll(detail.requestConfig.elt)) return;
  failures = detail.successful ? 0 : failures + 1;
  if (failures > 1) connection.textContent = "Connection lost. Trying again…";
});

const isMarked = (part) => !getSelection().isCollapsed && getSelection().containsNode(part, true);
const plays = (part) => [...part.querySelectorAll("video")].some((video) => !video.paused);
const isUsed = (part) => part.matches(":active") || part.querySelector(":popover-open, dialog[open]") || isMarked(part) || plays(part);

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  if (!target.matches("[data-polled]")) return;
  // An answer about what was looked at before.
  if (fragment.querySelector(`#${CSS.escape(target.id)}`)?.dataset.of !== target.dataset.of) return void (detail.shouldSwap = false);
  // What ends the polling comes when everything else has come.
  const isLast = target.querySelector("[data-poll]") && !fragment.querySelector("[data-poll]");
  detail.shouldSwap = !isUsed(target) && !(isLast && isShort);
  isShort ||= !detail.shouldSwap;
  for (const part of target.querySelectorAll("details[open][id]"))
    fragment.querySelector(`#${CSS.escape(part.id)}`)?.setAttribute("open", "");
});
