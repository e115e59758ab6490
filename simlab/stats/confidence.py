"""Confidence against being right: every measure with its interval, bins and spline, and its shift under advice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import calibration
from simlab.stats.calibration_curve import smooth
from simlab.stats.described import Words, by_person, by_value, measured, measured_together, nothing, over, where
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, filled_cells, in_cells, incomplete, no, sieve, yes
from simlab.stats.reliance import advised
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Confidence and being right"
SHIFT = "Confidence before and after advice"
MOST_VALUES = 201  # distinct confidences whose counts a resample can carry; a scale of half per cents has so many
_BOTH = "Undefined: it needs both right and wrong decisions."


def with_column(encounters: pd.DataFrame, column: str, reason: str) -> Sieved:
    """Complete, judged decisions with a value in `column`."""
    tests = [*incomplete(encounters), ("last answer without a verdict", encounters["final_correct"].isna())]
    return sieve(encounters, [*tests, (reason, encounters[column].isna())])


def analyse(prepared: Prepared, plan: Plan) -> list[Analysis]:
    """Calibration of last answers by cell; then how advice moved confidence, where both were asked for."""
    kept = with_column(prepared.encounters, "final_confidence", "no confidence given")
    if not len(kept.rows):
        said = "No decision in these data has a confidence, so calibration cannot be measured."
        return [nothing("calibration", TITLE, said)]
    made: list[Estimate] = []
    tables: dict[str, list[tuple[Any, ...]]] = {"measures": [], "curve": [], "spline": []}
    for cell in filled_cells(kept.rows, plan):
        about = with_column(in_cells(prepared.encounters, cell), "final_confidence", "no confidence given")
        p = about.rows["final_confidence"].to_numpy(dtype=float)
        y = yes(about.rows["final_correct"]).astype(float)
        made += _of_cell(cell, p, y, about, plan)
        right = y.astype(int).tolist()
        tables["measures"].append((*cell, len(p), *_measures(p.tolist(), right)))
        tables["curve"] += [(*cell, b.n, b.confidence, b.accuracy) for b in calibration.curve(p.tolist(), right)]
        tables["spline"] += _spline(cell, p, y, about.rows["participant"], plan)
    columns = {
        "measures": ("arm", "phase", "decisions", *_NAMES),
        "curve": ("arm", "phase", "decisions", "confidence", "accuracy"),
        "spline": ("arm", "phase", "confidence", "accuracy", "low", "high"),
    }
    shown = tuple(Table(name, columns[name], tuple(rows)) for name, rows in tables.items())
    return [Analysis("calibration", TITLE, tuple(made), tables=shown), shift(prepared, plan)]


_NAMES = ("reliability", "resolution", "uncertainty", "skill", "calibration error", "confidence gap",
          "type-2 AUROC", "gamma")  # fmt: skip


def _measures(p: list[float], y: list[int]) -> tuple[float | None, ...]:
    parts = calibration.brier(p, y)
    murphy = (parts.reliability, parts.resolution, parts.uncertainty, parts.skill) if parts else (None,) * 4
    others = (calibration.calibration_error, calibration.confidence_gap, calibration.type2_auroc, calibration.gamma)
    return (*murphy, *(one(p, y) for one in others))


def _spline(cell: Cell, p: Numbers, y: Numbers, people: "pd.Series[str]", plan: Plan) -> list[tuple[Any, ...]]:
    found = smooth(p, y, people, plan.level)
    if found is None:
        return []
    points = zip(found.confidence, found.right, found.low, found.high, strict=True)
    return [(*cell, *(float(v) for v in point)) for point in points]


def _of_cell(cell: Cell, p: Numbers, y: Numbers, about: Sieved, plan: Plan) -> list[Estimate]:
    end, place = f"/{cell[0]}/{cell[1]}", where(cell)
    sums = by_person(about.rows, np.column_stack([p - y, (p - y) ** 2, np.ones(len(p))]))
    made = [
        measured(Words(f"overconfidence{end}", f"Confidence minus accuracy, {place}"), sums, over((0, 2)), about, plan),
        measured(Words(f"brier{end}", f"Brier score, {place}", "score"), sums, over((1, 2)), about, plan),
    ]
    values, bins = np.unique(p, return_inverse=True)
    if len(values) > MOST_VALUES:
        return made
    counts = by_value(about.rows, bins, len(values), y)
    words = [Words(name + end, f"{label}, {place}", scale, _BOTH) for name, label, scale, _ in _OF_COUNTS]
    functions = [partial(function, values=values) for _, _, _, function in _OF_COUNTS]
    return [*made, *measured_together(words, counts, functions, about, plan)]


def _halves(s: Numbers) -> tuple[Numbers, Numbers]:
    count = s.shape[1] // 2
    return s[:, :count], s[:, count:]


def _pairs(s: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Pairs of a right and a wrong decision: more confident in the right one, in the wrong one, and all."""
    right, wrong = _halves(s)
    below = np.cumsum(wrong, axis=1) - wrong
    concordant = (right * below).sum(axis=1)
    tied = (right * wrong).sum(axis=1)
    whole = right.sum(axis=1) * wrong.sum(axis=1)
    return concordant, whole - concordant - tied, whole


