"""Makes the study of the load test and its participants: `people.py COUNT FILE [consented]`, run by `run.py`.

Each is enrolled through the same actions as a person, and each line of FILE is what a browser would hold, the sitting's
address and a session cookie, with an answer of the right form to each of its cases in their order. With `consented`,
for `starts.py`, nobody has a place yet, and each line is the address that gives one. It needs the environment of the
running demo.
"""

import importlib
import json
import secrets
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[3]

STUDY = """
simlab: study/1
title: Load
population: {roles: [gp]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [primary-care], forms: {A12: 12, B12: 12, C12: 12, D12: 12}, rotate: latin-square}
arms: {advised: 1}
phases: {part: {forms: 4, advice: two-stage}}
advice:
  two-stage: {when: after-commit, source: bank, wrong: 4 of 12, confidence: percent, explanation: rationale,
    strength: dismissible, label: AI suggestion}
"""


def a_study(count: int):
    from django.utils import timezone

    from simlab.studies import actions

    now, folder = timezone.now(), ROOT / "protocols" / "demo"
    documents = {kind: (folder / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    slug = f"load-{secrets.token_hex(4)}"
    study = actions.create_study(slug=slug, kind="demonstration", source=STUDY, documents=documents, by=None, now=now)
    return actions.launch_study(study=study, by=None, now=now, per_stratum=count, seed="load")


def a_consented(invitation, document, statements):
    from django.utils import timezone

    from simlab.sittings import actions

    now = timezone.now()
    person = actions.arrive(invitation=invitation, now=now, virtual=True)
    given = {"document": document, "statements": statements, "agreed": True, "now": now}
    return actions.give_consent(participant=person, **given)


def a_person(invitation, document, statements):
    from django.utils import timezone

    from simlab.sittings import actions

    now, person = timezone.now(), a_consented(invitation, document, statements)
    person = actions.declare_eligibility(participant=person, answers={"grade": "gp"}, now=now)
    return person, actions.open_sitting(participant=person, now=now)


def answers_to_come(sitting) -> list[dict]:
    """An answer to each case of the sitting, whatever it asks."""
    from simlab.studies.models import PlannedEncounter
    from simlab.studies.reading import case_of

    planned = PlannedEncounter.objects.filter(slot_id=sitting.participant.slot_id, phase=sitting.phase)
    rows = planned.filter(sitting=sitting.number).order_by("position")
    return [answer_to(case_of(version)) for version in rows.values_list("case_version_id", flat=True)]


def answer_to(case) -> dict:
    from simlab.engine.modelanswers import right_answer

    diagnosis, question = case.reference.diagnosis, case.question
    also = {str(one.id): right_answer(one, diagnosis) for one in question.also}
    further = {"also": also} if also else {}
    return {"kind": question.kind, **right_answer(question, diagnosis), "confidence": 60, **further}


def a_session(person) -> str:
    from django.conf import settings

    from simlab.sittings.access import SESSION_KEY

    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = [str(person.pk)]
    session.create()
    return session.session_key


def main(count: int, file: Path, consented: bool) -> None:
    django.setup()
    from django.utils import timezone

    from simlab.engine.protocol import consent_statements
    from simlab.studies import actions
    from simlab.studies.reading import document_of

    study = a_study(count)
    invitation, token = actions.open_link(study=study, by=None, now=timezone.now())
    document = document_of(study, "consent")
    statements = consent_statements(document.text)
    with file.open("w") as out:
        for _ in range(count):
            if consented:
                person = a_consented(invitation, document, statements)
                row = {"path": f"/join/{token}/eligibility/", "cookie": a_session(person), "study": str(study.pk)}
                out.write(json.dumps(row) + "\n")
                continue
            person, sitting = a_person(invitation, document, statements)
            row = {"sitting": str(sitting.pk), "cookie": a_session(person), "answers": answers_to_come(sitting)}
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] == ["consented"])
