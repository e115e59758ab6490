"""What the write path keeps, costs, and undoes."""

import json

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from simlab.engine.nudge import AdvicePolicy
from simlab.sittings import actions
from simlab.sittings.actions import recording
from simlab.sittings.messages import Message
from simlab.sittings.models import Decision, Encounter, Event, Exposure, Quarantine
from simlab.sittings.nudges import _first
from simlab.sittings.reading import current_step
from simlab.studies.models import AdviceVersion
from tests.factories import NOW, a_loaded_pack, a_message, a_participant, a_sitting, an_answer

pytestmark = pytest.mark.django_db


def record(sitting, *messages):
    parsed = [Message.model_validate(message) for message in messages]
    return actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)


def test_times_are_stored_as_the_browser_said():
    sitting = a_sitting()
    record(sitting, a_message(1, "event", sitting.encounters.get().pk, name="paint"))
    event = Event.objects.get()
    assert (event.t_mono_ms, event.t_origin_ms, event.received_at) == (1000.5, 1.7e12, NOW)
    assert event.payload == {"name": "paint"}


def test_last_answer_of_a_case_shows_the_next_one():
    sitting = a_sitting(arm="unaided")
    first = sitting.encounters.get()
    record(sitting, an_answer(1, first.pk), an_answer(2, first.pk, "final"))
    first.refresh_from_db()
    assert (first.stage, first.closed_at) == ("done", NOW)
    assert sitting.encounters.open().get().position == 2


def test_broken_second_insert_undoes_the_whole_batch(monkeypatch):
    """The event is inserted, then the decision fails: neither may stay."""
    sitting = a_sitting()
    encounter = sitting.encounters.get()

    def broken(*args, **kwargs):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(recording.Decision.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        record(sitting, a_message(1, name="focus"), an_answer(2, encounter.pk))
    assert not Event.objects.exists()
    encounter.refresh_from_db()
    sitting.refresh_from_db()
    assert (encounter.stage, sitting.acked) == ("initial", 0)


def test_exposure_points_at_the_advice_that_was_planned():
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get()
    seen = a_message(2, "exposure", encounter.pk, kind="seen", dwell_ms=850.25, rendered_sha256="ab" * 32)
    record(sitting, an_answer(1, encounter.pk), seen)
    assigned, exposure = Exposure.objects.order_by("pk")
    assert (assigned.kind, assigned.event) == ("assigned", None)
    assert exposure.advice_version == assigned.advice_version == encounter.planned.advice_version
    assert exposure.as_shown is False
    assert (exposure.kind, exposure.dwell_ms, exposure.rendered_sha256) == ("seen", 850.25, "ab" * 32)


def test_message_after_withdrawal_is_kept_but_does_not_count():
    sitting = a_sitting()
    actions.withdraw(participant=sitting.participant, now=NOW)
    done = record(sitting, an_answer(1, sitting.encounters.get().pk))
    assert done.results[0]["code"] == "withdrawn"
    assert not Decision.objects.exists()
    assert Quarantine.objects.get().reason == "withdrawn"


def test_refused_message_sent_often_fills_no_table():
    sitting = a_sitting()
    message = an_answer(1, sitting.encounters.get().pk, "final")
    for _ in range(3):
        record(sitting, message)
    assert Quarantine.objects.count() == 1


@pytest.fixture
def fresh(browser_of):
    """A client and the sitting of a participant, with the caches of immutable content warm."""
    sitting = a_sitting(a_participant(arm="advised"))
    client = browser_of(sitting)
    client.get(f"/api/sittings/{sitting.pk}/step/")
    return client, sitting


def test_step_costs_few_queries(fresh, send, django_assert_max_num_queries):
    client, sitting = fresh
    with django_assert_max_num_queries(4):
        client.get(f"/api/sittings/{sitting.pk}/step/")
    send(sitting, an_answer(1, sitting.encounters.get().pk), client=client)
    client.get(f"/api/sittings/{sitting.pk}/step/")
    with django_assert_max_num_queries(5):
        client.get(f"/api/sittings/{sitting.pk}/step/")


def test_outbox_costs_few_queries(fresh, send, django_assert_max_num_queries):
    client, sitting = fresh
    encounter = sitting.encounters.get().pk
    with django_assert_max_num_queries(11):
        send(sitting, an_answer(1, encounter), client=client)
    with django_assert_max_num_queries(15):
        send(sitting, a_message(2, "exposure", encounter, kind="seen"), an_answer(3, encounter, "final"), client=client)


def test_cost_of_a_batch_does_not_grow_with_its_messages(fresh, send, django_assert_num_queries):

    client, sitting = fresh
    encounter = sitting.encounters.get().pk
    with CaptureQueriesContext(connection) as few:
        send(sitting, a_message(1, "event", encounter, name="focus"), client=client)
    with django_assert_num_queries(len(few)):
        send(sitting, *(a_message(n, "event", encounter, name="focus") for n in range(2, 52)), client=client)


def test_step_tells_neither_reference_nor_arm_nor_correctness(fresh, send):
    client, sitting = fresh
    encounter = sitting.encounters.get()
    send(sitting, an_answer(1, encounter.pk, term="Something else"), client=client)
    step = client.get(f"/api/sittings/{sitting.pk}/step/").json()
    assert step["advice"]["uuid"] == str(encounter.planned.advice_version_id)
    shown = json.dumps(step).lower()
    for secret in ("reference", "debrief", "correct", "advised", "right-1", "wrong-1", "premature", "error", "key"):
        assert secret not in shown.replace("management-key", "")
    # Before the advice not even the diagnosis it will name is on the page, apart from what the patient says.
    assert {"error_type", "correct"}.isdisjoint(step["advice"])


def test_right_and_wrong_advice_look_alike():
    """Same fields, in every card of the pack."""
    shapes = set()
    for sitting in (a_sitting(arm="advised") for _ in range(4)):
        encounter = sitting.encounters.get()
        record(sitting, an_answer(1, encounter.pk))

        sitting.refresh_from_db()
        shapes.add(json.dumps(_shape(current_step(sitting)["advice"])))
    assert AdviceVersion.objects.filter(pk__in=Encounter.objects.values("planned__advice_version")).exists()
    assert len(shapes) == 1


def test_ids_on_a_card_do_not_tell_right_from_wrong():
    """Ids made from the names `right-1` and `wrong-1` would be the same on every case."""
    ids = []
    a_loaded_pack()
    for version in AdviceVersion.objects.all():
        shown = _first(version.pk, AdvicePolicy(wrong="2 of 6"), None, None).card
        ids += [shown["uuid"], *(suggestion["uuid"] for suggestion in shown["suggestions"])]
    assert len(set(ids)) == len(ids) >= 16


def _shape(value):
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in sorted(value.items())}
    return [_shape(inner) for inner in value[:1]] if isinstance(value, list) else type(value).__name__
