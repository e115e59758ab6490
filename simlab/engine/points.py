"""When questionnaires are put: the keys of `instruments` in a protocol, and which are due to one person now.

A point is `before study`, `after study`, `before PHASE`, `after PHASE`, `after each sitting of PHASE` or
`after each case of PHASE`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from simlab.engine.errors import Mistaken

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

_POINT = r"(before|after) (study|[a-z][a-z0-9-]*)|after each (sitting|case) of ([a-z][a-z0-9-]*)"


@dataclass(frozen=True)
class Point:
    """`phase` is None at the ends of the study; `each` is “sitting” or “case” where the point comes again."""

    side: str
    phase: str | None
    each: str | None = None


def point(text: str) -> Point:
    found = re.fullmatch(_POINT, " ".join(text.split()))
    if not found:
        remedy = (
            "Write “before study”, “after exposure”, “after each sitting of exposure” or “after each case of exposure”."
        )
        raise Mistaken(f"“{text}” does not say when to ask.", remedy)
    if found[3]:
        return Point("after", found[4], found[3])
    return Point(found[1], None if found[2] == "study" else found[2])


def _checked(text: str) -> str:
    point(text)
    return text


PointText = Annotated[str, AfterValidator(_checked), Field(json_schema_extra={"pattern": f"^(?:{_POINT})$"})]


@dataclass(frozen=True, order=True)
class Due:
    """One questionnaire that is to be answered. `sitting` and `position` are 0 where the point has none."""

    point: str
    instrument: str
    phase: str
    sitting: int = 0
    position: int = 0


@dataclass(frozen=True)
class Reached:
    """How far somebody has come: sittings begun and completed in each phase, the phase that may be begun now, the case
    last closed in the open sitting (phase, sitting, position), and whether nothing is left to sit."""

    begun: Mapping[str, int]
    completed: Mapping[str, int]
    current: str | None
    last_case: tuple[str, int, int] | None
    is_over: bool


def due(protocol: "Protocol", reached: Reached, answered: Collection[Due]) -> list[Due]:
    """What is due now and not yet answered, in the order of the protocol."""
    wanted: list[Due] = []
    for text, instruments in protocol.instruments.items():
        for place in _places(protocol, text, reached):
            wanted += [Due(text, name, *place) for name in instruments]
    done = set(answered)
    return [one for one in wanted if one not in done]


Place = tuple[str, int, int]


def _places(protocol: "Protocol", text: str, reached: Reached) -> Sequence[Place]:
    at = point(text)
    if at.phase is None:
        return _ends(protocol, at, reached)
    phase = at.phase
    begun, completed = reached.begun.get(phase, 0), reached.completed.get(phase, 0)
    if at.each == "case":
        last = reached.last_case
        return [last] if last and last[0] == phase else []
    if at.each == "sitting":
        return [(phase, number, 0) for number in range(1, completed + 1)]
    if at.side == "before":
        return [(phase, 0, 0)] if begun == 0 and reached.current == phase else []
    return [(phase, 0, 0)] if completed >= protocol.sittings(phase) else []


def _ends(protocol: "Protocol", at: Point, reached: Reached) -> Sequence[Place]:
    if at.side == "before":
        return [(protocol.phase_names[0], 0, 0)] if not any(reached.begun.values()) and not reached.is_over else []
    return [(protocol.phase_names[-1], 0, 0)] if reached.is_over else []
