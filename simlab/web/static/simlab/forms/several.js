// Several of a list: management choices.

import { Inputs } from "./inputs.js";

export class Several extends Inputs {
  read() {
    const chosen = this.ticked("chosen");
    const most = Number(this.root.dataset.most ?? this.about.most);
    if (!chosen.length) return this.problem("Choose at least one action.", "chosen");
    if (chosen.length > most) return this.problem(`Choose ${most} at most. You have chosen ${chosen.length}.`, "chosen");
    return { answer: { chosen } };
  }

  fill(answer) {
    this.put("chosen", answer.chosen);
  }
}
