// What is left of the time for a case. The server decides when it is over; this only shows it, says it politely at a
// minute and at ten seconds, and then asks the server for the page.

const SAID_AT = [60, 10];
const GRACE_MS = 4000; // the server takes answers that were on their way

export function countdown(root, say, over) {
  const shown = root.querySelector("[data-countdown]");
  if (!shown) return () => {};
  const end = performance.now() + Number(root.dataset.left);
  const asked = new Set();
  let before = Math.ceil(Number(root.dataset.left) / 1000);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const minutes = Math.floor(left / 60);
    shown.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    shown.setAttribute("aria-label", `Time left: ${minutes} minutes ${left % 60} seconds`);
    shown.classList.toggle("is-short", left <= 30);
    SAID_AT.filter((at) => before > at && left <= at && left > 0).forEach((at) => say(`${at} seconds left for this case.`));
    before = left;
    if (left === 0 && !asked.has("over")) {
      asked.add("over");
      say("The time for this case is over.");
      setTimeout(over, GRACE_MS);
    }
  };
  tick();
  const timer = setInterval(tick, 250);
  return () => {
    clearInterval(timer);
    asked.add("over");
  };
}
