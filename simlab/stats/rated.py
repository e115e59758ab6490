"""Ordered answers of a study, by arm and phase: confidence in bands, triage, Likert items, any scale of few steps.

The same design as for accuracy: cell means of arm and phase, clinicians and cases crossed, and an effect of advice that
may differ between cases and clinicians. Compared are mean answers, integrated over the random effects.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from simlab.stats import contrasts, ordinal, ordinal_marginal
from simlab.stats.accuracy import aided, spread_table, unreadable
from simlab.stats.marginal import Cell
from simlab.stats.modelling import Fitted, Naming, fitted
from simlab.stats.ordered import VALUE, Scale, answered, scaled
from simlab.stats.ordinal import OrdinalFit
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, against_control, filled_cells, in_cells, no, yes
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Ordered answers"


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Mean answer and share of each answer by cell, and each arm's difference in mean from control by phase."""
    held, scale = scaled(prepared.encounters, plan.options.ordinal)
    kept = answered(held, scale)
    if not len(kept.rows):
        return unreadable("ordinal", TITLE, f"These data have no value of {scale.words}.")
    cells = filled_cells(kept.rows, plan)
    model, asked = _fit(kept.rows, scale, plan)
    made: list[Estimate] = []
    for cell in cells:
        naming = Naming(plan.level, answered(in_cells(held, cell), scale))
        name, label = f"mean/{cell[0]}/{cell[1]}", f"Mean step of {scale.words}, {cell[0]} arm, {cell[1]}"
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "points", model.convergence))
        else:
            found = ordinal_marginal.mean(model.fit, asked[cell], level=plan.level)
            made.append(naming.estimate(name, label, found, "points"))
    for cell, control in against_control(cells, plan):
        naming = Naming(plan.level, answered(in_cells(held, cell, control), scale))
        name = f"difference/{cell[0]}/{cell[1]}"
        label = f"Mean step of {scale.words}, {cell[0]} minus {control[0]}, {cell[1]}"
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "points", model.convergence))
        else:
            gap = ordinal_marginal.mean_difference(model.fit, asked[cell], asked[control], level=plan.level)
            made.append(naming.estimate(name, label, gap, "points"))
    says = (*model.warnings, *(model.fit.sparse if model.fit is not None else ()))
    return Analysis(
        "ordinal", TITLE, tuple(made), model.convergence, says, _tables(model, asked, kept.rows, scale, plan)
    )


def _fit(rows: pd.DataFrame, scale: Scale, plan: Plan) -> tuple[Fitted[OrdinalFit], dict[object, Cell]]:
    asked: dict[object, Cell] = {}

    def fit() -> OrdinalFit:
        design = contrasts.accuracy_design(
            scale.steps(rows[VALUE]),
            rows["arm"].tolist(),
            rows["phase"].tolist(),
            rows["participant"].tolist(),
            rows["case"].tolist(),
            aided=aided(rows, plan),
            wrong_advice=(yes(rows["advice_shown"]) & no(rows["advice_correct"])).astype(float),
        )
        # Thresholds stand for the intercept.
        asked.update({key: replace(cell, x=np.atleast_2d(cell.x)[:, 1:]) for key, cell in design.cells.items()})
        return ordinal.fit(design.y, design.x[:, 1:], design.factors, names=design.names[1:])

    return fitted(fit), asked


def _tables(
    model: Fitted[OrdinalFit], asked: dict[object, Cell], rows: pd.DataFrame, scale: Scale, plan: Plan
) -> tuple[Table, ...]:
    steps = scale.steps(rows[VALUE])
    cells = filled_cells(rows, plan)
    shown: dict[tuple[object, float], tuple[float | None, ...]] = {}
    if model.fit is not None and model.readable:
        for cell in cells:
            found = ordinal_marginal.shares(model.fit, asked[cell], level=plan.level)
            for step, s in zip(model.fit.categories, found, strict=True):
                shown[cell, step] = (s.value, s.low, s.high)
    made = []
    for arm, phase in cells:
        here = steps[((rows["arm"] == arm) & (rows["phase"] == phase)).to_numpy(dtype=bool)]
        for step in sorted(set(steps.tolist())):
            n = int((here == step).sum())
            share = shown.get(((arm, phase), step), (None, None, None))
            made.append((arm, phase, step, scale.band(step), n, n / len(here), *share))
    columns = ("arm", "phase", "step", "answer", "answers", "share observed", "share by the model", "low", "high")
    tables = [Table("answers", columns, tuple(made))]
    if model.fit is not None and model.readable:
        cuts = zip(model.fit.categories[:-1], model.fit.cuts.tolist(), model.fit.cuts_se.tolist(), strict=True)
        tables += [Table("thresholds", ("above step", "log odds", "SE"), tuple(cuts)), spread_table(model.fit.effects)]
    return tuple(tables)
