/* Another cut of a chosen picture. The browser says which part, the server makes it and keeps the original.
   Everything is an ordinary control, so that keys and touch do what the mouse does; the box also follows a drag. */

const dialog = document.getElementById("crop");
const picture = document.getElementById("crop-picture");
const box = document.getElementById("crop-box");
const figures = document.getElementById("crop-figures");
const [size, across, down] = ["crop-size", "crop-x", "crop-y"].map((id) => document.getElementById(id));
const ratios = [...dialog.querySelectorAll("[name=crop-ratio]")];
const nearest = document.getElementById("crop-nearest");
let opener; // the button, which an upload that ends meanwhile may take off the page
let form;

/* The part as shares of the picture: the largest of the ratio, made smaller, at its place. */
function part() {
  const [width, height] = (ratios.find((radio) => radio.checked)?.value || "0:0").split(":").map(Number);
  const own = picture.naturalWidth / picture.naturalHeight;
  const wanted = width ? width / height : own;
  const share = size.value / 100;
  const wide = Math.min(1, wanted / own) * share;
  const high = Math.min(1, own / wanted) * share;
  return { x: (1 - wide) * (across.value / 100), y: (1 - high) * (down.value / 100), wide, high };
}

function draw() {
  if (!picture.naturalWidth) return;
  const { x, y, wide, high } = part();
  const { style } = box;
  [style.insetInlineStart, style.insetBlockStart, style.inlineSize, style.blockSize] = [x, y, wide, high].map((one) => `${one * 100}%`);
  across.disabled = wide === 1;
  down.disabled = high === 1;
  figures.textContent = `${Math.round(wide * picture.naturalWidth)} × ${Math.round(high * picture.naturalHeight)} pixels`;
}

function open(button) {
  opener = button;
  form = button.form;
  const { minRatio, maxRatio } = button.closest("[data-images]").dataset;
  for (const radio of ratios.filter(({ value }) => value)) {
    const [width, height] = radio.value.split(":");
    radio.disabled = width / height < minRatio || width / height > maxRatio;
  }
  size.value = 100;
  across.value = down.value = 50;
  const isMisfit = "nearest" in button.dataset;
  nearest.hidden = !isMisfit;
  ratios[0].parentElement.hidden = isMisfit;
  ratios[isMisfit ? 1 : 0].checked = true;
  if (isMisfit) preset(button, minRatio, maxRatio);
  figures.textContent = "";
  picture.src = button.dataset.src;
  dialog.showModal();
}

/* The ratio that is taken and leaves the most of the picture: the limit that it is beyond. */
function preset(button, minRatio, maxRatio) {
  const shot = button.closest(".shot").querySelector("img");
  const isWide = shot.getAttribute("width") / shot.getAttribute("height") > maxRatio;
  const words = isWide ? `${Number(maxRatio)}:1` : `1:${1 / minRatio}`;
  nearest.querySelector("input").value = words;
  nearest.querySelector("span").textContent = words;
}

function take(values) {
  const shot = opener.closest(".shot");
  const name = shot.querySelector("strong").textContent;
  const instead = shot.isConnected ? shot : null;
  const detail = { name, preview: picture.src, instead, values: { image: opener.dataset.crop, ...values } };
  dialog.close();
  form.dispatchEvent(new CustomEvent("images:pick", { detail }));
}

/* Its shares are known once the picture has come, which may be after the button is pressed. */
async function cut() {
  await picture.decode().catch(() => {});
  if (!dialog.open || !picture.naturalWidth) return;
  const { x, y, wide, high } = part();
  take({ box: [x, y, wide, high].map((one) => one.toFixed(5)).join(",") });
}

picture.addEventListener("load", draw);
dialog.addEventListener("input", draw);
/* A drag moves the box as the sliders do. */
box.addEventListener("pointerdown", (event) => box.setPointerCapture(event.pointerId));
box.addEventListener("pointermove", (event) => {
  if (!box.hasPointerCapture(event.pointerId)) return;
  const stage = picture.getBoundingClientRect();
  const { wide, high } = part();
  if (wide < 1) across.value = Number(across.value) + (100 * event.movementX) / (stage.width * (1 - wide));
  if (high < 1) down.value = Number(down.value) + (100 * event.movementY) / (stage.height * (1 - high));
  draw();
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-crop]");
  if (button) open(button);
});
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.closest("[data-close]")) dialog.close();
  const turn = target.closest("[data-turn]");
  if (turn) take({ turn: turn.dataset.turn });
  if (target.closest("#crop-take")) cut();
});
dialog.addEventListener("close", () => opener?.isConnected && opener.focus());
