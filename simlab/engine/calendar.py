"""When each phase of a study is open to one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simlab.engine.protocol import Protocol
from simlab.engine.spelling import span

WindowState = Literal["waiting", "open", "finished", "missed"]
Moved = tuple[datetime | None, datetime | None]
"""Another opening and another closing for one person; None leaves that of the protocol."""


@dataclass(frozen=True)
class Window:
    """`opens`: the moment from which the next sitting may start; None when it is not yet known, or when the phase is
    open from enrolment on. `closes`: the last moment to start one; None = no end. Both as given: aware datetimes."""

    opens: datetime | None
    closes: datetime | None
    state: WindowState


def windows(
    protocol: Protocol,
    finished: Mapping[str, datetime],
    now: datetime,
    *,
    sat: Mapping[str, Sequence[datetime]] | None = None,
    enrolled: datetime | None = None,
    moved: Mapping[str, Moved] | None = None,
) -> dict[str, Window]:
    """The window of every phase for one person at `now`.

    `finished` holds when each phase was completed; `sat`, for a phase begun, when its sittings so far were completed;
    `enrolled` is needed only when the first phase has a window; `moved` holds the windows that the study team moved for
    this person. A phase whose window closed before it was finished is
    missed; the next phase then counts from that closing, so that one missed phase does not end the study. A day is 24
    hours.
    """
    ended: dict[str, datetime] = {}
    found: dict[str, Window] = {}
    for phase in protocol.phases:
        opening = protocol.opening(phase)
        if opening is None:
            starts, known = enrolled, True
        else:
            anchor = ended.get(opening.after)
            starts, known = (anchor + opening.delay if anchor else None), anchor is not None
        opens, closes = (moved or {}).get(phase, (None, None))
        starts, known = opens or starts, known or opens is not None
        window = _window(protocol, phase, starts, known, finished.get(phase), now, (sat or {}).get(phase, ()), closes)
        found[phase] = window
        if window.state == "finished":
            ended[phase] = finished[phase]
        elif window.state == "missed" and window.closes:
            ended[phase] = window.closes
    return found


def current(found: Mapping[str, Window]) -> str | None:
    """The first phase that is open; None when there is nothing to do now."""
    return next((phase for phase, window in found.items() if window.state == "open"), None)


def next_opening(found: Mapping[str, Window]) -> tuple[str, datetime] | None:
    """The next phase (or sitting of it) that opens at a known time; None when there is none."""
    waiting = [(window.opens, phase) for phase, window in found.items() if window.state == "waiting" and window.opens]
    if not waiting:
        return None
    opens, phase = min(waiting)
    return phase, opens


def is_over(found: Mapping[str, Window]) -> bool:
    """Whether nothing remains to be sat: every phase is finished or missed."""
    return all(window.state in ("finished", "missed") for window in found.values())


def debrief_phases(protocol: Protocol, found: Mapping[str, Window], *, left: bool = False) -> tuple[str, ...]:
    """The phases whose cases may be debriefed now.

    After the last window (or after each phase, where the protocol says so); at once for somebody who has left the
    study, since everyone who was shown wrong advice receives the correction.
    """
    if left or is_over(found):
        return protocol.phase_names
    if protocol.debrief == "after-phase":
        return tuple(phase for phase, window in found.items() if window.state in ("finished", "missed"))
    return ()


def _window(
    protocol: Protocol,
    phase: str,
    starts: datetime | None,
    known: bool,
    finished: datetime | None,
    now: datetime,
    sat: Sequence[datetime],
    closes: datetime | None,
) -> Window:
    rules = protocol.phases[phase]
    closes = closes or (starts + span(rules.window) if starts and rules.window else None)
    opens = starts
    if sat and rules.every:
        again = max(sat) + span(rules.every)
        opens = max(opens, again) if opens else again
    if finished is not None:
        return Window(starts, closes, "finished")
    if not known:
        return Window(None, None, "waiting")
    if closes is not None and now > closes:
        return Window(opens, closes, "missed")
    return Window(opens, closes, "open" if opens is None or opens <= now else "waiting")


def time_to(opens: datetime | None, now: datetime) -> timedelta:
    """How long until `opens`; zero when it has come or is not set."""
    return max(opens - now, timedelta(0)) if opens else timedelta(0)
