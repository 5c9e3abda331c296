/* How large the tiles are: a slider, remembered in this browser and applied before the first paint by theme.js. */

const slider = document.getElementById("density");
const root = document.documentElement;
const rem = parseFloat(getComputedStyle(root).fontSize);
const kept = getComputedStyle(root).getPropertyValue("--wished-row").trim();
slider.value = kept ? parseFloat(kept) : 11.5 * rem;

slider.addEventListener("input", () => {
  document.dispatchEvent(new CustomEvent("cards:changing"));
  root.style.setProperty("--wished-row", `${slider.value}px`);
  document.dispatchEvent(new CustomEvent("cards:changed", { detail: "size" }));
  try {
    localStorage.setItem("viduweb.row", slider.value);
  } catch {
    // Storage is switched off: the size holds for this page.
  }
});
