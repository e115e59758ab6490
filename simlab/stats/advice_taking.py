"""How far numbers move towards advice, and what following cost: weight of advice and decision-theoretic losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.stats import lmm
from simlab.stats.glmm import Factor
from simlab.stats.resample import Numbers


def weight_of_advice(initial: float, advice: float, final: float) -> float | None:
    """(final − initial) / (advice − initial): 0 ignores, 1 adopts, below 0 moves away, above 1 overshoots.

    None when advice and first answer are equal.
    """
    return None if advice == initial else (final - initial) / (advice - initial)


def bounded_weight(initial: float, advice: float, final: float) -> float:
    """|f − i| / (|f − i| + |f − a|), from 0 to 1; 1 when the three are equal."""
    moved, left = abs(final - initial), abs(final - advice)
    return 1.0 if moved + left == 0 else moved / (moved + left)


@dataclass(frozen=True)
class Weights:
    """Weight of advice over many decisions: three summaries, since each treats odd values in its own way."""

    median: float | None
    mean: float | None
    mean_clipped: float | None
    mean_bounded: float | None
    n: int
    undefined: int
    below_zero: int
    above_one: int


def weights(initial: Sequence[float], advice: Sequence[float], final: Sequence[float], floor: float = 0.0) -> Weights:
    """Summaries over decisions with |advice − initial| above `floor` (set it beforehand); the others are counted."""
    triples = list(zip(initial, advice, final, strict=True))
    made = [w for i, a, f in triples if abs(a - i) > floor and (w := weight_of_advice(i, a, f)) is not None]
    bounded = [bounded_weight(i, a, f) for i, a, f in triples]
    if not made:
        return Weights(None, None, None, float(np.mean(bounded)) if bounded else None, 0, len(triples), 0, 0)
    values = np.array(made)
    return Weights(
        median=float(np.median(values)),
        mean=float(values.mean()),
        mean_clipped=float(np.clip(values, 0, 1).mean()),
        mean_bounded=float(np.mean(bounded)),
        n=len(values),
        undefined=len(triples) - len(values),
        below_zero=int((values < 0).sum()),
        above_one=int((values > 1).sum()),
    )


def regression_weights(
    initial: Numbers, advice: Numbers, final: Numbers, person: Sequence[str], case: Sequence[str]
) -> lmm.LmmFit:
    """final ~ initial + advice + (1 | person) + (1 | case): weights without excluding any decision."""
    x = np.column_stack([np.ones(len(final)), initial, advice])
    factors = [Factor("clinician", np.array(person)), Factor("case", np.array(case))]
    return lmm.fit(final, x, factors, names=["intercept", "initial", "advice"])


@dataclass(frozen=True)
class Losses:
    """Payoffs of following advice on disagreements, and what was lost (Guo and others 2024).

    `reliance` is lost by following too often or too seldom, `discrimination` by following in the wrong cases; the
    scaled losses are shares of benchmark − baseline, None when the signal carries no information.
    """

    baseline: float
    benchmark: float
    misreliant: float
    observed: float
    reliance: float
    discrimination: float
    reliance_scaled: float | None
    discrimination_scaled: float | None


def reliance_losses(
    mass: Sequence[float], human: Sequence[float], ai: Sequence[float], followed: float, observed: float
) -> Losses | None:
    """Losses from bands of the signal: how many disagreements, and mean payoff of human and AI in each.

    followed: share of disagreements that ended on the advice; observed: mean payoff obtained. None without any
    disagreement. The benchmark is optimistic when bands are many and estimated from the same data: use five or fewer.
    """
    total = float(np.sum(mass))
    if total == 0:
        return None
    share, own, aided = np.array(mass) / total, np.array(human, dtype=float), np.array(ai, dtype=float)
    baseline = float(max(share @ own, share @ aided))
    benchmark = float(share @ np.maximum(own, aided))
    misreliant = float(share @ own) + _best_gain(share, aided - own, followed)
    reach = benchmark - baseline
    reliance, discrimination = benchmark - misreliant, misreliant - observed
    scaled = (reliance / reach, discrimination / reach) if reach > 0 else (None, None)
    return Losses(baseline, benchmark, misreliant, observed, reliance, discrimination, *scaled)


def _best_gain(share: Numbers, gain: Numbers, followed: float) -> float:
    """The most that following exactly this share can add: the bands with the largest gain are followed first."""
    left, total = followed, 0.0
    for band in np.argsort(-gain, kind="stable"):
        taken = min(left, float(share[band]))
        total += taken * float(gain[band])
        left -= taken
    return total
