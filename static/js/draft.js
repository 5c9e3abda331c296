/* The draft: what is in the form is kept on the server while it is filled in, one a kind of model.
   What could not be kept yet (no connection, a session that is over) waits in this tab. The newer of two pages wins. */

const composer = document.getElementById("composer");
const note = document.getElementById("draft-note");
const PAUSE = 600;
const KEY = `viduweb.draft.${composer.dataset.draft}`;
const NEVER = ["csrfmiddlewaretoken", "submission", "shown_price", "images", "kind", "anyway", "callback_url"];

const field = (name) => composer.querySelector(`[name=${name}]`);
const familyOf = () => field("draft_family").value;
const versions = new Map(); // family -> the newest version that this page knows
let timer;
let isDirty = false;
let isSaving = false;
let saving;

function values() {
  const found = [...new FormData(composer)].filter(([, value]) => typeof value === "string" && value !== "");
  return new URLSearchParams(found.filter(([name]) => !NEVER.includes(name)));
}
function know(family, version) {
  versions.set(family, Math.max(version, versions.get(family) ?? 0));
  if (familyOf() === family) field("draft_version").value = versions.get(family);
}

/* In this tab, for when the server cannot be told. Never keys or tokens. */
function stash() {
  try {
    sessionStorage.setItem(KEY, values().toString());
  } catch {
    // No storage, or it is full.
  }
}
function unstash() {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return kept && new URLSearchParams(kept);
  } catch {
    return null;
  }
}

function save() {
  clearTimeout(timer);
  // An answer to the form, or to another model, that is on its way brings a version of its own.
  if (isSaving || composer.matches(".htmx-request, :has(#pick.htmx-request)")) return soon();
  const family = familyOf();
  isSaving = true;
  isDirty = false;
  const address = composer.dataset.drafts.replace("family", family);
  note.addEventListener("htmx:afterRequest", ({ detail }) => saved(family, detail.xhr), { once: true });
  saving = window.htmx.ajax("POST", address, { source: note, target: note, swap: "innerHTML" }).catch(() => {});
}

function saved(family, xhr) {
  isSaving = false;
  const version = Number(xhr.getResponseHeader("X-Draft-Version"));
  if (xhr.status === 204 && version) {
    know(family, version);
    if (!isDirty) unstash();
  } else if (xhr.status === 409 && version <= (versions.get(family) ?? 0)) soon(); // ours, which an answer had overtaken
  else if (xhr.status !== 409) {
    isDirty = true;
    stash();
  }
}
/* Another page has kept something newer: this one says so, and a person decides. */
note.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const isNewer = Number(detail.xhr.getResponseHeader("X-Draft-Version")) > (versions.get(familyOf()) ?? 0);
  detail.shouldSwap = detail.xhr.status === 409 && isNewer;
  if (detail.xhr.status === 409) detail.isError = false;
});

function soon() {
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

note.addEventListener("click", ({ target }) => {
  if (target.closest("[data-draft-load]")) {
    isDirty = false;
    unstash();
  } else if (target.closest("[data-draft-keep]")) {
    know(familyOf(), Number(target.closest("[data-draft-keep]").value));
    note.replaceChildren();
    document.getElementById("id_prompt").focus();
    save();
  }
});

const changed = () => {
  if (!note.hasChildNodes()) soon();
};
composer.addEventListener("input", changed);
composer.addEventListener("change", changed);
composer.addEventListener("images:changed", changed);
/* A save that is on its way goes first, or the server would take one of the two for another page's. */
const MOST_WAITING = 2000;
const rested = () => Promise.race([saving, new Promise((done) => setTimeout(done, MOST_WAITING))]);
/* The choice of a model of another kind keeps what is in the form too. */
composer.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.id !== "pick" || !isSaving) return;
  event.preventDefault();
  rested().then(() => event.detail.issueRequest(true));
});
let hold = ""; // "waiting", then "enough"
document.addEventListener(
  "submit",
  (event) => {
    const { target, submitter } = event;
    if (target !== composer || !isSaving || hold === "enough") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (hold) return;
    hold = "waiting";
    rested().then(() => {
      hold = "enough";
      composer.requestSubmit(submitter);
      hold = "";
    });
  },
  { capture: true },
);
/* What was sent is kept with it; what is typed meanwhile makes the form dirty again. */
composer.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt !== composer) return;
  clearTimeout(timer);
  isDirty = false;
});
composer.addEventListener("htmx:sendError", ({ detail }) => detail.elt === composer && soon());
composer.addEventListener("composer:refilled", ({ detail }) => {
  know(familyOf(), Number(field("draft_version").value));
  if (detail.submitted && !isDirty) unstash();
  else if (document.getElementById("preset-note")) changed();
});

// What a save has taken with it may never arrive: another request of this page may lead to the login meanwhile.
addEventListener("pagehide", () => (isDirty || isSaving) && stash());
/* Back to this page after another: whether it is still the newest. A remix that nobody has changed is no draft yet. */
function look() {
  const isKept = (versions.get(familyOf()) ?? 0) > 0 && (isDirty || !field("draft_source").value);
  if (note.hasChildNodes()) return;
  if (document.visibilityState === "visible" ? isKept : isDirty) save();
}
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", (event) => event.persisted && look());
addEventListener("online", () => isDirty && save());

/* What waited in this tab. A page that was asked for with values of its own (Remix, a result that was taken, a refused form)
   is left as it is. */
const waiting = unstash();
know(familyOf(), Number(field("draft_version").value));
const asked = new URLSearchParams(location.search);
const isAsked = asked.has("from") || asked.has("preset") || asked.has("used") || document.getElementById("error-summary");
if (waiting && !isAsked && waiting.get("draft_family") === familyOf()) {
  const plain = (data) => [...data].filter(([name]) => name !== "draft_version").sort().join("&");
  if (plain(waiting) !== plain(values())) {
    waiting.set("draft_version", field("draft_version").value);
    const fields = {};
    for (const [name, value] of waiting) (fields[name] ??= []).push(value);
    const swap = "innerHTML settle:0ms";
    window.htmx.ajax("POST", composer.dataset.refresh, { source: "#fields", target: "#fields", swap, values: fields });
    soon();
  }
}
