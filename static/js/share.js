/* Gives a result to the share sheet of the device: the file where the browser shares files, else the address of its page.
   theme.js marks the page where there is a sheet. */

const LARGEST = 50 * 1024 * 1024; // more is not read into the memory of a phone
const files = new WeakMap(); // button -> its file, once it is here
const say = (text) => (document.getElementById("announcer").textContent = text);

async function fetched(button) {
  const answer = await fetch(button.dataset.share);
  const type = answer.headers.get("Content-Type") ?? "";
  const isMedia = answer.ok && /^(image|video)\//.test(type) && Number(answer.headers.get("Content-Length")) <= LARGEST;
  return isMedia ? new File([await answer.blob()], button.dataset.name, { type }) : null;
}

const takes = (file) => navigator.canShare?.({ files: [file] }) === true;

/* The file; null when only the address can be shared. */
async function fileFor(button) {
  const { name, mime } = button.dataset;
  if (files.has(button) || !takes(new File([], name, { type: mime }))) return files.get(button) ?? null;
  button.setAttribute("aria-busy", "true");
  const file = await fetched(button).catch(() => null);
  button.removeAttribute("aria-busy");
  if (file && takes(file)) files.set(button, file);
  return files.get(button) ?? null;
}

async function share(button) {
  const { title } = document;
  const file = await fileFor(button);
  try {
    await navigator.share(file ? { files: [file], title } : { url: location.href, title });
  } catch ({ name }) {
    // A press counts for some seconds only: a slow file is shared by the next one.
    if (name === "NotAllowedError" && file) say("The file is ready. Press Share again.");
    else if (name !== "AbortError") say("It could not be shared. Download it instead.");
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-share]:is(button)");
  if (button && !button.ariaBusy) share(button);
});
