/* Every page: theme choice, toasts, what was made, copy buttons, forms that are sent once, where the focus goes on. */

const STAY = 8000;
const REST = 2000;
const PROBLEMS = {
  403: "The server refused this. Reload the page and try again.",
  404: "This is no longer there. Reload the page.",
  413: "Together this is larger than the server takes. Use fewer or smaller images.",
};

/* Theme */
const root = document.documentElement;
for (const radio of document.querySelectorAll(".theme input")) {
  radio.checked = radio.value === (root.dataset.theme ?? "auto");
  radio.addEventListener("change", () => {
    if (radio.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = radio.value;
    try {
      localStorage.setItem("viduweb.theme", radio.value);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
  });
}

// What is saved for the account holds in this browser too.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("[data-profile]")) return;
  try {
    localStorage.removeItem("viduweb.theme");
    localStorage.removeItem("viduweb.single-keys");
  } catch {
    // Storage is switched off: there is nothing to forget.
  }
});

/* Toasts: successes leave by themselves, unless the pointer or the focus is in them; problems stay until they are dismissed. */
function retire(toast) {
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.matches(":focus-within") || (toast.open = false), STAY);
  };
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, wait);
  wait();
}
const retiring = new WeakSet();
function retireAll() {
  for (const toast of document.querySelectorAll(".toast:is(.success, .info)")) {
    if (!retiring.has(toast)) retire(toast);
    retiring.add(toast);
  }
}
retireAll();
document.addEventListener("htmx:afterSettle", retireAll);
document.addEventListener("htmx:oobAfterSwap", retireAll);

/* The same sentence is shown once; told again it is a new one, so that it is said again. */
function show(kind, sentence) {
  const toasts = document.getElementById(`toast-${kind}`);
  const same = [...toasts.querySelectorAll(".toast[open]")].find((one) => one.querySelector("p span")?.textContent === sentence);
  if (same?.contains(document.activeElement)) return;
  same?.remove();
  for (const old of toasts.querySelectorAll(".toast:not([open])")) old.remove();
  const toast = document.getElementById(`a-${kind}-toast`).content.firstElementChild.cloneNode(true);
  toast.querySelector("p span").textContent = sentence;
  toasts.append(toast);
  retireAll();
}
const problem = (sentence) => show("problems", sentence);
// What the page asks by itself tells its own problems (polling.js).
const isOwn = ({ detail }) => detail.requestConfig.elt.matches("[data-poll]");
document.addEventListener("htmx:responseError", (event) => {
  if (isOwn(event)) return;
  const { requestConfig, xhr } = event.detail;
  const makes = requestConfig.elt.matches("form:has([name=submission])") && !PROBLEMS[xhr.status];
  problem((PROBLEMS[xhr.status] ?? "The server had a problem. Try again.") + (makes ? " The same form never makes two tasks." : ""));
});
/* One notice for a server that cannot be reached, whoever asked; it goes when the server answers again. */
const connection = document.getElementById("connection");
let losses = 0; // what was asked before the newest of them proves nothing by its answer
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => (xhr.losses = losses));
for (const kind of ["htmx:sendError", "htmx:timeout"])
  document.addEventListener(kind, (event) => {
    losses += 1;
    if (!isOwn(event)) connection.textContent = "No connection to the server. Nothing is lost; try again when it is back.";
  });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.xhr.losses === losses) connection.textContent = "";
});
addEventListener("online", () => (connection.textContent = ""));

document.addEventListener("page:problem", ({ detail }) => problem(detail));

/* What has made a task says so, and rests a moment, so that a second press makes no second one. A form that stays, as that
   of the viewer does, takes the token that its renewed tile has: its next press is meant anew. */
const resting = new Set(); // addresses of forms
const announcer = document.getElementById("announcer");
document.addEventListener("htmx:afterRequest", ({ detail: { elt, requestConfig, xhr } }) => {
  if (elt.id === "composer" || !xhr.getResponseHeader("HX-Trigger-After-Settle")?.includes("tasks:made")) return;
  resting.add(requestConfig.path);
  setTimeout(() => resting.delete(requestConfig.path), REST);
});
document.addEventListener("tasks:made", ({ target, detail }) => {
  const words = `Submitted. ${detail.ids.length === 1 ? "1 task" : `${detail.ids.length} tasks`} added.`;
  if (target.id === "composer") announcer.textContent = words;
  else show("news", words);
  if (target.matches("[data-stays]")) rest(target);
});
function rest(form) {
  const button = form.querySelector("[type=submit]");
  const before = button.lastChild.textContent;
  button.lastChild.textContent = form.dataset.stays = "Submitted";
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => {
    const token = document.querySelector(`#cards form[action="${form.getAttribute("action")}"] [name=submission]`)?.value;
    if (!token || token === form.elements.submission.value) return;
    form.elements.submission.value = token;
    button.lastChild.textContent = before;
    form.dataset.stays = "";
    button.removeAttribute("aria-disabled");
  }, REST);
}
document.addEventListener(
  "submit",
  (event) => {
    if (!resting.has(event.target.getAttribute("action")) && !event.target.dataset.stays) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

/* Who takes something out of a list goes on at what came next in it, or before, else at what the list names. */
let left = null;
document.addEventListener("htmx:beforeSwap", () => {
  const button = document.activeElement?.closest("[data-leaves]");
  if (!button) return void (left = null);
  const { leaves, otherwise } = button.dataset;
  left = { leaves, otherwise, at: [...document.querySelectorAll(leaves)].findIndex((one) => one.contains(button)) };
});
document.addEventListener("htmx:afterSettle", () => {
  if (!left || document.activeElement !== document.body) return;
  const all = [...document.querySelectorAll(left.leaves)];
  const next = all[Math.min(left.at, all.length - 1)];
  const control = next?.matches("button, [tabindex]") ? next : next?.querySelector("a, button");
  (control ?? document.querySelector(left.otherwise))?.focus();
  left = null;
});

/* Copy buttons. Without a secure connection the clipboard is closed: then the text is selected instead. */
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    announcer.textContent = "Copied.";
    const words = button.lastChild;
    const before = words.textContent;
    words.textContent = "Copied";
    setTimeout(() => (words.textContent = before), 2000);
  } catch {
    getSelection().selectAllChildren(source);
    announcer.textContent = "Selected. Copy it with your keyboard.";
  }
}

/* A link to a field opens whatever folded part the field is in. */
function reveal(id) {
  const field = document.getElementById(id);
  for (let part = field?.closest("details:not([open])"); part; part = part.parentElement.closest("details:not([open])"))
    part.open = true;
  return field;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  const link = event.target.closest('.summary a[href^="#"]');
  if (!link) return;
  const field = reveal(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const control = field.matches("input, select, textarea, [tabindex]") ? field : field.querySelector("input, select, textarea");
  (control ?? field).focus();
  field.closest(".field")?.scrollIntoView({ block: "nearest" });
});
(document.getElementById("error-summary") ?? document.querySelector("[autofocus]:is([aria-invalid=true], [role=alert])"))?.focus();

/* Plain forms go out once; the page that comes back has a fresh one. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-forget]")) sessionStorage.clear();
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});
