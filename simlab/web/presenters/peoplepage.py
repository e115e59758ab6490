"""Participants by pseudonym, without arm, name or address; and what each role may do."""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.functions import Cast

from simlab.sittings.models import Participant
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of

STATES = {
    "enrolled": "Under way", "completed": "Finished", "withdrawn": "Left", "arrived": "Still deciding",
    "declined": "Declined", "ineligible": "Not eligible",
}  # fmt: skip
RIGHTS = [
    ("Design, documents, preview, rehearsal, run, reports", "yes", "yes", "no"),
    ("Approve a study or an amendment that one did not write", "yes", "yes", "no"),
    ("Launch, lock, unblind, archive; give and take roles", "yes", "no", "no"),
    ("Look back on a cohort’s training", "no", "no", "yes"),
]


def found(study: Study, state: str, code: str) -> QuerySet[Participant]:
    people = (
        Participant.objects.with_study()
        .filter(study=study)
        .annotate(
            sat=Count("sittings", filter=Q(sittings__completed_at__isnull=False)),
            going=Count("sittings", filter=Q(sittings__completed_at=None)),
        )
    )
    if state in STATES:
        people = people.filter(state=state)
    if code:
        people = people.annotate(words=Cast("id", CharField())).filter(words__startswith=code)
    return people.order_by("-created_at", "pk")


def rows_of(people: Iterable[Participant]) -> list[dict[str, Any]]:
    rows = []
    for person in people:
        protocol = protocol_of(person.study)
        rows.append(
            {
                "person": person,
                "state": STATES[person.state],
                "sat": f"{person.sat} of {sum(protocol.sittings(phase) for phase in protocol.phase_names)}",
                "going": bool(person.going),
            }
        )
    return rows
