"""Telling good advice from bad: d′ and criterion by cell, person by person, and by a probit mixed model.

Signal: right advice beside a wrong first answer; noise: wrong advice beside a right one. Following it is a hit in the
first (RAIR) and a false alarm in the second (1 − RSR). The mixed model lets clinicians differ in both
and cases be harder or easier to follow (DeCarlo 1998; Rouder and Lu 2005).
"""

import numpy as np
import pandas as pd
from scipy import stats

from simlab.stats import detection, glmm, marginal
from simlab.stats.accuracy import spread_table
from simlab.stats.described import Words, by_person, cells_and_all, measured, nothing, suffix, where
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.glmm_link import PROBIT
from simlab.stats.intervals import Interval, symmetric
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, sieve
from simlab.stats.reliance import advised, flags
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "Telling good advice from bad"
ENOUGH = 10  # decisions of each kind from which a d′ of one person is worth reading
MOST_PEOPLE = 500  # beyond this a table of persons is no table


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """d′ and c pooled and by cell, a table of persons, and the probit mixed model with one d′ and c an advised arm."""
    kept = opportunities(prepared.encounters, plan)
    if not len(kept.rows):
        said = "No advised decision has a first answer that differs from the advice in being right, so d′ has no value."
        return nothing("discernment", TITLE, said)
    made: list[Estimate] = []
    for cell, rows in cells_and_all(kept.rows, plan):
        sums, about = by_person(rows, _columns(rows)), Sieved(rows, kept.dropped)
        for name, label, function, undefined in _POOLED:
            words = Words(name + suffix(cell), f"{label}, {where(cell)}", "standard", undefined)
            made.append(measured(words, sums, function, about, plan))
    modelled, convergence, warned, tables = _model(kept, plan)
    return Analysis(
        "discernment", TITLE, (*made, *modelled), convergence, warned, (*_persons(kept.rows), *tables)
    )  # fmt: skip


def opportunities(encounters: pd.DataFrame, plan: Plan) -> Sieved:
    """Advised decisions in which first answer and advice differ in being right; `right` and `followed` are 0 or 1."""
    kept = advised(encounters, plan)
    f = flags(kept.rows)
    signal, noise = f.initial_wrong & f.advice_right, f.initial_right & f.advice_wrong
    followed = (signal & f.final_right) | (noise & f.final_wrong)
    rows = kept.rows.assign(right=signal.astype(float), followed=followed.astype(float))
    no_first = kept.rows["initial_correct"].isna()
    found = sieve(rows, [("no first answer", no_first), ("first answer and advice equally right", ~(signal | noise))])
    return Sieved(found.rows, kept.dropped + found.dropped)


def _columns(rows: pd.DataFrame) -> Numbers:
    """Hits, signals, false alarms, noises of each row."""
    right, followed = rows["right"].to_numpy(dtype=float), rows["followed"].to_numpy(dtype=float)
    return np.column_stack([right * followed, right, (1 - right) * followed, 1 - right])


def _z(s: Numbers) -> tuple[Numbers, Numbers]:
    """z of both rates with the log-linear correction in every cell (Hautus 1995); NaN without one of the kinds."""
    rates = [np.where(s[:, n] > 0, (s[:, k] + 0.5) / (s[:, n] + 1), np.nan) for k, n in ((0, 1), (2, 3))]
    return stats.norm.ppf(rates[0]), stats.norm.ppf(rates[1])


def _sensitivity(s: Numbers) -> Numbers:
    h, f = _z(s)
    return np.asarray(h - f)


def _criterion(s: Numbers) -> Numbers:
    h, f = _z(s)
    return np.asarray(-(h + f) / 2)


_NEITHER = "Undefined: right or wrong advice is missing among these decisions."
_POOLED = (
    ("d-prime", "d′, pooled, log-linear correction", _sensitivity, _NEITHER),
    ("criterion", "Criterion c (negative: inclined to follow), pooled", _criterion, _NEITHER),
)


