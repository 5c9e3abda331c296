/* What the server said of a field no longer holds once somebody has changed it: the sentence goes, and its line in the
   summary; with the last line the summary goes. The next submit says what is still wrong. */

const composer = document.getElementById("composer");
const announcer = document.getElementById("announcer");
const PARTS = [/_custom$/, /^meta_data_.*/, /^image_(urls|ids)$/, /^matrix\..*/];
const WHOLE = ["", "meta_data", "images", "matrix"];

/* The id under which errors of a control are told: some controls are parts of one field. */
function told(name) {
  const part = PARTS.findIndex((pattern) => pattern.test(name));
  return `id_${part < 0 ? name : name.replace(PARTS[part], WHOLE[part])}`;
}

const isStillWrong = (control) =>
  control.matches("[aria-required=true]:placeholder-shown") ||
  composer.querySelector(`[data-counts="${CSS.escape(control.id)}"]`)?.dataset.level === "over";

function mend(id) {
  const field = document.getElementById(`${id}-error`)?.closest(".field, .pick, .who, .matrix");
  document.getElementById(`${id}-error`)?.remove();
  field?.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  field?.removeAttribute("aria-invalid");
  if (id === "id_shown_price") document.getElementById(id)?.remove();
  const summary = document.getElementById("error-summary");
  summary?.querySelectorAll(`a[href="#${CSS.escape(id)}"]`).forEach((link) => link.closest("li").remove());
  if (!summary || summary.querySelector("li")) return;
  summary.remove();
  announcer.textContent = "Everything that was to be checked is changed.";
}

function changed({ target }) {
  if (target.name && !isStillWrong(target)) mend(told(target.name));
}
composer.addEventListener("input", changed);
composer.addEventListener("change", changed);
composer.addEventListener("mended", ({ target }) => mend(target.id));
