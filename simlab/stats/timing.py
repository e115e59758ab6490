"""Decision time: a mixed model of its logarithm, read as a ratio of geometric means."""

import math
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import lmm
from simlab.stats.accuracy import aided, spread_table, unreadable
from simlab.stats.glmm import Factor
from simlab.stats.intervals import Interval
from simlab.stats.modelling import Fitted, Naming, fitted, sites
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, against_control, filled_cells, in_cells, incomplete, sieve
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Decision time"
# Declared before any data are seen: shorter is a slip of the finger, longer a page left open.
SHORTEST_S = 1.0
LONGEST_S = 1800.0
# What the model uses; a second copy of every column of a large study would fill the memory.
_USED = ("participant", "site", "case", "arm", "phase", "status", "time_active_s", "time_total_s")


def seconds(rows: pd.DataFrame) -> "pd.Series[float]":
    """Active time where the table has it, else total time, in seconds."""
    return rows["time_active_s"].fillna(rows["time_total_s"])


def timed(encounters: pd.DataFrame) -> Sieved:
    """Complete decisions with a time that can be analysed; nothing is replaced and nothing is clipped."""
    time = seconds(encounters)
    return sieve(
        encounters,
        [
            *incomplete(encounters),
            ("no time recorded", time.isna()),
            ("time not above zero", time <= 0),
            (f"under {SHORTEST_S:g} second", time < SHORTEST_S),
            (f"over {LONGEST_S / 60:g} minutes", time > LONGEST_S),
        ],
    )


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Geometric mean time by arm and phase, and each arm's ratio to control by phase."""
    kept = timed(prepared.encounters[list(_USED)])
    if len(kept.rows) == 0:
        return Analysis("time", TITLE, warnings=("No decision in these data has a time that can be analysed.",))
    cells = filled_cells(kept.rows, plan)
    tables: tuple[Table, ...] = (_spread_of_times(kept.rows, cells),)
    model = fitted(lambda: _fit(kept.rows, cells, plan))
    if model.fit is None:
        refused = unreadable("time", TITLE, model.convergence.detail)
        return Analysis("time", TITLE, (), refused.convergence, (*model.warnings, *refused.warnings), tables)
    estimates = _estimates(model, prepared.encounters, cells, plan)
    tables += (spread_table(model.fit.effects),) if model.readable else ()
    return Analysis("time", TITLE, tuple(estimates), model.convergence, model.warnings, tables)


def _fit(rows: pd.DataFrame, cells: list[tuple[str, str]], plan: Plan) -> lmm.LmmFit:
    places = {cell: place for place, cell in enumerate(cells)}
    member = np.eye(len(cells))[[places[key] for key in zip(rows["arm"], rows["phase"], strict=True)]]
    member[:, 0] = 1.0  # one column a cell would hide the intercept that the engines expect: the first cell is it
    helped = aided(rows, plan)
    slopes = {"advice": helped} if 0 < helped.sum() < len(helped) else {}
    site = sites(rows, plan)
    randomised = [] if site is None or len(set(site)) < 2 else [Factor("site", site)]
    return lmm.fit(
        np.log(seconds(rows).to_numpy(dtype=float)),
        member,
        [Factor("clinician", rows["participant"].to_numpy(dtype=object)),
         Factor("case", rows["case"].to_numpy(dtype=object), slopes), *randomised],
        names=["intercept", *(f"{arm}/{phase}" for arm, phase in cells[1:])],
    )  # fmt: skip


def _row(cells: list[tuple[str, str]], cell: tuple[str, str]) -> Numbers:
    made = np.zeros(len(cells))
    made[0] = 1.0
    made[cells.index(cell)] = 1.0
    return made


def _estimates(model: Fitted[lmm.LmmFit], encounters: pd.DataFrame, cells: list[Cell], plan: Plan) -> list[Estimate]:
    made = []
    for cell in cells:
        naming = Naming(plan.level, timed(in_cells(encounters, cell)))
        name, label = f"seconds/{cell[0]}/{cell[1]}", f"Geometric mean time, {cell[0]} arm, {cell[1]}"
        made.append(_contrast(model, _row(cells, cell), name, label, "seconds", naming))
    for cell, control in against_control(cells, plan):
        naming = Naming(plan.level, timed(in_cells(encounters, cell, control)))
        name, label = f"ratio/{cell[0]}/{cell[1]}", f"Time, {cell[0]} ÷ {control[0]}, {cell[1]}"
        weights = _row(cells, cell) - _row(cells, control)
        made.append(_contrast(model, weights, name, label, "ratio", naming))
    return made


def _contrast(
    model: Fitted[lmm.LmmFit], weights: Numbers, name: str, label: str, scale: str, naming: Naming
) -> Estimate:
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, scale, model.convergence)
    found = model.fit.contrast(weights, level=naming.level)
    return naming.estimate(name, label, _exponential(found, scale), scale)


def _exponential(log: Interval, scale: str) -> Interval:
    """The interval read as seconds or as a ratio; a p against one second would mean nothing."""
    limits = [None if v is None else math.exp(v) for v in (log.low, log.high)]
    method = "mixed model of log time, Satterthwaite degrees of freedom"
    p = log.p if scale == "ratio" else None
    return Interval(math.exp(log.value), limits[0], limits[1], None, log.df, log.level, method, scale, p)


def _spread_of_times(rows: pd.DataFrame, cells: list[tuple[str, str]]) -> Table:
    columns = ("phase", "arm", "decisions", "lower quartile", "median", "upper quartile", "mean", "geometric mean")
    made = []
    for arm, phase in cells:
        times = seconds(rows[(rows["arm"] == arm) & (rows["phase"] == phase)]).to_numpy(dtype=float)
        quartiles = [float(q) for q in np.quantile(times, [0.25, 0.5, 0.75])]
        made.append((phase, arm, len(times), *quartiles, float(times.mean()), geometric_mean(times)))
    return Table("seconds by cell", columns, tuple(made))


def geometric_mean(times: "np.ndarray[Any, np.dtype[Any]]") -> float:
    """exp of the mean logarithm; times must be above 0."""
    return float(np.exp(np.log(times).mean()))
