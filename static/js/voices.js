/* A list of voices to search, for each <input data-voices list="voices">: a combobox (WAI-ARIA) over the datalist of the
   page. It is grouped by language and says what is known of each; any other id may be typed as well. */

const NEAR = 4;
const announcer = document.getElementById("announcer");
const known = () => [...document.querySelectorAll("#voices option")];
/* An input with data-none may also say that there shall be no voice. */
function offered(input) {
  const none = element("option", { value: "none", label: "No voice" });
  Object.assign(none.dataset, { language: "None", about: "silent in this task" });
  return "none" in input.dataset ? [none, ...known()] : known();
}
const plain = (text) => text.toLowerCase().replaceAll("_", " ").replaceAll("-", " ");
const wordsOf = ({ value, label, dataset }) => plain(`${value} ${label} ${dataset.language} ${dataset.about}`);
let number = 0;
let open = null; // { input, list }

function element(tag, about, ...inside) {
  const made = Object.assign(document.createElement(tag), about);
  made.append(...inside);
  return made;
}

function found(text, input) {
  const wanted = plain(text).split(" ").filter(Boolean);
  return offered(input).filter((voice) => {
    const has = ` ${wordsOf(voice)}`;
    return wanted.every((word) => has.includes(` ${word}`) || (word.length > 2 && has.includes(word)));
  });
}

function line(voice, id, isChosen) {
  const about = [voice.dataset.about, voice.value].filter(Boolean).join(" · ");
  const name = element("span", { className: "voice-name", textContent: voice.label });
  const made = element("div", { className: "voice", id }, name, element("span", { className: "small muted", textContent: about }));
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", String(isChosen));
  made.dataset.value = voice.value;
  return made;
}

function draw(voices, chosen) {
  const { input, list } = open;
  const groups = new Map();
  for (const voice of voices) {
    const { language } = voice.dataset;
    if (!groups.has(language)) {
      const title = element("div", { className: "voice-language", textContent: language });
      title.setAttribute("role", "presentation");
      const group = element("div", {}, title);
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", language);
      groups.set(language, group);
    }
    groups.get(language).append(line(voice, `${list.id}-${(number += 1)}`, voice.value === chosen));
  }
  const none = element("p", { className: "small muted voice-none", textContent: "No voice that is listed. The id is sent as it is." });
  list.replaceChildren(...(groups.size ? groups.values() : [none]));
  mark(list.querySelector("[aria-selected=true]"));
  announcer.textContent = groups.size ? `${voices.length} voice${voices.length === 1 ? "" : "s"}` : none.textContent;
  input.setAttribute("aria-expanded", "true");
}

const lines = () => [...open.list.querySelectorAll("[role=option]")];
const marked = () => open.list.querySelector(".marked");
function mark(option) {
  marked()?.classList.remove("marked");
  option?.classList.add("marked");
  option?.scrollIntoView({ block: "nearest" });
  if (option) open.input.setAttribute("aria-activedescendant", option.id);
  else open.input.removeAttribute("aria-activedescendant");
}

/* Under the input, or above it where there is more room. */
function place() {
  const box = open.input.getBoundingClientRect();
  const { style } = open.list;
  const below = innerHeight - box.bottom - NEAR * 2;
  const isBelow = below >= Math.min(320, box.top);
  style.insetInlineStart = `${box.left}px`;
  style.inlineSize = `${box.width}px`;
  style.insetBlockStart = isBelow ? `${box.bottom + NEAR}px` : "auto";
  style.insetBlockEnd = isBelow ? "auto" : `${innerHeight - box.top + NEAR}px`;
  style.maxBlockSize = `${Math.min(320, isBelow ? below : box.top - NEAR * 2)}px`;
}

function show(input, isSearch) {
  if (open?.input !== input) {
    hide();
    const list = element("div", { className: "voice-list", id: `${input.id}-list`, popover: "manual" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Voices");
    input.after(list);
    open = { input, list };
    input.setAttribute("aria-controls", list.id);
    list.showPopover();
    place();
  }
  draw(isSearch ? found(input.value, input) : offered(input), input.value);
}

function hide() {
  if (!open) return;
  open.input.setAttribute("aria-expanded", "false");
  for (const name of ["aria-activedescendant", "aria-controls"]) open.input.removeAttribute(name);
  open.list.remove();
  open = null;
}

function take(option) {
  const { input } = open;
  input.value = option.dataset.value;
  hide();
  for (const kind of ["input", "change"]) input.dispatchEvent(new CustomEvent(kind, { bubbles: true, detail: "taken" }));
  announcer.textContent = `${option.querySelector(".voice-name").textContent} taken`;
}

function press(event) {
  const { key, target } = event;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[key];
  if (!open) {
    if (step !== 1 && step !== -1) return;
    show(target, false);
    if (!marked()) mark(lines().at(step > 0 ? 0 : -1));
  } else if (step) {
    const all = lines();
    const at = all.indexOf(marked());
    const to = Math.abs(step) > 1 ? Math.max(0, Math.min(all.length - 1, at + step)) : (at + step + all.length) % all.length;
    if (all.length) mark(all[at < 0 && step < 0 ? all.length - 1 : to]);
  } else if (key === "Enter" && marked()) take(marked());
  else if (key === "Escape") hide();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/* Once an input: it becomes a combobox, and says what is known of its value. */
function prepare(input) {
  if (input.getAttribute("role") === "combobox") return;
  input.removeAttribute("list");
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  input.addEventListener("keydown", press);
  input.addEventListener("click", () => !open && show(input, false));
  input.addEventListener("input", ({ detail }) => detail !== "taken" && show(input, true));
  input.addEventListener("blur", hide);
}

const prepareAll = () => document.querySelectorAll("[data-voices]").forEach(prepare);
prepareAll();
document.addEventListener("htmx:afterSettle", prepareAll);
document.addEventListener("voices:added", prepareAll);
/* A press on the list keeps the focus in the input. */
document.addEventListener("pointerdown", (event) => open?.list.contains(event.target) && event.preventDefault());
document.addEventListener("mousedown", (event) => open?.list.contains(event.target) && event.preventDefault());
document.addEventListener("click", ({ target }) => {
  const option = open?.list.contains(target) && target.closest("[role=option]");
  if (option) take(option);
});
addEventListener("resize", () => open && place());
