/* What is pressed just after it has come, before htmx knows it, would be sent the plain way and lead to another page:
   htmx is told of it, and it is pressed again. */

const told = new WeakSet();

function again(event, element, press) {
  if (event.defaultPrevented || !window.htmx || told.has(element)) return;
  told.add(element);
  event.preventDefault();
  window.htmx.process(element);
  setTimeout(press); // while it is being pressed it cannot be pressed
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.matches("[hx-post]:not([hx-trigger])")) again(event, form, () => form.requestSubmit(submitter));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[hx-get]:not([hx-trigger])");
  const isPlain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link && isPlain) again(event, link, () => link.click());
});

/* A press takes a tenth of a second. An answer that comes in between would put a new button under the pointer, and
   nothing would have been pressed: answers wait until a press is over. */
const LONGEST = 1500; // ms; who drags for longer has no button in mind
const CLICKED_WITHIN = 50; // ms after the finger is up
let answers; // those that wait, while something is pressed
let timer;

function letGo() {
  for (const answer of answers ?? []) setTimeout(answer);
  answers = undefined;
}
function letGoIn(time) {
  clearTimeout(timer);
  timer = setTimeout(letGo, time);
}

addEventListener("pointerdown", ({ button }) => {
  if (button) return;
  answers ??= [];
  letGoIn(LONGEST);
}, { capture: true });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => letGoIn(CLICKED_WITHIN), { capture: true });

document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => {
  const take = xhr.onload;
  xhr.onload = (event) => (answers ? answers.push(() => take.call(xhr, event)) : take.call(xhr, event));
});
