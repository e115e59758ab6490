"""Writes of the educator's side: a cohort, what it is assigned, who belongs to it."""

from datetime import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings.models import Participant
from simlab.studies.models import Study
from simlab.teaching.actions_assigning import MOST_PLACES
from simlab.teaching.models import Assignment, Cohort, Seat, Trainee

LONGEST_TITLE = 120


def create_cohort(*, title: str, by: User, now: datetime, places: int = 30) -> Cohort:
    """Raises Refused for a cohort without a title, or with a number of places that is out of range."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Refused("malformed", f"Give the cohort a title of at most {LONGEST_TITLE} characters.")
    if not 1 <= places <= MOST_PLACES:
        raise Refused("malformed", f"Give the cohort from 1 to {MOST_PLACES} places.")
    return Cohort.objects.create(title=title, owner=by, created_at=now, places=places)


@transaction.atomic
def assign(*, cohort: Cohort, study: Study, now: datetime) -> Assignment:
    """Give a training study to a cohort. A trial is refused: an educator never sees their trainees' trial data."""
    if study.kind != Study.Kind.TRAINING:
        raise Refused("not-training", "Only studies made for training can be assigned to a cohort.")
    assignment, _ = Assignment.objects.get_or_create(cohort=cohort, study=study, defaults={"assigned_at": now})
    return assignment


@transaction.atomic
def enrol_newcomers(*, cohort: Cohort, now: datetime) -> list[Trainee]:
    """Give everybody who joined the cohort's studies and is not on its roster a place on it, with the next label."""
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    assignments = {assignment.study_id: assignment for assignment in cohort.assignments.all()}
    joined = Participant.objects.filter(
        study__in=assignments, study__kind=Study.Kind.TRAINING, slot__isnull=False, seat=None
    )
    taken = cohort.trainees.count()
    added = []
    for place, person in enumerate(joined.order_by("enrolled_at", "pk"), start=1):
        trainee = Trainee.objects.create(cohort=cohort, label=f"Trainee {taken + place:02d}")
        Seat.objects.create(trainee=trainee, assignment=assignments[person.study_id], participant=person)
        added.append(trainee)
    return added
