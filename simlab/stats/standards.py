"""Where to set the pass mark: Angoff's judges, in two rounds, and borderline regression."""

from dataclasses import dataclass

import numpy as np

from simlab.stats.intervals import Array, CannotFit, Interval, symmetric


@dataclass(frozen=True)
class Round:
    """One round of judges: the cut as a share of the items, with an interval over judges, and how far they differ.

    judge_sd: SD of the judges' own cuts; item_sd: mean over items of the SD between judges on an item.
    """

    cut: Interval
    judge_sd: float | None
    item_sd: float | None
    judges: int
    items: int


@dataclass(frozen=True)
class Borderline:
    """Cut score where the regression of checklist score on global grade meets the borderline grade.

    rmse: root mean squared residual with n − 2; r_squared: how much the grade tells of the score.
    """

    cut: Interval
    slope: float
    intercept: float
    rmse: float
    r_squared: float
    n: int


def angoff(judgements: Array, *, level: float = 0.95) -> Round:
    """judgements (judges × items): chance, 0 to 1, that a borderline candidate is right; NaN where none was given.

    A judge's cut is the mean over that judge's items; the cut is the mean over judges (Angoff 1971). Raises ValueError
    outside 0 to 1 and CannotFit without any judgement.
    """
    given = judgements[np.isfinite(judgements)]
    if not len(given):
        raise CannotFit("No judgement was given.")
    if given.min() < 0 or given.max() > 1:
        raise ValueError("a judgement is a chance from 0 to 1; divide percentages by 100")
    own = np.array([row[np.isfinite(row)].mean() for row in judgements if np.isfinite(row).any()])
    n = len(own)
    sd = float(own.std(ddof=1)) if n > 1 else None
    method = "mean of judges, t over judges"
    value = float(own.mean())
    cut = (
        Interval(value, None, None, None, None, level, method, "proportion")
        if sd is None
        else symmetric(value, sd / np.sqrt(n), float(n - 1), level, method, "proportion")
    )
    columns = (judgements[np.isfinite(judgements[:, i]), i] for i in range(judgements.shape[1]))
    spreads = [column.std(ddof=1) for column in columns if len(column) > 1]
    return Round(cut, sd, float(np.mean(spreads)) if spreads else None, n, judgements.shape[1])


def angoff_rounds(first: Array, second: Array, *, level: float = 0.95) -> tuple[Round, Round, float]:
    """Both rounds, and how far the cut moved after judges saw each other's figures and the candidates' results."""
    one, two = angoff(first, level=level), angoff(second, level=level)
    return one, two, two.cut.value - one.cut.value


def borderline_regression(scores: Array, grades: Array, borderline: float, *, level: float = 0.95) -> Borderline:
    """scores (n) on any scale; grades (n): global ratings as numbers, of which `borderline` is the borderline one.

    Raises CannotFit with fewer than three candidates, or where all have one grade.
    """
    held = np.isfinite(scores) & np.isfinite(grades)
    y, x = scores[held], grades[held]
    n = len(y)
    if n < 3 or np.ptp(x) == 0:
        raise CannotFit(f"{n} candidates with {len(set(x.tolist()))} grades: a line needs three and two of them.")
    centre = x.mean()
    spread = float(((x - centre) ** 2).sum())
    slope = float(((x - centre) * (y - y.mean())).sum() / spread)
    residual = y - y.mean() - slope * (x - centre)
    rmse = float(np.sqrt((residual**2).sum() / (n - 2)))
    value = float(y.mean() + slope * (borderline - centre))
    se = rmse * float(np.sqrt(1 / n + (borderline - centre) ** 2 / spread))
    total = float(((y - y.mean()) ** 2).sum())
    r_squared = 1 - float((residual**2).sum()) / total if total > 0 else 0.0
    method = "linear regression of score on grade, t over candidates"
    cut = symmetric(value, se, float(n - 2), level, method, "score")
    return Borderline(cut, slope, float(y.mean() - slope * centre), rmse, r_squared, n)
