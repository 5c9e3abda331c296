/* Before the first paint: marks the page as scripted, and whether the device has a share sheet, applies the theme and the
   size of tiles kept in this browser, and tells the server the time zone. A classic script in the head, so that nothing flashes.
   The choices themselves are made in main.js and density.js. */
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  if (navigator.share) root.dataset.sheet = "";
  let theme = null;
  let row = 0;
  try {
    theme = localStorage.getItem("viduweb.theme");
    row = Number(localStorage.getItem("viduweb.row"));
  } catch {
    // Storage is switched off: follow the system.
  }
  // What was chosen in this browser goes before what the account says.
  if (theme === "auto") delete root.dataset.theme;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (row >= 120 && row <= 352) root.style.setProperty("--wished-row", `${row}px`);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
})();