def _auroc(s: Numbers, values: Numbers) -> Numbers:
    concordant, discordant, whole = _pairs(s)
    return np.asarray(0.5 + (concordant - discordant) / (2 * whole))


def _gamma(s: Numbers, values: Numbers) -> Numbers:
    concordant, discordant, _ = _pairs(s)
    return np.asarray((concordant - discordant) / (concordant + discordant))


def _gap(s: Numbers, values: Numbers) -> Numbers:
    right, wrong = _halves(s)
    return np.asarray(right @ values / right.sum(axis=1) - wrong @ values / wrong.sum(axis=1))


def _skill(s: Numbers, values: Numbers) -> Numbers:
    right, wrong = _halves(s)
    n = s.sum(axis=1)
    base = right.sum(axis=1) / n
    score = (right @ (values - 1) ** 2 + wrong @ values**2) / n
    return np.asarray(1 - score / (base * (1 - base)))


def _error(s: Numbers, values: Numbers) -> Numbers:
    right, wrong = _halves(s)
    place = np.minimum(np.floor(values * 10 + 1e-12), 9).astype(int)
    into = np.eye(10)[place]
    gap = np.abs(right @ into - ((right + wrong) * values) @ into)  # n_b × |accuracy − confidence|
    return np.asarray(gap.sum(axis=1) / s.sum(axis=1))


_OF_COUNTS: tuple[tuple[str, str, str, Callable[..., Numbers]], ...] = (
    ("brier-skill", "Brier skill against the base rate", "score", _skill),
    ("calibration-error", "Expected calibration error, ten equal bins", "score", _error),
    ("confidence-gap", "Mean confidence when right minus when wrong", "difference", _gap),
    ("type2-auroc", "Chance that a right decision had more confidence than a wrong one", "proportion", _auroc),
    ("gamma", "Goodman and Kruskal's gamma of confidence and being right", "score", _gamma),
)


def shift(prepared: Prepared, plan: Plan) -> Analysis:
    """Last minus first confidence of advised decisions, by whether the advice agreed and whether it was right."""
    kept = advised(prepared.encounters, plan)
    none = kept.rows["initial_confidence"].isna() | kept.rows["final_confidence"].isna()
    unknown = kept.rows["initial_agrees"].isna()
    both = sieve(kept.rows, [("confidence not given twice", none), ("first answer not known", unknown)])
    if not len(both.rows):
        return nothing(
            "confidence-shift", SHIFT, "No advised decision in these data has a confidence before and after."
        )
    made = []
    for cell in filled_cells(both.rows, plan):
        rows = in_cells(both.rows, cell)
        for agrees, words in ((True, "agreed"), (False, "disagreed")):
            for right, verdict in ((True, "right"), (False, "wrong")):
                here = (yes if agrees else no)(rows["initial_agrees"]) & (yes if right else no)(rows["advice_correct"])
                made.append(_moved(f"shift/{words}/{verdict}", cell, rows[here], kept, both, plan))
    return Analysis("confidence-shift", SHIFT, tuple(made))


def _moved(name: str, cell: Cell, rows: pd.DataFrame, kept: Sieved, both: Sieved, plan: Plan) -> Estimate:
    _, agreed, verdict = name.split("/")
    label = f"Confidence after minus before advice that {agreed} and was {verdict}, {where(cell)}"
    moved = (rows["final_confidence"] - rows["initial_confidence"]).to_numpy(dtype=float)
    sums = by_person(rows, np.column_stack([moved, np.ones(len(rows))])) if len(rows) else np.zeros((1, 2))
    words = Words(f"{name}/{cell[0]}/{cell[1]}", label, undefined="Undefined: no such decision.")
    return measured(words, sums, over((0, 1)), Sieved(rows, kept.dropped + both.dropped), plan)
