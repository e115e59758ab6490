"""Secondary analyses of a plan: complementarity, calibration of confidence, and ranked differentials.

They describe each cell with intervals from resampling participants; they make no comparison between arms.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from simlab.stats import calibration, resample
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, filled_cells, in_cells, incomplete, sieve, yes
from simlab.stats.reliance import advised
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

_PERCENTILE = "percentile bootstrap of participants on these cases, {} draws"


def complementarity(prepared: Prepared, plan: Plan) -> Analysis:
    """Accuracy of first answers, of the advice and of last answers on the same decisions; what the pair gains."""
    title = "Human and AI together"
    kept = advised(prepared.encounters, plan)
    two = sieve(kept.rows, [("no first answer", kept.rows["initial_correct"].isna())])
    if len(two.rows) == 0:
        said = "No advised decision in these data has a first answer, so human and AI cannot be compared."
        return Analysis("complementarity", title, warnings=(said,))
    made: list[Estimate] = []
    for cell in filled_cells(two.rows, plan):
        rows = in_cells(two.rows, cell)
        about = Sieved(rows, kept.dropped + two.dropped)
        columns = np.column_stack([yes(rows[c]) for c in ("initial_correct", "advice_correct", "final_correct")])
        sums = _by_person(rows, np.column_stack([columns, np.ones(len(rows))]))
        for name, label, function in _PAIRS:
            made.append(
                _estimate(f"{name}/{cell[0]}/{cell[1]}", f"{label}, {_where(cell)}", sums, function, about, plan)
            )
    return Analysis("complementarity", title, tuple(made))


def _where(cell: Cell) -> str:
    return f"{cell[0]} arm, {cell[1]}"


def _augmentation(s: Numbers) -> Numbers:
    return np.asarray((s[:, 2] - s[:, 0]) / s[:, 3])


def _synergy(s: Numbers) -> Numbers:
    return np.asarray((s[:, 2] - np.maximum(s[:, 0], s[:, 1])) / s[:, 3])


_PAIRS: tuple[tuple[str, str, Callable[[Numbers], Numbers]], ...] = (
    ("augmentation", "Together minus human alone", _augmentation),
    ("synergy", "Together minus the better of human and AI", _synergy),
)


def _by_person(rows: pd.DataFrame, columns: Numbers) -> Numbers:
    person, people = pd.factorize(rows["participant"], sort=True)
    return resample.sums(person, columns, len(people))


def _estimate(
    name: str,
    label: str,
    sums: Numbers,
    function: Callable[[Numbers], Numbers],
    about: Sieved,
    plan: Plan,
    scale: str = "difference",
) -> Estimate:
    rng = resample.generator(plan.seed, name)
    low, high = resample.statistic(sums, function, rng=rng, draws=plan.bootstrap, level=plan.level)
    return Estimate(
        name,
        label,
        float(function(sums.sum(axis=0)[None, :])[0]),
        scale,
        _PERCENTILE.format(plan.bootstrap),
        low=low,
        high=high,
        level=plan.level,
        n_used=len(about.rows),
        n_dropped=about.n_dropped,
        dropped=about.dropped,
    )


def confidence(prepared: Prepared, plan: Plan) -> Analysis:
    """Confidence in last answers against being right: means with intervals, and a table of further measures."""
    title = "Confidence and being right"
    kept = _with(prepared.encounters, "final_confidence", "no confidence given")
    if len(kept.rows) == 0:
        said = "No decision in these data has a confidence, so calibration cannot be measured."
        return Analysis("calibration", title, warnings=(said,))
    made: list[Estimate] = []
    table = []
    curves = []
    for cell in filled_cells(kept.rows, plan):
        about = _with(in_cells(prepared.encounters, cell), "final_confidence", "no confidence given")
        p = about.rows["final_confidence"].to_numpy(dtype=float)
        y = yes(about.rows["final_correct"]).astype(float)
        sums = _by_person(about.rows, np.column_stack([p - y, (p - y) ** 2, np.ones(len(p))]))
        suffix = f"/{cell[0]}/{cell[1]}"
        made.append(
            _estimate(
                f"overconfidence{suffix}", f"Confidence minus accuracy, {_where(cell)}", sums, _first, about, plan
            )
        )
        made.append(_estimate(f"brier{suffix}", f"Brier score, {_where(cell)}", sums, _second, about, plan, "score"))
        table.append((*cell, len(p), *_measures(p.tolist(), y.astype(int).tolist())))
        curves += [
            (*cell, b.n, b.confidence, b.accuracy) for b in calibration.curve(p.tolist(), y.astype(int).tolist())
        ]
    names = ("reliability", "resolution", "uncertainty", "skill", "calibration error", "confidence gap",
             "type-2 AUROC", "gamma")  # fmt: skip
    tables = (
        Table("measures", ("arm", "phase", "decisions", *names), tuple(table)),
        Table("curve", ("arm", "phase", "decisions", "confidence", "accuracy"), tuple(curves)),
    )
    return Analysis("calibration", title, tuple(made), tables=tables)


def _first(s: Numbers) -> Numbers:
    return np.asarray(s[:, 0] / s[:, 2])


def _second(s: Numbers) -> Numbers:
    return np.asarray(s[:, 1] / s[:, 2])


def _measures(p: list[float], y: list[int]) -> tuple[float | None, ...]:
    parts = calibration.brier(p, y)
    murphy = (parts.reliability, parts.resolution, parts.uncertainty, parts.skill) if parts else (None,) * 4
    return (
        *murphy,
        calibration.calibration_error(p, y),
        calibration.confidence_gap(p, y),
        calibration.type2_auroc(p, y),
        calibration.gamma(p, y),
    )


def _with(encounters: pd.DataFrame, column: str, reason: str) -> Sieved:
    tests = [*incomplete(encounters), ("last answer without a verdict", encounters["final_correct"].isna())]
    return sieve(encounters, [*tests, (reason, encounters[column].isna())])


def differentials(prepared: Prepared, plan: Plan) -> Analysis:
    """Share of last differentials with the reference in the first one, three and five, and mean reciprocal rank."""
    title = "Ranked differentials"
    if prepared.encounters["final_rank"].isna().all():
        said = "No differential in these data has the rank of its reference, so ranks cannot be scored."
        return Analysis("differential", title, warnings=(said,))
    kept = _with(prepared.encounters, "final_correct", "last answer without a verdict")
    made: list[Estimate] = []
    for cell in filled_cells(kept.rows, plan):
        about = _with(in_cells(prepared.encounters, cell), "final_correct", "last answer without a verdict")
        # An answer that does not list the reference has no rank: it scores 0, it is not missing.
        rank = about.rows["final_rank"].to_numpy(dtype=float, na_value=np.inf)
        scores = np.column_stack([rank <= 1, rank <= 3, rank <= 5, 1 / rank]).astype(np.float64)
        sums = _by_person(about.rows, scores)
        under = _by_person(about.rows, np.ones_like(scores))
        suffix = f"/{cell[0]}/{cell[1]}"
        rng = resample.generator(plan.seed, f"differential{suffix}")
        found = resample.ratios(sums, under, rng=rng, draws=plan.bootstrap, level=plan.level)
        for (name, label), r in zip(_RANKED, found, strict=True):
            made.append(resample.estimate(name + suffix, f"{label}, {_where(cell)}", r, about, plan.level))
    return Analysis("differential", title, tuple(made))


_RANKED = (
    ("top-1", "Reference first"),
    ("top-3", "Reference among the first three"),
    ("top-5", "Reference among the first five"),
    ("reciprocal-rank", "Mean reciprocal rank"),
)
