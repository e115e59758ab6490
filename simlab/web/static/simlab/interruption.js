// A message or a call that breaks in while a case is being worked on. It stands over the page until one of its replies is
// pressed; both moments are events. After a reload it comes back, with what was left of the waiting.

import { stampOf } from "./timing.js";

export function interruption(root, page) {
  const dialog = root.querySelector("[data-interruption]");
  if (!dialog) return () => {};
  const before = document.activeElement;
  const show = async () => {
    if (document.querySelector(".is-raised")) return (timer = setTimeout(show, 1000)); // one thing at a time
    dialog.showModal();
    dialog.querySelector("h2").focus();
    requestAnimationFrame(() => page.event({ name: "interruption", kind: dialog.dataset.kind }, stampOf(null)));
  };
  let timer = setTimeout(show, remaining(root.dataset.encounter, Number(dialog.dataset.after)));
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelectorAll("[data-reply]").forEach((button) =>
    button.addEventListener("click", (event) => {
      page.event({ name: "interruption-answered", reply: Number(button.dataset.reply) }, stampOf(event));
      dialog.close();
      dialog.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
    }),
  );
  return () => clearTimeout(timer);
}

function remaining(encounter, seconds) {
  const name = `simlab-interruption/${encounter}`;
  let since = Date.now();
  try {
    since = Number(sessionStorage.getItem(name)) || since;
    sessionStorage.setItem(name, since);
  } catch {
    // storage refused: the waiting begins anew
  }
  return Math.max(0, since + 1000 * seconds - Date.now());
}
