/* A player whose signed address has expired asks the app for a fresh one and goes on where it was.
   Only network errors, at most three times a video: what is really gone stays gone. */

const NETWORK = 2;
const MOST = 3;
const tries = new WeakMap();

document.addEventListener("error", (event) => {
  const video = event.target;
  if (!(video instanceof HTMLVideoElement) || video.error?.code !== NETWORK) return;
  const count = (tries.get(video) ?? 0) + 1;
  tries.set(video, count);
  if (count > MOST) return;
  const { currentTime, paused } = video;
  video.addEventListener("loadedmetadata", () => {
    video.currentTime = currentTime;
    if (!paused) video.play().catch(() => {});
  }, { once: true });
  video.load();
}, true);
