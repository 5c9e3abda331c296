/* Picked subjects as chips, their mentions marked in the prompt, and what is amiss. Typed whole, a mention of a
   known subject picks it too. The list behind an @ is mentions.js. */

const composer = document.getElementById("composer");
const byId = (id) => document.getElementById(id);
const field = () => byId("id_prompt");
const box = () => byId("subjects-picked");
const announcer = byId("announcer");
const chips = () => [...byId("subject-chips").children];
const chipOf = (handle) => chips().find((chip) => chip.dataset.handle === handle);
const MENTION = /(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,32})/g;
const OPEN = /(?:^|[^A-Za-z0-9_@])@([A-Za-z0-9_]{0,32})$/;
const PAUSE = 400; // milliseconds without a key, after which whole mentions are looked up
const unknown = new Map(); // handle -> the nearest one that there is
const removed = new Set(); // handles whose mention still stands in the prompt
let marks;
let timer;

const make = (tag, fields, ...children) => {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
};
const mentioned = () => new Set([...field().value.matchAll(MENTION)].map((found) => found[1]));
function typed() {
  const { selectionStart: end, value } = field();
  const found = document.activeElement === field() && OPEN.exec(value.slice(0, end));
  return found ? { q: found[1], start: end - found[1].length - 1 } : {};
}

function changed(control) {
  control.dispatchEvent(new Event("change", { bubbles: true }));
}
function pick(handle, template) {
  if (!template || chipOf(handle)) return;
  removed.delete(handle);
  const chip = template.content.firstElementChild.cloneNode(true);
  byId("subject-chips").append(chip);
  window.htmx.process(chip);
  chip.dispatchEvent(new Event("voices:added", { bubbles: true }));
  announcer.textContent = `@${handle} is picked.`;
  changed(chip.querySelector("[name=subjects]"));
}
function drop(handle) {
  const chip = chipOf(handle);
  const control = chip.querySelector("[name=subjects]");
  for (const input of chip.querySelectorAll("input")) input.checked = false;
  changed(control);
  chip.remove();
  if (mentioned().has(handle)) removed.add(handle);
  announcer.textContent = `@${handle} is removed.`;
  show();
}
/* At least one picture of a subject goes. */
function chooseImages(control) {
  const chip = control.closest(".subject-chip");
  const going = chip.querySelectorAll(`[name="${control.name}"]:checked`).length;
  if (!going) control.checked = true;
  chip.querySelector("[name=subjects]").dataset.imagesHeld = Math.max(1, going);
}

/* Marks lie behind the text, which shows through. */
function mark() {
  const { value, offsetTop, offsetLeft, clientWidth, clientHeight, scrollTop } = field();
  const { start } = typed();
  const cuts = new Map([...value.matchAll(MENTION)].map((found) => [found.index, found]));
  if (start !== undefined && !cuts.has(start)) cuts.set(start, { 0: "@", index: start });
  const parts = [];
  let done = 0;
  for (const found of [...cuts.values()].sort((a, b) => a.index - b.index)) {
    const [text, handle] = [found[0], found[1]];
    const known = chipOf(handle) ? "known" : unknown.has(handle) && found.index !== start ? "unknown" : "";
    const piece = make("span", { className: `mention ${known}` }, text);
    if (found.index === start) piece.dataset.caret = "";
    parts.push(value.slice(done, found.index), piece);
    done = found.index + text.length;
  }
  marks.replaceChildren(...parts, `${value.slice(done)}\n`);
  const places = { insetBlockStart: offsetTop, insetInlineStart: offsetLeft, inlineSize: clientWidth, blockSize: clientHeight };
  for (const [name, pixels] of Object.entries(places)) marks.style[name] = `${pixels}px`;
  const { font, letterSpacing, padding } = getComputedStyle(field());
  Object.assign(marks.style, { font, letterSpacing, padding });
  marks.scrollTop = scrollTop;
}
function note(words, bad, ...acts) {
  const buttons = acts.map(([label, run]) => {
    const button = make("button", { type: "button", className: "btn quiet" }, label);
    button.addEventListener("click", run);
    return button;
  });
  return make("p", { className: bad ? "bad-text" : "note" }, `${words} `, ...buttons);
}
function notes() {
  const said = mentioned();
  const rest = chips().map((chip) => chip.dataset.handle).filter((handle) => !said.has(handle));
  const lines = rest.map((handle) => {
    const acts = [["Mention it", () => write(`@${handle} `)], ["Remove it", () => drop(handle)]];
    return note(`@${handle} is picked, but not mentioned.`, false, ...acts);
  });
  for (const handle of removed) {
    if (!said.has(handle)) removed.delete(handle);
    else {
      const acts = [["Remove the mention", () => unmention(handle)], ["Pick it again", () => repick(handle)]];
      lines.push(note(`@${handle} is removed, but still mentioned.`, true, ...acts));
    }
  }
  for (const handle of said) {
    const near = unknown.get(handle);
    if (near === undefined || chipOf(handle) || handle === typed().q) continue;
    const words = `There is no subject @${handle}.`;
    lines.push(near ? note(words, true, [`Use @${near}`, () => replace(handle, near)]) : note(words, true));
  }
  const place = byId("mention-notes");
  const words = lines.map((line) => line.textContent).join("\n");
  // A button that is being pressed stays: leaving the prompt for it draws everything anew.
  if (place.dataset.words === words) return;
  place.dataset.words = words;
  place.replaceChildren(...lines);
}
function show() {
  if (!box()) return;
  [mark, notes].forEach((draw) => draw());
  composer.dispatchEvent(new CustomEvent("subjects:shown"));
}

