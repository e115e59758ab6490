// One of several: the single best answer, and a level of triage.

import { Inputs } from "./inputs.js";

export class Choice extends Inputs {
  get part() {
    return this.root.dataset.part;
  }

  read() {
    const chosen = this.value(this.part);
    return chosen ? { answer: { [this.part]: chosen } } : this.problem(this.root.dataset.missing, this.part);
  }

  fill(answer) {
    this.put(this.part, answer[this.part]);
  }
}
