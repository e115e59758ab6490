"""Ratings of a multi-reader study as arrays: who rated which case how, under which condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats.errors import BadTable
from simlab.stats.intervals import Array

Kernel = Array  # positive × negative cases: 1 right order, ½ tie, 0 wrong order, NaN where one of the two was not rated


@dataclass(frozen=True)
class Readings:
    """Ratings of positive cases (I × J × P) and negative cases (I × J × N); NaN where a reader did not rate a case.

    I conditions, J readers. A higher rating means more suspicious.
    """

    conditions: tuple[str, ...]
    readers: tuple[str, ...]
    positives: tuple[str, ...]
    negatives: tuple[str, ...]
    positive_ratings: Array
    negative_ratings: Array

    @property
    def factorial(self) -> bool:
        """Every reader rated every case under every condition."""
        return bool(np.isfinite(self.positive_ratings).all() and np.isfinite(self.negative_ratings).all())

    def kernel(self, condition: int, reader: int) -> Kernel:
        """Of each positive and negative case, whether this reader put them in the right order."""
        above, below = self.positive_ratings[condition, reader], self.negative_ratings[condition, reader]
        gap = above[:, None] - below[None, :]
        return np.where(np.isnan(gap), np.nan, (np.sign(gap) + 1) / 2)

    def against_half(self, outcome: str) -> "Readings":
        """Calls (1 positive, 0 negative) as ratings beside cases of the other kind that are rated ½ by whoever read
        them: the AUC of these is the sensitivity or the specificity."""
        kept, other = self.positive_ratings, self.negative_ratings
        if outcome == "specificity":
            kept, other = other, kept
        half = np.where(np.isfinite(other), 0.5, np.nan)
        positive, negative = (kept, half) if outcome == "sensitivity" else (half, kept)
        return Readings(self.conditions, self.readers, self.positives, self.negatives, positive, negative)


def readings(
    condition: Sequence[Any],
    reader: Sequence[Any],
    case: Sequence[Any],
    positive: Sequence[bool],
    rating: Sequence[float],
    *,
    conditions: Sequence[str] | None = None,
    row: Sequence[int] | None = None,
) -> Readings:
    """Arrays from long columns of equal length; `row` numbers the rows for errors.

    Raises BadTable when a reader rated a case twice under one condition, a case has two truths, or one of the two
    kinds of case is absent.
    """
    table = pd.DataFrame(
        {
            "condition": list(map(str, condition)),
            "reader": list(map(str, reader)),
            "case": list(map(str, case)),
            "positive": np.asarray(positive, dtype=bool),
            "rating": np.asarray(rating, dtype=np.float64),
            "row": list(row) if row is not None else range(1, len(rating) + 1),
        }
    )
    _refuse_twice(table)
    _refuse_two_truths(table)
    if not table["positive"].any() or table["positive"].all():
        lacking = "negative" if table["positive"].all() else "positive"
        raise BadTable("the ratings", f"hold no {lacking} case", "check truth and the value that counts as positive")
    names = tuple(conditions) if conditions is not None else tuple(sorted(set(table["condition"])))
    readers = tuple(sorted(set(table["reader"])))
    made = {}
    for state in (True, False):
        part = table[table["positive"] == state]
        cases = tuple(sorted(set(part["case"])))
        values = np.full((len(names), len(readers), len(cases)), np.nan)
        places = [
            pd.Index(n).get_indexer(pd.Index(part[c]))
            for n, c in ((names, "condition"), (readers, "reader"), (cases, "case"))
        ]
        values[tuple(places)] = part["rating"]
        made[state] = (cases, values)
    return Readings(names, readers, made[True][0], made[False][0], made[True][1], made[False][1])


def _refuse_two_truths(table: pd.DataFrame) -> None:
    first = table.groupby("case")["positive"].transform("first")
    other = table[table["positive"] != first]
    if len(other):
        row, case = other.iloc[0]["row"], other.iloc[0]["case"]
        before = table[(table["case"] == case) & (table["positive"] == ~other.iloc[0]["positive"])].iloc[0]["row"]
        state = "positive" if other.iloc[0]["positive"] else "negative"
        raise BadTable(
            f"column of truth, row {row}",
            f"makes case {case} {state}, and row {before} the other",
            "correct its truth",
        )


def _refuse_twice(table: pd.DataFrame) -> None:
    twice = table.duplicated(["condition", "reader", "case"])
    if twice.any():
        first = table[twice].iloc[0]
        raise BadTable(
            f"column of the rating, row {first['row']}",
            f"rates case {first['case']} a second time for reader {first['reader']} under {first['condition']}",
            "keep one rating, or map what tells the two apart to condition",
        )
