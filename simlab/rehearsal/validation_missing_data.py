"""Missing decisions: do imputed and weighted intervals hold the truth where the weaker leave more often?"""

import numpy as np
import pandas as pd
from scipy.special import expit

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import missing_data
from simlab.stats.missing_imputed import imputed
from simlab.stats.missing_weighted import weighted_way
from simlab.stats.planfile import Plan, parse
from simlab.stats.prepare import Prepared, prepare
from simlab.stats.sensitivity import Way

PEOPLE, CASES, LOSS = 60, 14, -0.5  # logits
PERSON_SD, CASE_SD, CENTRE = 0.7, 0.5, 0.6
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
    "options": {"missing_data": {"imputations": 8, "deltas": [1.0]}},
}  # fmt: skip


def _truth() -> float:
    """Difference in the probability right, over clinicians and cases."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    level = CENTRE + np.hypot(PERSON_SD, CASE_SD) * nodes
    return float(weights @ (expit(level + LOSS) - expit(level)) / weights.sum())


def _study(rng: np.random.Generator) -> tuple[Prepared, Plan]:
    skill, ease = rng.normal(0, PERSON_SD, PEOPLE), rng.normal(0, CASE_SD, 2 * CASES)
    person, case = np.repeat(np.arange(PEOPLE), 2 * CASES), np.tile(np.arange(2 * CASES), PEOPLE)
    # Half of the clinicians see each half of the cases first, as parallel forms do.
    later = ((case >= CASES) != (person % 4 > 1)).astype(int)
    lost = LOSS * later * (person % 2)
    right = rng.random(len(person)) < expit(CENTRE + skill[person] + ease[case] + lost)
    first = np.array([right[(person == p) & (later == 0)].mean() for p in range(PEOPLE)])
    gone = rng.random(PEOPLE) > expit(-1.2 + 3.8 * first)
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


def _weighted(rng: np.random.Generator) -> Replicate:
    prepared, plan = _study(rng)
    assert plan.primary is not None  # noqa: S101 - the plan above has one
    planned = missing_data.planned(prepared.encounters, plan, plan.primary)
    return _of(weighted_way(prepared.encounters, planned, plan, plan.primary))


CHECKS = (
    Check("missing-data/imputed", "Missing decisions imputed", STUDY, _imputed, _truth(), 0.0, slack=0.03),
    Check("missing-data/weighted", "Those who stayed weighted for those who left", STUDY, _weighted, _truth(), 0.0,
          slack=0.03),
)  # fmt: skip
