/* Sending the composer: upload progress with a way out, focus afterwards, and a rest after a success, so that a second
   press of the same form makes no second task. */

const composer = document.getElementById("composer");
const generate = document.getElementById("generate");
const upload = document.getElementById("upload");
const bar = document.getElementById("upload-bar");
const text = document.getElementById("upload-text");
const cancel = document.getElementById("upload-cancel");
const WORTH_SHOWING = 200_000;

composer.addEventListener("htmx:xhr:progress", (event) => {
  const { loaded, total, lengthComputable } = event.detail;
  if (event.target !== composer || !lengthComputable || total < WORTH_SHOWING) return;
  const percent = Math.floor((100 * loaded) / total);
  upload.hidden = false;
  bar.value = percent;
  text.textContent = percent < 100 ? `Uploading ${percent} %` : "Uploaded, checking";
  cancel.hidden = percent >= 100;
});
cancel.addEventListener("click", () => window.htmx.trigger(composer, "htmx:abort"));
composer.addEventListener("htmx:sendAbort", (event) => {
  if (event.target === composer) document.getElementById("announcer").textContent = "Upload canceled. Nothing was submitted.";
});

/* The buttons say "Submitted" for a moment, or until something is changed. */
const REST = 2000;
const buttons = [generate, document.getElementById("dock-generate")];
let timer;
function rest(isResting) {
  clearTimeout(timer);
  composer.classList.toggle("rested", isResting);
  for (const button of buttons) {
    if (isResting) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
  if (isResting) timer = setTimeout(rest, REST, false);
}
const wake = () => rest(false);
for (const kind of ["input", "change", "drop", "paste"]) composer.addEventListener(kind, wake);
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== composer || !composer.matches(".rested")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

/* What has just ended, be it a colleague's own, may have taught another price than the page shows. Who comes near the
   button asks at once, as a page where nothing runs asks seldom. */
document.addEventListener("prices:changed", () => {
  window.htmx.ajax("POST", `${composer.dataset.refresh}?part=price`, { source: "#price", swap: "none" }).catch(() => {});
});
const live = document.getElementById("live");
for (const button of buttons)
  for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => live.dispatchEvent(new Event("live:soon")));

composer.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== composer) return;
  upload.hidden = true;
  // For htmx a refusal that is swapped in is a success too.
  if (event.detail.xhr.status === 200) rest(true);
  const summary = document.getElementById("error-summary");
  if ([422, 429].includes(event.detail.xhr.status) && summary) summary.focus();
  else if (document.activeElement?.matches("body, main")) generate.focus({ preventScroll: true });
});
