"""The capability blueprint of a pack: what its cases cover, crossed with their specialty, and where it has gaps."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import get_args

from simlab.engine.case import ERROR_TYPES, Case
from simlab.engine.pack import Pack
from simlab.engine.questions import KINDS

# Expected share who are right unaided. Below and above the middle three a case tells little of most clinicians.
OUTSIDE = frozenset({"under 40%", "over 80%"})  # where a pack wants no case, so that none is no gap
BANDS = ((0.0, "under 40%"), (0.4, "40 to 54%"), (0.55, "55 to 69%"), (0.7, "70 to 80%"), (0.801, "over 80%"))


@dataclass(frozen=True)
class Coverage:
    """One crossing: `counts[row][column]` cases; a case that trains two competences counts in both columns."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    unwanted: frozenset[str] = frozenset()

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*self.counts, strict=True)) if self.counts else ()

    @property
    def absent(self) -> tuple[str, ...]:
        """Columns that no specialty has: the gaps of the pack as a whole."""
        totals = zip(self.columns, self.totals, strict=True)
        return tuple(name for name, total in totals if not total and name not in self.unwanted)

    @property
    def gaps(self) -> int:
        wanted = [name not in self.unwanted for name in self.columns]
        return sum(wants and not count for row in self.counts for wants, count in zip(wanted, row, strict=True))

    @property
    def cells(self) -> int:
        return len(self.rows) * sum(name not in self.unwanted for name in self.columns)


def blueprint(pack: Pack) -> list[Coverage]:
    """Specialty crossed with competence, difficulty, form of answer and type of error. Twins are not counted."""
    cases = [case for case in pack.cases.values() if case.twin_of is None]
    competences = sorted({name for case in cases for name in case.competences})
    return [
        _crossed(pack, cases, "Competence", competences, lambda case: case.competences),
        _crossed(pack, cases, "Expected to be right unaided", [name for _, name in BANDS], _bands),
        _crossed(pack, cases, "Form of answer", KINDS, lambda case: (case.question.kind,)),
        _crossed(pack, cases, "Error of the wrong advice", get_args(ERROR_TYPES), _errors),
    ]


def band(difficulty: float) -> str:
    return next(name for low, name in reversed(BANDS) if difficulty >= low)


def _bands(case: Case) -> tuple[str, ...]:
    return () if case.difficulty is None else (band(case.difficulty),)


def _errors(case: Case) -> tuple[str, ...]:
    return tuple(dict.fromkeys(advice.error_type for advice in case.wrong if advice.error_type))


def _crossed(
    pack: Pack, cases: Iterable[Case], name: str, columns: Iterable[str], of: Callable[[Case], Iterable[str]]
) -> Coverage:
    counted = Counter((case.specialty, value) for case in cases for value in of(case))
    columns = tuple(columns)
    rows = tuple(tuple(counted[specialty, column] for column in columns) for specialty in pack.specialties)
    return Coverage(name, pack.specialties, columns, rows, OUTSIDE & frozenset(columns))
