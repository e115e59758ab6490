"""Forgetting as an exponential fall to a floor: how much is lost in the end, and how fast, by arm.

Secondary to the slopes on log time. Where the data cannot tell level, loss and rate apart, it says so and gives none.
"""

import numpy as np
import pandas as pd

from simlab.stats import exponential, populations
from simlab.stats.accuracy import unreadable
from simlab.stats.exponential import Curves, Shares
from simlab.stats.forgetting import follow_ups, timed
from simlab.stats.intervals import Array, Interval, symmetric
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, yes
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Forgetting as a fall to a floor"
# Weights of (a, d, log k) of the control arm, then of the exposed arm.
LOSS_DIFFERENCE = np.array([0.0, -1.0, 0.0, 0.0, 1.0, 0.0])
HALF_LIFE_RATIO = np.array([0.0, 0.0, 1.0, 0.0, 0.0, -1.0])  # a half-life is ln 2 / k


def shares(rows: pd.DataFrame, arms: tuple[str, ...]) -> tuple[pd.DataFrame, Shares]:
    """One row for each clinician, phase and sitting: share right, decisions, and mean days since advice ended."""
    right = rows.assign(right=yes(rows["final_correct"]).astype(np.float64), sitting=rows["sitting"].fillna(0))
    by = right.groupby(["participant", "arm", "phase", "sitting"], sort=True)
    table = by.agg(share=("right", "mean"), n=("right", "size"), time=("since", "mean")).reset_index()
    people = np.unique(table["participant"].to_numpy(dtype=str), return_inverse=True)[1]
    made = Shares(
        table["share"].to_numpy(dtype=np.float64), table["n"].to_numpy(dtype=np.float64),
        table["time"].to_numpy(dtype=np.float64),
        np.array([arms.index(arm) for arm in table["arm"]], dtype=np.int64), people.astype(np.int64),
    )  # fmt: skip
    return table, made


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Loss to the floor, floor and half-life of each arm; difference in loss and ratio of half-lives."""
    primary = plan.primary
    phases = follow_ups(plan, primary) if primary is not None else ()
    if primary is None or not phases or not populations.exposure_phases(plan, primary):
        why = "A curve of forgetting needs two arms, a phase with advice, and phases without it afterwards."
        return unreadable("forgetting-curve", TITLE, why)
    kept = timed(prepared.encounters, plan, primary, phases)
    if set(kept.rows["arm"]) != set(primary.between) or not (kept.rows["since"] > 0).any():
        return unreadable("forgetting-curve", TITLE, "One arm has no dated unaided decision after advice ended.")
    table, data = shares(kept.rows, primary.between)
    model = fitted(lambda: exponential.fit(data, primary.between))
    fit = model.fit
    if fit is None or not model.readable:
        said = f"The curve is not identified: {model.convergence.detail}. The slopes on log time stand alone."
        tables: tuple[Table, ...] = (_observed(table),)
        return Analysis("forgetting-curve", TITLE, (), model.convergence, (*model.warnings, said), tables)
    estimates = _estimates(fit, Naming(plan.level, kept), primary.between)
    tables = (_observed(table), _spread(fit))
    return Analysis("forgetting-curve", TITLE, tuple(estimates), model.convergence, model.warnings, tables)


def _estimates(fit: Curves, naming: Naming, arms: tuple[str, str]) -> list[Estimate]:
    made = []
    for place, arm in enumerate(arms):
        at = 3 * place
        unit = np.eye(6)
        made += [
            naming.estimate(f"loss/{arm}", f"Lost from the end of advice to the floor, {arm} arm",
                            line(fit, unit[at + 1], level=naming.level, scale="difference"), "difference"),
            naming.estimate(f"floor/{arm}", f"Floor, {arm} arm",
                            line(fit, unit[at] - unit[at + 1], level=naming.level, scale="proportion"), "proportion"),
            naming.estimate(f"half-life/{arm}", f"Days in which half of the loss happens, {arm} arm",
                            half_life(fit, -unit[at + 2], level=naming.level, shift=np.log(np.log(2))), "score"),
        ]  # fmt: skip
    control, exposed = arms
    label = f"Lost to the floor, {exposed} minus {control}"
    lost = line(fit, LOSS_DIFFERENCE, level=naming.level, scale="difference")
    made.append(naming.estimate("loss-difference", label, lost, "difference"))
    found = half_life(fit, HALF_LIFE_RATIO, level=naming.level, shift=0.0)
    made.append(naming.estimate("half-life-ratio", f"Half-life, {exposed} ÷ {control}", found, "ratio"))
    return made


def line(fit: Curves, weights: Array, *, level: float, scale: str) -> Interval:
    """A combination of (a, d, log k) of both arms, 6 weights, with a t interval."""
    df = float(fit.clusters - 1)
    se = float(np.sqrt(weights @ fit.vcov @ weights))
    value = float(weights @ fit.coefficients.ravel())
    return symmetric(value, se, df, level, _method(df), scale)


def half_life(fit: Curves, weights: Array, *, level: float, shift: float) -> Interval:
    """exp of a combination of log rates; p against a ratio of one, none for a half-life on its own."""
    df = float(fit.clusters - 1)
    se = float(np.sqrt(weights @ fit.vcov @ weights))
    log = symmetric(float(weights @ fit.coefficients.ravel()), se, df, level, "", "")
    low, high = (None if limit is None else float(np.exp(limit + shift)) for limit in (log.low, log.high))
    p = log.p if shift == 0 else None
    return Interval(float(np.exp(log.value + shift)), low, high, None, df, level, _method(df), "days", p)


def _method(df: float) -> str:
    return f"exponential to a floor, level random by clinician, maximum likelihood, t with clinicians − 1 = {df:g} df"


def _observed(table: pd.DataFrame) -> Table:
    rows = []
    for _, own in table.groupby(["phase", "sitting", "arm"], sort=False):
        first = own.iloc[0]
        share = float(np.average(own["share"], weights=own["n"]))
        rows.append((first["phase"], int(first["sitting"]), first["arm"], float(own["time"].mean()), share, len(own)))
    rows.sort(key=lambda row: (row[3], row[2]))
    columns = ("phase", "sitting", "arm", "mean days since advice", "share right", "clinicians")
    return Table("share right by time since advice", columns, tuple(rows))


def _spread(fit: Curves) -> Table:
    rows = (("level of clinicians", fit.level_sd), ("one decision", fit.sigma))
    return Table("spread", ("what differs", "standard deviation"), rows)
