"""Weight of advice in the numbers that clinicians give: raw, clipped, bounded and by regression.

Only decisions whose `answer_kind` makes quantities of the answers are used: a code such as "3" is no number.
"""

import numpy as np
import pandas as pd

from simlab.stats import advice_taking, lmm
from simlab.stats.accuracy import spread_table
from simlab.stats.described import Words, by_person, cells_and_all, measured, nothing, over, suffix, where
from simlab.stats.modelling import Fitted, Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, incomplete, no, sieve
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Weight of advice"
QUANTITIES = ("number", "probability")
_ANSWERS = {"initial": "first answer", "advice": "advice", "final": "last answer"}


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Median, mean, clipped and bounded mean by cell, and the regression of the last answer on the first and advice."""
    rows = prepared.encounters
    if not rows["answer_kind"].isin(QUANTITIES).any():
        said = "No answer in these data is a number or a probability, so the weight of advice has no value."
        return nothing("weight-of-advice", TITLE, said)
    kept = quantities(rows)
    if not len(kept.rows):
        said = "No decision in these data has a first answer, advice and a last answer that are numbers."
        return nothing("weight-of-advice", TITLE, said)
    estimates: list[Estimate] = []
    counts = []
    for cell, part in cells_and_all(kept.rows, plan):
        made, count = _of_cell(cell, part, kept, plan)
        estimates += made
        counts.append((*cell, *count))
    model = fitted(lambda: _fit(kept.rows))
    estimates += _regression(model, Naming(plan.level, kept))
    columns = ("arm", "phase", "decisions", "no gap to the advice", "moved away", "overshot")
    tables: tuple[Table, ...] = (Table("weights out of range", columns, tuple(counts)),)
    if model.fit is not None and model.readable:
        tables += (spread_table(model.fit.effects),)
    return Analysis("weight-of-advice", TITLE, tuple(estimates), model.convergence, model.warnings, tables)


def quantities(rows: pd.DataFrame) -> Sieved:
    """Advised decisions with `i`, `a` and `f` as numbers."""
    numbers = {name[0]: pd.to_numeric(rows[name], errors="coerce") for name in _ANSWERS}
    tests = [
        *incomplete(rows),
        ("the answer is no number or probability", ~rows["answer_kind"].isin(QUANTITIES)),
        ("advice was not shown", no(rows["advice_shown"])),
        *((f"no {words}", numbers[name[0]].isna()) for name, words in _ANSWERS.items()),
    ]
    return sieve(rows.assign(**numbers), tests)


def _of_cell(cell: Cell, rows: pd.DataFrame, whole: Sieved, plan: Plan) -> tuple[list[Estimate], tuple[int, ...]]:
    i, a, f = (rows[name].to_numpy(dtype=np.float64) for name in "iaf")
    found = advice_taking.weights(i.tolist(), a.tolist(), f.tolist())
    has = a != i
    weight = np.divide(f - i, a - i, out=np.zeros_like(f), where=has)
    moved, left = np.abs(f - i), np.abs(f - a)
    bounded = np.divide(moved, moved + left, out=np.ones_like(f), where=moved + left > 0)
    n, about = has.astype(np.float64), Sieved(rows, whole.dropped)
    end, words = suffix(cell), where(cell)
    none = "Undefined: the advice never differs from the first answer."
    made = [
        measured(Words(f"{name}{end}", f"{label}, {words}", "score", none), _sums(rows, top, under), over((0, 1)),
                 about, plan, n_used=int(under.sum()))
        for name, label, top, under in (
            ("weight-mean", "Weight of advice, mean", weight * n, n),
            ("weight-clipped", "Weight of advice, mean after clipping to 0 and 1", np.clip(weight, 0, 1) * n, n),
            ("weight-bounded", "Bounded weight of advice, mean", bounded, np.ones_like(n)),
        )
    ]  # fmt: skip
    label = f"Weight of advice, median, {words}"
    median = Estimate(
        f"weight-median{end}", label, found.median, "score", "described, no interval", n_used=found.n,
        n_dropped=about.n_dropped, dropped=about.dropped, note=None if found.median is not None else none,
    )  # fmt: skip
    return [median, *made], (found.n + found.undefined, found.undefined, found.below_zero, found.above_one)


def _sums(rows: pd.DataFrame, top: Numbers, under: Numbers) -> Numbers:
    return by_person(rows, np.column_stack([top, under]))


def _fit(rows: pd.DataFrame) -> lmm.LmmFit:
    i, a, f = (rows[name].to_numpy(dtype=np.float64) for name in "iaf")
    return advice_taking.regression_weights(i, a, f, rows["participant"].tolist(), rows["case"].tolist())


def _regression(model: Fitted[lmm.LmmFit], naming: Naming) -> list[Estimate]:
    made = []
    for term in ("initial", "advice"):
        name, label = f"weight-regression/{term}", f"Weight of the {_ANSWERS[term]} in a regression with both"
        if model.fit is None or not model.readable:
            made.append(naming.withheld(name, label, "score", model.convergence))
        else:
            made.append(naming.estimate(name, label, model.fit.coefficient(term, level=naming.level), "score"))
    return made
