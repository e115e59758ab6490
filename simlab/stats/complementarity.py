"""Whether human and AI together do better than either: augmentation, synergy, gain; and the accuracy family."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.stats.detection import share
from simlab.stats.resample import Numbers


@dataclass(frozen=True)
class Complementarity:
    """H, AI and HAI are accuracies of the human alone, the AI alone and the two together."""

    augmentation: float
    synergy: float
    gain: float | None


def complementarity(human: float, ai: float, together: float) -> Complementarity:
    """augmentation = HAI − H; synergy = HAI − max(H, AI); gain = (HAI − H) / (AI − H), None unless the AI is better.

    Give group means: the maximum of noisy individual means is too large, and synergy from them too small.
    """
    gain = (together - human) / (ai - human) if ai > human else None
    return Complementarity(together - human, together - max(human, ai), gain)


def hedges_g(one: Sequence[float] | Numbers, other: Sequence[float] | Numbers) -> float | None:
    """Difference of means over the pooled SD, times 1 − 3/(4 df − 1) (Hedges 1981). None without spread."""
    return hedges_g_against(one, other, float(np.mean(other))) if len(other) else None


def hedges_g_against(one: Sequence[float] | Numbers, spread: Sequence[float] | Numbers, level: float) -> float | None:
    """The same against a number: SD pooled over `one` and `spread`, for an AI that is always the same."""
    df = len(one) + len(spread) - 2
    if len(one) < 2 or len(spread) < 2:
        return None
    pooled = ((len(one) - 1) * np.var(one, ddof=1) + (len(spread) - 1) * np.var(spread, ddof=1)) / df
    if pooled == 0:
        return None
    return float((np.mean(one) - level) / np.sqrt(pooled) * (1 - 3 / (4 * df - 1)))


@dataclass(frozen=True)
class Confusion:
    """Counts of a yes-or-no task; each rate is None when its denominator is 0."""

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def accuracy(self) -> float | None:
        right = self.true_positive + self.true_negative
        return share(right, right + self.false_negative + self.false_positive)

    @property
    def sensitivity(self) -> float | None:
        return share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def specificity(self) -> float | None:
        return share(self.true_negative, self.true_negative + self.false_positive)

    @property
    def positive_predictive_value(self) -> float | None:
        return share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def negative_predictive_value(self) -> float | None:
        return share(self.true_negative, self.true_negative + self.false_negative)

    @property
    def balanced_accuracy(self) -> float | None:
        both = (self.sensitivity, self.specificity)
        return None if both[0] is None or both[1] is None else (both[0] + both[1]) / 2
