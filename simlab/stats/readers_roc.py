"""ROC curves of a multi-reader study: each reader's own, and the mean of their sensitivities at every specificity.

The curve of a reader joins its operating points by straight lines, so the area under the mean curve is the mean of the
readers' empirical areas, the number that the analysis reports.
"""

import numpy as np

from simlab.stats.intervals import Array
from simlab.stats.readers_table import Readings

Points = list[tuple[float, float]]


def reader_curve(positive: Array, negative: Array) -> tuple[Array, Array]:
    """Shares of negative and of positive cases rated at or above each threshold, both rising from 0 to 1."""
    positive, negative = positive[np.isfinite(positive)], negative[np.isfinite(negative)]
    cuts = np.unique(np.concatenate([positive, negative]))[::-1]
    false = np.array([0.0, *((negative >= cut).mean() for cut in cuts)])
    true = np.array([0.0, *((positive >= cut).mean() for cut in cuts)])
    return false, true


def mean_curve(made: Readings, condition: int) -> Points:
    """(1 − specificity, mean sensitivity), both ends of each vertical step; none where no reader has both kinds."""
    curves = []
    for j in range(len(made.readers)):
        one, other = made.positive_ratings[condition, j], made.negative_ratings[condition, j]
        if np.isfinite(one).any() and np.isfinite(other).any():
            curves.append(reader_curve(one, other))
    if not curves:
        return []
    points: Points = []
    for false in np.unique(np.concatenate([x for x, _ in curves])):
        sides = np.array([_at(x, y, float(false)) for x, y in curves]).mean(axis=0)
        points += [(float(false), float(side)) for side in dict.fromkeys(sides.tolist())]
    return points


def _at(x: Array, y: Array, at: float) -> tuple[float, float]:
    """Lowest and highest sensitivity of a curve at one place."""
    first, last = int(np.searchsorted(x, at, side="left")), int(np.searchsorted(x, at, side="right")) - 1
    if first <= last:
        return float(y[first]), float(y[last])
    middle = float(np.interp(at, x, y))
    return middle, middle


def area(points: Points) -> float:
    """Area under a curve of points."""
    x, y = np.array(points).T
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
