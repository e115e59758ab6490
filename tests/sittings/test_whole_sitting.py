"""One whole study by one person, through the actions."""

import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.models import Decision
from simlab.sittings.reading import home
from simlab.studies import clock
from tests.factories import DAY, NOW, a_participant, a_sitting, a_study, sit_through

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("arm", "structure"), [("advised", "two-stage"), ("unaided", "reconsider")])
def test_study_is_sat_in_both_arms(arm, structure):
    participant = a_participant(arm=arm)
    first = sit_through(participant, NOW)
    assert (first.completed_at, first.structure) == (NOW, structure)
    assert Decision.objects.filter(encounter__sitting=first).count() == 4
    second = sit_through(participant, NOW + 7 * DAY)
    assert second.structure == "unaided"
    participant.refresh_from_db()
    assert participant.state == "completed"
    assert participant.ended_at == NOW + 7 * DAY


def test_sitting_before_its_window_is_refused_with_the_date():
    participant = a_participant()
    sit_through(participant, NOW)
    with pytest.raises(Refused) as waiting:
        actions.open_sitting(participant=participant, now=NOW + DAY)
    assert waiting.value.code == "not-open"
    assert "30 November 2026" in waiting.value.message


def test_sitting_after_its_window_is_refused():
    participant = a_participant()
    sit_through(participant, NOW)
    with pytest.raises(Refused) as missed:
        actions.open_sitting(participant=participant, now=NOW + 15 * DAY)
    assert missed.value.code == "not-open"


def test_coming_back_resumes_the_same_sitting_with_a_new_lease():
    sitting = a_sitting()
    again = actions.open_sitting(participant=sitting.participant, now=NOW + DAY)
    assert (again.pk, again.lease) == (sitting.pk, 2)
    assert again.encounters.count() == 1


def test_withdrawn_participant_opens_no_sitting_and_keeps_what_was_given():
    sitting = a_sitting()
    actions.withdraw(participant=sitting.participant, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.open_sitting(participant=sitting.participant, now=NOW)
    assert refused.value.code == "not-enrolled"
    assert sitting.participant.sittings.count() == 1


def test_home_follows_the_calendar():
    participant = a_participant()
    before = home(participant, NOW)
    assert [phase["state"] for phase in before["phases"]] == ["open", "waiting"]
    assert (before["can_start"], before["resumes"], before["debrief_ready"]) == (True, False, False)
    sit_through(participant, NOW)
    after = home(participant, NOW + DAY)
    assert [phase["state"] for phase in after["phases"]] == ["finished", "waiting"]
    assert (after["can_start"], after["next_opening"]) == (False, NOW + 7 * DAY)
    assert after["clock_can_move"] is True


def test_skipping_the_wait_moves_the_study_to_the_window_once():
    study = a_study()
    participant = a_participant(study)
    sit_through(participant, clock.now(study))
    actions.skip_wait(participant=participant)
    moved = actions.skip_wait(participant=participant)
    assert home(participant, clock.now(moved))["can_start"] is True
    assert abs(moved.clock_offset - 7 * DAY) < DAY / 24


def test_skipping_the_wait_of_a_trial_is_refused():
    participant = a_participant(a_study(kind="main"))
    sit_through(participant, NOW)
    # The real clock is behind the factory's day at most; either way the study's own clock must not move.
    with pytest.raises(Refused) as refused:
        actions.skip_wait(participant=participant)
    assert refused.value.code == "real-clock"
    participant.study.refresh_from_db()
    assert not participant.study.clock_offset
