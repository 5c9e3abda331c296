/* The address of this page may be one that the large view gave to the gallery (viewer.js), and then a step back changes the
   address alone: what stands there is asked for. */

const here = location.pathname;
addEventListener("popstate", () => location.pathname !== here && location.reload());
