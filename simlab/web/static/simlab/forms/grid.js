// Structured reflection: what each finding says of each hypothesis, then the hypotheses in order.

import { Inputs } from "./inputs.js";

export class Grid extends Inputs {
  read() {
    const marks = {};
    const places = {};
    const hypotheses = this.names("hypothesis");
    for (const hypothesis of hypotheses) {
      marks[hypothesis] = {};
      for (const finding of this.names("finding")) {
        const mark = this.value(`mark-${hypothesis}-${finding}`);
        if (mark) marks[hypothesis][finding] = mark;
      }
    }
    if (!Object.values(marks).some((row) => Object.keys(row).length)) {
      return { problem: "Say of at least one finding what it speaks for or against.", field: this.controls()[0] };
    }
    for (const hypothesis of hypotheses) {
      const place = this.value(`rank-${hypothesis}`);
      if (!place) return this.problem("Give every hypothesis its place, 1 for the most likely.", `rank-${hypothesis}`);
      if (places[place]) return this.problem(`Two hypotheses have place ${place}. Give each its own.`, `rank-${hypothesis}`);
      places[place] = hypothesis;
    }
    return { answer: { marks, ranking: Object.keys(places).sort().map((place) => places[place]) } };
  }

  fill(answer) {
    for (const hypothesis of this.names("hypothesis")) {
      for (const finding of this.names("finding")) this.put(`mark-${hypothesis}-${finding}`, answer.marks[hypothesis][finding]);
      this.put(`rank-${hypothesis}`, answer.ranking.indexOf(hypothesis) + 1);
    }
  }
}
