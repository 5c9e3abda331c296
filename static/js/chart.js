/* Where the chart is wider than its place, as on a phone, it begins at the newest day that has begun. */

const place = document.querySelector(".chart-part .scrolls");
const newest = place?.querySelector(".bar.soft") ?? [...(place?.querySelectorAll(".bar") ?? [])].at(-1);
if (newest) place.scrollLeft += newest.getBoundingClientRect().right - place.getBoundingClientRect().right;
