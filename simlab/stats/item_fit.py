"""Do the answers to an item go as its model says? Mean squares of residuals, and S-X² for groups given the same items.

Infit weights residuals by their information, outfit does not, so that outfit tells of surprises far from an item's
difficulty; both are about 1 where the model holds (Wright and Masters 1982). S-X² compares, at each total score, the
share right with what the model gives to persons of that score (Orlando and Thissen 2000).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from simlab.stats.intervals import Array
from simlab.stats.item_persons import Abilities
from simlab.stats.item_response import NODES, Answers, ItemModel

LEAST_EXPECTED = 1.0  # right and wrong answers in a cell of S-X²; smaller cells are joined
FEWEST_IN_GROUP = 30  # persons who were given the same items


@dataclass(frozen=True)
class MeanSquares:
    """Of each item (I); z values by Wilson and Hilferty's cube root."""

    n: Array
    infit: Array
    infit_z: Array
    outfit: Array
    outfit_z: Array


@dataclass(frozen=True)
class ScoreFit:
    """S-X² of one item; None where no group of persons was given the same items or no df is left."""

    statistic: float | None
    df: int
    p: float | None
    persons: int


def mean_squares(model: ItemModel, answers: Answers, abilities: Abilities) -> MeanSquares:
    """Infit and outfit at the weighted likelihood estimates of ability."""
    given = _given(model, answers)
    asked = np.isfinite(given) & np.isfinite(abilities.wle)[:, None]
    p = model.probability(np.where(np.isfinite(abilities.wle), abilities.wle, 0.0))
    spread = np.where(asked, p * (1 - p), 0.0)
    squared = np.where(asked, given - p, 0.0) ** 2
    n = asked.sum(axis=0).astype(np.float64)
    fourth = spread * (1 - 3 * spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        infit = squared.sum(axis=0) / spread.sum(axis=0)
        infit_q = np.sqrt((fourth - spread**2).sum(axis=0)) / spread.sum(axis=0)
        outfit = np.where(asked, squared / spread, 0.0).sum(axis=0) / n
        outfit_q = np.sqrt(np.where(asked, fourth / spread**2, 0.0).sum(axis=0) / n**2 - 1 / n)
    return MeanSquares(n, infit, _cube_root(infit, infit_q), outfit, _cube_root(outfit, outfit_q))


def _cube_root(mean_square: Array, q: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        made: Array = (np.cbrt(mean_square) - 1) * 3 / q + q / 3
    return made


def _given(model: ItemModel, answers: Answers) -> Array:
    place = {item: i for i, item in enumerate(answers.items)}
    return answers.right[:, [place[item] for item in model.items]]


def by_score(model: ItemModel, answers: Answers) -> list[ScoreFit]:
    """S-X² of each item, added up over the groups of persons who were given the same items.

    Each group's cells lose nothing for estimation but the item's own parameters, once: 1 for Rasch, 2 for 2PL.
    """
    statistic, cells, persons = (np.zeros(len(model.items)) for _ in range(3))
    for items, given in _groups(_given(model, answers)):
        for i in items:
            found, used = _one(model, items, i, given)
            statistic[i] += found
            cells[i] += used
            persons[i] += len(given)
    own = 1 if model.model == "rasch" else 2
    made = []
    for total, count, people in zip(statistic, cells, persons, strict=True):
        df = int(count) - own
        fits = df > 0
        made.append(ScoreFit(float(total) if fits else None, max(df, 0),
                             upper(total, df) if fits else None, int(people)))  # fmt: skip
    return made


def upper(statistic: float, df: int) -> float:
    """Upper tail of a chi-square."""
    return float(stats.chi2.sf(statistic, df))


def _groups(given: Array) -> Iterator[tuple[list[int], Array]]:
    asked = np.isfinite(given)
    patterns, which = np.unique(asked, axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        rows = given[np.ravel(which) == place]
        if pattern.sum() > 2 and len(rows) >= FEWEST_IN_GROUP:
            yield [int(i) for i in np.flatnonzero(pattern)], rows


def _one(model: ItemModel, items: list[int], item: int, given: Array) -> tuple[float, int]:
    """Sum over the cells of one item in one group, and their number."""
    p = model.probability(model.sd * NODES)
    weight = np.exp(-0.5 * NODES**2)
    rest = _scores(p[:, [i for i in items if i != item]])
    whole = _scores(p[:, items])
    top = len(items)
    # At score k: the item right and k − 1 of the rest, over all ways to k.
    expected = ((p[:, item] * weight) @ rest)[: top - 1] / (weight @ whole)[1:top]
    score = given[:, items].sum(axis=1).astype(np.int64)
    n = np.bincount(score, minlength=top + 1)[1:top].astype(np.float64)
    right = np.bincount(score, weights=given[:, item], minlength=top + 1)[1:top].astype(np.float64)
    total, used = 0.0, 0
    for people, seen, meant in _joined(n, right, n * expected):
        share = meant / people
        total += (seen - meant) ** 2 / (people * share * (1 - share))
        used += 1
    return total, used


def _scores(p: Array) -> Array:
    """Probability of each number right (nodes × (items + 1)), by the recursion of Lord and Wingersky (1984)."""
    made = np.ones((len(p), 1))
    for column in p.T:
        zero = np.zeros((len(p), 1))
        made = np.hstack([made * (1 - column)[:, None], zero]) + np.hstack([zero, made * column[:, None]])
    return made


def _joined(n: Array, right: Array, expected: Array) -> list[tuple[float, float, float]]:
    """Neighbouring scores joined until each cell expects enough right and wrong answers."""
    cells: list[tuple[float, float, float]] = []
    held = (0.0, 0.0, 0.0)
    for one in zip(n, right, expected, strict=True):
        held = (held[0] + one[0], held[1] + one[1], held[2] + one[2])
        if min(held[2], held[0] - held[2]) >= LEAST_EXPECTED:
            cells.append(held)
            held = (0.0, 0.0, 0.0)
    if held[0] > 0 and cells:
        last = cells.pop()
        cells.append((last[0] + held[0], last[1] + held[1], last[2] + held[2]))
    return cells
