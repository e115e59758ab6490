// A ranked list of conditions, with suggestions while typing that are the same for everybody.

import { Combobox } from "../combobox.js";
import { Ranking } from "../ranking.js";

export class Differential {
  // about: {changed, say, most, terms: Promise of the list, told(text)}
  constructor(root, about) {
    this.ranking = new Ranking(root.querySelector("[data-ranking-list]"), about.most, about.changed, about.say);
    this.combobox = new Combobox(root.querySelector("[data-combobox]"), [], (term) => about.told(this.ranking.add(term)));
    about.terms.then((terms) => this.combobox.setTerms(terms));
  }

  read() {
    const typed = this.combobox.freeText();
    if (typed && !this.ranking.items.length) this.ranking.add(typed);
    if (!this.ranking.items.length) return { problem: "Add at least one diagnosis.", field: this.combobox.input };
    return { answer: { differential: this.ranking.items, management: null } };
  }

  fill(answer) {
    this.ranking.set(answer.differential);
  }

  draft() {
    return this.ranking.items;
  }

  restore(draft) {
    this.ranking.set(draft);
  }
}
