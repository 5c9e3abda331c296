/* How many subjects and pictures are picked, of how many, and what their mentions become where pictures are numbered.
   Drawn whenever chips.js has drawn the picked subjects ("subjects:shown"). */

const composer = document.getElementById("composer");
const byId = (id) => document.getElementById(id);
const chips = () => [...byId("subject-chips").children];
const held = (chip) => Number(chip.querySelector("[name=subjects]").dataset.imagesHeld);
const MENTION = /(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,32})/g;

function meter() {
  const picked = chips();
  const images = picked.reduce((sum, chip) => sum + held(chip), 0);
  const { most, mostImages } = byId("subjects-picked").dataset;
  const line = byId("subject-count");
  const over = picked.length > most || images > mostImages;
  const advice = over ? ": too many. Open a subject to choose the pictures that go" : "";
  line.textContent = picked.length ? `${picked.length} of ${most} subjects, ${images} of ${mostImages} pictures${advice}` : "";
  line.classList.toggle("bad-text", over);
}
function sentAs() {
  const line = byId("sent-as");
  if (!line) return;
  const lines = byId("id_image_urls")?.value.split("\n").filter((text) => text.trim()) ?? [];
  let next = composer.querySelectorAll(".picker .shots .shot").length + lines.length + 1;
  const names = new Map();
  for (const chip of chips()) {
    const count = held(chip);
    const numbers = Array.from({ length: count }, () => String(next++));
    const last = numbers.pop();
    names.set(chip.dataset.handle, numbers.length ? `images ${numbers.join(", ")} and ${last}` : `image ${last}`);
  }
  const sent = byId("id_prompt").value.replace(MENTION, (text, handle) => names.get(handle) ?? text);
  line.textContent = names.size && sent !== byId("id_prompt").value ? `Sent as: ${sent}` : "";
}

composer.addEventListener("subjects:shown", () => {
  meter();
  sentAs();
});
