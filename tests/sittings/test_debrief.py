import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.debrief import debrief
from simlab.sittings.messages import Message
from simlab.sittings.reading import home
from simlab.studies.actions import lock_study
from tests.factories import DAY, NOW, a_consented, a_participant, a_sitting, an_answer, sit_through

pytestmark = pytest.mark.django_db


def test_debrief_is_refused_while_windows_remain():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW)
    with pytest.raises(Refused) as refused:
        debrief(participant, NOW + DAY)
    assert refused.value.code == "debrief-not-yet"


def test_debrief_is_refused_to_somebody_who_never_enrolled():
    participant = a_consented()
    actions.withdraw(participant=participant, now=NOW)
    participant.refresh_from_db()
    with pytest.raises(Refused):
        debrief(participant, NOW)


def test_debrief_corrects_every_wrong_advice():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW, term="Common cold")
    sit_through(participant, NOW + 7 * DAY)
    participant.refresh_from_db()
    cases = debrief(participant, NOW + 7 * DAY)["cases"]
    assert len(cases) == 4
    advised = [case for case in cases if case["phase"] == "exposure"]
    assert sorted(case["advice_was_wrong"] for case in advised) == [False, True]
    wrong = next(case for case in advised if case["advice_was_wrong"])
    assert wrong["advice"]["said"] != wrong["reference"]["diagnosis"]["term"]
    assert wrong["first"]["answer"]["differential"][0]["term"] == "Common cold"
    assert wrong["last"]["confidence"] == 60
    assert wrong["text"].strip() == "The course decides."
    assert all(case["advice"] is None for case in cases if case["phase"] == "withdrawal")


def test_debrief_opens_when_the_last_window_is_missed():
    participant = a_participant()
    sit_through(participant, NOW)
    assert len(debrief(participant, NOW + 15 * DAY)["cases"]) == 2


def test_withdrawn_participant_is_debriefed_at_once_on_what_was_answered():
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get()
    message = Message.model_validate(an_answer(1, encounter.pk))
    actions.record_batch(sitting=sitting, lease=1, messages=[message], now=NOW)
    left = actions.withdraw(participant=sitting.participant, now=NOW)
    (case,) = debrief(left, NOW)["cases"]
    assert case["advice"] is not None
    assert case["last"] is None


def test_debrief_does_not_show_advice_that_was_never_reached():
    sitting = a_sitting(arm="advised")
    left = actions.withdraw(participant=sitting.participant, now=NOW)
    assert debrief(left, NOW)["cases"] == []


def test_locking_a_study_debriefs_those_who_will_never_finish():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW)
    assert not home(participant, NOW + DAY)["debrief_ready"]
    lock_study(study=participant.study, by=None, now=NOW + DAY)
    assert home(participant, NOW + DAY)["debrief_ready"]
    assert len(debrief(participant, NOW + DAY)["cases"]) == 2


def test_sitting_begun_before_its_window_closed_can_be_finished_and_is_debriefed_then():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW)
    actions.open_sitting(participant=participant, now=NOW + 7 * DAY)
    late = NOW + 60 * DAY
    page = home(participant, late)
    assert (page["can_start"], page["resumes"], page["debrief_ready"]) == (True, True, False)
    assert [phase["name"] for phase in page["phases"] if phase["current"]] == ["withdrawal"]
    with pytest.raises(Refused):
        debrief(participant, late)
    sit_through(participant, late)
    participant.refresh_from_db()
    assert participant.state == "completed"
    assert len(debrief(participant, late)["cases"]) == 4
