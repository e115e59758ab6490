"""How long a decision took, from the marks the browser sent.

All marks of one page load share an origin and a monotonic clock. When somebody leaves and comes back, a new load has
a new origin; the time between the last mark of one load and the first of the next counts as hidden. Lengths within a
load never depend on the wall clock; those between loads do, and are flagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

IDLE_AFTER_MS = 60_000.0


@dataclass(frozen=True)
class Mark:
    """One stamped moment. `t_mono_ms` counts from `t_origin_ms` (milliseconds since 1970 at page load).

    `place` is its number in the order of sending, if known: it tells which page load came first when the wall clock
    was set back between two of them.

    Names with a meaning here: "paint" (a stage was first drawn; `state` is the stage), "answer" (`state` is "initial"
    or "final"), "visibility" (`state` is "hidden" or "visible"), "blur" and "focus". Any other is a sign of life.
    """

    name: str
    t_mono_ms: float
    t_origin_ms: float
    state: str = ""
    place: int = 0

    @property
    def at(self) -> float:
        return self.t_origin_ms + self.t_mono_ms


@dataclass(frozen=True)
class Durations:
    """Milliseconds; None where start or end is not known. visible = total - hidden; active = visible without the part
    of any silence beyond the idle limit; blurred = visible while another window had the focus.

    Flags: "no-start", "no-end", "clock-went-back", "reloaded".
    """

    total_ms: float | None = None
    visible_ms: float | None = None
    active_ms: float | None = None
    hidden_ms: float | None = None
    blurred_ms: float | None = None
    initial_ms: float | None = None
    after_advice_ms: float | None = None
    flags: tuple[str, ...] = field(default=())


def durations(marks: Sequence[Mark], *, idle_after_ms: float = IDLE_AFTER_MS) -> Durations:
    """Total, visible, active, hidden and blurred time from the first paint to the last answer of one encounter.

    `initial_ms` runs from the first paint to the initial answer; `after_advice_ms` from the first paint of the second
    stage to the final answer (both total time). Marks may come in any order; those after the last answer are ignored.
    A negative length is never returned: the flag "clock-went-back" stands instead, with None.
    """
    ordered = _ordered(marks)
    start = next((index for index, mark in enumerate(ordered) if mark.name == "paint"), None)
    end = max((index for index, mark in enumerate(ordered) if mark.name == "answer"), default=None)
    flags = [name for name, missing in (("no-start", start is None), ("no-end", end is None)) if missing]
    if start is None or end is None:
        return Durations(flags=tuple(flags))
    span = ordered[start : end + 1]
    if len({mark.t_origin_ms for mark in span}) > 1:
        flags.append("reloaded")
    if start > end or any(later.at < earlier.at for earlier, later in pairwise(span)):
        return Durations(flags=(*flags, "clock-went-back"))
    hidden, blurred, active = _sum_up(ordered[:start], span, idle_after_ms)
    total = span[-1].at - span[0].at
    return Durations(
        total_ms=total,
        visible_ms=total - hidden,
        active_ms=active,
        hidden_ms=hidden,
        blurred_ms=blurred,
        initial_ms=_between(span, ("paint", None), ("answer", "initial")),
        after_advice_ms=_after_second_paint(span),
        flags=tuple(flags),
    )


def until_exposure(marks: Sequence[Mark], kind: str) -> float | None:
    """Milliseconds from the first paint to the first exposure of a kind; None when either is missing.

    The marks of exposures have the name "exposure" and their kind as state.
    """
    return _between(_ordered(marks), ("paint", None), ("exposure", kind))


def _ordered(marks: Sequence[Mark]) -> list[Mark]:
    """Page loads in the order in which they were first heard of, and within a load by its monotonic clock."""
    first: dict[float, int] = {}
    for mark in marks:
        first[mark.t_origin_ms] = min(mark.place, first.get(mark.t_origin_ms, mark.place))
    return sorted(marks, key=lambda mark: (first[mark.t_origin_ms], mark.t_origin_ms, mark.t_mono_ms))


def _sum_up(before: Sequence[Mark], span: Sequence[Mark], idle_after_ms: float) -> tuple[float, float, float]:
    """Hidden, blurred and active time over the span; `before` sets the state in which it begins."""
    is_hidden = is_blurred = False
    for mark in before:
        is_hidden, is_blurred = _state_after(mark, is_hidden, is_blurred)
    hidden = blurred = active = 0.0
    for earlier, later in pairwise(span):
        is_hidden, is_blurred = _state_after(earlier, is_hidden, is_blurred)
        length = later.at - earlier.at
        if is_hidden or later.t_origin_ms != earlier.t_origin_ms:
            hidden += length
            if later.t_origin_ms != earlier.t_origin_ms:  # a new page begins visible and with the focus
                is_hidden = is_blurred = False
            continue
        active += min(length, idle_after_ms)
        blurred += length if is_blurred else 0.0
    return hidden, blurred, active


def _state_after(mark: Mark, is_hidden: bool, is_blurred: bool) -> tuple[bool, bool]:
    if mark.name == "visibility":
        return mark.state == "hidden", is_blurred
    if mark.name in ("blur", "focus"):
        return is_hidden, mark.name == "blur"
    return is_hidden, is_blurred


def _between(span: Sequence[Mark], first: tuple[str, str | None], last: tuple[str, str | None]) -> float | None:
    begin = _find(span, *first)
    end = _find(span, *last)
    return end.at - begin.at if begin and end and end.at >= begin.at else None


def _after_second_paint(span: Sequence[Mark]) -> float | None:
    return next(
        (
            found
            for stage in ("advice", "reconsider")
            if (found := _between(span, ("paint", stage), ("answer", "final")))
        ),
        None,
    )


def _find(span: Sequence[Mark], name: str, state: str | None) -> Mark | None:
    return next((mark for mark in span if mark.name == name and state in (None, mark.state)), None)
