/* The matrix: as soon as two settings have several values, or one has three, the rest of the boxes rest.
   The server says the same of whatever is sent. */

const MOST_VALUES = 3;
const MOST_ROWS = 2;
const composer = document.getElementById("composer");

function limit() {
  const rows = [...composer.querySelectorAll(".matrix-row")].map((row) => {
    const boxes = [...row.querySelectorAll("[type=checkbox]")];
    const text = row.querySelector("[type=text]");
    const numbers = text ? text.value.split(/[,;\s]+/).filter(Boolean).length : 0;
    return { boxes, text, taken: boxes.filter((box) => box.checked && !("own" in box.dataset)).length || numbers };
  });
  const isFull = rows.filter((row) => row.taken).length >= MOST_ROWS;
  for (const { boxes, text, taken } of rows) {
    const rests = (isFull && !taken) || taken >= MOST_VALUES - 1;
    for (const box of boxes) box.disabled = "own" in box.dataset || (rests && !box.checked);
    if (text) text.disabled = isFull && !taken;
  }
}
composer.addEventListener("change", limit);
composer.addEventListener("htmx:afterSettle", limit);
composer.addEventListener("htmx:oobAfterSwap", limit);
limit();
