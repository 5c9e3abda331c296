/* Images before they are sent: drop, paste or pick; checked here, shown, ordered and removed by buttons.
   The list lives a form long and is mirrored into its file input, so the form sends it like any other.
   `data-images` of the picker names the input, the other data attributes are the limits. */

const chosen = new WeakMap(); // form -> [{ file, url, width, height }]
const sent = new WeakMap(); // form -> the entries of `chosen` that its last request took along
const examining = new WeakMap(); // form -> the promise that its newest files are good, until they are checked
const entriesOf = (form) => chosen.get(form) ?? [];
const pickerOf = (form) => form.querySelector("[data-images]");
const inputOf = (picker) => document.getElementById(picker.dataset.images);
const isFileDrag = (event) => event.dataTransfer?.types.includes("Files");

function size(bytes) {
  return bytes < 999_500 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(bytes < 9_950_000 ? 1 : 0)} MB`;
}
function ratio(value) {
  const round = (number) => String(Math.round(number * 100) / 100);
  return value >= 1 ? `${round(value)}:1` : `1:${round(1 / value)}`;
}

/* Measures and checks one file: an entry, or an Error that says what is wrong and what is allowed. */
async function examine(file, picker) {
  const { maxBytes, minSide, minRatio, maxRatio } = picker.dataset;
  if (!inputOf(picker).accept.split(",").includes(file.type))
    throw new Error(`${file.name} is ${file.type || "of an unknown type"}. Use PNG, JPEG or WebP.`);
  if (file.size > maxBytes)
    throw new Error(`${file.name} has ${size(file.size)}. Allowed are up to ${Math.round(maxBytes / 1048576)} MB.`);
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  const fail = (words) => {
    URL.revokeObjectURL(url);
    throw new Error(`${file.name} ${words}`);
  };
  await image.decode().catch(() => fail("cannot be read as an image."));
  const { naturalWidth: width, naturalHeight: height } = image;
  if (Math.min(width, height) < minSide) fail(`has ${width} × ${height} pixels. At least ${minSide} × ${minSide} are needed.`);
  const shape = width / height;
  if (shape < minRatio || shape > maxRatio)
    fail(`has ${width} × ${height} pixels, which is ${ratio(shape)}. Allowed is ${ratio(minRatio)} to ${ratio(maxRatio)}.`);
  return { file, url, width, height };
}

const room = (picker) => Number(picker.dataset.count) - picker.querySelectorAll("[data-kept]").length;
const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

/* Files are taken in one after the other, so that two drops in a row keep their order. */
function add(form, files) {
  if (!pickerOf(form) || !files.length) return;
  const list = [...files]; // the live list of a drop is empty once its event is over
  const done = Promise.resolve(examining.get(form)).then(() => take(form, list));
  examining.set(form, done);
  done.finally(() => examining.get(form) === done && examining.delete(form));
}

async function take(form, files) {
  const picker = pickerOf(form);
  const known = entriesOf(form);
  const fresh = files.filter((file) => !known.some((entry) => same(entry.file, file)));
  const results = await Promise.allSettled(fresh.map((file) => examine(file, picker)));
  const good = results.filter((result) => result.value).map((result) => result.value);
  const problems = results.filter((result) => result.reason).map((result) => result.reason.message);
  if (Number(picker.dataset.count) === 1 && good.length) {
    forget(form);
    picker.querySelectorAll("[data-kept]").forEach((shot) => shot.remove());
    chosen.set(form, good.splice(-1));
    drop(good);
  } else {
    const free = room(picker) - entriesOf(form).length;
    const extra = good.splice(Math.max(0, free));
    const names = extra.map((entry) => entry.file.name).join(", ");
    if (names) problems.push(`Up to ${picker.dataset.count} images. Left out: ${names}.`);
    drop(extra);
    chosen.set(form, [...entriesOf(form), ...good]);
  }
  show(form, problems);
  return problems.length === 0;
}

function drop(entries) {
  for (const entry of entries) URL.revokeObjectURL(entry.url);
}
function forget(form, entries = entriesOf(form)) {
  drop(entries);
  chosen.set(form, entriesOf(form).filter((entry) => !entries.includes(entry)));
}

function shot(picker, entry, index) {
  const item = picker.querySelector(".shot-template").content.firstElementChild.cloneNode(true);
  const name = entry.file.name;
  item.dataset.index = index;
  item.querySelector("img").src = entry.url;
  item.querySelector("strong").textContent = name;
  item.querySelector(".muted").textContent = `${entry.width} × ${entry.height} · ${size(entry.file.size)}`;
  const words = { earlier: `Move ${name} earlier`, later: `Move ${name} later`, remove: `Remove ${name}` };
  for (const button of item.querySelectorAll("[data-act]")) button.setAttribute("aria-label", words[button.dataset.act]);
  return item;
}

/* Draws the list, says what went wrong, and puts as many files into the input as the model takes. */
function show(form, problems = []) {
  const picker = pickerOf(form);
  if (!picker) return;
  const entries = entriesOf(form);
  const shown = entries.slice(0, Math.max(0, room(picker)));
  picker.querySelectorAll(".shot:not([data-kept])").forEach((item) => item.remove());
  picker.querySelector(".shots").append(...shown.map((entry, index) => shot(picker, entry, index)));
  const lines = problems.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  picker.querySelector(".problems").replaceChildren(...lines);
  const aside = entries.length - shown.length;
  const words = `This model takes ${picker.dataset.count}: ${aside} of your images ${aside === 1 ? "is" : "are"} set aside.`;
  picker.querySelector(".aside").textContent = aside ? words : "";
  picker.classList.toggle("full", picker.querySelectorAll(".shot").length >= Number(picker.dataset.count));
  const one = picker.querySelector(".shot") ? "Replace the image" : "Choose an image";
  picker.querySelector(".act").textContent = picker.matches(".single") ? one : "Choose images";
  if (shown.length) settle(inputOf(picker));
  const transfer = new DataTransfer();
  for (const entry of shown) transfer.items.add(entry.file);
  inputOf(picker).files = transfer.files;
}

/* What the server said about a missing image no longer holds. */
function settle(input) {
  document.getElementById(`${input.id}-error`)?.remove();
  input.removeAttribute("aria-invalid");
}

function act(button) {
  const form = button.closest("form");
  const item = button.closest(".shot");
  const items = [...item.parentElement.children];
  const place = items.indexOf(item);
  const to = button.dataset.act === "earlier" ? place - 1 : place + 1;
  if (item.dataset.index !== undefined) {
    const entries = [...entriesOf(form)];
    const [entry] = entries.splice(item.dataset.index, 1);
    if (button.dataset.act === "remove") drop([entry]);
    else entries.splice(Math.max(0, Number(item.dataset.index) + (to - place)), 0, entry);
    chosen.set(form, entries);
  } else if (button.dataset.act === "remove") item.remove();
  // Kept images are sent apart from new files, so they change places among themselves only.
  else if (items[to]?.matches("[data-kept]")) items[to][to < place ? "before" : "after"](item);
  show(form);
  const shots = pickerOf(form).querySelectorAll(".shot");
  const next = shots[Math.min(button.dataset.act === "remove" ? place : Math.max(to, 0), shots.length - 1)];
  (next?.querySelector(`[data-act="${button.dataset.act}"]`) ?? inputOf(pickerOf(form))).focus();
}

for (const form of document.querySelectorAll("form:has([data-images]), #composer")) {
  form.addEventListener("change", ({ target }) => {
    if (target.type !== "file") return;
    if (target.files.length) add(form, target.files);
    else show(form); // a cancelled dialog empties the input
  });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-act]");
    if (button) act(button);
  });
  form.addEventListener("paste", (event) => {
    const files = event.clipboardData.files;
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    add(form, files);
  });
  form.addEventListener("dragover", (event) => form.classList.toggle("dragging", isFileDrag(event)));
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || form.classList.remove("dragging"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("dragging");
    if (isFileDrag(event)) add(form, event.dataTransfer.files);
  });
  form.addEventListener("htmx:beforeRequest", ({ detail }) => detail.elt === form && sent.set(form, entriesOf(form)));
  form.addEventListener("composer:refilled", ({ detail }) => {
    if (detail.submitted) forget(form, sent.get(form)); // the server keeps those
    const picker = pickerOf(form);
    if (detail.submitted && picker?.matches(".single") && entriesOf(form).length)
      picker.querySelectorAll("[data-kept]").forEach((shot) => shot.remove());
    show(form);
  });
  const picker = pickerOf(form);
  if (picker && inputOf(picker).files.length) add(form, inputOf(picker).files);
  else show(form);
}
/* A form is not sent without the images that were just given to it; if one is refused, a person decides anew. */
document.addEventListener(
  "submit",
  (event) => {
    const pending = examining.get(event.target);
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pending.then((good) => good && event.target.requestSubmit(event.submitter));
  },
  { capture: true },
);
// A file dropped beside the form must not replace the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => isFileDrag(event) && event.preventDefault());
