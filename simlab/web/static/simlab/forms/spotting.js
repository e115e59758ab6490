// Errors in a text: every sentence can be marked, or the text declared sound. One rules out the other.

import { Inputs } from "./inputs.js";

export class Spotting extends Inputs {
  constructor(root, about) {
    super(root, about);
    root.addEventListener("change", (event) => {
      if (event.target.name === `${this.prefix}marked` && event.target.checked) this.put("sound", []);
      if (event.target.name === `${this.prefix}sound` && event.target.checked) this.put("marked", []);
    });
  }

  read() {
    const marked = this.ticked("marked");
    if (!marked.length && !this.ticked("sound").length) return this.problem("Mark what is wrong, or say that nothing is.", "marked");
    return { answer: { marked } };
  }

  fill(answer) {
    this.put("marked", answer.marked);
    this.put("sound", answer.marked.length ? [] : ["yes"]);
  }
}
