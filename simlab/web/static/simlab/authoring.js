// Writing a case: problems stand at their fields, the file follows the form, and a half-written file is not lost.

const form = document.querySelector("[data-case-form]");
const text = document.querySelector("[data-source-text]");
let written = text ? text.value : "";

// Put each problem at its field, or at the nearest part of the form that holds it.
function place() {
  for (const slot of document.querySelectorAll("[data-wrong]")) slot.textContent = "";
  for (const field of document.querySelectorAll(".field--wrong")) field.classList.remove("field--wrong");
  for (const fault of document.querySelectorAll("[data-problems] [data-fault]")) {
    const at = nearest(fault.dataset.fault);
    if (!at) continue;
    const slot = at.querySelector("[data-wrong]");
    slot.textContent = `${slot.textContent} ${fault.dataset.words}`.trim();
    if (at.classList.contains("field")) at.classList.add("field--wrong");
  }
}

function nearest(name) {
  while (name) {
    const found = document.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (found) return found;
    name = name.replace(/(\[\d+\]|\.?[^.[\]]+)$/, "");
  }
  return null;
}

function open(element) {
  for (let up = element; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
}

// After a change in the form: the new number, the problems, and the file, unless words in it are not saved yet.
async function follow() {
  const side = document.getElementById("side");
  for (const input of document.querySelectorAll("form#case-form [data-after-input]")) input.value = side.dataset.after;
  place();
  if (!text || text.value !== written) return;
  const answer = await fetch(text.dataset.url, { credentials: "same-origin" });
  if (!answer.ok) return;
  const file = await answer.text();
  // Words typed meanwhile stay; and an answer that a later save has overtaken would bring an old file back.
  if (text.value !== written || side !== document.getElementById("side")) return;
  text.value = file;
  written = text.value;
  text.form.querySelector("[data-after-input]").value = side.dataset.after;
}

document.addEventListener("htmx:afterSwap", follow);
document.addEventListener("htmx:sendError", () => {
  const said = document.querySelector(".side__saved");
  if (said) said.textContent = "Not saved: there is no connection. Your words stay in this page.";
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-goto]");
  const line = event.target.closest("[data-line]");
  const act = event.target.closest("[data-at]");
  if (act) document.querySelector("[data-at-input]").value = act.dataset.at;
  if (link) {
    const at = nearest(link.dataset.goto);
    if (!at) return;
    event.preventDefault();
    open(at);
    const input = at.querySelector("input:not([type=hidden]), textarea, select, summary, button");
    at.scrollIntoView({ block: "center" });
    if (input) input.focus({ preventScroll: true });
  }
  if (line && text) {
    open(text);
    const lines = text.value.split("\n");
    const start = lines.slice(0, line.dataset.line - 1).join("\n").length + (line.dataset.line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line.dataset.line - 1] || "").length);
    text.scrollTop = (line.dataset.line - 4) * parseFloat(getComputedStyle(text).lineHeight);
  }
});

// Another form of answer has other fields: the page is made anew.
form?.addEventListener("change", (event) => {
  if (event.target.matches("[data-reload]")) {
    event.stopImmediatePropagation();
    form.requestSubmit();
  }
}, true);

let leaving = false;
document.addEventListener("submit", () => (leaving = true));
window.addEventListener("beforeunload", (event) => {
  if (!leaving && text && text.value !== written) event.preventDefault();
});

if (location.hash) {
  const at = document.getElementById(location.hash.slice(1));
  if (at) {
    open(at);
    at.scrollIntoView();
  }
}
