"""Each constraint and trigger of the sittings, broken once."""

import datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from simlab.sittings import actions
from simlab.sittings.messages import Message
from simlab.sittings.models import (
    ChatTurn,
    Consent,
    Decision,
    Encounter,
    Event,
    Exposure,
    InstrumentResponse,
    Participant,
    Quarantine,
    Reflection,
    Sitting,
)
from simlab.studies.models import Instrument
from tests.factories import NOW, a_message, a_participant, a_sitting, a_study, an_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting():
    """A sitting of the advised arm with one row of every kind."""
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get().pk
    sent = [
        an_answer(1, encounter),
        a_message(2, "exposure", encounter, kind="seen"),
        an_answer(3, encounter, "initial", "Bunion"),
    ]
    messages = [Message.model_validate(message) for message in sent]
    actions.record_batch(sitting=sitting, lease=1, messages=messages, now=NOW)
    return sitting


def breaks(words, change):
    """The database must refuse the change, by a constraint or trigger of this name or with these words."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        change()
    assert words in str(refused.value)


def copy(row, **changes):
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


@pytest.mark.parametrize("model", [Consent, Event, Decision, Exposure, Quarantine])
def test_what_was_sent_is_append_only(sitting, model):
    row = model.objects.first()
    breaks("immutable: UPDATE refused", row.save)

    def delete():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")

    breaks("immutable: DELETE refused", delete)


def test_slot_belongs_to_one_participant():
    study = a_study()
    first, second = a_participant(study), a_participant(study)
    breaks("slot_id", lambda: Participant.objects.filter(pk=second.pk).update(slot=first.slot))


@pytest.mark.parametrize(
    "change",
    [{"slot": None}, {"enrolled_at": None}, {"state": "arrived"}, {"state": "declined"}, {"state": "ineligible"}],
)
def test_enrolled_participant_has_slot_time_and_state_together(change):
    participant = a_participant()
    breaks("participant_enrolled_has_a_slot", lambda: Participant.objects.filter(pk=participant.pk).update(**change))


@pytest.mark.parametrize("change", [{"state": "withdrawn"}, {"state": "completed"}, {"ended_at": NOW}])
def test_end_has_a_time_and_a_time_has_an_end(change):
    participant = a_participant()
    breaks("participant_ended_has_a_time", lambda: Participant.objects.filter(pk=participant.pk).update(**change))


def test_who_has_left_says_what_becomes_of_the_answers(sitting):
    people = Participant.objects.filter(pk=sitting.participant_id)
    breaks("participant_left_says_what_becomes", lambda: people.update(state="withdrawn", ended_at=NOW))
    breaks("participant_left_says_what_becomes", lambda: people.update(withdrawal="keep"))
    breaks("participant_erased_on_request", lambda: people.update(erased_at=NOW))


def test_consent_is_given_once(sitting):
    breaks("consent_given_once", lambda: copy(Consent.objects.get()))


def test_sitting_exists_once_and_one_is_open_at_a_time(sitting):
    breaks("sitting_once", lambda: copy(Sitting.objects.get(), completed_at=NOW))
    breaks("sitting_open_one_at_a_time", lambda: copy(Sitting.objects.get(), number=2))


@pytest.mark.parametrize(
    ("change", "name"), [({"lease": 0}, "sitting_lease_from_one"), ({"acked": 9}, "sitting_acked_was_seen")]
)
def test_numbers_of_a_sitting_make_sense(sitting, change, name):
    breaks(name, lambda: Sitting.objects.filter(pk=sitting.pk).update(**change))


def test_one_encounter_is_open_and_each_position_shown_once(sitting):
    encounter = sitting.encounters.get()
    other = encounter.planned.slot.planned.get(phase="exposure", position=2)
    breaks("encounter_open_one_at_a_time", lambda: copy(sitting.encounters.get(), planned=other, position=2))
    breaks(
        "encounter_position_once",
        lambda: copy(sitting.encounters.get(), planned=other, stage="done", closed_at=NOW),
    )
    breaks("planned_id", lambda: copy(sitting.encounters.get(), position=2, stage="done", closed_at=NOW))


@pytest.mark.parametrize("change", [{"stage": "done"}, {"closed_at": NOW}])
def test_encounter_is_closed_when_it_is_done(sitting, change):
    breaks("encounter_done_is_closed", lambda: Encounter.objects.filter(sitting=sitting).update(**change))


def an_event():
    return Event.objects.get(seq=1)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seq": 9}, "event_uuid_once"),
        ({"uuid": "00000000-0000-4000-8000-000000000001"}, "event_number_once"),
        ({"uuid": "00000000-0000-4000-8000-000000000001", "seq": 0}, "event_number_from_one"),
        ({"uuid": "00000000-0000-4000-8000-000000000001", "seq": 9, "kind": "other"}, "event_kind_known"),
    ],
)
def test_event_has_one_identity_one_number_and_a_known_kind(sitting, changes, name):
    breaks(name, lambda: copy(an_event(), **changes))


@pytest.fixture
def spare_event(sitting):
    event = an_event()
    copy(event, uuid="00000000-0000-4000-8000-000000000002", seq=50)
    return event


@pytest.mark.parametrize(
    ("changes", "name"), [({}, "decision_once_a_stage"), ({"stage": "third"}, "decision_stage_known")]
)
def test_decision_is_the_only_one_of_its_stage(spare_event, changes, name):
    breaks(name, lambda: copy(Decision.objects.get(), event=spare_event, **changes))


def test_event_makes_one_decision(sitting):
    breaks("event_id", lambda: copy(Decision.objects.get(), stage="final"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"kind": "liked"}, "exposure_kind_known"),
        ({"dwell_ms": -1}, "exposure_dwell_not_negative"),
        ({"shown_as": "third"}, "exposure_card_known"),
        ({"kind": "assigned"}, "exposure_assigned_by_the_server"),
    ],
)
def test_exposure_is_of_a_known_kind(spare_event, changes, name):
    breaks(name, lambda: copy(Exposure.objects.exclude(kind="assigned").get(), event=spare_event, **changes))


def test_advice_is_assigned_once_and_without_the_browser(sitting):
    assigned = Exposure.objects.get(kind="assigned")
    breaks("exposure_assigned_once", lambda: copy(assigned))
    assigned = Exposure.objects.get(kind="assigned")
    breaks("exposure_assigned_by_the_server", lambda: copy(assigned, kind="seen"))


def test_event_that_befalls_a_case_is_known(sitting):
    breaks("encounter_event_known", lambda: Encounter.objects.filter(sitting=sitting).update(event="lost"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "chat_turn_once"),
        ({"number": 0}, "chat_turn_from_one"),
        ({"number": 2, "role": "nurse"}, "chat_turn_role_known"),
    ],
)
def test_turn_of_a_chat_has_one_number_and_a_known_role(sitting, changes, name):
    turn = ChatTurn(encounter=sitting.encounters.get(), number=1, role="clinician", text="Why?", said_at=NOW)
    turn.save()
    breaks(name, lambda: copy(ChatTurn.objects.get(number=1), **changes))


def test_quarantine_keeps_a_content_once(sitting):
    row = Quarantine.objects.get()
    assert row.received_at == NOW
    breaks("quarantine_content_once", lambda: copy(row, received_at=NOW + datetime.timedelta(1)))


def test_case_that_ran_out_of_time_had_a_deadline(sitting):
    done = sitting.encounters.filter(closed_at=None)
    breaks("encounter_timed_out_had_a_deadline", lambda: done.update(timed_out=True))


def test_questionnaire_is_answered_once_at_a_point(sitting):
    study = sitting.participant.study
    instrument = Instrument.objects.create(study=study, name="sus", sha256="0" * 64, content={}, created_at=NOW)
    fields = {"participant": sitting.participant, "instrument": instrument, "point": "after study", "phase": "x"}
    row = InstrumentResponse.objects.create(**fields, answers={}, given_at=NOW)
    breaks("immutable: UPDATE refused", row.save)
    breaks("response_once", lambda: copy(row))


def test_reflection_has_words_and_is_never_changed(sitting):
    row = Reflection.objects.create(participant=sitting.participant, text="Ask earlier.", written_at=NOW)
    breaks("immutable: UPDATE refused", row.save)
    breaks("immutable: DELETE refused", row.delete)
    breaks("reflection_has_words", lambda: copy(row, text=""))


def test_every_constraint_of_the_models_has_a_test():
    """A constraint added without a test that breaks it fails here."""

    models = [ChatTurn, Consent, Decision, Encounter, Event, Exposure, Participant, Quarantine, Sitting]
    models += [InstrumentResponse, Reflection]
    tested = Path(__file__).read_text()
    missing = [rule.name for model in models for rule in model._meta.constraints if rule.name not in tested]
    assert not missing
