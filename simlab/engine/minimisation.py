"""Minimisation with a random element (Pocock and Simon 1975), range as the measure of imbalance.

Each new person is tried in each arm; the arms whose marginal imbalance would be smallest are preferred, and one of
them is taken with the stated probability. Numbers in an arm are divided by its weight, so that unequal ratios work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from simlab.engine.draw import Draws

Counts = Mapping[str, Mapping[str, int]]  # level of a factor, e.g. “grade=gp” → arm → people there already


@dataclass(frozen=True)
class Choice:
    """What was decided and on what grounds. `eligible` are the arms among which `pick` decided; they are the preferred
    ones when `draw` is below `cutoff`, else the others. Both draws are uniforms in [0, 1)."""

    arm: str
    draw: float
    cutoff: float
    pick: float
    eligible: tuple[str, ...]
    counts: dict[str, dict[str, int]]


def uniforms(seed: bytes | str, number: int) -> tuple[float, float]:
    """The two draws of the `number`-th person of a study (from 1), fixed by its seed before anybody enrols."""
    draws = Draws(seed).child("minimisation", number)
    return draws.uniform(), draws.uniform()


def choose(arms: Mapping[str, int], preferred: float, counts: Counts, draws: tuple[float, float]) -> Choice:
    """The arm of the next person; `counts` holds exactly the levels that this person has.

    When every arm is equally good there is nothing to prefer: the cut-off is 1, and the weights decide.
    """
    draw, pick = draws
    imbalance = {arm: sum(_range(arms, count, arm) for count in counts.values()) for arm in arms}
    least = min(imbalance.values())
    best = [arm for arm in arms if imbalance[arm] == least]
    cutoff = 1.0 if len(best) == len(arms) else preferred
    eligible = best if draw < cutoff else [arm for arm in arms if arm not in best]
    kept = {level: {arm: count.get(arm, 0) for arm in arms} for level, count in counts.items()}
    return Choice(_weighted(arms, eligible, pick), draw, cutoff, pick, tuple(eligible), kept)


def _range(arms: Mapping[str, int], count: Mapping[str, int], arm: str) -> Fraction:
    """The range of people per weight over the arms, with one more person in `arm`."""
    shares = [Fraction(count.get(other, 0) + (other == arm), weight) for other, weight in arms.items()]
    return max(shares) - min(shares)


def _weighted(arms: Mapping[str, int], eligible: Sequence[str], pick: float) -> str:
    left = pick * sum(arms[arm] for arm in eligible)
    for arm in eligible:
        left -= arms[arm]
        if left < 0:
            return arm
    return eligible[-1]
