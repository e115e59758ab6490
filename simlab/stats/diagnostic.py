"""Yes-or-no tasks: sensitivity, specificity, predictive values, balanced accuracy, and the area under the ROC curve.

Made where the reference answers are two words, one of which says that something is there. A probability, or confidence
in the answer, gives the area; confidence in "no" counts as a low probability of "yes".
"""

from typing import Any

import numpy as np
import pandas as pd

from simlab.stats.described import Words, by_person, by_value, measured, nothing, over, where
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, filled_cells, in_cells, incomplete, sieve
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate

TITLE = "Sensitivity, specificity and area under the curve"
NEGATIVE_WORDS = {"0", "no", "false", "negative", "absent", "-"}
POSITIVE_WORDS = {"1", "yes", "true", "positive", "present", "+"}
MOST_VALUES = 201


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """The accuracy family by arm and phase, for last answers."""
    rows = prepared.encounters
    words = set(rows["truth"].dropna().str.lower())
    if not words or not words <= POSITIVE_WORDS | NEGATIVE_WORDS:
        said = "The reference answers are not yes or no, so sensitivity and specificity have no meaning here."
        return nothing("detection", TITLE, said)
    call = called(rows)
    kept = sieve(rows.assign(call=call), [*incomplete(rows), ("no reference", rows["truth"].isna()),
                                         ("the answer is neither yes nor no", call.isna())])  # fmt: skip
    if not len(kept.rows):
        return nothing("detection", TITLE, "No last answer in these data is yes, no or a probability.")
    made: list[Estimate] = []
    for cell in filled_cells(kept.rows, plan):
        made += _of_cell(cell, Sieved(in_cells(kept.rows, cell), kept.dropped), plan)
    return Analysis("detection", TITLE, tuple(made))


def called(rows: pd.DataFrame) -> "pd.Series[float]":
    """1 yes, 0 no, from the word of the last answer; a probability of a half or more is yes."""
    word: pd.Series[Any] = rows["final"].str.lower()
    made: pd.Series[Any] = word.isin(POSITIVE_WORDS).astype(float).where(word.isin(POSITIVE_WORDS | NEGATIVE_WORDS))
    number = pd.to_numeric(rows["final"], errors="coerce").where(rows["answer_kind"] == "probability")
    return made.where(number.isna(), (number >= 0.5).astype(float))


def probability(rows: pd.DataFrame) -> "pd.Series[float]":
    """Probability of yes: the answer itself, else confidence in the answer, turned where the answer is no."""
    number = pd.to_numeric(rows["final"], errors="coerce").where(rows["answer_kind"] == "probability")
    sure = rows["final_confidence"]
    return number.fillna(sure.where(rows["call"] == 1, 1 - sure))


def _of_cell(cell: Cell, about: Sieved, plan: Plan) -> list[Estimate]:
    rows, end, place = about.rows, f"/{cell[0]}/{cell[1]}", where(cell)
    there = rows["truth"].str.lower().isin(POSITIVE_WORDS).to_numpy(dtype=bool)
    yes_said = rows["call"].to_numpy(dtype=float) == 1
    flags = (there & yes_said, there, ~there & ~yes_said, ~there, yes_said, ~yes_said)
    s = by_person(rows, np.column_stack(flags).astype(np.float64))
    made = []
    for name, label, columns in (
        ("sensitivity", "Sensitivity", (0, 1)),
        ("specificity", "Specificity", (2, 3)),
        ("positive-predictive-value", "Positive predictive value", (0, 4)),
        ("negative-predictive-value", "Negative predictive value", (2, 5)),
    ):
        words = Words(name + end, f"{label}, {place}", "proportion", "Undefined: no such decision.")
        made.append(measured(words, s, over(columns), about, plan, n_used=int(s[:, columns[1]].sum())))
    words = Words(
        f"balanced-accuracy{end}", f"Balanced accuracy, {place}", "proportion", "Undefined: one kind of case only."
    )
    made.append(measured(words, s, lambda t: (t[:, 0] / t[:, 1] + t[:, 2] / t[:, 3]) / 2, about, plan))
    return [*made, _area(f"auc{end}", f"Area under the ROC curve, decisions pooled, {place}", about, plan)]


def _area(name: str, label: str, about: Sieved, plan: Plan) -> Estimate:
    said = probability(about.rows)
    kept = sieve(about.rows.assign(said=said), [("no probability or confidence", said.isna())])
    rows = kept.rows
    words = Words(name, label, "proportion", "Undefined: no probability or confidence, or one kind of case only.")
    about = Sieved(rows, about.dropped + kept.dropped)
    values, bins = np.unique(rows["said"].to_numpy(dtype=float), return_inverse=True)
    if not len(rows) or len(values) > MOST_VALUES:
        return measured(words, np.zeros((1, 2)), lambda s: np.full(len(s), np.nan), about, plan)
    there = rows["truth"].str.lower().isin(POSITIVE_WORDS).to_numpy(dtype=bool).astype(np.float64)
    return measured(words, by_value(rows, bins, len(values), there), area, about, plan)


def area(s: Numbers) -> Numbers:
    """Empirical area from counts of positives and negatives by value, (draws × 2·values): ties count half."""
    count = s.shape[1] // 2
    positive, negative = s[:, :count], s[:, count:]
    below = np.cumsum(negative, axis=1) - negative / 2
    return np.asarray((positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1)))
