"""Chance that can be repeated: a Fisher–Yates shuffle on a SHA-256 counter.

The stream does not depend on Python's or NumPy's generators, so the same seed gives the same draws under any version.
Definition (version 1): key = SHA-256("simlab/draw/1" + 0x00 + seed); block i = SHA-256(key + i as 8 big-endian bytes);
the blocks are cut into 64-bit big-endian words. An integer below n is word mod n, where words at or above the largest
multiple of n are thrown away; beyond 2**64, as many words as needed are read as one number. A uniform is the word's top
53 bits over 2**53. The tests hold vectors.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

ALGORITHM = "simlab/draw/1"
_WORDS = 1 << 64


class Draws:
    """A stream of draws from a seed (bytes, or text taken as UTF-8). Two streams of one seed are equal."""

    def __init__(self, seed: bytes | str) -> None:
        raw = seed.encode() if isinstance(seed, str) else bytes(seed)
        self._key = hashlib.sha256(ALGORITHM.encode() + b"\0" + raw).digest()
        self._words = self._stream()

    def integer(self, n: int) -> int:
        """A whole number from 0 to n - 1, each equally likely."""
        if n < 1:
            raise ValueError(f"n must be at least 1, not {n}")
        words = max(1, -((n - 1).bit_length() // -64))
        limit = _WORDS**words // n * n
        while True:
            number = 0
            for _ in range(words):
                number = number * _WORDS + next(self._words)
            if number < limit:
                return number % n

    def uniform(self) -> float:
        """A number in [0, 1) with 53 random bits."""
        return (next(self._words) >> 11) / (1 << 53)

    def shuffle(self, items: Sequence[Item]) -> list[Item]:
        """A new list in an order of which each is equally likely (Fisher–Yates, from the last place down)."""
        shuffled = list(items)
        for last in range(len(shuffled) - 1, 0, -1):
            other = self.integer(last + 1)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return shuffled

    def child(self, *labels: object) -> "Draws":
        """An independent stream named by `labels`. It does not depend on what was drawn here before."""
        name = "\0".join(str(label) for label in labels)
        return Draws(hashlib.sha256(self._key + b"child\0" + name.encode()).digest())

    def _stream(self) -> Iterator[int]:
        counter = 0
        while True:
            block = hashlib.sha256(self._key + counter.to_bytes(8, "big")).digest()
            for start in range(0, 32, 8):
                yield int.from_bytes(block[start : start + 8], "big")
            counter += 1


class Deck:
    """Deals items so that at any moment each has been dealt equally often, give or take one.

    A hand never holds an item twice: what is left of an old deck comes first, and the fresh deck fills up with others.
    """

    def __init__(self, items: Sequence[str], draws: Draws) -> None:
        self._items = list(items)
        self._draws = draws
        self._rest: list[str] = []

    def deal(self, count: int = 1) -> list[str]:
        if count > len(self._items):
            raise ValueError(f"a hand of {count} from a deck of {len(self._items)}")
        hand: list[str] = []
        while len(hand) < count:
            if not self._rest:
                fresh = self._draws.shuffle(self._items)
                self._rest = [item for item in fresh if item not in hand] + [item for item in fresh if item in hand]
            hand.append(self._rest.pop(0))
        return hand
