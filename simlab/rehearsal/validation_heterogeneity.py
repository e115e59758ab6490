"""Effects that differ: do interactions hold the truth where the effect varies between cases anyway?"""

import numpy as np
import pandas as pd
from scipy.special import expit

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import heterogeneity
from simlab.stats.odds import odds_ratio
from simlab.stats.planfile import parse
from simlab.stats.prepare import Sieved

PEOPLE, CASES, MORE = 60, 16, 0.5  # logits
STUDY = f"{PEOPLE} clinicians, half of them senior, {CASES} cases; the effect varies between cases with SD 0.4"
NAME = "Effect by grade: ratio of odds ratios (log)"
PLAN = parse(
    {
        "simlab": "plan/1",
        "title": "Effects that differ",
        "arms": ["control", "advised"],
        "phases": ["exposure"],
        "analyses": ["heterogeneity"],
    }
)


def _interaction(rng: np.random.Generator, more: float) -> Replicate:
    person, case = np.repeat(np.arange(PEOPLE), CASES), np.tile(np.arange(CASES), PEOPLE)
    exposed, senior = (person % 2).astype(np.float64), (person % 4 > 1).astype(np.float64)
    eta = 0.2 + 0.5 * exposed + 0.3 * senior + more * exposed * senior
    eta += rng.normal(0, 0.6, PEOPLE)[person] + rng.normal(0, 0.5, CASES)[case]
    eta += exposed * rng.normal(0, 0.4, CASES)[case]
    right = rng.random(len(person)) < expit(eta)
    rows = pd.DataFrame({"participant": person.astype(str), "case": case.astype(str)})
    rows["final_correct"] = pd.array(right, dtype="boolean")
    fit = heterogeneity.fit(rows, exposed, senior[:, None], ("senior",), PLAN)
    if not fit.converged:
        return WITHHELD
    found = odds_ratio(fit, np.eye(4)[3], level=0.95)
    if found.low is None or found.high is None:
        return WITHHELD
    return Replicate(float(np.log(found.value)), float(np.log(found.low)), float(np.log(found.high)))


def _case(rng: np.random.Generator) -> Replicate:
    """The shrunk effect of one case less that case's own, which is drawn anew each time."""
    person, case = np.divmod(np.arange(PEOPLE * CASES), CASES)
    exposed = (person % 2).astype(np.float64)
    own = 0.5 + rng.normal(0, 0.6, CASES)
    eta = 0.2 + rng.normal(0, 0.6, PEOPLE)[person] + rng.normal(0, 0.5, CASES)[case] + exposed * own[case]
    rows = pd.DataFrame({"participant": person.astype(str), "case": case.astype(str)})
    rows["final_correct"] = pd.array(rng.random(len(person)) < expit(eta), dtype="boolean")
    made = heterogeneity.by_case(heterogeneity.Effect("advice", "effect", Sieved(rows, ()), exposed), PLAN)
    if not made.tables:
        return WITHHELD
    _, _, *found = next(row for row in made.tables[0].rows if row[0] == "0")
    return Replicate(*(float(np.log(value)) - float(own[0]) for value in found))


CHECKS = (
    Check("heterogeneity/null", NAME, f"{STUDY}; none by grade", lambda rng: _interaction(rng, 0.0), 0.0, 0.0,
          slack=0.03),
    Check("heterogeneity/interaction", NAME, f"{STUDY}; 0.5 logits more for seniors",
          lambda rng: _interaction(rng, MORE), MORE, 0.0, slack=0.03),
    Check("heterogeneity/case", "Effect on one case, shrunk (log odds ratio), less its own",
          f"{PEOPLE} clinicians, {CASES} cases whose effects differ with SD 0.6", _case, 0.0, slack=0.05),
)  # fmt: skip
