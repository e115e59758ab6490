// An answer in one's own words.

import { Inputs } from "./inputs.js";

export class FreeText extends Inputs {
  read() {
    const text = this.value("text");
    return text ? { answer: { text } } : this.problem("Write your answer.", "text");
  }

  fill(answer) {
    this.put("text", answer.text);
  }
}
