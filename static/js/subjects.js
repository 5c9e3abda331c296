/* The library: pictures dropped on its last card begin a subject. The form: a handle follows its title until
   somebody writes one; the server says whether it is free. */

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-begins] [type=file]") && target.files.length) target.form.submit();
});

const check = document.getElementById("handle-check");
const form = check?.closest("form");
const field = (name) => form.elements.namedItem(name);
let own = Boolean(form && field("handle").value); // a handle that somebody chose

const plain = (text) =>
  text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, 32)
    .replace(/^_+|_+$/g, "");

form?.addEventListener("input", ({ target }) => {
  if (target.name === "handle") own = target.value !== "";
  else if (target.name === "title" && !own) field("handle").value = plain(target.value);
});
check?.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!own) detail.parameters.handle = ""; // the title asks for one
});
check?.addEventListener("htmx:afterSwap", () => {
  const free = check.querySelector("[data-free]")?.dataset.free;
  if (!own && free) field("handle").value = free;
});
check?.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-handle]");
  if (!button) return;
  field("handle").value = button.dataset.handle;
  own = true;
  field("handle").focus();
  window.htmx.trigger(check, "check");
});
