// What the forms made of ordinary controls have in common: a draft of their controls, and reading them by name.

export class Inputs {
  // about: {changed, say, most, terms}
  constructor(root, about) {
    this.root = root;
    this.about = about;
    this.prefix = root.dataset.prefix ?? ""; // tells the questions of one case apart
    for (const name of ["input", "change"]) root.addEventListener(name, () => this.onChange());
  }

  onChange() {
    this.about.changed();
  }

  controls() {
    return [...this.root.querySelectorAll("input, select, textarea")];
  }

  named(name) {
    return this.controls().filter((control) => control.name === this.prefix + name);
  }

  // The value of a select, a text field or a group of radio buttons; "" when nothing is given.
  value(name) {
    const controls = this.named(name);
    if (controls[0]?.type === "radio") return controls.find((control) => control.checked)?.value ?? "";
    return controls[0]?.value.trim() ?? "";
  }

  ticked(name) {
    return this.named(name).filter((control) => control.checked).map((control) => control.value);
  }

  // One value sets a select, field or radio group; a list ticks boxes.
  put(name, value) {
    for (const control of this.named(name)) {
      if (control.type === "radio") control.checked = control.value === String(value);
      else if (control.type === "checkbox") control.checked = value.includes(control.value);
      else control.value = value ?? "";
    }
  }

  draft() {
    return this.controls().map((control) => (["radio", "checkbox"].includes(control.type) ? control.checked : control.value));
  }

  restore(draft) {
    this.controls().forEach((control, i) => {
      if (["radio", "checkbox"].includes(control.type)) control.checked = draft[i] === true;
      else control.value = draft[i] ?? "";
    });
    this.onChange();
  }

  names(part) {
    return [...this.root.querySelectorAll(`[data-${part}]`)].map((element) => element.dataset[part]);
  }

  problem(text, name) {
    const controls = this.named(name);
    return { problem: text, field: controls.find((control) => control.checked) ?? controls[0] };
  }
}

// A whole number written in digits, or null.
export function whole(text) {
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}
