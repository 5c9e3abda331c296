/* Time codes of comments: a press leads the film there, and "Now" writes down where it is. */

const film = () => document.querySelector(".viewer[open] video") ?? document.querySelector(".player video");

function words(seconds) {
  const tenths = Math.floor(seconds * 10 + 0.001);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

document.addEventListener("click", (event) => {
  const now = event.target.closest?.("[data-take-moment]");
  const code = event.target.closest?.("[data-moment]");
  const video = (now || code) && film();
  if (!video) return;
  video.pause();
  if (now) now.form.elements.at.value = words(video.currentTime);
  else if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    video.currentTime = Number(code.dataset.moment);
    video.scrollIntoView({ block: "nearest" });
  }
});
