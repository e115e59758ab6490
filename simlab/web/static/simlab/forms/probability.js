// A percentage for each hypothesis; the running total is told while they are written.

import { Inputs, whole } from "./inputs.js";

export class Probability extends Inputs {
  onChange() {
    const given = this.names("hypothesis").map((name) => whole(this.value(`percent-${name}`)) ?? 0);
    const total = given.reduce((sum, percent) => sum + percent, 0);
    const left = total === 100 ? "" : total < 100 ? `, ${100 - total} left` : `, ${total - 100} too many`;
    this.root.querySelector("[data-total]").textContent = `Total ${total} of 100${left}`;
    super.onChange();
  }

  read() {
    const percents = {};
    for (const name of this.names("hypothesis")) {
      const percent = whole(this.value(`percent-${name}`) || "0");
      if (percent === null || percent > 100) return this.problem("Each percentage is a whole number from 0 to 100.", `percent-${name}`);
      percents[name] = percent;
    }
    const total = Object.values(percents).reduce((sum, percent) => sum + percent, 0);
    const first = `percent-${Object.keys(percents)[0]}`;
    return total === 100 ? { answer: { percents } } : this.problem(`The percentages must come to 100; they come to ${total}.`, first);
  }

  fill(answer) {
    for (const name of this.names("hypothesis")) this.put(`percent-${name}`, answer.percents[name]);
    this.onChange();
  }
}
