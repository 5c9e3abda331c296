/* What a person does while an answer of the server is on its way outlives that answer: words typed, options and
   models chosen. Loaded before composer.js, whose counters and draft look at the result. */

const composer = document.getElementById("composer");
const CONTROLS = "textarea, select, input:not([type=file], [type=hidden])";
const isText = (control) => control.matches("textarea, input:not([type=checkbox], [type=radio])");
const stateOf = (control) => (control.matches("[type=checkbox], [type=radio]") ? control.checked : control.value);

function states() {
  const named = [...composer.querySelectorAll(CONTROLS)].filter((control) => control.id);
  return new Map(named.map((control) => [control.id, stateOf(control)]));
}

function put(id, state) {
  const control = document.getElementById(id);
  if (!control || stateOf(control) === state) return;
  if (control.matches("[type=checkbox], [type=radio]")) control.checked = state;
  else if (isText(control) || [...control.options].some((option) => option.value === state && !option.disabled)) control.value = state;
}

function shownBy(id) {
  const control = document.getElementById(id);
  return control ? stateOf(control) : undefined;
}

/* What replaces no fields: an upload, a saved draft. */
const isAside = ({ detail }) => detail.elt.matches?.("[data-pending], #draft-note");

composer.addEventListener("htmx:beforeRequest", (event) => {
  if (!isAside(event)) event.detail.requestConfig.before = states();
});
composer.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const { before } = detail.requestConfig;
  if (!before) return;
  // Of a group of radio buttons only the chosen one says something.
  const isLeft = (id, state) => state === false && document.getElementById(id).type === "radio";
  const isNew = ([id, state]) => before.has(id) && before.get(id) !== state && !isLeft(id, state);
  detail.requestConfig.edits = [...states()].filter(isNew);
});
composer.addEventListener("htmx:afterSwap", ({ detail }) => {
  const edits = detail.requestConfig.edits ?? [];
  for (const [id, state] of edits) put(id, state);
  detail.requestConfig.shown = new Map(edits.map(([id]) => [id, shownBy(id)]));
});
// What follows from a choice can be asked for once htmx knows the new fields.
composer.addEventListener("htmx:afterSettle", ({ detail }) => {
  for (const [id, state] of detail.requestConfig.edits ?? []) {
    const control = document.getElementById(id);
    if (!control || isText(control)) continue;
    // Changed once more since: that is asked for by itself.
    if (stateOf(control) !== (detail.requestConfig.shown?.get(id) ?? state)) continue;
    put(id, state);
    if (stateOf(control) === state) control.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

/* While the form is being sent its fields are not drawn anew; what was chosen meanwhile is asked for afterwards. */
let submits = 0;
let waiting = new Set();

composer.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (isAside(event)) return;
  if (elt === composer) submits += 1;
  else if (composer.matches(".htmx-request")) {
    event.preventDefault();
    waiting.add(requestConfig.triggeringEvent?.target);
  } else requestConfig.submits = submits;
});
/* An answer that was on its way when the form was sent would undo what the form brings. */
composer.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, submits: then } = event.detail.requestConfig;
  if (elt !== composer && then !== undefined && then !== submits) event.preventDefault();
});
composer.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt !== composer) return;
  const controls = waiting;
  waiting = new Set();
  // Those of replaced fields were put back above, and asked for themselves.
  for (const control of controls) if (control?.isConnected) control.dispatchEvent(new Event("change", { bubbles: true }));
});

/* Pictures: what was added or removed while an answer was on its way outlives that answer, and so do running uploads. */
const idOf = (shot) => shot.querySelector("[name=image_ids]")?.value;
const shots = () => [...composer.querySelectorAll(".shots > .shot")];
composer.addEventListener("htmx:beforeRequest", ({ detail }) => (detail.requestConfig.shots = shots().map(idOf)));
composer.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "fields") return;
  const { shots: before = [] } = detail.requestConfig;
  const now = shots();
  detail.requestConfig.added = now.filter((shot) => !idOf(shot) || !before.includes(idOf(shot)));
  detail.requestConfig.removed = before.filter((id) => id && !now.some((shot) => idOf(shot) === id));
});
composer.addEventListener("htmx:afterSwap", ({ detail }) => {
  const { added = [], removed = [] } = detail.requestConfig;
  const list = composer.querySelector(".shots");
  for (const shot of shots()) if (removed.includes(idOf(shot))) shot.remove();
  if (list) list.append(...added.filter((shot) => !list.contains(shot)));
});
