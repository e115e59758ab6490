"""Where a participant stands: the engine's calendar applied to the sittings on record."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simlab.engine import calendar
from simlab.engine.protocol import Protocol
from simlab.sittings.mailmodels import MovedWindow
from simlab.sittings.models import Participant, Sitting
from simlab.studies.reading import protocol_of


@dataclass(frozen=True)
class Progress:
    """Sittings by phase in their order, the phases that are finished, and the windows at a moment.

    `has_ended`: no answer is taken any more, because the person has left or the study is locked.
    """

    protocol: Protocol
    sittings: Mapping[str, list[Sitting]]
    finished: Mapping[str, datetime.datetime]
    windows: Mapping[str, calendar.Window]
    is_allocated: bool
    has_ended: bool

    @property
    def current(self) -> str | None:
        """The phase of the open sitting, which may be finished after its window; else the phase that is open."""
        going = self.open_sitting
        return going.phase if going else calendar.current(self.windows)

    @property
    def open_sitting(self) -> Sitting | None:
        return next((s for rows in self.sittings.values() for s in rows if s.completed_at is None), None)

    @property
    def next_opening(self) -> datetime.datetime | None:
        found = calendar.next_opening(self.windows)
        return found[1] if found else None

    @property
    def is_over(self) -> bool:
        return calendar.is_over(self.windows)

    @property
    def debriefed(self) -> tuple[str, ...]:
        """The phases whose cases may be debriefed now: all, once the person has left or the study is locked.

        A sitting that was begun in its window and can still be finished keeps its debrief closed.
        """
        if not self.is_allocated:
            return ()
        phases = calendar.debrief_phases(self.protocol, self.windows, left=self.has_ended)
        if self.has_ended or self.open_sitting is None:
            return phases
        going = self.open_sitting.phase
        return tuple(phase for phase in phases if phase != going) if self.protocol.debrief == "after-phase" else ()


def progress_of(participant: Participant, now: datetime.datetime) -> Progress:
    """Two queries; `participant.study.protocol` should be loaded."""
    return progress_from(participant, participant.sittings.order_by("opened_at"), participant.moved_windows.all(), now)


def progress_from(
    participant: Participant, rows: Iterable[Sitting], moved: Iterable[MovedWindow], now: datetime.datetime
) -> Progress:
    """The same from rows at hand: sittings and moved windows, each in the order of time."""
    protocol = protocol_of(participant.study)
    sittings: dict[str, list[Sitting]] = {phase: [] for phase in protocol.phase_names}
    for sitting in rows:
        sittings[sitting.phase].append(sitting)
    done = {phase: [s.completed_at for s in rows if s.completed_at] for phase, rows in sittings.items()}
    finished = {phase: max(times) for phase, times in done.items() if len(times) >= protocol.sittings(phase)}
    unfinished = {phase: times for phase, times in done.items() if times and phase not in finished}
    others = {one.phase: (one.opens, one.closes) for one in moved}  # the last word about a phase counts
    windows = calendar.windows(protocol, finished, now, sat=unfinished, enrolled=participant.enrolled_at, moved=others)
    return Progress(
        protocol,
        sittings,
        finished,
        windows,
        is_allocated=participant.slot_id is not None,
        has_ended=participant.state == Participant.State.WITHDRAWN or participant.study.is_closed,
    )
