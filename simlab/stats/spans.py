"""Scores of answers that are more than right or wrong, and the parts of a decision's time."""

import numpy as np
import pandas as pd

from simlab.stats import lmm
from simlab.stats.accuracy import spread_table
from simlab.stats.described import Words, by_person, measured, nothing, over, share, where
from simlab.stats.glmm import Factor
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, against_control, filled_cells, in_cells, incomplete, sieve
from simlab.stats.result import Analysis, Estimate, Table

SCORES = "Scores of answers"
PARTS = "Parts of the time of a decision"
_SPANS = {
    "time_initial_s": ("time-to-initial", "Time to the first answer"),
    "time_to_advice_s": ("time-to-request", "Time to the request for advice"),
    "time_after_advice_s": ("time-after-advice", "Time from the advice to the last answer"),
    "hidden_s": ("time-hidden", "Time for which the page was hidden"),
}


def scores(prepared: Prepared, plan: Plan) -> Analysis:
    """Mean score by cell and each arm's difference from control in a linear mixed model."""
    rows = prepared.encounters
    kept = sieve(rows, [*incomplete(rows), ("no score", rows["score"].isna())])
    if not len(kept.rows):
        return nothing("scores", SCORES, "No answer in these data has a score beyond right and wrong.")
    cells = filled_cells(kept.rows, plan)
    made: list[Estimate] = []
    for cell in cells:
        about = Sieved(in_cells(kept.rows, cell), kept.dropped)
        sums = by_person(about.rows, np.column_stack([about.rows["score"].astype(float), np.ones(len(about.rows))]))
        words = Words(f"score/{cell[0]}/{cell[1]}", f"Mean score, {where(cell)}", "score")
        made.append(measured(words, sums, over((0, 1)), about, plan))
    pairs = against_control(cells, plan)
    if not pairs:
        return Analysis("scores", SCORES, tuple(made))
    model = fitted(lambda: _fit(kept.rows, cells))
    for cell, control in pairs:
        naming = Naming(plan.level, Sieved(in_cells(kept.rows, cell, control), kept.dropped))
        name, label = f"score-difference/{cell[0]}/{cell[1]}", f"Score, {cell[0]} minus {control[0]}, {cell[1]}"
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "score", model.convergence))
            continue
        weights = np.zeros(len(cells))
        for one, sign in ((cell, 1.0), (control, -1.0)):
            if cells.index(one):
                weights[cells.index(one)] += sign
        made.append(naming.estimate(name, label, model.fit.contrast(weights, level=plan.level), "score"))
    tables = (spread_table(model.fit.effects),) if model.fit is not None and model.readable else ()
    return Analysis("scores", SCORES, tuple(made), model.convergence, model.warnings, tables)


def _fit(rows: pd.DataFrame, cells: list[Cell]) -> lmm.LmmFit:
    places = {cell: place for place, cell in enumerate(cells)}
    member = np.eye(len(cells))[[places[key] for key in zip(rows["arm"], rows["phase"], strict=True)]]
    member[:, 0] = 1.0
    factors = [
        Factor("clinician", rows["participant"].to_numpy(dtype=object)),
        Factor("case", rows["case"].to_numpy(dtype=object)),
    ]
    names = ["intercept", *(f"{arm}/{phase}" for arm, phase in cells[1:])]
    return lmm.fit(rows["score"].to_numpy(dtype=float), member, factors, names=names)


def times(prepared: Prepared, plan: Plan) -> Analysis:
    """Geometric mean and quartiles of each part of the time by cell, and the share of cases that ran out of time."""
    rows = prepared.encounters
    made: list[Estimate] = []
    table = []
    for column, (name, label) in _SPANS.items():
        held = rows[column]
        kept = sieve(rows, [*incomplete(rows), ("no such time", held.isna()), ("time not above zero", held <= 0)])
        for cell in filled_cells(kept.rows, plan):
            about = Sieved(in_cells(kept.rows, cell), kept.dropped)
            span = about.rows[column].to_numpy(dtype=float)
            table.append((*cell, label, len(span), *(float(q) for q in np.quantile(span, [0.25, 0.5, 0.75]))))
            sums = by_person(about.rows, np.column_stack([np.log(span), np.ones(len(span))]))
            words = Words(f"{name}/{cell[0]}/{cell[1]}", f"{label}, geometric mean, {where(cell)}", "seconds")
            made.append(measured(words, sums, lambda s: np.exp(s[:, 0] / s[:, 1]), about, plan))
    for cell in filled_cells(rows, plan):
        opened = in_cells(rows, cell)
        opened = opened[(opened["status"] != "missing").to_numpy(dtype=bool)]
        late = (opened["status"] == "timed-out").to_numpy(dtype=bool)
        words = Words(
            f"timed-out/{cell[0]}/{cell[1]}", f"Ran out of time, of cases opened, {where(cell)}", "proportion"
        )
        made.append(share(words, late, opened, Sieved(opened, ()), plan))
    if not made:
        return nothing("time-parts", PARTS, "No encounter of the plan is in these data, so there is no time to divide.")
    columns = ("arm", "phase", "part", "decisions", "lower quartile", "median", "upper quartile")
    return Analysis("time-parts", PARTS, tuple(made), tables=(Table("seconds by part", columns, tuple(table)),))
