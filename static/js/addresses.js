/* Addresses of pictures: whatever is typed takes its place among the pictures, where it can be ordered and removed like
   them. Lines that are refused stay. The server fetches and keeps a copy of one when somebody says so. */

function pick(form, detail) {
  form.dispatchEvent(new CustomEvent("images:pick", { detail: { preview: "", ...detail } }));
}

function place(lines) {
  const urls = lines.value.split("\n").map((line) => line.trim()).filter(Boolean);
  for (const url of new Set(urls)) {
    const kept = () => {
      lines.value = lines.value.split("\n").filter((line) => line.trim() !== url).join("\n");
      lines.dispatchEvent(new Event("input", { bubbles: true }));
    };
    pick(lines.form, { name: url, values: { address: url }, kept });
  }
}
document.addEventListener("change", ({ target }) => target.matches("[name=image_urls]") && place(target));
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-keep]");
  if (!button) return;
  const url = button.dataset.keep;
  pick(button.closest("form"), { name: url, values: { url }, instead: button.closest(".shot") });
});
