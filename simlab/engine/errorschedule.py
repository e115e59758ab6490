"""Where in a sequence of advised cases the wrong advice stands.

The positions are drawn so that every admissible pattern is equally likely: the patterns are counted by dynamic
programming, and the draw walks down the counts.
"""

from dataclasses import dataclass
from functools import cache

from simlab.engine.draw import Draws


@dataclass(frozen=True)
class Rules:
    """Exactly `wrong` in every `of` successive cases; none among the first `first_wrong_after`; at most `longest_run`
    wrong ones in a row (None: no limit)."""

    wrong: int
    of: int
    first_wrong_after: int = 0
    longest_run: int | None = None


def count(rules: Rules, size: int) -> int:
    """How many patterns of `size` cases keep the rules. `size` must be a multiple of `rules.of`."""
    if size % rules.of:
        raise ValueError(f"{size} cases are not a multiple of {rules.of}")
    return _count_from(rules, size, 0, 0, 0)


def draw_pattern(rules: Rules, size: int, draws: Draws) -> list[bool]:
    """One pattern, True = wrong, each admissible pattern equally likely. ValueError when there is none."""
    if count(rules, size) == 0:
        raise ValueError(f"no pattern of {size} cases keeps {rules}")
    pattern: list[bool] = []
    used = run = 0
    for position in range(size):
        if position % rules.of == 0:
            used = 0
        right = _count_from(rules, size, position + 1, used, 0)
        wrong = _count_from(rules, size, position + 1, used + 1, run + 1) if _may(rules, position, used, run) else 0
        is_wrong = draws.integer(right + wrong) >= right
        pattern.append(is_wrong)
        used, run = (used + 1, run + 1) if is_wrong else (used, 0)
    return pattern


def _may(rules: Rules, position: int, used: int, run: int) -> bool:
    """Whether the case at `position` may be wrong, `used` being wrong in its block and `run` just before it."""
    if position < rules.first_wrong_after or used >= rules.wrong:
        return False
    return rules.longest_run is None or run < rules.longest_run


@cache
def _count_from(rules: Rules, size: int, position: int, used: int, run: int) -> int:
    """Patterns for the places from `position` on; `used` counts the block that the last place belongs to."""
    if position and position % rules.of == 0:
        if used != rules.wrong:
            return 0
        used = 0
    if position == size:
        return 1
    total = _count_from(rules, size, position + 1, used, 0)
    if _may(rules, position, used, run):
        total += _count_from(rules, size, position + 1, used + 1, run + 1)
    return total
