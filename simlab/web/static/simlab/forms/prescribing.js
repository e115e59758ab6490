// A prescription: what, how much, how often, how long; or nothing, and then the rest is not asked.

import { Inputs, whole } from "./inputs.js";

export class Prescribing extends Inputs {
  constructor(root, about) {
    super(root, about);
    this.onChange();
  }

  onChange() {
    const { nothing } = this;
    this.root.querySelector("[data-dosing]").hidden = nothing;
    super.onChange();
  }

  get nothing() {
    return this.named("drug").some((control) => control.checked && "none" in control.dataset);
  }

  read() {
    const drug = this.value("drug");
    if (!drug) return this.problem("Choose what to prescribe, or nothing.", "drug");
    if (this.nothing) return { answer: { drug, dose: null, frequency: null, days: null } };
    const written = this.value("dose").replace(",", ".");
    const dose = /^\d{1,6}(\.\d{1,4})?$/.test(written) ? Number(written) : 0;
    if (!dose) return this.problem("Give the dose as a number.", "dose");
    const frequency = this.value("frequency");
    if (!frequency) return this.problem("Choose how often it is taken.", "frequency");
    const days = whole(this.value("days"));
    if (!days || days > 366) return this.problem("Give the length as a whole number of days, from 1 to 366.", "days");
    return { answer: { drug, dose, frequency, days } };
  }

  fill(answer) {
    for (const name of ["drug", "dose", "frequency", "days"]) this.put(name, answer[name]);
    this.onChange();
  }
}
