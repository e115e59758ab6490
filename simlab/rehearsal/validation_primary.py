"""Checks of the analyses that every trial has: accuracy with advice, deskilling, decision time and reliance.

Studies of 60 clinicians and 24 cases, two arms and two phases. Clinicians differ with SD 0.7 and cases with SD 0.9
log odds, the effect with SD 0.6 between cases and 0.3 between clinicians. The mean effect in log odds is solved by
integration so that the true difference on the scale of the report is the one that is checked.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from simlab.rehearsal.clinician import expit
from simlab.rehearsal.validation import WITHHELD, Check, Law, Replicate
from simlab.stats import accuracy, columns, deskilling, proportions, timing
from simlab.stats.planfile import Plan, parse
from simlab.stats.prepare import Prepared
from simlab.stats.result import Analysis

CLINICIANS, CASES, EACH = 60, 24, 24
CLINICIAN_SD, CASE_SD, EFFECT_SD, CHANGE_SD = 0.7, 0.9, 0.6, 0.3
INTERCEPT, LATER, WRONG_SHARE, HARM = 0.5, 0.1, 1 / 3, 1.5
LOG_TIME, PACE_SD, NOISE_SD, SLOWER = np.log(60.0), 0.25, 0.45, 0.15
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
STUDY = f"{CLINICIANS} clinicians, {CASES} cases, two arms and phases"


def _plan(advised: bool) -> Plan:
    primary = {"phase": "later", "adjusted_for": "baseline", "between": ["unaided", "advised"], "claim": "difference"}
    return parse(
        {
            "simlab": "plan/1",
            "title": "Validation",
            "arms": ["unaided", "advised"],
            "control": "unaided",
            "phases": ["baseline", "later"],
            "advised": {"later": ["advised"]} if advised else {},
            "analyses": ["accuracy"] if advised else ["deskilling"],
            "primary": None if advised else {**primary, "margin": None},
            "windows": {},
            "multiplicity": "none",
            "alpha": 0.05,
            "seed": 1,
            "bootstrap": 200,
        }
    )


@cache
def _effect(points: float, advised: bool) -> float:
    """The mean effect in log odds at which the true difference of shares in the later phase is ``points``."""
    base = CLINICIAN_SD**2 + CASE_SD**2 + (0.0 if advised else CHANGE_SD**2)
    varied = base + EFFECT_SD**2 + (CHANGE_SD**2 if advised else 0.0)

    def right(shift: float, variance: float) -> float:
        return float(expit(INTERCEPT + LATER + shift + np.sqrt(variance) * NODES) @ WEIGHTS)

    def gap(effect: float) -> float:
        wrong = WRONG_SHARE if advised else 0.0
        share = (1 - wrong) * right(effect, varied) + wrong * right(effect - HARM, varied)
        return share - right(0.0, base) - points

    return float(optimize.brentq(gap, -6, 6))


def study(rng: np.random.Generator, points: float, advised: bool) -> pd.DataFrame:
    """One simulated study as an analysis table; ``advised``: advice stands in the later phase of one arm."""
    half = EACH // 2
    person = np.repeat(np.arange(CLINICIANS), EACH)
    later = np.tile(np.repeat([0, 1], half), CLINICIANS)
    case = np.concatenate([rng.permutation(CASES)[:EACH] for _ in range(CLINICIANS)])
    arm = rng.permutation(np.arange(CLINICIANS) % 2)[person]
    treated = later * arm
    wrong = np.tile(np.arange(EACH) % 3 == 0, CLINICIANS) & (treated == 1) & advised
    change = CHANGE_SD * rng.standard_normal(CLINICIANS)[person]
    eta = (
        INTERCEPT
        + LATER * later
        + CLINICIAN_SD * rng.standard_normal(CLINICIANS)[person]
        + CASE_SD * rng.standard_normal(CASES)[case]
        + (_effect(points, advised) + EFFECT_SD * rng.standard_normal(CASES)[case]) * treated
        + change * (treated if advised else later)
        - HARM * wrong
    )
    return _table(rng, person, later, case, arm, wrong, rng.random(len(eta)) < expit(eta), advised)


def _table(
    rng: np.random.Generator, person: Any, later: Any, case: Any, arm: Any, wrong: Any, right: Any, advised: bool
) -> pd.DataFrame:
    shown = (later * arm == 1) & advised
    pace = PACE_SD * rng.standard_normal(CLINICIANS)[person] + PACE_SD * rng.standard_normal(CASES)[case]
    seconds = np.exp(LOG_TIME + SLOWER * shown + pace + NOISE_SD * rng.standard_normal(len(person)))
    return columns.check(
        pd.DataFrame(
            {
                "participant": [f"p{one}" for one in person],
                "arm": np.array(["unaided", "advised"])[arm],
                "phase": np.array(["baseline", "later"])[later],
                "phase_index": later,
                "sitting": 1,
                "position": np.tile(np.tile(np.arange(1, EACH // 2 + 1), 2), CLINICIANS),
                "case": [f"c{one}" for one in case],
                "status": "complete",
                "structure": "concurrent" if advised else "unaided",
                "advice_shown": shown,
                "advice_correct": pd.arrays.BooleanArray(~wrong, ~shown),
                "final_correct": right,
                "time_total_s": seconds,
                "time_active_s": seconds,
                "hidden_s": 0.0,
            }
        )
    )


def _prepared(table: pd.DataFrame) -> Prepared:
    return Prepared(table[["participant", "status"]], table, "", ())


def _picked(analysis: Analysis, name: str) -> Replicate:
    found = next((one for one in analysis.estimates if one.name == name), None)
    if found is None or found.value is None:
        return WITHHELD
    return Replicate(found.value, found.low, found.high, found.se)


def _accuracy(points: float) -> Callable[[np.random.Generator], Replicate]:
    def replicate(rng: np.random.Generator) -> Replicate:
        found = accuracy.analyse(_prepared(study(rng, points, True)), _plan(True))
        return _picked(found, "difference/advised/later")

    return replicate


def _deskilling(points: float) -> Callable[[np.random.Generator], Replicate]:
    def replicate(rng: np.random.Generator) -> Replicate:
        found = deskilling.analyse(_prepared(study(rng, points, False)), _plan(False))[0]
        return _picked(found, "difference")

    return replicate


def _time(rng: np.random.Generator) -> Replicate:
    found = _picked(timing.analyse(_prepared(study(rng, 0.0, True)), _plan(True)), "ratio/advised/later")
    if found.value is None or found.low is None or found.high is None:
        return WITHHELD
    return Replicate(float(np.log(found.value)), float(np.log(found.low)), float(np.log(found.high)))


def _names_do_not_matter(rng: np.random.Generator) -> str | None:
    """Other names of clinicians and cases, and rows in another order, leave the estimate as it is."""
    table = study(rng, 0.0, False)
    names = {one: f"x{number}" for number, one in enumerate(rng.permutation(table["participant"].unique()))}
    other = table.assign(participant=table["participant"].map(names)).sample(frac=1.0, random_state=1)
    other = other.reset_index(drop=True)
    one, two = (_picked(deskilling.analyse(_prepared(t), _plan(False))[0], "difference") for t in (table, other))
    if one.value is None or two.value is None or one.se is None or two.se is None:
        return None if one.value is two.value is None else "one order of rows was fitted, the other not"
    same = np.allclose([one.value, one.se], [two.value, two.se], rtol=1e-3, atol=2e-4)
    return None if same else f"other names and another order changed {one.value:.5f} to {two.value:.5f}"


def _arms_exchanged(rng: np.random.Generator) -> str | None:
    """With the arms exchanged the difference changes its sign, but for the by-case slope of the other arm."""
    rows = study(rng, 0.05, True)
    rows = rows[rows["phase"] == "later"]
    counts = {arm: (int(of["final_correct"].sum()), len(of)) for arm, of in rows.groupby("arm")}
    (a, n), (b, m) = counts["advised"], counts["unaided"]
    one, two = proportions.miettinen_nurminen(a, n, b, m), proportions.miettinen_nurminen(b, m, a, n)
    if one is None or two is None or one.low is None or one.high is None or two.low is None or two.high is None:
        return "a share had no interval"
    same = np.allclose([one.value, one.low, one.high], [-two.value, -two.high, -two.low], atol=1e-6)
    return None if same else "exchanging the arms did not change the sign of the difference"


CHECKS = (
    Check("accuracy/null", "accuracy", f"{STUDY}; advice, a third of it wrong, of no effect", _accuracy(0.0), 0.0, 0.0),
    Check("accuracy/effect", "accuracy", f"{STUDY}; advice brings 10 points", _accuracy(0.1), 0.1, 0.0),
    Check("deskilling/null", "deskilling", f"{STUDY}; no skill lost", _deskilling(0.0), 0.0, 0.0),
    Check("deskilling/effect", "deskilling", f"{STUDY}; 10 points lost", _deskilling(-0.1), -0.1, 0.0),
    Check("time/effect", "time", f"{STUDY}; advice makes log time 0.15 longer", _time, SLOWER, 0.0),
    Law("deskilling/names", "deskilling", "other names and another order of rows", _names_do_not_matter, runs=5),
    Law("proportions/arms", "proportions", "the arms exchanged", _arms_exchanged, runs=20),
)