def _persons(rows: pd.DataFrame) -> tuple[Table, ...]:
    """d′ and c of each participant, and how many have none or rest on too few decisions."""
    sums = by_person(rows, _columns(rows))
    names = sorted(set(rows["participant"]))
    found = []
    for name, (hits, signals, alarms, noises) in zip(names, sums.astype(int).tolist(), strict=True):
        one = detection.discernment(hits, signals, alarms, noises)
        values = (one.sensitivity, one.criterion) if one else (None, None)
        found.append((name, signals, noises, *values, min(signals, noises) >= ENOUGH))
    known = [row for row in found if row[3] is not None]
    means = [float(np.mean([row[at] for row in known])) if known else None for at in (3, 4)]
    enough = f"with {ENOUGH} or more of each kind"
    summary = Table(
        "persons in all",
        ("participants", "without a value", enough, "mean d′", "mean c"),
        ((len(found), len(found) - len(known), sum(row[5] for row in found), *means),),
    )
    if len(found) > MOST_PEOPLE:
        return (summary,)
    columns = (
        "participant",
        "right advice beside a wrong answer",
        "wrong advice beside a right one",
        "d′",
        "c",
        enough,
    )
    return summary, Table("persons", columns, tuple(found))


def _model(kept: Sieved, plan: Plan) -> tuple[tuple[Estimate, ...], Convergence, tuple[str, ...], tuple[Table, ...]]:
    rows, naming = kept.rows, Naming(plan.level, kept)
    arms = [arm for arm in plan.arms if (rows["arm"] == arm).any()]
    model = fitted(lambda: _fit(rows, arms))
    made = []
    for name, label, weights in _asked(arms):
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "standard", model.convergence))
        else:
            made.append(naming.estimate(name, label, _combination(model.fit, weights, plan.level), "standard"))
    tables = (spread_table(model.fit.effects),) if model.fit is not None and model.readable else ()
    return tuple(made), model.convergence, model.warnings, tables


def _fit(rows: pd.DataFrame, arms: list[str]) -> GlmmFit:
    right = rows["right"].to_numpy(dtype=float)
    columns, names = [np.ones(len(rows)), right], ["(intercept)", "right advice"]
    for arm in arms[1:]:
        here = (rows["arm"] == arm).to_numpy(dtype=float)
        columns += [here, here * right]
        names += [arm, f"{arm} × right advice"]
    factors = [
        Factor("clinician", rows["participant"].to_numpy(dtype=object), {"right advice": right}),
        Factor("case", rows["case"].to_numpy(dtype=object)),
    ]
    return glmm.fit(
        rows["followed"].to_numpy(dtype=float), np.column_stack(columns), factors, names=names, link=PROBIT
    )  # fmt: skip


def _asked(arms: list[str]) -> list[tuple[str, str, Numbers]]:
    """Name, label and weights of each d′ (the slope) and c (minus intercept and half the slope), and differences."""
    made = []
    for place, arm in enumerate(arms):
        slope, middle = np.zeros(2 * len(arms)), np.zeros(2 * len(arms))
        slope[1], middle[0] = 1.0, 1.0
        if place:
            slope[2 * place + 1], middle[2 * place] = 1.0, 1.0
        made.append((f"mixed-d-prime/{arm}", f"d′ by a probit mixed model, {arm} arm", slope))
        made.append((f"mixed-criterion/{arm}", f"c by a probit mixed model, {arm} arm", -(middle + slope / 2)))
    for place, arm in enumerate(arms[1:], start=1):
        only = np.zeros(2 * len(arms))
        only[2 * place + 1] = 1.0
        made.append((f"mixed-d-prime-difference/{arm}", f"d′ by a probit mixed model, {arm} minus {arms[0]}", only))
    return made


def _combination(fit: GlmmFit, weights: Numbers, level: float) -> Interval:
    gradient = np.concatenate([weights, np.zeros(len(fit.theta))])
    freedom, name = marginal.degrees_of_freedom(fit, gradient, "least")
    se = float(np.sqrt(weights @ fit.vcov @ weights))
    method = f"probit mixed model, clinicians and cases random, {name}"
    return symmetric(float(weights @ fit.beta), se, freedom, level, method, "probit")
