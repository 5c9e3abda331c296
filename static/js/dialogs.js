/* Native modal dialogs: the browser opens and closes them by command and commandfor, and moves, traps and returns the focus.
   This helps browsers that do not know the two yet, and closes a dialog by a press beside it. */

const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;

function act(button) {
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "close") dialog?.close();
  else if (!dialog?.open) dialog?.showModal();
}

document.addEventListener("click", ({ target, clientX: x, clientY: y }) => {
  const button = target.closest("button[commandfor]");
  if (button && !knowsCommands) act(button);
  if (!target.matches("dialog.dialog[open]")) return;
  const box = target.getBoundingClientRect();
  if (x < box.left || x > box.right || y < box.top || y > box.bottom) target.close();
});
