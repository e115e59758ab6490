// Key features: a short list of options for each, with a largest number each.

import { Inputs } from "./inputs.js";

export class Features extends Inputs {
  read() {
    const chosen = {};
    for (const part of this.root.querySelectorAll("[data-feature]")) {
      const { feature, most } = part.dataset;
      const name = `feature-${feature}`;
      chosen[feature] = this.ticked(name);
      const label = part.querySelector("legend").firstChild.textContent.trim();
      if (!chosen[feature].length) return this.problem(`Choose at least one: ${label}`, name);
      if (chosen[feature].length > Number(most)) return this.problem(`Choose ${most} at most: ${label}`, name);
    }
    return { answer: { chosen } };
  }

  fill(answer) {
    for (const feature of this.names("feature")) this.put(`feature-${feature}`, answer.chosen[feature]);
  }
}
