/* On a phone the composer lives in a sheet, a modal dialog; a dock above the tabs shows what is set, opens it and generates.
   Tells "composer:opened" when it opens. Listens to "composer:open". */

const narrow = matchMedia("(width < 48rem), (height < 30rem)");
const composer = document.getElementById("composer");
const side = document.getElementById("side-composer");
const sheet = document.getElementById("sheet");
const picture = document.getElementById("dock-picture");
const words = document.getElementById("dock-prompt");
const icon = picture.cloneNode(true);
const nothing = words.textContent;
/* What is said while the sheet is open has to be inside it: the rest of the page is inert. */
const speaking = ["announcer", "connection", "toasts"].map((id) => document.getElementById(id)).filter(Boolean);

function home() {
  (narrow.matches ? sheet : side).append(composer);
  if (!narrow.matches && sheet.open) sheet.close();
}
narrow.addEventListener("change", home);
home();

function open() {
  if (!narrow.matches || sheet.open) return;
  sheet.append(...speaking);
  sheet.showModal();
  sheet.dispatchEvent(new CustomEvent("composer:opened", { bubbles: true }));
}
sheet.addEventListener("close", () => {
  document.body.prepend(...speaking);
  draw();
});
sheet.addEventListener("click", ({ target }) => target === sheet && sheet.close());
document.getElementById("sheet-close").addEventListener("click", () => sheet.close());
document.getElementById("dock-open").addEventListener("click", open);
document.addEventListener("composer:open", open);

/* The dock shows the first picture and the prompt. */
function draw() {
  const shot = composer.querySelector(".shot img, .subject-choice:has(:checked) img");
  picture.replaceChildren(...(shot ? [Object.assign(new Image(), { src: shot.src, alt: "" })] : icon.cloneNode(true).childNodes));
  words.textContent = document.getElementById("id_prompt").value.trim() || nothing;
}
composer.addEventListener("input", draw);
composer.addEventListener("change", draw);
composer.addEventListener("composer:refilled", ({ detail }) => {
  draw();
  if (!detail.submitted) return;
  if (detail.status < 400) sheet.close();
  else open();
});
draw();
