// Script concordance: a rating from −2 to +2 for every new finding.

import { Inputs } from "./inputs.js";

export class Concordance extends Inputs {
  read() {
    const ratings = {};
    for (const item of this.names("item")) {
      const rating = this.value(`rating-${item}`);
      if (rating === "") return this.problem("Rate every finding.", `rating-${item}`);
      ratings[item] = Number(rating);
    }
    return { answer: { ratings } };
  }

  fill(answer) {
    for (const item of this.names("item")) this.put(`rating-${item}`, answer.ratings[item]);
  }
}