/* Words into the prompt. */
function write(words) {
  const { selectionStart: at, value } = field();
  field().setRangeText((at && !/\s$/.test(value.slice(0, at)) ? " " : "") + words, at, at, "end");
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}
function replace(handle, near) {
  field().value = field().value.replace(MENTION, (text, found) => (found === handle ? `@${near}` : text));
  field().dispatchEvent(new Event("input", { bubbles: true }));
}
function unmention(handle) {
  const without = (text, found) => (found === handle ? "" : text);
  field().value = field().value.replace(MENTION, without).replace(/ {2,}/g, " ").trim();
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}
function repick(handle) {
  removed.delete(handle);
  lookUp();
}
function lookUp() {
  if (!box()) return;
  const { q } = typed();
  const isNew = (handle) => handle !== q && !chipOf(handle) && !unknown.has(handle) && !removed.has(handle);
  const wanted = [...mentioned()].filter(isNew);
  const target = byId("mention-lookup");
  const values = { handles: wanted.join(",") };
  if (wanted.length) window.htmx.ajax("GET", box().dataset.list, { source: target, target, swap: "innerHTML", values });
}
function later() {
  clearTimeout(timer);
  timer = setTimeout(lookUp, PAUSE);
}

function build() {
  if (!box()) return;
  marks = make("div", { className: "marks" });
  marks.setAttribute("aria-hidden", "true");
  field().before(marks);
  show();
  later();
}
composer.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "mention-lookup") return;
  for (const found of target.querySelectorAll("template")) pick(found.dataset.handle, found);
  for (const { dataset } of target.querySelectorAll("[data-unknown]")) unknown.set(dataset.unknown, dataset.near);
  show();
});
composer.addEventListener("subject:pick", ({ detail }) => pick(detail.handle, detail.template));
composer.addEventListener("composer:refilled", build);
composer.addEventListener("input", ({ target }) => {
  if (!box() || target !== field()) return;
  show();
  later();
});
composer.addEventListener("change", ({ target }) => {
  if (!box()) return;
  if (target.name.startsWith("images.")) chooseImages(target);
  setTimeout(show); // after the pictures of other modules
});
composer.addEventListener("click", ({ target }) => {
  const gone = target.closest("[data-drop]");
  if (gone) drop(gone.dataset.drop);
  if (target.closest("[data-mention]")) write("@");
});
composer.addEventListener("scroll", () => marks && (marks.scrollTop = field().scrollTop), { capture: true });
addEventListener("resize", () => box() && mark());
addEventListener("focus", () => unknown.clear()); // it may have been made in another tab meanwhile
build();
