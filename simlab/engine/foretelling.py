"""How often somebody who knows all earlier arms guesses the next one right (Blackwell and Hodges 1957)."""

from collections import Counter

from simlab.engine.allocation import draw_slots
from simlab.engine.enrolling import lists_of
from simlab.engine.minimisation import uniforms
from simlab.engine.protocol import Protocol

TOO_EASY = 0.70
PEOPLE = 200


def guess_rate(protocol: Protocol, *, lists: int = 20, people: int = PEOPLE, seed: str = "foretelling") -> float | None:
    """Share of right guesses of the convergence strategy: name the arm that is furthest behind, by chance among equals.

    `lists` lists of `people` are drawn in one stratum; a minimisation sees people of random features. None with one
    arm, or where the list comes from outside or sites are allocated.
    """
    allocation = protocol.allocation
    if allocation is None or len(protocol.arms) < 2 or allocation.method == "list":
        return None
    if protocol.population.allocate_by == "site":
        return None
    made = [_arms(protocol, f"{seed}/{number}", people) for number in range(lists)]
    return sum(_right(protocol, arms) for arms in made) / (lists * people)


def _right(protocol: Protocol, arms: list[str]) -> float:
    seen: Counter[str] = Counter()
    right = 0.0
    for arm in arms:
        behind = {name: seen[name] / weight for name, weight in protocol.arms.items()}
        guesses = [name for name in behind if behind[name] == min(behind.values())]
        right += (arm in guesses) / len(guesses)
        seen[arm] += 1
    return right


def _arms(protocol: Protocol, seed: str, people: int) -> list[str]:
    if protocol.allocation and protocol.allocation.method == "minimisation":
        return _minimised(protocol, seed, people)
    return [slot.arm for slot in draw_slots(protocol, seed, strata=["all"], per_stratum=people)][:people]


def _minimised(protocol: Protocol, seed: str, people: int) -> list[str]:
    options = {feature: protocol.population.levels(feature) or ("",) for feature in ("grade", "site")}
    levels = [
        tuple(of[int(uniforms(f"{seed}/{feature}", number)[0] * len(of))] for feature, of in options.items())
        for number in range(1, people + 1)
    ]
    return lists_of(protocol, seed, [(grade, site) for grade, site in levels])
