"""Missing decisions: do imputed and weighted intervals hold the truth where the weaker leave more often?"""

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import binom

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import missing_data
from simlab.stats.intervals import Array, CannotFit
from simlab.stats.missing_imputed import imputed
from simlab.stats.missing_tipping import TIPPING_IMPUTATIONS
from simlab.stats.missing_weighted import weighted_way
from simlab.stats.planfile import Plan, parse
from simlab.stats.prepare import Prepared, prepare
from simlab.stats.sensitivity import Way

PEOPLE, CASES, LOSS = 60, 14, -0.5  # logits
PERSON_SD, CASE_SD, CENTRE = 0.7, 0.5, 0.6
STAYING = (-1.2, 3.8)  # logits of staying: where no case was right at baseline, and what all cases right add
WORSE = 1.0  # logits
STUDY = (
    f"{PEOPLE} clinicians, {CASES} cases at baseline and {CASES} later, about a quarter of clinicians gone by then, "
    "more often those with a low share right at baseline"
)
PLAN = {
    "simlab": "plan/1",
    "title": "Missing decisions",
    "arms": ["control", "exposed"],
    "control": "control",
    "phases": ["baseline", "exposure", "later"],
    "advised": {"exposure": ["exposed"]},
    "analyses": ["missing-data"],
    "primary": {
        "phase": "later", "adjusted_for": "baseline", "between": ["control", "exposed"], "claim": "noninferiority",
        "margin": 0.1,
    },
    "options": {"missing_data": {"imputations": 8, "deltas": [WORSE]}},
}  # fmt: skip


def _truth() -> float:
    """Difference in the probability right, over clinicians and cases."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    level = CENTRE + np.hypot(PERSON_SD, CASE_SD) * nodes
    return float(weights @ (expit(level + LOSS) - expit(level)) / weights.sum())


def _worse_truth() -> float:
    """The same, where those who left the exposed arm would have been right WORSE logits less often, given all else.

    Whether somebody leaves depends on how many cases were right at baseline: a binomial number, given skill."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    skill, ease = PERSON_SD * nodes, CASE_SD * nodes

    def right(shift: float) -> Array:
        return np.asarray(expit(CENTRE + shift + skill[:, None] + ease) @ weights)

    counts = np.arange(CASES + 1)
    gone = binom.pmf(counts, CASES, right(0.0)[:, None]) @ (1 - expit(STAYING[0] + STAYING[1] * counts / CASES))
    exposed = (1 - gone) * right(LOSS) + gone * right(LOSS - WORSE)
    return float(weights @ (exposed - right(0.0)))


def _study(rng: np.random.Generator, worse: float = 0.0) -> tuple[Prepared, Plan]:
    skill, ease = rng.normal(0, PERSON_SD, PEOPLE), rng.normal(0, CASE_SD, 2 * CASES)
    person, case = np.repeat(np.arange(PEOPLE), 2 * CASES), np.tile(np.arange(2 * CASES), PEOPLE)
    # Half of the clinicians see each half of the cases first, as parallel forms do.
    later = ((case >= CASES) != (person % 4 > 1)).astype(int)
    level, lost = CENTRE + skill[person] + ease[case], LOSS * later * (person % 2)
    chance = rng.random(len(person))
    right = chance < expit(level + lost)
    first = np.array([right[(person == p) & (later == 0)].mean() for p in range(PEOPLE)])
    gone = rng.random(PEOPLE) > expit(STAYING[0] + STAYING[1] * first)
    right = chance < expit(level + lost - worse * later * (person % 2) * gone[person])
    missing = gone[person] & (later == 1)
    table = pd.DataFrame(
        {
            "participant": [f"p{p:03d}" for p in person],
            "arm": np.where(person % 2 == 1, "exposed", "control"),
            "phase": np.where(later == 1, "later", "baseline"),
            "phase_index": later * 2,
            "case": [f"c{c:02d}" for c in case],
            "status": np.where(missing, "missing", "complete"),
            "structure": "unaided",
            "truth": "R",
            "final": pd.Series(np.where(right, "R", "W")).mask(missing),
        }
    )
    plan = parse(PLAN)
    return prepare(table, plan), plan


def _of(way: Way) -> Replicate:
    found = way.found
    return WITHHELD if found is None else Replicate(found.value, found.low, found.high, found.se)


def _imputed(rng: np.random.Generator) -> Replicate:
    prepared, plan = _study(rng)
    assert plan.primary is not None  # noqa: S101 - the plan above has one
    planned = missing_data.planned(prepared.encounters, plan, plan.primary)
    return _of(imputed(planned, prepared.encounters, plan, plan.primary)[0])


def _tipped(rng: np.random.Generator) -> Replicate:
    """The step of the tipping table at which the missing decisions of the exposed arm are as much worse as they are."""
    prepared, plan = _study(rng, WORSE)
    assert plan.primary is not None  # noqa: S101 - the plan above has one
    planned = missing_data.planned(prepared.encounters, plan, plan.primary)
    filled = imputed(planned, prepared.encounters, plan, plan.primary)[1]
    if isinstance(filled, str):
        return WITHHELD
    own = (filled.rows.loc[filled.missing, "arm"] == "exposed").to_numpy(dtype=bool)
    try:
        _, found = filled.pooled(np.where(own, -WORSE, 0.0), plan, TIPPING_IMPUTATIONS)
    except CannotFit:
        return WITHHELD
    return Replicate(found.value, found.low, found.high, found.se)


def _weighted(rng: np.random.Generator) -> Replicate:
    prepared, plan = _study(rng)
    assert plan.primary is not None  # noqa: S101 - the plan above has one
    planned = missing_data.planned(prepared.encounters, plan, plan.primary)
    return _of(weighted_way(prepared.encounters, planned, plan, plan.primary))


CHECKS = (
    Check("missing-data/imputed", "Missing decisions imputed", STUDY, _imputed, _truth(), 0.0, slack=0.03),
    Check("missing-data/weighted", "Those who stayed weighted for those who left", STUDY, _weighted, _truth(), 0.0,
          slack=0.03),
    Check("missing-data/tipping", "The step of the tipping table that is true", f"{STUDY}; those who left the exposed "
          f"arm would have been {WORSE:g} logits worse", _tipped, _worse_truth(), 0.0, slack=0.03),
)  # fmt: skip
