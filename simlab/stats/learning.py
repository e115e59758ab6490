"""Learning curves: how the odds of a right answer move with the number of cases a clinician has decided.

logit P(right) = b0 + b1 · cases before / 20 + clinician + case, each arm with its own slope. Advice that is shown moves
answers by itself, so right and wrong advice have fixed effects of their own.
"""

import math

import numpy as np
import pandas as pd

from simlab.stats import glmm, marginal
from simlab.stats.accuracy import judged, spread_table
from simlab.stats.change import ordered
from simlab.stats.described import nothing
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.intervals import Interval, symmetric
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, no, yes
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis

TITLE = "Learning over cases"
UNIT = 20  # cases; the coefficient is read as the change over so many


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Odds ratio for 20 further cases by arm, and each arm's against the first."""
    kept = counted(judged(prepared.encounters))
    if not len(kept.rows) or kept.rows["before"].max() == 0:
        return nothing("learning", TITLE, "Nobody decided two cases in these data, so there is no learning curve.")
    arms = [arm for arm in plan.arms if (kept.rows["arm"] == arm).any()]
    model, naming = fitted(lambda: _fit(kept.rows, arms)), Naming(plan.level, kept)
    made = []
    for name, label, weights in _asked(arms):
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "ratio", model.convergence))
        else:
            made.append(naming.estimate(name, label, _odds_ratio(model.fit, weights, plan.level), "ratio"))
    tables = (spread_table(model.fit.effects),) if model.fit is not None and model.readable else ()
    return Analysis("learning", TITLE, tuple(made), model.convergence, model.warnings, tables)


def counted(kept: Sieved) -> Sieved:
    """The decisions with `before`: how many cases the participant had decided by then."""
    rows = ordered(kept.rows)
    return Sieved(rows.assign(before=rows.groupby("participant").cumcount()).reset_index(drop=True), kept.dropped)


def _fit(rows: pd.DataFrame, arms: list[str]) -> GlmmFit:
    time: Numbers = rows["before"].to_numpy(dtype=np.float64) / UNIT
    columns: list[Numbers] = [np.ones(len(rows)), time]
    names = ["(intercept)", "cases"]
    for arm in arms[1:]:
        here = (rows["arm"] == arm).to_numpy(dtype=np.float64)
        columns += [np.asarray(here), np.asarray(here * time)]
        names += [arm, f"{arm} × cases"]
    shown = yes(rows["advice_shown"])
    for verdict, words in ((yes, "right advice"), (no, "wrong advice")):
        flags = (shown & verdict(rows["advice_correct"])).astype(np.float64)
        if np.ptp(flags) > 0:
            columns.append(flags)
            names.append(words)
    factors = [
        Factor("clinician", rows["participant"].to_numpy(dtype=object), {"cases": time}),
        Factor("case", rows["case"].to_numpy(dtype=object)),
    ]
    x = np.column_stack(columns)
    return glmm.fit(yes(rows["final_correct"]).astype(float), x, factors, names=names)


def _asked(arms: list[str]) -> list[tuple[str, str, dict[int, float]]]:
    """Name, label, and the coefficients that are added up, by place."""
    made = []
    for place, arm in enumerate(arms):
        weights = {1: 1.0} | ({2 * place + 1: 1.0} if place else {})
        made.append((f"learning/{arm}", f"Odds ratio of a right answer for {UNIT} further cases, {arm} arm", weights))
    for place, arm in enumerate(arms[1:], start=1):
        made.append((f"learning-ratio/{arm}", f"The same, {arm} ÷ {arms[0]}", {2 * place + 1: 1.0}))
    return made


def _odds_ratio(fit: GlmmFit, weights: dict[int, float], level: float) -> Interval:
    gradient: Numbers = np.zeros(fit.beta.size + fit.theta.size)
    for place, weight in weights.items():
        gradient[place] = weight
    freedom, name = marginal.degrees_of_freedom(fit, gradient, "least")
    se = float(np.sqrt(gradient @ fit.joint_vcov @ gradient))
    log = symmetric(float(gradient[: fit.beta.size] @ fit.beta), se, freedom, level, "", "")
    low, high = (None if v is None else math.exp(v) for v in (log.low, log.high))
    method = f"logistic mixed model, clinicians (with slopes) and cases random (conditional odds), {name}"
    return Interval(math.exp(log.value), low, high, None, freedom, level, method, "odds ratio", log.p)
