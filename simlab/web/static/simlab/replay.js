// Plays the table of what was sent: the last row at or before the time on the slider is what stands above it.

const root = document.querySelector("[data-replay]");
const rows = [...document.querySelectorAll("[data-frame]")];
const [play, speed, scrub, time] = ["play", "speed", "scrub", "time"].map((name) => root.querySelector(`[data-${name}]`));
let at = 0;
let before = null; // time of the last frame of the screen while it plays

function show() {
  const now = rows.findLast((row) => Number(row.dataset.frame) <= at) ?? rows[0];
  rows.forEach((row) => row.removeAttribute("aria-current"));
  now.setAttribute("aria-current", "true");
  for (const place of root.querySelectorAll("[data-now]")) place.textContent = now.dataset[place.dataset.now];
  scrub.value = at;
  time.textContent = `${(at / 1000).toFixed(1)} s`;
  scrub.setAttribute("aria-valuetext", time.textContent);
}

function stop() {
  before = null;
  play.textContent = "Play";
}

function tick(stamp) {
  if (before === null) return;
  at = Math.min(at + Math.max(0, stamp - before) * Number(speed.value), Number(scrub.max));
  before = stamp;
  show();
  if (at >= Number(scrub.max)) stop();
  else requestAnimationFrame(tick);
}

play.addEventListener("click", () => {
  if (before !== null) return stop();
  if (at >= Number(scrub.max)) at = 0;
  before = performance.now();
  play.textContent = "Pause";
  requestAnimationFrame(tick);
});
scrub.addEventListener("input", () => {
  at = Number(scrub.value);
  show();
});

if (rows.length) {
  root.hidden = false;
  show();
}
