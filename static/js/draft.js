/* The draft: prompt and options survive a reload in this tab. Never images, keys or tokens.
   When it differs from the page, the server draws the form from it, as if its model had just been chosen. */

const composer = document.getElementById("composer");
const KEY = `viduweb.draft.${composer.dataset.draft}`;
const NEVER = new Set(["csrfmiddlewaretoken", "submission", "shown_price", "images", "image_urls", "image_ids", "key", "kind"]);

function values() {
  const found = {};
  for (const [name, value] of new FormData(composer)) {
    if (NEVER.has(name) || typeof value !== "string" || value === "") continue;
    (found[name] ??= []).push(value);
  }
  return found;
}

function save() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(values()));
  } catch {
    // No storage, or it is full: a reload starts afresh.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

let timer;
function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(save, 300);
}

/* A page that was asked for with values of its own (Remix, a model, a refused form) is left as it is. */
const asked = new URLSearchParams(location.search);
const draft = asked.has("from") || asked.has("model") || document.getElementById("error-summary") ? null : kept();
const here = values();
const inOrder = (object) => JSON.stringify(Object.entries(object).sort());
if (draft?.model && inOrder(draft) !== inOrder(here)) {
  window.htmx.ajax("POST", composer.dataset.refresh, { source: "#fields", target: "#fields", swap: "innerHTML", values: draft });
}

composer.addEventListener("input", saveSoon);
composer.addEventListener("change", saveSoon);
composer.addEventListener("composer:refilled", save);
addEventListener("pagehide", save);
