// The preview has the tabs and the sheet of the player, and records nothing.

import { panels } from "./panels.js";

for (const root of document.querySelectorAll("[data-panels]")) panels(root, () => {});

const opener = document.querySelector("[data-answer-open]");

function show(open) {
  document.body.classList.toggle("is-answering", open);
  opener.setAttribute("aria-expanded", String(open));
  (open ? document.getElementById("answer") : opener).focus();
}

opener.addEventListener("click", () => show(true));
document.querySelector("[data-answer-close]").addEventListener("click", () => show(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("is-answering")) show(false);
});
