// The module of each form of question. All of them read(), fill(answer), draft() and restore(draft).

import { Choice } from "./choice.js";
import { Concordance } from "./concordance.js";
import { Differential } from "./differential.js";
import { Features } from "./features.js";
import { FreeText } from "./freetext.js";
import { Grid } from "./grid.js";
import { Matching } from "./matching.js";
import { Prescribing } from "./prescribing.js";
import { Probability } from "./probability.js";
import { Several } from "./several.js";
import { Spotting } from "./spotting.js";

const FORMS = {
  "ranked-differential": Differential,
  "single-best-answer": Choice,
  "extended-matching": Matching,
  probability: Probability,
  triage: Choice,
  "key-feature": Features,
  "script-concordance": Concordance,
  "reflection-grid": Grid,
  "error-spotting": Spotting,
  management: Several,
  prescribing: Prescribing,
  "free-text": FreeText,
};

export function questionForm(root, about) {
  return new FORMS[root.dataset.question](root, about);
}
