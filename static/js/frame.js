/* "Use this frame": the field beside it follows the player, and the player follows the field. */

const field = (video) => video.closest(".player")?.nextElementSibling?.querySelector("[data-at]");
const seconds = (video) => String(Math.round(video.currentTime * 100) / 100);

for (const kind of ["timeupdate", "seeked", "pause"])
  document.addEventListener(kind, ({ target }) => {
    const at = target.matches?.("video") && field(target);
    if (at && at !== document.activeElement) at.value = seconds(target);
  }, true);
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-at]") || !target.checkValidity()) return;
  const video = target.form.previousElementSibling.querySelector("video");
  video.pause();
  video.currentTime = Number(target.value);
});
