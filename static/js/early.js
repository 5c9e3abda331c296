/* What is pressed just after it has come, before htmx knows it, would be sent the plain way and lead to another page:
   htmx is told of it, and it is pressed again. */

const told = new WeakSet();

function again(event, element, press) {
  if (event.defaultPrevented || !window.htmx || told.has(element)) return;
  told.add(element);
  event.preventDefault();
  window.htmx.process(element);
  setTimeout(press); // while it is being pressed it cannot be pressed
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.matches("[hx-post]:not([hx-trigger])")) again(event, form, () => form.requestSubmit(submitter));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[hx-get]:not([hx-trigger])");
  const isPlain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link && isPlain) again(event, link, () => link.click());
});
