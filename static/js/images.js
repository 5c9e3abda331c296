/* Images of a form: uploaded as soon as they are given, shown, ordered and removed by buttons (other ways in: giving.js).
   `data-images` of the picker names its file input, the other data attributes are the limits. The server draws what is
   kept (`data-kept`); until then a line of ours (`data-pending`) sends the picture and shows how far it is.
   Tells "images:changed" whenever the list is another. */

const uploads = new WeakMap(); // form -> Set of running uploads, as promises of their success
const pickerOf = (form) => form.querySelector("[data-images]");
const inputOf = (picker) => document.getElementById(picker.dataset.images);
const shotsOf = (picker) => [...picker.querySelectorAll(".shot")];
const say = (text) => (document.getElementById("announcer").textContent = text);

/* What need not be uploaded to be refused, in the server's own sentences; everything else the server says. */
function size(bytes) {
  return bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.ceil((bytes * 10) / 1048576) / 10} MB`;
}
function refusal(file, picker) {
  const sentences = JSON.parse(picker.dataset.sentences);
  if (!inputOf(picker).accept.split(",").includes(file.type)) return sentences.format;
  if (!file.size) return sentences.empty;
  return file.size > picker.dataset.maxBytes ? sentences.bytes.replace("{size}", size(file.size)) : "";
}

function problem(picker, text) {
  picker.querySelector(".problems").append(Object.assign(document.createElement("li"), { textContent: text }));
}

function add(form, files) {
  const picker = pickerOf(form);
  const list = [...files]; // the live list of a drop is empty once its event is over
  if (!picker || !list.length) return;
  inputOf(picker).value = ""; // what is uploaded is not sent a second time
  picker.querySelector(".problems").replaceChildren();
  const most = Number(picker.dataset.count);
  const good = list.filter((file) => {
    const why = refusal(file, picker);
    if (why) problem(picker, `${file.name}: ${why}`);
    return !why;
  });
  const free = most === 1 ? 1 : most - shotsOf(picker).length;
  const extra = most === 1 ? good.splice(0, good.length - 1) : good.splice(Math.max(0, free));
  if (extra.length) problem(picker, `Up to ${most} images. Left out: ${extra.map((file) => file.name).join(", ")}.`);
  for (const file of good) upload(form, file.name, { images: file }, URL.createObjectURL(file));
}

/* Sends one picture, a file or one that the server has, and lets the answer take the place of our line. */
function upload(form, name, values, preview = "", instead = null) {
  const picker = pickerOf(form);
  const item = pending(picker, name, preview);
  if (picker.matches(".single")) picker.querySelectorAll("[data-pending]").forEach(cancel);
  item.instead = instead;
  if (instead) instead.before(item);
  else picker.querySelector(".shots").append(item);
  show(form);
  const model = form.querySelector("[name=model]:checked")?.value ?? "";
  window.htmx.process(item);
  const options = { source: item, target: item, swap: "outerHTML", values: { ...values, model } };
  let answer = { status: 0 };
  item.addEventListener("htmx:beforeSend", ({ detail }) => (answer = detail.xhr));
  item.addEventListener("htmx:beforeSwap", ({ detail }) => (detail.shouldSwap = detail.xhr.status === 200));
  item.addEventListener("htmx:xhr:progress", ({ detail: { loaded, total } }) => {
    if (total) progress(item, Math.floor((100 * loaded) / total)); // the answer's own length is not told
  });
  const sent = window.htmx.ajax("POST", picker.dataset.upload, options).catch(() => {});
  const done = sent.then(() => settled(form, item, name, answer)).finally(() => URL.revokeObjectURL(preview));
  track(form, done);
  return done;
}

function cancel(item) {
  item.isCancelled = true;
  window.htmx.trigger(item, "htmx:abort");
  item.remove();
}

function track(form, done) {
  const running = uploads.get(form) ?? new Set();
  uploads.set(form, running.add(done));
  done.finally(() => running.delete(done));
}

/* Whether the picture is kept, or need not be. */
function settled(form, item, name, { status, responseText }) {
  const picker = pickerOf(form);
  item.remove();
  if (!picker) return false;
  if (status !== 200) {
    if (!item.isCancelled && status !== 204) problem(picker, `${name}: ${status === 422 ? responseText : reason(status)}`);
    show(form);
    return item.isCancelled === true;
  }
  item.instead?.remove();
  const kept = [...picker.querySelectorAll("[data-kept]")];
  const ids = kept.map((shot) => shot.querySelector("[name=image_ids]").value);
  if (picker.matches(".single")) kept.slice(0, -1).forEach((old) => old.remove());
  else kept.forEach((shot, place) => ids.indexOf(ids[place]) < place && shot.remove()); // it was there already
  mended(inputOf(picker));
  changed(form);
  const shot = picker.querySelector(".shot:last-of-type");
  const already = shot?.querySelector(".already")?.textContent.trim().replace(/\s+/g, " ") ?? "";
  say(shot?.querySelector(".why-crop")?.textContent ?? `${name} is in the form. ${already}`.trim());
  return true;
}

function reason(status) {
  if (status === 413) return "This file is larger than the server takes. Choose a smaller one.";
  if (status === 0) return "Not uploaded: no connection to the server. Choose it again when it is back.";
  return "Not uploaded: the server had a problem. Choose it again.";
}

function pending(picker, name, preview) {
  const item = picker.querySelector(".shot-template").content.firstElementChild.cloneNode(true);
  if (preview) item.querySelector("img").src = preview;
  item.querySelector("strong").textContent = name;
  item.querySelector("[data-act=cancel]").setAttribute("aria-label", `Cancel the upload of ${name}`);
  progress(item, 0);
  return item;
}
function progress(item, percent) {
  item.querySelector("progress").value = percent;
  item.querySelector(".muted").textContent = percent < 100 ? `Uploading ${percent} %` : "Uploaded, checking";
}

function show(form) {
  const picker = pickerOf(form);
  if (!picker) return;
  const most = Number(picker.dataset.count);
  const shots = shotsOf(picker);
  picker.classList.toggle("full", shots.length >= most);
  const one = shots.length ? "Replace the image" : "Choose an image";
  picker.querySelector(".act").textContent = picker.matches(".single") ? one : "Choose images";
  const over = shots.length - most;
  const words = `This model takes ${most}: remove ${over} of your images.`;
  picker.querySelector(".aside").textContent = over > 0 && !picker.matches(".single") ? words : "";
}
function changed(form) {
  show(form);
  form.dispatchEvent(new CustomEvent("images:changed"));
}

/* What the server said about a missing image no longer holds. */
function mended(input) {
  document.getElementById(`${input.id}-error`)?.remove();
  input.removeAttribute("aria-invalid");
  input.dispatchEvent(new CustomEvent("mended", { bubbles: true }));
}

function act(button) {
  const form = button.closest("form");
  const item = button.closest(".shot");
  const place = shotsOf(pickerOf(form)).indexOf(item);
  const beside = { earlier: item.previousElementSibling, later: item.nextElementSibling }[button.dataset.act];
  if (button.dataset.act === "cancel") cancel(item);
  else if (button.dataset.act === "remove") item.remove();
  else beside?.[button.dataset.act === "earlier" ? "before" : "after"](item);
  changed(form);
  if (beside) say(`Image ${shotsOf(pickerOf(form)).indexOf(item) + 1} of ${shotsOf(pickerOf(form)).length}.`);
  // At an end of the row the button that was pressed is gone.
  const isThere = (one) => one.checkVisibility({ visibilityProperty: true });
  if (item.isConnected) return [button, ...item.querySelectorAll("[data-act]")].find(isThere).focus();
  const left = shotsOf(pickerOf(form));
  (left[Math.min(place, left.length - 1)]?.querySelector("[data-act=remove]") ?? inputOf(pickerOf(form))).focus();
}

for (const form of document.querySelectorAll("form:has([data-images]), #composer")) {
  form.addEventListener("change", ({ target }) => {
    if (target.type === "file" && target.files.length) add(form, target.files);
  });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-act]");
    if (button) act(button);
  });
  form.addEventListener("images:given", ({ detail }) => add(form, detail));
  // Another module has picked one that the server has: { name, values, preview, kept() }.
  form.addEventListener("images:pick", ({ detail }) => {
    const picker = pickerOf(form);
    const isFull = !detail.instead && !picker.matches(".single") && shotsOf(picker).length >= Number(picker.dataset.count);
    if (isFull) return problem(picker, `Up to ${picker.dataset.count} images. Left out: ${detail.name}.`);
    upload(form, detail.name, detail.values, detail.preview, detail.instead).then((isKept) => isKept && detail.kept?.());
  });
  form.addEventListener("htmx:afterSwap", () => show(form));
  const picker = pickerOf(form);
  if (picker && inputOf(picker).files.length) add(form, inputOf(picker).files);
  else show(form);
}
/* A form is not sent without the images that were just given to it; if one is refused, a person decides anew. */
document.addEventListener(
  "submit",
  (event) => {
    const running = uploads.get(event.target);
    if (!running?.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say("Waiting for the upload.");
    const { target, submitter } = event;
    Promise.all(running).then((all) => all.every(Boolean) && target.requestSubmit(submitter));
  },
  { capture: true },
);
