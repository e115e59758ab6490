# ruff: noqa: S101 - it is run by pytest
"""How long the studio's pages take on the server: `python3 manage.py test docs/bench/studio_pages.py -q -s`.

A pilot of 5,000 people × 40 cases (SIMLAB_PEOPLE), who have sat three of four parts, in a database that is thrown away.
Each page is asked for twice through the whole of Django's request handling; printed are milliseconds of the first time,
where nothing is kept yet, and of the second, with the number of queries of each.
"""

import datetime
import os
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from simlab.engine.casefile import load_pack
from simlab.sittings.models import Encounter, Participant, Sitting
from simlab.studies import actions
from simlab.studies.models import PlannedEncounter, Study
from simlab.studies.reading import read_folder
from tests.factories import NOW, a_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
PEOPLE = int(os.environ.get("SIMLAB_PEOPLE", "5000"))
PAGES = (
    "study", "design", "documents", "preview", "balance", "balance-report", "checklist", "amendments", "run",
    "run-live", "participants", "people", "mail", "gaps",
)  # fmt: skip
SAT = ("baseline", "exposure", "withdrawal")


def a_large_study(owner) -> Study:
    actions.load_pack(pack=load_pack(ROOT / "cases" / "primary-care").model_copy(update={"forms": {}}), now=NOW)
    source, documents = read_folder(ROOT / "protocols" / "demo")
    for old, new in ((": 6,", ": 10,"), (": 6}", ": 10}"), ("2 of 6", "3 of 10"), ("  strata: [grade]\n", "")):
        source = source.replace(old, new)
    study = actions.create_study(slug="large", kind="pilot", source=source, documents=documents, by=owner, now=NOW)
    return actions.launch_study(study=study, by=owner, now=NOW, per_stratum=PEOPLE, seed="large")


def sat_by_all(study: Study) -> None:
    """Everybody enrolled, one after the other over a year, and three parts sat."""
    minute = datetime.timedelta(minutes=1)
    places = list(study.slots.values_list("pk", flat=True).order_by("ordinal")[:PEOPLE])
    since = [NOW - datetime.timedelta(days=365) * (1 - n / PEOPLE) for n in range(PEOPLE)]
    people = Participant.objects.bulk_create(
        Participant(study=study, slot_id=slot, state="enrolled", grade="gp", created_at=at, enrolled_at=at)
        for slot, at in zip(places, since, strict=True)
    )
    planned = defaultdict(list)
    rows = PlannedEncounter.objects.filter(slot__study=study, phase__in=SAT).order_by("position")
    for slot, phase, pk in rows.values_list("slot_id", "phase", "pk"):
        planned[slot, phase].append(pk)
    sittings = Sitting.objects.bulk_create(
        Sitting(participant=one, phase=phase, number=1, structure="unaided", opened_at=one.enrolled_at,
                completed_at=one.enrolled_at + 10 * minute)
        for one in people for phase in SAT
    )  # fmt: skip
    Encounter.objects.bulk_create(
        (
            Encounter(sitting=one, planned_id=pk, position=place + 1, stage="done", opened_at=one.opened_at,
                      closed_at=one.opened_at + minute)
            for one in sittings for place, pk in enumerate(planned[one.participant.slot_id, one.phase])
        ),
        batch_size=5000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def asked(client, url: str) -> str:
    with CaptureQueriesContext(connection) as queries:
        begun, used = time.perf_counter(), time.process_time()
        answer = client.get(url)
        took, used = time.perf_counter() - begun, time.process_time() - used
    assert answer.status_code == 200, url
    return f"{1000 * took:7.0f} ms ({1000 * used:5.0f} of this processor) {len(queries):3} queries"


def test_pages(client, capsys, settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    owner = a_user()
    study = a_large_study(owner)
    sat_by_all(study)
    client.force_login(owner)
    client.get(reverse("studies"))
    with capsys.disabled():
        print(f"\n{study.participants.count()} people, {Encounter.objects.count()} cases sat")
        for name in PAGES:
            url = reverse(name, args=[study.pk])
            print(f"{name:15} first {asked(client, url)}   again {asked(client, url)}", flush=True)
