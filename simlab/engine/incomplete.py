"""Which cases a person meets who meets fewer than a form holds: balanced incomplete blocks, or the best that is found.

A design is exact when every case is met equally often and every pair of cases by equally many people. Cyclic designs
(Bose 1939) are looked for first, then all combinations are taken if they are few; otherwise a seeded search evens out
how often pairs meet.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from simlab.engine.draw import Draws

MOST_BLOCKS = 60
_TRIES = 4000


@dataclass(frozen=True)
class Incomplete:
    """Blocks of numbers 0..v-1, one a person in turn. `worst`: the most by which two pairs differ in how often they
    meet; 0 for an exact design. Every number stands in equally many blocks either way."""

    blocks: tuple[tuple[int, ...], ...]
    worst: int

    @property
    def exact(self) -> bool:
        return self.worst == 0


def incomplete_blocks(v: int, k: int, draws: Draws) -> Incomplete:
    """Blocks of `k` out of `v`. ValueError unless 1 <= k <= v."""
    if not 1 <= k <= v:
        raise ValueError(f"blocks of {k} out of {v}")
    if k == v:
        return Incomplete((tuple(range(v)),), 0)
    for found in (_cyclic(v, k), _all(v, k)):
        if found is not None:
            return Incomplete(found, 0)
    blocks = _searched(v, k, draws)
    return Incomplete(blocks, _worst(blocks, v))


def _cyclic(v: int, k: int) -> tuple[tuple[int, ...], ...] | None:
    """One base block whose differences hold every number equally often, moved round."""
    if k * (k - 1) % (v - 1) or math.comb(v - 1, k - 1) > _TRIES:
        return None
    wanted = k * (k - 1) // (v - 1)
    for rest in combinations(range(1, v), k - 1):
        base = (0, *rest)
        differences = Counter((a - b) % v for a in base for b in base if a != b)
        if len(differences) == v - 1 and set(differences.values()) == {wanted}:
            return tuple(tuple(sorted((place + step) % v for place in base)) for step in range(v))
    return None


def _all(v: int, k: int) -> tuple[tuple[int, ...], ...] | None:
    return tuple(combinations(range(v), k)) if math.comb(v, k) <= MOST_BLOCKS else None


def _searched(v: int, k: int, draws: Draws) -> tuple[tuple[int, ...], ...]:
    """Equal use of every number, then swaps between two blocks while they even out the pairs."""
    count = v // math.gcd(v, k)
    count *= max(1, round(2 * v / count))
    blocks = [set(block) for block in _dealt(v, k, count, draws)]
    pairs: Counter[tuple[int, int]] = Counter(pair for block in blocks for pair in combinations(sorted(block), 2))
    for _ in range(_TRIES):
        one, other = blocks[draws.integer(count)], blocks[draws.integer(count)]
        mine, theirs = sorted(one - other), sorted(other - one)
        if not mine or not theirs:
            continue
        a, b = mine[draws.integer(len(mine))], theirs[draws.integer(len(theirs))]
        changes = _changes(one, other, a, b)
        if sum((pairs[pair] + change) ** 2 - pairs[pair] ** 2 for pair, change in changes.items()) < 0:
            pairs.update(changes)
            one ^= {a, b}
            other ^= {a, b}
    return tuple(tuple(sorted(block)) for block in blocks)


def _dealt(v: int, k: int, count: int, draws: Draws) -> Sequence[tuple[int, ...]]:
    """`count` blocks that use every number equally often: the numbers round and round, each time shuffled."""
    for _ in range(200):
        numbers = [number for _ in range(count * k // v) for number in draws.shuffle(range(v))]
        blocks = [tuple(numbers[start : start + k]) for start in range(0, len(numbers), k)]
        if all(len(set(block)) == k for block in blocks):
            return blocks
    return [tuple((start * k + step) % v for step in range(k)) for start in range(count)]


def _changes(one: set[int], other: set[int], a: int, b: int) -> Counter[tuple[int, int]]:
    """How the pairs change when `a` of the one block and `b` of the other change places."""
    changes: Counter[tuple[int, int]] = Counter()
    for block, leaves, comes in ((one, a, b), (other, b, a)):
        for member in block - {leaves}:
            changes[min(leaves, member), max(leaves, member)] -= 1
            changes[min(comes, member), max(comes, member)] += 1
    return changes


def _worst(blocks: Sequence[Sequence[int]], v: int) -> int:
    pairs = Counter(pair for block in blocks for pair in combinations(sorted(block), 2))
    counts = [pairs[pair] for pair in combinations(range(v), 2)]
    return max(counts) - min(counts)
