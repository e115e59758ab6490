# ruff: noqa: S101 - it is run by pytest
"""How enrolment bears many at once: `python3 manage.py test docs/bench/enrol_race.py -q -s`.

First 200 people press “Join the study” within two seconds, each through the whole of Django's request handling. Then
2,000 (SIMLAB_RACE) ask twice each as fast as twenty threads go, by blocks and by minimisation; and the naive way, count
and add one, runs beside it and must fail.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from simlab.sittings import actions
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.models import Consent, Participant
from simlab.studies import actions as studies
from simlab.studies.models import Document, Stratum
from simlab.studies.reading import read_folder
from simlab.studies.replaying import first_difference
from tests.factories import MINI, NOW, a_loaded_pack, a_study

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 20
MANY = int(os.environ.get("SIMLAB_RACE", "2000"))


def consented(study, count):
    document = Document.objects.latest_of(study, "consent")
    people = Participant.objects.bulk_create([Participant(study=study, created_at=NOW) for _ in range(count)])
    Consent.objects.bulk_create(
        Consent(participant=one, document=document, sha256=document.sha256, statements=[], agreed=True, given_at=NOW)
        for one in people
    )
    return people


def in_threads(calls, due=None):
    """Run the calls in twenty threads; with `due`, each no sooner than so many seconds after the start, and its wait
    counts from then, so that queueing for a thread is part of it."""
    begun = time.perf_counter()

    def one(index):
        wanted = begun + due[index] if due else time.perf_counter()
        time.sleep(max(0.0, wanted - time.perf_counter()))
        try:
            return calls[index](), time.perf_counter() - wanted
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(len(calls)))), time.perf_counter() - begun


def test_two_hundred_starts_in_two_seconds(capsys):
    study = a_study(per_stratum=200)
    _, token = studies.open_link(study=study, by=None, now=NOW)
    people = consented(study, 200)
    clients = []
    for person in people:
        client = Client()
        session = client.session
        session[SESSION_KEY] = [str(person.pk)]
        session.save()
        clients.append(client)
    url = f"/join/{token}/eligibility/"
    calls = [lambda c=c: c.post(url, {"grade": "gp"}).status_code for c in clients]
    done, took = in_threads(calls, [2.0 * n / 200 for n in range(200)])
    codes = [code for code, _ in done]
    waits = sorted(wait for _, wait in done)
    assert codes == [302] * 200
    taken = sorted(Participant.objects.filter(study=study, slot__isnull=False).values_list("slot__ordinal", flat=True))
    assert taken == list(range(1, 201))
    with capsys.disabled():
        print(
            f"\n200 starts within 2 s: all enrolled after {took:.2f} s; p50 {waits[99]:.2f} s, p99 {waits[197]:.2f} s"
        )
    assert waits[197] <= 3


def ask(person):
    return actions.declare_eligibility(participant=person, answers={"grade": "gp"}, now=NOW)


def race(study, capsys, name):
    people = consented(study, MANY)
    done, took = in_threads([lambda p=p: ask(p).slot_id for p in people for _ in range(2)])
    slots = [slot for slot, _ in done]
    assert len(set(slots)) == MANY
    assert slots[::2] == slots[1::2]
    assert sum(Stratum.objects.filter(study=study).values_list("claimed", flat=True)) == MANY
    assert first_difference(study) is None
    with capsys.disabled():
        print(f"\n{name}: {MANY} people asked twice in {took:.1f} s; {MANY} places, each once; equal when drawn again")


def test_race_by_blocks(capsys):
    study = a_study(per_stratum=MANY)
    race(study, capsys, "blocks")
    arms = list(Participant.objects.filter(study=study, slot__isnull=False).values_list("slot__arm", flat=True))
    assert abs(arms.count("advised") - arms.count("unaided")) <= 3


def test_race_by_minimisation(capsys):
    a_loaded_pack()
    source, documents = read_folder(MINI)
    source = source.replace(
        "{method: blocks, sizes: [4, 6], strata: [grade]}", "{method: minimisation, factors: [grade]}"
    )
    study = studies.create_study(slug="race", kind="pilot", source=source, documents=documents, by=None, now=NOW)
    study = studies.launch_study(study=study, by=None, now=NOW, per_stratum=MANY, seed="race")
    race(study, capsys, "minimisation")


def test_naive_way_gives_places_twice(capsys):
    """Counting who is there and adding one, in twenty threads that come at the same moment."""
    study = a_study()
    consented(study, THREADS)
    barrier = threading.Barrier(THREADS)

    def naive():
        place = Participant.objects.filter(study=study, state="ineligible").count() + 1
        barrier.wait(timeout=30)
        return place

    places = [place for (place, _) in in_threads([naive] * THREADS)[0]]
    assert len(set(places)) < THREADS
    with capsys.disabled():
        print(f"\nnaive: {THREADS} people got {len(set(places))} different places")
