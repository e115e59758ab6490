import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.debrief import debrief
from simlab.sittings.debriefsteps import effect
from simlab.sittings.messages import Message
from simlab.sittings.reading import home
from simlab.studies.actions import lock_study
from tests.factories import (
    DAY,
    NOW,
    a_consented,
    a_message,
    a_nudged_study,
    a_participant,
    a_sitting,
    an_answer,
    mini_pack,
    sit_through,
)  # fmt: skip

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


def test_debrief_says_what_the_advice_did_and_how_the_expert_came_to_the_answer():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW, term="Common cold")
    sit_through(participant, NOW + 7 * DAY)
    participant.refresh_from_db()
    cases = debrief(participant, NOW + 7 * DAY)["cases"]
    wrong = next(case for case in cases if case["advice_was_wrong"])
    assert wrong["advice"]["effect"] == {"before": False, "after": False}
    assert wrong["advice"]["against"] == ["The course"]
    first, *_ = wrong["reasoning"]
    assert (first["title"], first["points"]) == ("What decides this case", ["Course: As the patient says."])
    assert [one["title"] for one in wrong["sources"]] == ["None"]
    assert wrong["asked"] is None


def test_effect_follows_the_answer_and_not_its_rightness():
    case = mini_pack().cases["tired-and-cold"]
    said = {term: {"answer": {"differential": [{"term": term}]}} for term in ("depression", "Gout")}
    wrong = case.advice_by_id("wrong-1")
    turned = effect(case, wrong, {"initial": said["Gout"], "final": said["depression"]})
    assert turned == {"before": False, "after": True}
    assert effect(case, wrong, {"final": said["Gout"]}) == {"before": None, "after": False}
    assert effect(case, wrong, {"initial": said["Gout"]}) is None


ASKING = """
simlab: study/1
title: Asked for
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2}, rotate: fixed}
arms: {all: 1}
phases: {part: {advice: none, reveal: asked}}
"""


def test_debrief_names_the_deciding_finding_that_was_not_asked_for():
    participant = a_participant(a_nudged_study("", source=ASKING))
    sitting = a_sitting(participant)
    asked = Message.model_validate(
        a_message(1, "event", sitting.encounters.open().get().pk, name="asked", item="travel")
    )
    actions.record_batch(sitting=sitting, lease=sitting.lease, messages=[asked], now=NOW)
    answer = an_answer(2, sitting.encounters.open().get().pk, "final")
    actions.record_batch(sitting=sitting, lease=sitting.lease, messages=[Message.model_validate(answer)], now=NOW)
    left = actions.withdraw(participant=participant, now=NOW)
    (case,) = debrief(left, NOW)["cases"]
    assert [one["label"] for one in case["asked"]["got"]] == ["Travel"]
    assert [one["label"] for one in case["asked"]["missed"]] == ["Course"]
    assert (case["asked"]["key"], case["asked"]["key_of"], case["asked"]["beside"]) == (0, 1, 1)
