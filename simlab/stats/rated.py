"""Ordered answers of a study, by arm and phase: confidence in bands, or any scale of few steps.

The same design as for accuracy: cell means of arm and phase, clinicians and cases crossed, and an effect of advice that
may differ between cases and clinicians. Compared are mean answers, integrated over the random effects.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simlab.stats import contrasts, ordinal, ordinal_marginal
from simlab.stats.accuracy import aided, spread_table, unreadable
from simlab.stats.marginal import Cell
from simlab.stats.modelling import Fitted, Naming, fitted
from simlab.stats.ordinal import MOST_CATEGORIES, OrdinalFit
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, against_control, filled_cells, in_cells, incomplete, no, sieve, yes
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Ordered answers"
CLOSE = 1e-9  # a value this near a border belongs to the band above it


@dataclass(frozen=True)
class _Scale:
    """What was answered: its column, words for it, and the borders of bands, none where values are steps already."""

    column: str
    words: str
    borders: tuple[float, ...]

    def steps(self, values: pd.Series) -> np.ndarray:
        numbers = values.to_numpy(dtype=float)
        return np.digitize(numbers + CLOSE, self.borders) + 1.0 if self.borders else numbers

    def band(self, step: float) -> str:
        """The step in the values' own terms."""
        if not self.borders:
            return f"{step:g}"
        edges = ("lowest", *(f"{b:g}" for b in self.borders), "highest")
        return f"{edges[int(step) - 1]} to {edges[int(step)]}"


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Mean answer and share of each answer by cell, and each arm's difference in mean from control by phase."""
    scale = _scale(prepared.encounters, plan)
    kept = _answered(prepared.encounters, scale)
    if not len(kept.rows):
        return unreadable("ordinal", TITLE, f"No complete decision in these data has a value of {scale.column}.")
    cells = filled_cells(kept.rows, plan)
    model, asked = _fit(kept.rows, scale, plan)
    made: list[Estimate] = []
    for cell in cells:
        naming = Naming(plan.level, _answered(in_cells(prepared.encounters, cell), scale))
        name, label = f"mean/{cell[0]}/{cell[1]}", f"Mean step of {scale.words}, {cell[0]} arm, {cell[1]}"
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "points", model.convergence))
        else:
            found = ordinal_marginal.mean(model.fit, asked[cell], level=plan.level)
            made.append(naming.estimate(name, label, found, "points"))
    for cell, control in against_control(cells, plan):
        naming = Naming(plan.level, _answered(in_cells(prepared.encounters, cell, control), scale))
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


def _scale(encounters: pd.DataFrame, plan: Plan) -> _Scale:
    settled = plan.options.ordinal
    words = settled.outcome.replace("_", " ")
    if settled.borders is not None:
        return _Scale(settled.outcome, words, settled.borders)
    used = encounters[settled.outcome].dropna().nunique()
    return _Scale(settled.outcome, words, () if used <= MOST_CATEGORIES else (0.2, 0.4, 0.6, 0.8))


def _answered(encounters: pd.DataFrame, scale: _Scale) -> Sieved:
    return sieve(encounters, [*incomplete(encounters), (f"no {scale.words}", encounters[scale.column].isna())])


def _fit(rows: pd.DataFrame, scale: _Scale, plan: Plan) -> tuple[Fitted[OrdinalFit], dict[object, Cell]]:
    asked: dict[object, Cell] = {}

    def fit() -> OrdinalFit:
        design = contrasts.accuracy_design(
            scale.steps(rows[scale.column]),
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
    model: Fitted[OrdinalFit], asked: dict[object, Cell], rows: pd.DataFrame, scale: _Scale, plan: Plan
) -> tuple[Table, ...]:
    steps = scale.steps(rows[scale.column])
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
