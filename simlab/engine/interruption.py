"""Somebody breaks in while a case is being worked on: a message or a telephone call, written beforehand.

Nothing of it is stored but two moments in the browser's clock: when it stood on the page, and when it was answered.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from simlab.engine.parsing import Part
from simlab.engine.texts import Line

SHOWN, ANSWERED = "interruption", "interruption-answered"
"""The names of the two events; the second tells which reply was chosen, counted from 1."""


class Interruption(Part):
    """At the place `at` of a sitting, so many seconds after the case is on the page; one of `replies` ends it."""

    at: Annotated[int, Field(ge=1, le=200, strict=True)]
    sitting: Annotated[int, Field(ge=1, le=52, strict=True)] = 1
    after: Annotated[int, Field(ge=1, le=600, strict=True)] = 20
    kind: Literal["message", "call"] = "message"
    from_: Annotated[Line, StringConstraints(max_length=80), Field(alias="from")]
    text: Annotated[Line, StringConstraints(max_length=400)]
    replies: Annotated[tuple[Line, ...], Field(min_length=2, max_length=4)]


def interrupted_ms(marks: Iterable[Any]) -> float | None:
    """Milliseconds from an interruption on the page to its answer; None where there was none or it was left open.

    `marks` have `name` and `at` (see `timing.Mark`), in any order.
    """
    times: dict[str, float] = {}
    for mark in marks:
        if mark.name in (SHOWN, ANSWERED):
            times[mark.name] = min(mark.at, times.get(mark.name, mark.at))
    if set(times) < {SHOWN, ANSWERED} or times[ANSWERED] < times[SHOWN]:
        return None
    return times[ANSWERED] - times[SHOWN]
