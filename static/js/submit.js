/* Sending the composer: upload progress with a way out, focus afterwards. */

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
  if (event.target === composer) document.getElementById("announcer").textContent = "Upload cancelled. Nothing was submitted.";
});

composer.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== composer) return;
  upload.hidden = true;
  const summary = document.getElementById("error-summary");
  if ([422, 429].includes(event.detail.xhr.status) && summary) summary.focus();
  else if (document.activeElement?.matches("body, main")) generate.focus({ preventScroll: true });
});
