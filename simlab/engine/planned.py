"""The row of the plan of encounters, and the decks that keep counts even from person to person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simlab.engine.case import Case
from simlab.engine.draw import Deck, Draws
from simlab.engine.incomplete import incomplete_blocks
from simlab.engine.latin import latin_square
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol

CaseKey = tuple[str, str]  # pack id, case id
Purpose = Literal["case", "practice", "probe"]


@dataclass(frozen=True, order=True)
class PlannedEncounter:
    """One case that one slot will meet. `sitting` and `position` (within the sitting) count from 1.

    `condition` is the way of working where a phase shares several out over the cases, else empty. Only a `purpose` of
    “case” counts: “practice” makes familiar, a “probe” is an earlier case of the phase again, to see consistency.
    """

    stratum: str
    ordinal: int
    arm: str
    phase: str
    sitting: int
    position: int
    form: str
    pack: str
    case_id: str
    advice_id: str | None
    condition: str = ""
    purpose: str = "case"


class Book:
    """The decks of a draw. Each has its own stream, named by what it is about."""

    def __init__(self, protocol: Protocol, packs: Mapping[str, Pack], draws: Draws) -> None:
        self.protocol = protocol
        self.packs = packs
        self.draws = draws
        self._decks: dict[tuple[str, ...], Deck] = {}
        self._dealt: Counter[tuple[str, ...]] = Counter()
        self._used: dict[tuple[str, ...], Counter[str]] = {}
        self._blocks: dict[tuple[int, int], tuple[tuple[int, ...], ...]] = {}

    def deal(self, name: tuple[str, ...], items: Sequence[str], count: int = 1) -> list[str]:
        if name not in self._decks:
            self._decks[name] = Deck(items, self.draws.child("deck", *name))
        self._dealt[name] += count
        return self._decks[name].deal(count)

    def row(self, name: tuple[str, ...], rows: int) -> tuple[int, int]:
        """The next of so many rows, each once before any comes again; and how many rounds are complete before it."""
        rounds = self._dealt[name] // rows
        return int(self.deal(name, [str(index) for index in range(rows)])[0]), rounds

    def least(self, name: tuple[str, ...], items: Sequence[str], count: int, draws: Draws) -> list[str]:
        """`count` of the items: those taken least often so far, by chance among equals. For sets that change."""
        used = self._used.setdefault(name, Counter())
        chosen = sorted(draws.shuffle(items), key=lambda item: used[item])[:count]
        used.update(chosen)
        return chosen

    def square(self, n: int) -> tuple[tuple[int, ...], ...]:
        return latin_square(n)

    def blocks(self, v: int, k: int) -> tuple[tuple[int, ...], ...]:
        if (v, k) not in self._blocks:
            self._blocks[v, k] = incomplete_blocks(v, k, self.draws.child("blocks", v, k)).blocks
        return self._blocks[v, k]

    def case(self, key: CaseKey) -> Case:
        return self.packs[key[0]].cases[key[1]]

    def advice(self, key: CaseKey, *, correct: bool) -> str:
        """The next piece of right or wrong advice of a case; they take turns. ValueError when it has none."""
        case = self.case(key)
        bank = [advice.id for advice in (case.right if correct else case.wrong)]
        if not bank:
            raise ValueError(f"the case {case.id} of the pack {key[0]} has no {'right' if correct else 'wrong'} advice")
        return self.deal(("advice", *key, str(correct)), bank)[0]
