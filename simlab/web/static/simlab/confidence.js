// How sure somebody is: a slider and a number that say the same, or five levels. Neither says anything until touched.

export function confidenceOf(root, changed) {
  return root.dataset.confidence === "bands" ? new Bands(root, changed) : new Confidence(root, changed);
}

class Bands {
  constructor(root, changed) {
    this.radios = [...root.querySelectorAll("[name=confidence]")];
    this.missing = "Say how confident you are.";
    root.addEventListener("change", changed);
  }

  get value() {
    const chosen = this.radios.find((radio) => radio.checked);
    return chosen ? Number(chosen.value) : null;
  }

  set(value) {
    for (const radio of this.radios) radio.checked = radio.value === String(value);
  }

  get field() {
    return this.radios[0];
  }

  isNonsense = false;
}

class Confidence {
  constructor(root, changed) {
    this.slider = root.querySelector("[type=range]");
    this.number = root.querySelector(".confidence__number");
    this.changed = changed;
    this.value = null;
    this.missing = "Say how confident you are, from 0 to 100.";
    for (const name of ["input", "click", "change"]) this.slider.addEventListener(name, () => this.set(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    this.number.addEventListener("input", () => this.onNumber());
  }

  set(value, quietly = false) {
    this.value = value;
    this.slider.toggleAttribute("data-untouched", value === null);
    this.slider.setAttribute("aria-valuetext", value === null ? "Not answered yet" : `${value} out of 100`);
    if (value !== null) this.slider.value = value;
    if (document.activeElement !== this.number || quietly) this.number.value = value ?? "";
    if (!quietly) this.changed();
  }

  // The first arrow key says "about the middle" instead of moving an answer that was never given.
  onKey(event) {
    const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", " ", "Enter"];
    if (this.value !== null || !keys.includes(event.key) || event.ctrlKey) return;
    event.preventDefault();
    this.set(50);
  }

  onNumber() {
    const text = this.number.value.trim();
    const value = /^\d{1,3}$/.test(text) && Number(text) <= 100 ? Number(text) : null;
    this.set(value);
  }

  get field() {
    return this.slider;
  }

  get isNonsense() {
    return this.value === null && this.number.value.trim() !== "";
  }
}
