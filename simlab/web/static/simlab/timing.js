// Times as the browser knows them: event.timeStamp for what the person did, the painted frame for what was shown.
// Everything is monotonic milliseconds since performance.timeOrigin, which is sent beside each of them.

const SIGN_OF_LIFE_MS = 15_000;

export function stampOf(event) {
  return { t_mono_ms: event?.timeStamp ?? performance.now(), t_origin_ms: performance.timeOrigin };
}

// When the element stood on the screen: images decoded first, then the frame after the one that painted it.
export async function painted(element) {
  const images = [...element.querySelectorAll("img")];
  await Promise.allSettled(images.map((image) => image.decode()));
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame((time) => resolve({ t_mono_ms: time, t_origin_ms: performance.timeOrigin })));
  });
}

// Visibility, focus and signs of life. report(body, stamp) writes one event.
export function watchAttention(report) {
  document.addEventListener("visibilitychange", (event) => report({ name: "visibility", state: document.visibilityState }, stampOf(event)));
  addEventListener("blur", (event) => report({ name: "blur" }, stampOf(event)));
  addEventListener("focus", (event) => report({ name: "focus" }, stampOf(event)));
  let last = -Infinity;
  const alive = (event) => {
    if (event.timeStamp - last < SIGN_OF_LIFE_MS) return;
    last = event.timeStamp;
    report({ name: "activity" }, stampOf(event));
  };
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove", "scroll"]) {
    addEventListener(name, alive, { passive: true, capture: true });
  }
}

// How fine this browser's clock and screen are: one record a page, so that each time states its own precision.
export async function precision() {
  const steps = [];
  for (let i = 0, before = performance.now(); steps.length < 20 && i < 200_000; i++) {
    const now = performance.now();
    if (now > before) steps.push(now - before);
    before = now;
  }
  const frames = await frameGaps(20);
  return {
    name: "precision",
    clock_step_ms: Math.min(...steps),
    frame_ms: frames.sort((a, b) => a - b)[Math.floor(frames.length / 2)],
    isolated: globalThis.crossOriginIsolated === true,
    pointer: matchMedia("(pointer: coarse)").matches ? "coarse" : "fine",
    width: innerWidth,
    height: innerHeight,
  };
}

function frameGaps(n) {
  return new Promise((resolve) => {
    const times = [];
    const next = (time) => {
      times.push(time);
      if (times.length <= n) requestAnimationFrame(next);
      else resolve(times.slice(1).map((value, i) => value - times[i]));
    };
    requestAnimationFrame(next);
  });
}

// Each stretch of time in which at least half of the element was in view. seen(dwell_ms, stamp) ends a stretch.
export function watchView(element, seen) {
  let since = null;
  const end = (time) => {
    if (since !== null && time - since >= 250) seen(time - since, { t_mono_ms: time, t_origin_ms: performance.timeOrigin });
    since = null;
  };
  const watcher = new IntersectionObserver(
    ([entry]) => {
      const enough = entry.intersectionRatio >= 0.5 || entry.intersectionRect.height > innerHeight / 2;
      if (enough && document.visibilityState === "visible") since ??= entry.time;
      else end(entry.time);
    },
    { threshold: [0, 0.25, 0.5, 0.75, 1] },
  );
  watcher.observe(element);
  const onHide = (event) => {
    if (document.visibilityState === "hidden") return end(event.timeStamp);
    watcher.unobserve(element); // observing again reports where it stands now
    watcher.observe(element);
  };
  document.addEventListener("visibilitychange", onHide);
  return (time) => {
    end(time);
    watcher.disconnect();
    document.removeEventListener("visibilitychange", onHide);
  };
}
