/* Every page: theme choice, toasts, copy buttons, forms that are sent once, links to fields in folded parts. */

const STAY = 8000;
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

/* Toasts: successes leave by themselves, problems stay until they are dismissed. */
function retire(toast) {
  let timer = setTimeout(() => (toast.open = false), STAY);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => (toast.open = false), STAY)));
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

function problem(sentence) {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  toast.querySelector("p span").textContent = sentence;
  const toasts = document.getElementById("toast-problems");
  for (const old of toasts.querySelectorAll(".toast:not([open])")) old.remove();
  toasts.append(toast);
}
// What the page asks by itself tells its own problems (polling.js).
const isOwn = ({ detail }) => detail.requestConfig.elt.matches("[data-poll]");
document.addEventListener("htmx:responseError", (event) => {
  if (isOwn(event)) return;
  const status = event.detail.xhr.status;
  problem(PROBLEMS[status] ?? "The server had a problem. Try again; the same form never makes two tasks.");
});
/* One notice for a server that cannot be reached, whoever asked; it goes when the server answers again. */
const connection = document.getElementById("connection");
document.addEventListener("htmx:sendError", (event) => {
  if (!isOwn(event)) connection.textContent = "No connection to the server. Nothing is lost; try again when it is back.";
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) connection.textContent = "";
});
addEventListener("online", () => (connection.textContent = ""));

document.addEventListener("page:problem", ({ detail }) => problem(detail));

/* Copy buttons. Without a secure connection the clipboard is closed: then the text is selected instead. */
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const announcer = document.getElementById("announcer");
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
document.getElementById("error-summary")?.focus();

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
