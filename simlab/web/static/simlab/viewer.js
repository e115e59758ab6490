// The picture of a finding: nearer, moved, brighter or with more contrast, and layers over it. Works by buttons, keys,
// wheel, mouse and two fingers; every change is told once it has come to rest.

const NEAREST = 8;
const STEP = 1.5;
const REST_MS = 400;

export class Viewer {
  // tell(body, stamp) writes one event. figure: the element of player/picture.jinja.
  constructor(figure, tell) {
    this.figure = figure;
    this.tell = tell;
    this.stage = figure.querySelector("[data-viewer-stage]");
    this.sheet = figure.querySelector("[data-viewer-sheet]");
    this.at = { scale: 1, x: 0, y: 0 };
    this.fingers = new Map();
    this.resting = new Map();
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", `Picture: ${figure.dataset.label}. Plus and minus zoom, arrow keys move it, 0 shows the whole.`);
    figure.querySelector("[data-viewer-tools]").hidden = false;
    this.wireButtons();
    this.wirePointer();
    this.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.stage.addEventListener("wheel", (event) => event.ctrlKey && this.onWheel(event), { passive: false });
  }

  wireButtons() {
    for (const button of this.figure.querySelectorAll("[data-zoom]")) button.addEventListener("click", (event) => this.zoom(button.dataset.zoom, event));
    for (const button of this.figure.querySelectorAll("[data-move]")) button.addEventListener("click", (event) => this.move(button.dataset.move, event));
    const sliders = [...this.figure.querySelectorAll("[data-window]")];
    const windowed = (event) => {
      this.sheet.style.filter = sliders.map((slider) => `${slider.dataset.window}(${slider.value}%)`).join(" ");
      this.rest("window", event, Object.fromEntries(sliders.map((slider) => [slider.dataset.window, Number(slider.value)])));
    };
    sliders.forEach((slider) => slider.addEventListener("input", windowed));
    this.figure.querySelector("[data-window-reset]").addEventListener("click", (event) => {
      sliders.forEach((slider) => (slider.value = 100));
      windowed(event);
    });
    this.figure.querySelectorAll("[data-layer-switch]").forEach((box) => this.wireLayer(box));
  }

  wireLayer(box) {
    box.addEventListener("change", (event) => {
      this.layer(box.dataset.layerSwitch).hidden = !box.checked;
      this.rest(`layer-${box.dataset.layerSwitch}`, event, { layer: box.dataset.layerSwitch, shown: box.checked });
    });
  }

  layer(name) {
    return this.sheet.querySelector(`[data-layer="${name}"]`);
  }

  // A layer that comes with advice: it lies over the picture at once, and one press takes it away.
  add(name, { src, alt, label }) {
    if (this.layer(name)) return;
    const image = new Image();
    Object.assign(image, { src, alt, className: "viewer__layer" });
    image.dataset.layer = name;
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked: true });
    box.dataset.layerSwitch = name;
    const line = document.createElement("label");
    line.className = "viewer__switch";
    line.append(box, ` ${label}`);
    this.sheet.append(image);
    const group = this.figure.querySelector("[data-layers]");
    group.append(line);
    group.hidden = false;
    this.wireLayer(box);
  }

  wirePointer() {
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || this.at.scale > 1) this.stage.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, event);
    });
    this.stage.addEventListener("pointermove", (event) => this.fingers.has(event.pointerId) && this.onDrag(event));
    for (const name of ["pointerup", "pointercancel"]) this.stage.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
  }

  onDrag(event) {
    const before = this.fingers.get(event.pointerId);
    const others = [...this.fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    this.fingers.set(event.pointerId, event);
    if (others.length === 1) {
      const gap = (finger) => Math.hypot(finger.clientX - others[0].clientX, finger.clientY - others[0].clientY);
      this.set(this.at.scale * (gap(event) / Math.max(1, gap(before))), this.at.x, this.at.y, "zoom", event);
    } else if (this.at.scale > 1) {
      this.set(this.at.scale, this.at.x + event.clientX - before.clientX, this.at.y + event.clientY - before.clientY, "pan", event);
    }
  }

  onWheel(event) {
    event.preventDefault();
    this.set(this.at.scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15), this.at.x, this.at.y, "zoom", event);
  }

  onKey(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const zoom = { "+": "in", "=": "in", "-": "out", 0: "whole" }[event.key];
    const way = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (zoom) this.zoom(zoom, event);
    else if (way && this.at.scale > 1) this.move(way, event);
    else return;
    event.preventDefault();
  }

  zoom(way, event) {
    const scale = { in: this.at.scale * STEP, out: this.at.scale / STEP, whole: 1 }[way];
    this.set(scale, this.at.x, this.at.y, "zoom", event);
  }

  // Seeing more of the left means that the picture goes to the right.
  move(way, event) {
    const step = this.stage.clientWidth / 5;
    const [dx, dy] = { left: [step, 0], right: [-step, 0], up: [0, step], down: [0, -step] }[way];
    this.set(this.at.scale, this.at.x + dx, this.at.y + dy, "pan", event);
  }

  // Never smaller than the whole, never dragged off its stage.
  set(scale, x, y, action, event) {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const kept = Math.min(NEAREST, Math.max(1, scale));
    const ratio = kept / this.at.scale;
    const edge = (value, length) => Math.min(0, Math.max(length * (1 - kept), value));
    // about the middle of what is in view
    const about = (value, length) => (action === "zoom" ? length / 2 - (length / 2 - value) * ratio : value);
    this.at = { scale: kept, x: edge(about(x, width), width), y: edge(about(y, height), height) };
    this.sheet.style.transform = `translate(${this.at.x}px, ${this.at.y}px) scale(${this.at.scale})`;
    this.figure.classList.toggle("is-near", kept > 1);
    this.figure.querySelector("[data-moves]").hidden = kept === 1;
    this.rest(action, event, { scale: Math.round(kept * 100) / 100, x: Math.round((-this.at.x / kept / width) * 100) / 100, y: Math.round((-this.at.y / kept / height) * 100) / 100 });
  }

  // A drag of a hundred steps is one event: where it came to rest, stamped with the last of them.
  rest(action, event, more) {
    clearTimeout(this.resting.get(action));
    const stamp = { t_mono_ms: event.timeStamp, t_origin_ms: performance.timeOrigin };
    this.resting.set(action, setTimeout(() => this.tell({ name: "image", item: this.figure.dataset.viewer, action: action.split("-")[0], ...more }, stamp), REST_MS));
  }
}
