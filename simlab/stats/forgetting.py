"""Forgetting by arm: how the odds of a right unaided answer move with the logarithm of time since advice ended.

Memory is lost fast at first and slowly later, so time enters as log(1 + days) since the end of the last phase with
advice. A slope needs at least two phases without advice after it.
"""

import math

import numpy as np
import pandas as pd

from simlab.stats import glmm, marginal, populations
from simlab.stats.accuracy import spread_table, unreadable
from simlab.stats.estimand import chosen
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.intervals import Interval, symmetric
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Prepared, Sieved, sieve, yes
from simlab.stats.result import Analysis

TITLE = "Forgetting after advice ended"
NAMES = ("(intercept)", "log time", "exposed", "log time × exposed")


def follow_ups(plan: Plan, primary: Primary) -> tuple[str, ...]:
    """The phases from the primary one on in which neither arm of the comparison is given advice."""
    after = plan.phases[plan.phases.index(primary.phase) :]
    return tuple(phase for phase in after if not any(plan.aided(arm, phase) for arm in primary.between))


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Odds ratio per doubling of 1 + days for each arm, and the ratio of the two."""
    primary = plan.primary
    phases = follow_ups(plan, primary) if primary is not None else ()
    if primary is None or len(phases) < 2 or not populations.exposure_phases(plan, primary):
        why = "A slope of forgetting needs two arms, a phase with advice, and two phases without it afterwards."
        return unreadable("forgetting", TITLE, why)
    kept = timed(prepared.encounters, plan, primary, phases)
    if lack := _too_little(kept.rows, primary):
        return unreadable("forgetting", TITLE, lack)
    model = fitted(lambda: _fit(kept.rows, primary))
    naming, (control, exposed) = Naming(plan.level, kept), primary.between
    asked = (
        (f"slope/{control}", f"Odds ratio for a doubling of time, {control} arm", np.array([0.0, 1.0, 0.0, 0.0])),
        (f"slope/{exposed}", f"Odds ratio for a doubling of time, {exposed} arm", np.array([0.0, 1.0, 0.0, 1.0])),
        ("slope-ratio", f"The same, {exposed} ÷ {control}", np.array([0.0, 0.0, 0.0, 1.0])),
    )
    if model.fit is None or not model.readable:
        made = tuple(naming.withheld(name, label, "ratio", model.convergence) for name, label, _ in asked)
        return Analysis("forgetting", TITLE, made, model.convergence, model.warnings)
    made = tuple(
        naming.estimate(name, label, per_doubling(model.fit, weights, plan.level), "ratio")
        for name, label, weights in asked
    )
    tables = (spread_table(model.fit.effects),)
    return Analysis("forgetting", TITLE, made, model.convergence, model.warnings, tables)


def timed(encounters: pd.DataFrame, plan: Plan, primary: Primary, phases: tuple[str, ...]) -> Sieved:
    """The unaided decisions of these phases with `since`, the days from the clinician's last decision with advice."""
    kept = chosen(encounters, plan, primary, phases)
    last = populations.exposure_phases(plan, primary)[-1]
    held = encounters[(encounters["phase"] == last) & (encounters["status"] == "complete")]
    since = kept.rows["day"] - kept.rows["participant"].map(held.groupby("participant")["day"].max())
    rows = kept.rows.assign(since=since)
    dated = sieve(rows, [(f"no day, or none in {last}", since.isna()), (f"made before the end of {last}", since < 0)])
    return Sieved(dated.rows, kept.dropped + dated.dropped)


def _too_little(rows: pd.DataFrame, primary: Primary) -> str | None:
    for arm in primary.between:
        if rows.loc[rows["arm"] == arm, "since"].nunique() < 2:
            return f"The {arm} arm has no unaided decisions at two times after advice, so it has no slope."
    return None


def _fit(rows: pd.DataFrame, primary: Primary) -> GlmmFit:
    time = np.log1p(rows["since"].to_numpy(dtype=float))
    exposed = (rows["arm"] == primary.between[1]).to_numpy(dtype=float)
    x = np.column_stack([np.ones(len(rows)), time, exposed, time * exposed])
    # Clinicians differ in how fast they forget, and cases in what exposure did to them.
    factors = [
        Factor("clinician", rows["participant"].to_numpy(dtype=object), {"log time": time}),
        Factor("case", rows["case"].to_numpy(dtype=object), {"exposed": exposed}),
    ]
    return glmm.fit(yes(rows["final_correct"]).astype(float), x, factors, names=NAMES)


def per_doubling(fit: GlmmFit, weights: np.ndarray, level: float) -> Interval:
    """A combination of log-odds slopes as an odds ratio for a doubling of 1 + days; p against no slope."""
    gradient = np.concatenate([math.log(2) * weights, np.zeros(len(fit.theta))])
    freedom, name = marginal.degrees_of_freedom(fit, gradient, "least")
    se = float(np.sqrt(gradient @ fit.joint_vcov @ gradient))
    log = symmetric(float(gradient[:4] @ fit.beta), se, freedom, level, "", "")
    low, high = (None if limit is None else math.exp(limit) for limit in (log.low, log.high))
    method = f"mixed model on log(1 + days), for clinicians and cases as in the model (conditional odds), {name}"
    return Interval(math.exp(log.value), low, high, None, freedom, level, method, "odds ratio", log.p)
