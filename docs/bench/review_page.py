# ruff: noqa: S101 - it is run by pytest
"""How long an educator's review of a large cohort takes: `python3 manage.py test docs/bench/review_page.py -q -s`.

300 trainees (SIMLAB_PEOPLE) who have each answered 60 cases twice, with advice in between that is wrong half the time,
in a database that is thrown away. The page is asked for through the whole of Django's request handling; printed are
milliseconds of the first time, where nothing is kept yet, and of the second, the number of queries of each, and the
size of the page. The same is done for a tenth of the cohort: the number of queries must be that of the whole.
"""

import datetime
import os
import random
import time
import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from simlab.engine.case import Case
from simlab.engine.casefile import load_pack
from simlab.engine.modelanswers import right_answer
from simlab.sittings.models import Decision, Encounter, Event, Exposure, Participant, Sitting
from simlab.studies import actions as studies
from simlab.studies.models import PlannedEncounter, Study
from simlab.teaching import actions, responses
from simlab.teaching.models import Seat, Trainee
from tests.factories import NOW, a_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
PEOPLE = int(os.environ.get("SIMLAB_PEOPLE", "300"))
FEW = PEOPLE // 10  # in a second, smaller cohort
CASES = 60
MINUTE = datetime.timedelta(minutes=1)
PACKS = ("primary-care", "older-people", "results-and-letters")
SOURCE = """
simlab: study/1
title: A year of cases
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [primary-care, older-people, results-and-letters], forms: {A: %d}, rotate: fixed}
arms: {all: 1}
phases: {year: {advice: after}}
advice:
  after: {when: after-commit, wrong: %d of %d}
"""


def a_large_training(owner) -> Study:
    """A training study of one form that holds cases of three packs."""
    packs = [load_pack(ROOT / "cases" / name).model_copy(update={"forms": {}}) for name in PACKS]
    for pack in packs:
        studies.load_pack(pack=pack, now=NOW)
    texts = {kind: f"# {kind}\n\n- I agree.\n" for kind in ("information", "consent", "debrief")}
    source = SOURCE % (CASES, CASES // 2, CASES)
    study = studies.create_study(slug="year", kind="training", source=source, documents=texts, by=owner, now=NOW)
    return studies.launch_study(study=study, by=owner, now=NOW, per_stratum=PEOPLE + FEW, seed="year")


def answered_by_all(study: Study, chance: random.Random) -> list[Participant]:
    places = list(study.slots.values_list("pk", flat=True).order_by("ordinal")[: PEOPLE + FEW])
    people = Participant.objects.bulk_create(
        Participant(study=study, slot_id=slot, state="enrolled", grade="gp", created_at=NOW, enrolled_at=NOW)
        for slot in places
    )
    sittings = Sitting.objects.bulk_create(
        Sitting(participant=one, phase="year", number=1, structure="after-commit", opened_at=NOW,
                completed_at=NOW + 90 * 24 * 60 * MINUTE)
        for one in people
    )  # fmt: skip
    of_slot = {one.participant.slot_id: one for one in sittings}
    planned = list(PlannedEncounter.objects.filter(slot__in=places).select_related("case_version", "advice_version"))
    encounters = Encounter.objects.bulk_create(
        (
            Encounter(sitting=of_slot[one.slot_id], planned=one, position=one.position, stage="done",
                      opened_at=NOW + one.position * 24 * 60 * MINUTE, closed_at=NOW + one.position * 24 * 60 * MINUTE)
            for one in planned
        ),
        batch_size=2000,
    )  # fmt: skip
    decide(encounters, chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return people


def decide(encounters: list[Encounter], chance: random.Random) -> None:
    """Two answers and the sight of the advice for every case: right, as advised, or one of three wrong names."""
    events, facts = [], []
    for one in encounters:
        truth = one.planned.case_version.content["reference"]["diagnosis"]["term"]
        advised = (one.planned.advice_version.content.get("diagnosis") or {}).get("term", truth)
        wrong = f"Another condition {chance.randrange(3)}"
        first = truth if chance.random() < 0.6 else wrong
        last = advised if chance.random() < 0.4 else first
        for seq, stage in enumerate(("initial", "seen", "final"), start=3 * one.position - 2):
            events.append(
                Event(sitting=one.sitting, uuid=uuid.uuid4(), lease=1, seq=seq, encounter=one, payload={}, sha256="",
                      kind="exposure" if stage == "seen" else "answer", t_mono_ms=0, t_origin_ms=0, received_at=NOW)
            )  # fmt: skip
            facts.append((one, stage, {"initial": first, "final": last}.get(stage)))
    made = Event.objects.bulk_create(events, batch_size=2000)
    both = list(zip(made, facts, strict=True))
    Decision.objects.bulk_create(
        (
            Decision(event=event, encounter=one, stage=stage, given_at=one.opened_at + MINUTE,
                     answer={**answer_of(one.planned.case_version.content, term), "confidence": 70})
            for event, (one, stage, term) in both if term is not None
        ),
        batch_size=2000,
    )  # fmt: skip
    Exposure.objects.bulk_create(
        (
            Exposure(event=event, encounter=one, kind="rendered", advice_version=one.planned.advice_version,
                     shown_as="first")
            for event, (one, stage, _) in both if stage == "seen"
        ),
        batch_size=2000,
    )  # fmt: skip


def answer_of(content: dict, term: str) -> dict:
    """The term as a differential; where a case asks for something else, its right answer."""
    case = Case.model_validate(content)
    if case.question.kind == "ranked-differential":
        return {"differential": [{"term": term, "icd10": None}], "management": None}
    return right_answer(case.question, case.reference.diagnosis)


def seated(owner, study: Study, people: list[Participant], title: str):
    cohort = actions.create_cohort(title=title, by=owner, now=NOW)
    given = actions.assign(cohort=cohort, study=study, now=NOW)
    trainees = Trainee.objects.bulk_create(
        Trainee(cohort=cohort, label=f"Trainee {n:03d}") for n, _ in enumerate(people, start=1)
    )
    Seat.objects.bulk_create(
        Seat(trainee=trainee, assignment=given, participant=one) for trainee, one in zip(trainees, people, strict=True)
    )
    return cohort


def asked(client, url: str) -> tuple[str, int]:
    with CaptureQueriesContext(connection) as queries:
        begun, used = time.perf_counter(), time.process_time()
        answer = client.get(url)
        took, used = time.perf_counter() - begun, time.process_time() - used
    assert answer.status_code == 200, url
    size = len(answer.content) / 1024
    told = f"{1000 * took:6.0f} ms ({1000 * used:5.0f} of this processor) {len(queries):3} queries {size:5.0f} KB"
    return told, len(queries)


def test_review(client, capsys, settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    owner = a_user()
    study = a_large_training(owner)
    people = answered_by_all(study, random.Random(9))  # noqa: S311 - invented answers
    few = seated(owner, study, people[:FEW], "A tenth")
    all_ = seated(owner, study, people[FEW:], "The rest")
    client.force_login(owner)
    client.get(reverse("teaching"))
    counts = []
    with capsys.disabled():
        print(f"\n{len(people)} people, {Decision.objects.count()} answers")
        for cohort in (few, all_):
            url = reverse("cohort-review", args=[cohort.pk])
            responses._cases.cache_clear()
            responses._advice.cache_clear()
            for time_ in ("first", "again", "again"):
                told, queries = asked(client, url)
                print(f"{cohort.trainees.count():4} trainees, {time_}: {told}", flush=True)
                counts.append(queries)
    assert counts[:3] == counts[3:]
