/* Images that come from outside: dropped anywhere on the page, or pasted wherever the focus is, unless a text field takes
   the text that is on the clipboard too. The form that has a picker gets them as "images:given". And from the camera. */

const TEXT = "textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file]), [contenteditable]";
const NONE = "This model takes no images of its own. Choose another, or make a subject of them.";
const veil = document.getElementById("drop-veil");
const hasFiles = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes("Files"));
const images = (list) => [...list].filter((file) => !file.type || file.type.startsWith("image/"));

/* The nearest form with a picker, else the page's own. */
function formFor(target) {
  const near = target instanceof Element ? target.closest("form:has([data-images])") : null;
  return near ?? document.querySelector("form:has([data-images])");
}

function give(files, target) {
  const form = formFor(target);
  if (!form) return document.dispatchEvent(new CustomEvent("page:problem", { detail: NONE }));
  form.dispatchEvent(new CustomEvent("images:given", { detail: [...files] }));
}

document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  const given = images(files);
  const isText = types.includes("text/plain") && event.target.closest?.(TEXT);
  if (!given.length || isText) return;
  event.preventDefault();
  give(given, event.target);
});

let depth = 0; // entered elements that were not left yet
function show(isOver) {
  if (!isOver) depth = 0;
  veil?.toggleAttribute("hidden", !isOver);
  document.documentElement.classList.toggle("dragging", isOver);
}
addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  depth += 1;
  show(true);
});
addEventListener("dragleave", (event) => {
  if (hasFiles(event) && (depth -= 1) <= 0) show(false);
});
// Whatever is dropped, the page stays.
addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  show(false);
  if (!hasFiles(event)) return;
  event.preventDefault();
  give(event.dataTransfer.files, event.target);
});

/* The same input, which leads to the camera for this one time; without the attribute phones offer the library. */
document.addEventListener("click", ({ target }) => {
  const picker = target.closest("[data-camera]")?.closest("[data-images]");
  if (!picker) return;
  const input = document.getElementById(picker.dataset.images);
  input.setAttribute("capture", "environment");
  input.click();
  input.removeAttribute("capture");
});
