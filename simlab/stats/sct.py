"""Script concordance tests: credit for answers by what a panel of experts answered.

Answers are steps from −2 (much less likely) to +2. The five scorings are aggregate, distance to the mode, distance to
the mean, aggregate with distance penalty, and single best answer (Fournier 2008; Goos 2016). An expert is always scored
against the others of the panel: a key that holds the expert's own answer flatters the panel.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simlab.stats.intervals import Array

Scoring = Literal["aggregate", "mode", "mean", "penalty", "best"]
SCORINGS: tuple[Scoring, ...] = ("aggregate", "mode", "mean", "penalty", "best")
STEPS = np.arange(-2.0, 3.0)
_WIDTH = 4.0


@dataclass(frozen=True)
class Scale:
    """Mean and SD of the panel, each expert scored against the others."""

    mean: float
    sd: float


def credit_of_steps(panel: Array, scoring: Scoring = "aggregate") -> Array:
    """Credit of each step (5) on one item from its panel's answers, NaN where an expert gave none.

    Where several steps are modal, the nearest counts. NaN throughout for an item that no expert answered.
    """
    given = panel[np.isfinite(panel)]
    if not len(given):
        return np.full(len(STEPS), np.nan)
    counts = (given[:, None] == STEPS).sum(axis=0).astype(np.float64)
    share = counts / counts.max()
    modes = STEPS[counts == counts.max()]
    to_mode = 1 - np.abs(STEPS[:, None] - modes).min(axis=1) / _WIDTH
    made: dict[Scoring, Array] = {
        "aggregate": share,
        "mode": to_mode,
        "mean": 1 - np.abs(STEPS - given.mean()) / _WIDTH,
        "penalty": (share + to_mode) / 2,
        "best": (counts == counts.max()).astype(np.float64),
    }
    return made[scoring]


def score(answers: Array, panel: Array, scoring: Scoring = "aggregate") -> Array:
    """Item scores (items × persons) of answers (items × persons) against a panel (items × experts); NaN stays NaN."""
    made = np.full(answers.shape, np.nan)
    for item, (given, experts) in enumerate(zip(answers, panel, strict=True)):
        _refuse(given)
        _refuse(experts)
        held = np.isfinite(given)
        made[item, held] = credit_of_steps(experts, scoring)[(given[held] + 2).astype(np.intp)]
    return made


def _refuse(answers: Array) -> None:
    wrong = np.isfinite(answers) & ~np.isin(answers, STEPS)
    if wrong.any():
        raise ValueError(f"an answer is {answers[wrong][0]:g}; a script concordance item takes −2, −1, 0, 1 or 2")


def leave_one_out(panel: Array, scoring: Scoring = "aggregate") -> Array:
    """Item scores (items × experts) of each expert against the others."""
    experts = panel.shape[1]
    parts = [score(panel[:, [e]], np.delete(panel, e, axis=1), scoring) for e in range(experts)]
    return np.hstack(parts)


def person_means(scores: Array) -> Array:
    """Mean item score of each person (persons), over the items that count."""
    held = np.isfinite(scores)
    with np.errstate(invalid="ignore"):
        made: Array = np.where(held, scores, 0.0).sum(axis=0) / held.sum(axis=0)
    return made


def scale(panel: Array, scoring: Scoring = "aggregate") -> Scale:
    """The panel's own mean and SD, without anybody's answer in their key."""
    means = person_means(leave_one_out(panel, scoring))
    return Scale(float(means.mean()), float(means.std(ddof=1)))


def standardised(means: Array, panel: Scale) -> Array:
    """Scores on which the panel has mean 80 and SD 5 (Charlin 2010)."""
    made: Array = 80 + 5 * (means - panel.mean) / panel.sd
    return made


def group_kappa(one: Array, other: Array) -> tuple[float, float]:
    """Linearly weighted agreement of two groups (items × persons) and its jackknife SE (Vanbelle and Albert 2009).

    1 when both groups answer every item in the same shares; 0 when they agree as by chance.
    """
    shares = [_shares(group) for group in (one, other)]
    items = len(one)
    value = _kappa(*shares)
    left = np.array([_kappa(*(np.delete(s, i, axis=0) for s in shares)) for i in range(items)])
    return value, float(np.sqrt((items - 1) / items * ((left - left.mean()) ** 2).sum()))


def _shares(answers: Array) -> Array:
    counts = (answers[:, :, None] == STEPS).sum(axis=1)
    made: Array = counts / counts.sum(axis=1, keepdims=True)
    return made


def _kappa(one: Array, other: Array) -> float:
    weight = 1 - np.abs(STEPS[:, None] - STEPS) / _WIDTH
    observed = np.einsum("ij,jk,ik->i", one, weight, other).mean()
    chance = float(one.mean(axis=0) @ weight @ other.mean(axis=0))
    most = np.maximum(*(np.einsum("ij,jk,ik->i", p, weight, p) for p in (one, other))).mean()
    return float((observed - chance) / (most - chance))
