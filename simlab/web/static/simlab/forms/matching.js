// Extended matching: a theme for every stem.

import { Inputs } from "./inputs.js";

export class Matching extends Inputs {
  read() {
    const matches = {};
    for (const stem of this.names("stem")) {
      matches[stem] = this.value(`stem-${stem}`);
      if (!matches[stem]) return this.problem("Choose an answer for every part.", `stem-${stem}`);
    }
    return { answer: { matches } };
  }

  fill(answer) {
    for (const stem of this.names("stem")) this.put(`stem-${stem}`, answer.matches[stem]);
  }
}
