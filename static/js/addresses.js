/* Addresses of pictures: whatever is typed takes its place among the pictures, where it can be ordered and removed like
   them. Lines that are refused stay. The server fetches and keeps a copy of one when somebody says so. */

const SHOWN = 60; // characters of an address, where it is named
const called = (url) => (url.length > SHOWN ? `${url.slice(0, SHOWN)}…` : url);

/* What was said of an earlier try is over. */
const afresh = (form) => form.querySelector(".problems")?.replaceChildren();

function pick(form, detail) {
  form.dispatchEvent(new CustomEvent("images:pick", { detail: { preview: "", ...detail } }));
}

function place(lines) {
  const urls = lines.value.split("\n").map((line) => line.trim()).filter(Boolean);
  afresh(lines.form);
  for (const url of new Set(urls)) {
    const kept = () => {
      lines.value = lines.value.split("\n").filter((line) => line.trim() !== url).join("\n");
      lines.dispatchEvent(new Event("input", { bubbles: true }));
    };
    pick(lines.form, { name: called(url), values: { address: url }, kept });
  }
}
document.addEventListener("change", ({ target }) => target.matches("[name=image_urls]") && place(target));
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-keep]");
  if (!button) return;
  const url = button.dataset.keep;
  afresh(button.closest("form"));
  pick(button.closest("form"), { name: called(url), values: { url }, instead: button.closest(".shot") });
});
