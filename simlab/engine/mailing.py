"""Which mail one person is due, and when: reminders of a protocol, in the person's own waking hours.

Pure: the windows and the clock come in, a list comes out. What was sent before is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from simlab.engine.calendar import Window
from simlab.engine.protocol import Protocol
from simlab.engine.spelling import span

Kind = Literal["invitation", "appointment", "reminder", "debrief"]

WORTH_A_NOTE = timedelta(days=1)
"""An opening nearer than this needs no appointment: the first reminder says it soon enough."""

ASK_AGAIN = (timedelta(days=7), timedelta(days=14))
"""An invitation that nobody followed is repeated after these times, and then no more."""


@dataclass(frozen=True)
class Quiet:
    """The hours of the night, local to `zone`, in which no mail goes out; equal times mean none. May cross midnight."""

    zone: ZoneInfo
    start: time = time(20)
    end: time = time(8)

    def holds(self, moment: datetime) -> bool:
        clock = moment.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True)
class DueMail:
    """One message that should go out at `due`, and that makes no sense any more after `until` (None: always does).

    `window` names the phase and the sitting, `number` counts the messages of one kind about one window. `opens` is what
    the message tells.
    """

    kind: Kind
    window: str
    number: int
    due: datetime
    until: datetime | None
    opens: datetime | None


def waking(moment: datetime, quiet: Quiet) -> datetime:
    """The moment itself, or the end of the quiet hours that hold it, in the zone of `moment`."""
    if not quiet.holds(moment):
        return moment
    local = moment.astimezone(quiet.zone)
    day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet.end, tzinfo=quiet.zone).astimezone(moment.tzinfo)


def window_name(phase: str, sitting: int) -> str:
    return f"{phase}/{sitting}"


def due_of_windows(
    protocol: Protocol,
    found: Mapping[str, Window],
    sat: Mapping[str, int],
    now: datetime,
    quiet: Quiet,
    *,
    enrolled: datetime,
) -> list[DueMail]:
    """The mail about every sitting whose opening is known and that is still to be sat, in the order of time.

    `sat` is how many sittings of a phase are complete. A reminder that the quiet hours would push past the end of the
    window comes before them instead, as long as the window is open then; so it is never lost.
    """
    mails: list[DueMail] = []
    for phase, window in found.items():
        offsets = [span(text) for text in protocol.phases[phase].remind]
        if not offsets or window.state not in ("waiting", "open"):
            continue
        if window.state == "waiting" and window.opens is None:
            continue
        opens, name = window.opens or enrolled, window_name(phase, sat.get(phase, 0) + 1)
        if opens - now >= WORTH_A_NOTE:
            mails.append(DueMail("appointment", name, 0, waking(now, quiet), opens, opens))
        for number, offset in enumerate(offsets):
            due = _before_the_end(waking(opens + offset, quiet), opens, window.closes, quiet)
            mails.append(DueMail("reminder", name, number, due, window.closes, opens))
    return sorted(mails, key=lambda mail: mail.due)


def _before_the_end(due: datetime, opens: datetime, closes: datetime | None, quiet: Quiet) -> datetime:
    if closes is None or due < closes:
        return due
    local = due.astimezone(quiet.zone)
    evening = datetime.combine(local.date(), quiet.start, tzinfo=quiet.zone)
    while evening >= due.astimezone(quiet.zone):
        evening -= timedelta(days=1)
    return max(opens, (evening - timedelta(minutes=1)).astimezone(due.tzinfo))


def due_of_invitation(invited: datetime, quiet: Quiet) -> list[DueMail]:
    """The invitation and its repetitions, for somebody who has not followed it."""
    moments = [invited, *(invited + after for after in ASK_AGAIN)]
    return [
        DueMail("invitation", "", number, waking(moment, quiet), None, None) for number, moment in enumerate(moments)
    ]
