"""Trust over time: does the odds ratio after wrong advice come back where clinicians differ in what errors cost?"""

import numpy as np
import pandas as pd
from scipy.special import expit

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import plans, scales, trust
from simlab.stats.planfile import parse

PEOPLE, CASES, AFTER = 50, 24, -0.6  # logits
ALIKE = 0.4  # correlation of a trust score with the share of right advice met
STUDY = f"{PEOPLE} clinicians, {CASES} cases with advice, a third of it wrong in random order"
NAME = "Reliance after wrong advice: odds ratio (log)"
PLAN = {
    "simlab": "plan/1",
    "title": "Trust",
    "arms": ["advised"],
    "phases": ["exposure"],
    "advised": {"exposure": ["advised"]},
    "analyses": ["trust"],
    "bootstrap": 100,
}


def _after_error(rng: np.random.Generator, after: float) -> Replicate:
    orders = np.array([rng.permutation(CASES) for _ in range(PEOPLE)])
    wrong = np.array([rng.permutation(np.arange(CASES) % 3 == 0) for _ in range(PEOPLE)])
    last = np.column_stack([np.zeros(PEOPLE, bool), wrong[:, :-1]])
    before = np.cumsum(wrong, axis=1) - wrong
    eta = 0.6 + after * last - 0.08 * before + 0.4 * ~wrong + rng.normal(0, 0.6, CASES)[orders]
    eta = eta + rng.normal(0, 0.7, (PEOPLE, 1)) + rng.normal(0, 0.06, (PEOPLE, 1)) * before
    follows = rng.random(eta.shape) < expit(eta)
    advice = np.where(wrong, "W", "R")
    first = np.where(rng.random(eta.shape) < 0.7, "X", advice)
    table = pd.DataFrame(
        {
            "participant": np.repeat([f"p{p:02d}" for p in range(PEOPLE)], CASES),
            "case": [f"c{c:02d}" for c in orders.ravel()],
            "arm": "advised",
            "phase": "exposure",
            "phase_index": 0,
            "sitting": 1,
            "position": np.tile(np.arange(1, CASES + 1), PEOPLE),
            "status": "complete",
            "structure": "two-stage",
            "advice_shown": True,
            "initial": first.ravel(),
            "advice": advice.ravel(),
            "final": np.where(follows, advice, np.where(first == advice, "X", first)).ravel(),
            "truth": "R",
        }
    )
    made = plans.run(table, PLAN)["analyses"][0]
    found = next((e for e in made["estimates"] if e["name"] == "last-wrong/switch"), None)
    if found is None or found["low"] is None:
        return WITHHELD
    return Replicate(*(float(np.log(found[key])) for key in ("value", "low", "high")))


def _correlation(rng: np.random.Generator) -> Replicate:
    """Trust score and share of right advice met, a pair a person."""
    first = rng.normal(size=PEOPLE)
    other = ALIKE * first + np.sqrt(1 - ALIKE**2) * rng.normal(size=PEOPLE)
    pairs = [
        trust.Pair(str(n), "exposure", float(a), float(b)) for n, (a, b) in enumerate(zip(first, other, strict=True))
    ]
    scale = next(one for one in scales.SCALES if one.name == trust.TRUST_SCORES[0])
    found = trust.correlation(scale, pairs, parse(PLAN | {"bootstrap": 1000, "seed": int(rng.integers(1 << 30))}))
    return Replicate(found.value, found.low, found.high)


CHECKS = (
    Check("trust/null", NAME, f"{STUDY}; no effect", lambda rng: _after_error(rng, 0.0), 0.0, 0.0, slack=0.03),
    Check("trust/after-error", NAME, f"{STUDY}; advice followed less after an error",
          lambda rng: _after_error(rng, AFTER), AFTER, 0.0, slack=0.03),
    Check("trust/correlation", "Trust score and accuracy met: correlation",
          f"{PEOPLE} clinicians, normal scores, one pair each", _correlation, ALIKE, 0.0),
)  # fmt: skip
