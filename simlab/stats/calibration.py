"""Does confidence match being right? Brier score and its parts, calibration error, resolution, type-2 measures.

p: confidence as a probability, 0 to 1; y: right (1) or wrong (0); two sequences of one length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.stats.resample import Numbers


@dataclass(frozen=True)
class Brier:
    """score = reliability − resolution + uncertainty where p is constant in a bin; skill None when y never varies."""

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    skill: float | None


def brier(p: Sequence[float], y: Sequence[int]) -> Brier | None:
    """Murphy's parts use the distinct values of p as bins. None without decisions."""
    if len(p) == 0:
        return None
    said, right = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    base = float(right.mean())
    values, bins = np.unique(said, return_inverse=True)
    n = np.bincount(bins)
    rates = np.bincount(bins, weights=right) / n
    score, spread = float(((said - right) ** 2).mean()), base * (1 - base)
    return Brier(
        score=score,
        reliability=float((n * (values - rates) ** 2).sum() / len(said)),
        resolution=float((n * (rates - base) ** 2).sum() / len(said)),
        uncertainty=spread,
        skill=1 - score / spread if spread > 0 else None,
    )


@dataclass(frozen=True)
class Bin:
    """One point of a calibration curve."""

    n: int
    confidence: float
    accuracy: float


def curve(p: Sequence[float], y: Sequence[int], bins: int = 10, equal_count: bool = False) -> list[Bin]:
    """Mean confidence and accuracy by bin of p; empty bins are left out. Bins are of equal width or equal count."""
    said, right = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(said) == 0:
        return []
    if equal_count:
        edges = np.quantile(said, np.linspace(0, 1, bins + 1)[1:-1])
        place = np.searchsorted(edges, said, side="left")
    else:
        # A value on an inner edge belongs to the bin above; 1 belongs to the last.
        place = np.minimum(np.floor(said * bins + 1e-12), bins - 1).astype(int)
    made = []
    for k in range(bins):
        here = place == k
        if here.any():
            made.append(Bin(int(here.sum()), float(said[here].mean()), float(right[here].mean())))
    return made


def calibration_error(p: Sequence[float], y: Sequence[int], bins: int = 10, equal_count: bool = False) -> float | None:
    """Expected calibration error: mean of |accuracy − confidence| over bins, weighted by n. None without decisions."""
    points = curve(p, y, bins, equal_count)
    total = sum(b.n for b in points)
    return sum(b.n * abs(b.accuracy - b.confidence) for b in points) / total if total else None


def overconfidence(p: Sequence[float], y: Sequence[int]) -> float | None:
    """Mean confidence − accuracy. None without decisions."""
    return float(np.mean(p) - np.mean(y)) if len(p) else None


def _split(p: Sequence[float], y: Sequence[int]) -> tuple[Numbers, Numbers]:
    said, right = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=bool)
    return said[right], said[~right]


def confidence_gap(p: Sequence[float], y: Sequence[int]) -> float | None:
    """Mean confidence when right − mean confidence when wrong. None unless both happened."""
    right, wrong = _split(p, y)
    return float(right.mean() - wrong.mean()) if len(right) and len(wrong) else None


def _pairs(p: Sequence[float], y: Sequence[int]) -> tuple[int, int, int]:
    """Pairs of one right and one wrong decision: more confident in the right one, in the wrong one, tied."""
    right, wrong = _split(p, y)
    ordered = np.sort(wrong)
    below = int(np.searchsorted(ordered, right, side="left").sum())
    below_or_tied = int(np.searchsorted(ordered, right, side="right").sum())
    return below, len(right) * len(wrong) - below_or_tied, below_or_tied - below


def type2_auroc(p: Sequence[float], y: Sequence[int]) -> float | None:
    """Chance that a right decision was given more confidence than a wrong one; ties count half."""
    concordant, discordant, tied = _pairs(p, y)
    n = concordant + discordant + tied
    return (concordant + tied / 2) / n if n else None


def gamma(p: Sequence[float], y: Sequence[int]) -> float | None:
    """Goodman and Kruskal's gamma of confidence and being right; None when every pair is tied."""
    concordant, discordant, _ = _pairs(p, y)
    n = concordant + discordant
    return (concordant - discordant) / n if n else None
