"""Which mail is due when: local hours, summer time, windows that close, sittings that repeat."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from simlab.engine.calendar import windows
from simlab.engine.errors import InvalidFile
from simlab.engine.mailing import Quiet, due_of_invitation, due_of_windows, waking
from simlab.engine.protocol import parse_protocol

LONDON = Quiet(ZoneInfo("Europe/London"))
DAY = timedelta(days=1)
STUDY = """
simlab: study/1
title: Reminded
population: {roles: [gp]}
documents: {information: i.md, consent: c.md, debrief: d.md}
cases: {packs: [mini], forms: {A: 2, B: 2}, rotate: fixed}
arms: {one: 1}
phases:
  first: {advice: none, sittings: 2, every: 7d, remind: [0d, 2d]}
  second: {advice: none, opens: 28d after first, window: 7d, remind: [0d, 3d, 6d]}
"""


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(2026, 11, 23, 12), at(2026, 11, 23, 12)),
        (at(2026, 11, 23, 20), at(2026, 11, 24, 8)),  # eight in the evening is quiet already
        (at(2026, 11, 24, 3), at(2026, 11, 24, 8)),
        (at(2026, 7, 1, 6, 30), at(2026, 7, 1, 7)),  # summer time: eight there is seven UTC
        (at(2026, 3, 28, 21), at(2026, 3, 29, 7)),  # the clocks go forward that night
        (at(2026, 10, 24, 21), at(2026, 10, 25, 8)),  # and back that one
    ],
)
def test_mail_waits_for_the_local_morning(moment, expected):
    assert waking(moment, LONDON) == expected
    assert not LONDON.holds(expected)


def test_quiet_hours_by_day_and_none_at_all():
    nights = Quiet(ZoneInfo("Asia/Tokyo"), time(9), time(17))
    assert waking(at(2026, 11, 23, 1), nights) == at(2026, 11, 23, 8)
    never = Quiet(ZoneInfo("UTC"), time(8), time(8))
    assert waking(at(2026, 11, 23, 3), never) == at(2026, 11, 23, 3)


def mails(finished, now, sat=None):
    protocol = parse_protocol(STUDY)
    start = at(2026, 11, 23, 9)
    times = {"first": [now] * sat} if sat else {}
    found = windows(protocol, finished, now, sat=times, enrolled=start)
    return due_of_windows(protocol, found, {"first": sat or 0}, now, LONDON, enrolled=start)


def test_open_phase_is_reminded_of_from_enrolment():
    start = at(2026, 11, 23, 9)
    assert [(m.kind, m.window, m.number, m.due) for m in mails({}, start)] == [
        ("reminder", "first/1", 0, start),
        ("reminder", "first/1", 1, start + 2 * DAY),
    ]


def test_next_sitting_is_an_appointment_and_then_reminders():
    now = at(2026, 11, 23, 22)
    found = mails({}, now, sat=1)
    morning, opens = at(2026, 11, 24, 8), now + 7 * DAY
    assert [(m.kind, m.window, m.number, m.due) for m in found] == [
        ("appointment", "first/2", 0, morning),
        ("reminder", "first/2", 0, opens + 10 * timedelta(hours=1)),
        ("reminder", "first/2", 1, opens + 2 * DAY + 10 * timedelta(hours=1)),
    ]
    assert {m.opens for m in found} == {opens}


def test_retention_is_known_four_weeks_ahead_and_closes():
    now = at(2026, 11, 23, 9)
    found = [m for m in mails({"first": now}, now) if m.kind == "reminder"]
    assert [m.due for m in found] == [now + 28 * DAY, now + 31 * DAY, now + 34 * DAY]
    assert {m.until for m in found} == {now + 35 * DAY}
    assert mails({"first": now, "second": now + 30 * DAY}, now + 31 * DAY) == []
    assert mails({"first": now}, now + 36 * DAY) == []


def test_reminder_that_the_night_would_swallow_comes_in_the_evening_before():
    text = STUDY.replace("window: 7d, remind: [0d, 3d, 6d]", "window: 18h, remind: [0d, 12h]")
    protocol, now = parse_protocol(text), at(2026, 11, 23, 12)
    found = windows(protocol, {"first": now}, now, enrolled=now)
    due = [m.due for m in due_of_windows(protocol, found, {}, now, LONDON, enrolled=now) if m.kind == "reminder"]
    assert due == [now + 28 * DAY, (now + 28 * DAY).replace(hour=19, minute=59)]


@pytest.mark.parametrize("remind", ["[3d, 0d]", "[1d, 1d]", "[0d, 7d]"])
def test_reminders_out_of_order_or_after_the_end_are_refused(remind):
    with pytest.raises(InvalidFile, match="remind"):
        parse_protocol(STUDY.replace("[0d, 3d, 6d]", remind))


def test_moved_window_counts_instead_of_that_of_the_protocol():
    protocol, now = parse_protocol(STUDY), at(2026, 11, 23, 9)
    moved = {"second": (now + 10 * DAY, now + 12 * DAY)}
    found = windows(protocol, {"first": now}, now + 11 * DAY, enrolled=now, moved=moved)
    assert (found["second"].state, found["second"].opens, found["second"].closes) == ("open", *moved["second"])
    longer = windows(protocol, {"first": now}, now + 36 * DAY, enrolled=now, moved={"second": (None, now + 40 * DAY)})
    assert longer["second"].state == "open"


def test_invitation_is_repeated_twice():
    assert [m.number for m in due_of_invitation(at(2026, 11, 23, 9), LONDON)] == [0, 1, 2]
    assert due_of_invitation(at(2026, 11, 23, 23), LONDON)[0].due == at(2026, 11, 24, 8)
