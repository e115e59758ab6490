"""What many do at once. Each thread has its own connection to the database."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.messages import Message
from simlab.sittings.models import Consent, Decision, Event, Participant, Sitting
from simlab.studies import actions as studies
from simlab.studies.models import Document, Stratum, Study
from simlab.studies.reading import read_folder
from simlab.studies.replaying import first_difference
from tests.factories import (
    DAY,
    MINI,
    NOW,
    a_loaded_pack,
    a_message,
    a_participant,
    a_sitting,
    a_study,
    an_answer,
    sit_through,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12


def in_threads(calls: list[Callable[[], object]]) -> list[object]:
    def one(call: Callable[[], object]) -> object:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, calls))


def consented(study: Study, n: int) -> list[Participant]:
    document = Document.objects.latest_of(study, "consent")
    people = Participant.objects.bulk_create([Participant(study=study, created_at=NOW) for _ in range(n)])
    Consent.objects.bulk_create(
        Consent(participant=one, document=document, sha256=document.sha256, statements=[], agreed=True, given_at=NOW)
        for one in people
    )
    return people


def check_places(places: list[int]) -> None:
    """Every place from the first on was taken by exactly one person."""
    assert sorted(places) == list(range(1, len(places) + 1))


def test_two_hundred_starts_asked_twice_fill_the_list_exactly():
    study = a_study(per_stratum=200)
    people = consented(study, 200)
    asked = [one for person in people for one in (person, person)]
    given = in_threads(
        [
            lambda one=one: actions.declare_eligibility(participant=one, answers={"grade": "gp"}, now=NOW)
            for one in asked
        ]
    )
    places = {person.pk: person.slot for person in given}
    assert len(given) == 400
    assert all(person.slot_id == places[person.pk].pk for person in given)
    check_places([slot.ordinal for slot in places.values()])
    assert Stratum.objects.get(study=study, name="gp").claimed == 200
    check_balance(study)


def check_balance(study: Study) -> None:
    """In every complete block the arms are exactly even; over all, the difference is at most half a block."""
    taken = list(study.slots.filter(stratum="gp", participant__isnull=False).values_list("block", "arm"))
    last = max(block for block, _ in taken)
    for block in range(1, last):
        arms = [arm for number, arm in taken if number == block]
        assert arms.count("advised") == arms.count("unaided")
    arms = [arm for _, arm in taken]
    assert abs(arms.count("advised") - arms.count("unaided")) <= 3


def naive_claim(barrier: threading.Barrier) -> int:
    """What SimLab does not do: count who is there, and take the next place."""
    place = Participant.objects.filter(state="ineligible").count() + 1
    barrier.wait(timeout=10)
    Participant.objects.filter(pk__in=Participant.objects.filter(state="arrived").values("pk")[:1]).update(
        state="ineligible"
    )
    return place


def test_counting_and_adding_one_gives_places_twice():
    """The negative control: the check above must be able to fail."""
    consented(a_study(), THREADS)
    barrier = threading.Barrier(THREADS)
    places = in_threads([lambda: naive_claim(barrier)] * THREADS)
    with pytest.raises(AssertionError):
        check_places(places)


def test_more_people_than_places_leaves_the_counter_exact():
    study = a_study(per_stratum=1)
    size = Stratum.objects.get(study=study, name="gp").size
    people = consented(study, size + 10)

    def ask(person: Participant) -> str:
        try:
            return actions.declare_eligibility(participant=person, answers={"grade": "gp"}, now=NOW).state
        except Refused as refused:
            return refused.code

    answers = in_threads([lambda one=one: ask(one) for one in people])
    assert (answers.count("enrolled"), answers.count("slots-exhausted")) == (size, 10)
    assert Stratum.objects.get(study=study, name="gp").claimed == size


def test_same_batch_five_times_in_parallel_is_recorded_once(browser_of):
    sitting = a_sitting()
    batch = {"lease": 1, "messages": [a_message(1, name="focus"), an_answer(2, sitting.encounters.get().pk)]}
    clients = [browser_of(sitting) for _ in range(5)]
    url = f"/api/sittings/{sitting.pk}/outbox/"
    replies = in_threads([lambda c=c: c.post(url, batch, content_type="application/json") for c in clients])
    assert [reply.status_code for reply in replies] == [200] * 5
    told = sorted(result["status"] for reply in replies for result in reply.json()["results"])
    assert told == ["repeat"] * 8 + ["stored"] * 2
    assert (Event.objects.count(), Decision.objects.count()) == (2, 1)


def test_two_windows_answering_at_once_give_one_decision():
    sitting = a_sitting()
    encounter = sitting.encounters.get().pk
    actions.open_sitting(participant=sitting.participant, now=NOW)

    def answer(lease: int) -> str:
        message = Message.model_validate(an_answer(1, encounter))
        done = actions.record_batch(sitting=sitting, lease=lease, messages=[message], now=NOW)
        return done.results[0]["status"]

    assert sorted(in_threads([lambda: answer(1), lambda: answer(2)])) == ["refused", "stored"]
    assert Decision.objects.count() == 1


def test_opening_twice_at_once_gives_one_sitting():
    participant = a_participant()
    opened = in_threads([lambda: actions.open_sitting(participant=participant, now=NOW)] * 4)
    assert len({sitting.pk for sitting in opened}) == 1
    assert sorted(sitting.lease for sitting in opened) == [1, 2, 3, 4]
    assert Sitting.objects.get().encounters.count() == 1


def test_withdrawal_during_the_last_answer_is_not_overwritten():
    """The batch waits for the withdrawal to be committed, sees it, and does not call the person completed."""
    participant = a_participant(arm="unaided")
    sit_through(participant, NOW)
    later = NOW + 7 * DAY
    sitting = actions.open_sitting(participant=participant, now=later)
    answers = [Message.model_validate(an_answer(1, sitting.encounters.get().pk, "final"))]
    actions.record_batch(sitting=sitting, lease=1, messages=answers, now=later)
    last = Message.model_validate(an_answer(2, sitting.encounters.open().get().pk, "final"))

    def answer() -> str:
        return actions.record_batch(sitting=sitting, lease=1, messages=[last], now=later).results[0].get("code", "")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            actions.withdraw(participant=participant, now=later)
            told = pool.submit(lambda: in_threads([answer])[0])
            time.sleep(0.3)  # long enough for the other thread to reach the lock
            assert not told.done()
        assert told.result(timeout=10) == "withdrawn"
    participant.refresh_from_db()
    assert participant.state == "withdrawn"


def test_minimised_starts_at_once_are_chosen_one_after_the_other():
    a_loaded_pack()
    source, documents = read_folder(MINI)
    source = source.replace(
        "{method: blocks, sizes: [4, 6], strata: [grade]}", "{method: minimisation, factors: [grade]}"
    )
    study = studies.create_study(slug="race", kind="pilot", source=source, documents=documents, by=None, now=NOW)
    study = studies.launch_study(study=study, by=None, now=NOW, per_stratum=40, seed="race")
    people = consented(study, 40)
    asked = [one for person in people for one in (person, person)]
    in_threads(
        [
            lambda one=one: actions.declare_eligibility(participant=one, answers={"grade": "gp"}, now=NOW)
            for one in asked
        ]
    )
    check_places(list(study.minimised.values_list("number", flat=True)))
    assert study.minimised.count() == 40
    assert first_difference(study) is None
