/* Before the first paint: marks the page as scripted and applies the theme kept in this browser.
   A classic script in the head, so that nothing flashes. The choice itself is made in main.js. */
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  let theme = null;
  try {
    theme = localStorage.getItem("viduweb.theme");
  } catch {
    // Storage is switched off: follow the system.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
