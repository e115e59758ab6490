"""The small phrases of a protocol and how they are read: `7d`, `28d after withdrawal`, `2 of 6`, `10pp`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field

from simlab.engine.errors import Mistaken

NO_ADVICE = "none"  # one answer, no advice
RECONSIDER = "reconsider"  # two answers, no advice: a second look without help

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = r"(\d{1,4})\s*([smhdw])"
_OPENS = rf"(?:{_SPAN}\s+)?after\s+([a-z][a-z0-9-]*)"


@dataclass(frozen=True)
class Opening:
    """A phase opens `delay` after the phase `after` was finished."""

    after: str
    delay: timedelta


@dataclass(frozen=True)
class WrongRate:
    """Exactly `wrong` in every `of` successive pieces of advice."""

    wrong: int
    of: int


@cache
def span(text: str) -> timedelta:
    """`7d` as a length of time. Seconds, minutes, hours, days and weeks: s, m, h, d, w."""
    found = re.fullmatch(_SPAN, text.strip())
    if not found:
        raise Mistaken(f"“{text}” is not a length of time.", "Write a number and a unit, for example 7d or 12h.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@cache
def opening(text: str) -> Opening:
    found = re.fullmatch(_OPENS, text.strip())
    if not found:
        raise Mistaken(
            f"“{text}” does not say when the phase opens.", "Write “after baseline” or “28d after baseline”."
        )
    delay = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else timedelta(0)
    return Opening(found[3], delay)


def wrong_rate(text: str) -> WrongRate:
    found = re.fullmatch(r"(\d{1,3})\s+of\s+(\d{1,3})", text.strip())
    if not found:
        raise Mistaken(f"“{text}” is not a share of wrong advice.", "Write it as a count, for example “2 of 6”.")
    wrong, of = int(found[1]), int(found[2])
    if of == 0 or wrong > of:
        raise Mistaken(f"“{text}” asks for more wrong advice than there is advice.", "Write a smaller first number.")
    return WrongRate(wrong, of)


def share(text: str) -> float:
    """`10pp` (percentage points) as 0.10."""
    found = re.fullmatch(r"(\d{1,2}(?:\.\d+)?)\s*pp", text.strip())
    if not found or float(found[1]) == 0:
        raise Mistaken(f"“{text}” is not a margin.", "Write percentage points, for example 10pp.")
    return float(found[1]) / 100


def _checked(read: object) -> AfterValidator:
    def check(text: str) -> str:
        read(text)  # type: ignore[operator]
        return text

    return AfterValidator(check)


SpanText = Annotated[str, _checked(span), Field(json_schema_extra={"pattern": rf"^{_SPAN}$"})]
OpensText = Annotated[str, _checked(opening), Field(json_schema_extra={"pattern": rf"^{_OPENS}$"})]
RateText = Annotated[str, _checked(wrong_rate), Field(json_schema_extra={"pattern": r"^\d{1,3}\s+of\s+\d{1,3}$"})]
MarginText = Annotated[str, _checked(share), Field(json_schema_extra={"pattern": r"^\d{1,2}(\.\d+)?\s*pp$"})]
