// A slider and a number that say the same, and say nothing until they are touched.

export class Confidence {
  constructor(root, changed) {
    this.slider = root.querySelector("[type=range]");
    this.number = root.querySelector(".confidence__number");
    this.changed = changed;
    this.value = null;
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

  get isNonsense() {
    return this.value === null && this.number.value.trim() !== "";
  }
}
