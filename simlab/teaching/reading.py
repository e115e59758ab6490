"""Whose answers belong to a trainee or to a cohort: the one way from people on a roster to participants."""

from django.db.models import QuerySet

from simlab.sittings.models import Participant
from simlab.teaching.models import Cohort, Seat, Trainee


def participants_of(whom: Trainee | Cohort) -> QuerySet[Participant]:
    """The participants of a trainee or of a whole cohort, one for every try, with study and protocol; never a trial's.

    `participant.seat` has the trainee, the assignment and the number of the try, without a further query.
    """
    found = Participant.objects.filter(pk__in=seats_of(whom).values("participant"))
    return found.with_study().select_related("seat__trainee", "seat__assignment").order_by("enrolled_at", "pk")


def seats_of(whom: Trainee | Cohort) -> QuerySet[Seat]:
    """The tries of a trainee or of a cohort that an educator may read."""
    seats = Seat.objects.readable()
    return seats.filter(trainee=whom) if isinstance(whom, Trainee) else seats.filter(trainee__cohort=whom)


def trainees_by_participant(whom: Trainee | Cohort) -> dict[str, str]:
    """The key of a participant, as the analysis table has it -> the key of the trainee; one query."""
    pairs = seats_of(whom).values_list("participant_id", "trainee_id")
    return {str(participant): str(trainee) for participant, trainee in pairs}


def trainee_of(participant: Participant) -> Trainee | None:
    """Who of a cohort this participant is, if anybody. A participant of a trial is nobody's trainee."""
    if participant.study.kind != participant.study.Kind.TRAINING:
        return None
    seat = Seat.objects.readable().filter(participant=participant).select_related("trainee__cohort").first()
    return seat.trainee if seat else None
