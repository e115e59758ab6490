"""What a power study asks: sizes and effects to be tried, how many simulated studies, and when to stop.

A grid is a plain document (`Grid`), so that it can be stored, hashed and run again. Its cells are numbered in one
order, the batches of a cell in another; a replicate is known by (seed, cell, number) alone. Whoever computes a batch,
wherever and in whatever order, gets the same numbers.
"""

import hashlib
import itertools
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from simlab.rehearsal.truth import BadTruth, Part, Truth

MOST_CELLS = 200
Clinicians = Annotated[int, Field(ge=4, le=5000)]
CasesOfForm = Annotated[int, Field(ge=1, le=200)]
Effect = Annotated[float, Field(ge=-0.9, le=0.9)]


class Grid(Part):
    """Sizes and effects, each a list; every combination is a cell.

    ``clinicians`` enrol; ``cases`` is the number in each form, ``wrong`` how many of them are advised wrongly; empty
    lists leave the protocol as it is. ``effects`` are true differences on the report's scale (−0.06: six points
    lost), for which the truth is solved; an empty list takes the truth as it is. Batches of ``batch`` replicates are
    run until the Wilson interval of the power is no wider than ± ``precision``, or ``most`` replicates are done.
    """

    simlab: Literal["power/1"] = "power/1"
    clinicians: Annotated[tuple[Clinicians, ...], Field(min_length=1)]
    cases: tuple[CasesOfForm, ...] = ()
    wrong: tuple[Annotated[int, Field(ge=0, le=200)], ...] = ()
    effects: tuple[Effect, ...] = ()
    power: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.8
    batch: Annotated[int, Field(ge=1, le=200)] = 10
    most: Annotated[int, Field(ge=10, le=10_000)] = 200
    precision: Annotated[float, Field(gt=0.0, le=0.5)] = 0.05
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 1

    @model_validator(mode="after")
    def _is_of_a_size(self) -> Self:
        for name in ("clinicians", "cases", "wrong", "effects"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names a value twice; keep one of the two")
        if len(self.cells()) > MOST_CELLS:
            raise ValueError(
                f"the grid has {len(self.cells())} cells, and at most {MOST_CELLS} are run; leave some out"
            )
        return self

    def cells(self) -> tuple["Cell", ...]:
        """Every combination, in the order of clinicians within cases within wrong advice within effects."""
        made = itertools.product(
            self.effects or (None,), self.wrong or (None,), self.cases or (None,), sorted(self.clinicians)
        )
        return tuple(Cell(*one) for one in made)

    @property
    def batches(self) -> int:
        """The most batches of a cell."""
        return -(-self.most // self.batch)

    def numbers(self, batch: int) -> range:
        """The replicates of a batch."""
        return range(batch * self.batch, min((batch + 1) * self.batch, self.most))

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


@dataclass(frozen=True)
class Cell:
    """One combination; None is what protocol or truth say."""

    effect: float | None
    wrong: int | None
    cases: int | None
    clinicians: int


def grid_from(document: Any, place: str = "the grid") -> Grid:
    """Check a plain document; raises BadTruth naming the first field at fault."""
    try:
        return Grid.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or place
        message = first["msg"].removeprefix("Value error, ")
        raise BadTruth(field, message[:1].lower() + message[1:], "correct it") from error


def identity(grid: Grid, truth: Truth, protocol_sha256: str) -> str:
    """SHA-256 of all that decides the numbers, beside the code."""
    asked = {"grid": grid.document(), "truth": truth.document(), "protocol": protocol_sha256}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
