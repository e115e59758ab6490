"""The researcher's gap report: missing numbers, late arrivals, clocks that are off, and what was kept apart."""

import datetime

import pytest
from django.core.cache import cache

from simlab.sittings import actions
from simlab.sittings.gaps import windows_of
from simlab.sittings.messages import Message
from simlab.sittings.models import Participant
from simlab.sittings.running import state_of
from tests.factories import NOW, a_message, a_participant, a_sitting, a_study, a_user, an_answer

pytestmark = pytest.mark.django_db
SECOND = datetime.timedelta(seconds=1)


def written(seq: int, at: datetime.datetime, **more: object) -> dict:
    """A message whose browser said that it was this time."""
    return {**a_message(seq, "event", None, name="focus"), "t_origin_ms": at.timestamp() * 1000, "t_mono_ms": 0, **more}


def send(sitting, *messages, now):
    parsed = [Message.model_validate(one) for one in messages]
    return actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=now)


def test_missing_late_and_kept_apart_are_counted_and_the_clock_is_measured():
    sitting = a_sitting()
    slow = datetime.timedelta(seconds=30)  # the browser's clock is half a minute behind
    send(sitting, written(1, NOW - slow), written(2, NOW - slow), now=NOW)
    send(sitting, written(5, NOW - slow), now=NOW + 90 * SECOND)
    send(sitting, an_answer(6, "00000000-0000-4000-8000-000000000000"), now=NOW + 90 * SECOND)
    (one,) = windows_of(sitting.participant.study)
    assert (one.recorded, one.missing, one.quarantined, one.late) == (3, 2, 1, 1)
    assert one.skew_s == pytest.approx(30.0, abs=0.01)
    assert one.longest_s == pytest.approx(90.0, abs=0.01)
    assert one.is_open
    send(sitting, written(3, NOW - slow), written(4, NOW - slow), now=NOW + 91 * SECOND)
    (one,) = windows_of(sitting.participant.study)
    assert (one.recorded, one.missing, one.late) == (5, 0, 3)


def test_each_window_of_a_sitting_is_counted_for_itself():
    sitting = a_sitting()
    send(sitting, written(1, NOW), now=NOW)
    again = actions.open_sitting(participant=sitting.participant, now=NOW)
    send(again, written(2, NOW), now=NOW)
    found = windows_of(sitting.participant.study)
    assert [(one.lease, one.recorded, one.missing) for one in found] == [(1, 1, 0), (2, 1, 1)]


def test_the_page_tells_of_it_and_of_no_arm(client):
    owner = a_user()
    study = a_study(by=owner)
    client.force_login(owner)
    address = f"/studies/{study.pk}/run/gaps/"
    assert "Nobody has sent anything yet." in client.get(address).content.decode()
    sitting = a_sitting(a_participant(study))
    send(sitting, written(1, NOW), now=NOW)
    assert "Every number came" in client.get(address).content.decode()
    send(sitting, written(3, NOW), now=NOW)
    page = client.get(address).content.decode()
    assert "1 missing" in page
    assert str(sitting.participant_id)[:8] in page
    assert sitting.participant.slot.arm not in page
    assert address in client.get(f"/studies/{study.pk}/run/").content.decode()


def test_what_was_kept_apart_is_an_alert_for_people_and_none_for_the_virtual():
    sitting = a_sitting()
    send(sitting, an_answer(1, "00000000-0000-4000-8000-000000000000"), now=NOW)
    study = sitting.participant.study
    assert state_of(study, NOW).quarantined == 1
    Participant.objects.filter(pk=sitting.participant_id).update(virtual=True)
    cache.clear()
    assert state_of(study, NOW).quarantined == 0
