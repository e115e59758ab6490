"""How sure a card says its advice is, where the protocol draws it instead of taking what the case says.

Five levels about the share of right advice are equally likely over a study. Drawn “independent” of the truth, no level
tells right from wrong; drawn “calibrated”, advice that states 80 % is right in 80 of 100 cases (Bayes' rule turned
round: the chance of a level, given that the advice is right, is its share of the sum of all levels). Both have the same
levels, so that arms which differ in this alone see equally sure advice.

The draw is a function of the place in the allocation list and the case. Nothing is stored, and it can be replayed.
"""

from functools import cache
from typing import TYPE_CHECKING

from simlab.engine.draw import Draws

if TYPE_CHECKING:
    from simlab.engine.nudge import AdvicePolicy

DRAWN = ("independent", "calibrated")
STEP = 10  # per cent between neighbouring levels, where there is room for two on each side
SIDES = (-2, -1, 0, 1, 2)


def levels(wrong: int, of: int) -> tuple[int, ...]:
    """The five levels in per cent, evenly about the share of right advice."""
    middle = round(100 * (of - wrong) / of)
    step = min(STEP, middle // 2, (100 - middle) // 2)
    return tuple(middle + side * step for side in SIDES)


def stated(
    policy: "AdvicePolicy", correct: bool, *, stratum: str, ordinal: int, phase: str, case_id: str
) -> int | None:
    """What the card of this place states in per cent; None where the card says what the case says, or nothing."""
    if policy.confidence not in DRAWN:
        return None
    return _drawn(policy.confidence, policy.rate.wrong, policy.rate.of, correct, (stratum, ordinal, phase, case_id))


@cache
def _weights(kind: str, wrong: int, of: int, correct: bool) -> tuple[int, ...]:
    found = levels(wrong, of)
    if kind == "independent":
        return (1,) * len(found)
    return found if correct else tuple(100 - level for level in found)


def _drawn(kind: str, wrong: int, of: int, correct: bool, key: tuple[object, ...]) -> int:
    weights = _weights(kind, wrong, of, correct)
    left = Draws("\0".join(["stated confidence", *(str(part) for part in key)])).integer(sum(weights) or 1)
    for level, weight in zip(levels(wrong, of), weights, strict=True):
        left -= weight
        if left < 0:
            return level
    return levels(wrong, of)[-1]
