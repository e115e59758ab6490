"""Writes of an assignment: its training study, its links, its roster, and the seats of those who join."""

import secrets
from datetime import datetime
from pathlib import Path

import yaml
from django.db import transaction
from django.utils.text import slugify

from simlab.engine.draw import Draws
from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings import actions as sittings
from simlab.sittings.models import MovedWindow, Participant
from simlab.studies import actions as studies
from simlab.studies.models import PackVersion, Study
from simlab.studies.reading import pack_of, packs_in_running_trials, protocol_of
from simlab.teaching.assigning import Wish, document_of
from simlab.teaching.models import Assignment, Cohort, PersonalLink, Seat, Trainee
from simlab.teaching.roster import read_roster

TEXTS = Path(__file__).parent / "texts"
MOST_TRIES = 5
MOST_PLACES = 500
WINDOW = "The assignment has its dates."
IN_A_TRIAL = "The cases of this pack are used in a trial that is running. They can be assigned when it is locked."


@transaction.atomic
def make_assignment(
    *,
    cohort: Cohort,
    wish: Wish,
    opens_at: datetime | None,
    closes_at: datetime | None,
    tries: int,
    by: User,
    now: datetime,
    seed: str | None = None,
) -> Assignment:
    """A training study from what the educator chose, launched with a place for every try, and its links.

    Raises Refused in one sentence, InvalidFile where the engine refuses the document; then nothing is kept.
    """
    if not 1 <= tries <= MOST_TRIES:
        raise Refused("malformed", f"Give a number of tries from 1 to {MOST_TRIES}.")
    if closes_at and closes_at <= (opens_at or now):
        raise Refused("malformed", "The assignment would close before it opens. Give a later day.")
    version = PackVersion.objects.latest_of(wish.pack)
    if version is None:
        raise Refused("malformed", "Choose one of the packs.")
    refuse_packs_of_trials({wish.pack})
    seed = seed or secrets.token_hex(16)
    source = yaml.safe_dump(document_of(wish, pack_of(version), Draws(seed)), allow_unicode=True, sort_keys=False)
    texts = {kind: (TEXTS / f"{kind}.md").read_text("utf-8") for kind in ("information", "consent", "debrief")}
    study = studies.create_study(
        slug=f"{slugify(wish.title)[:50] or 'assignment'}-{secrets.token_hex(4)}",
        kind=Study.Kind.TRAINING, source=source, documents=texts, by=by, now=now,
    )  # fmt: skip
    study = studies.launch_study(study=study, by=by, now=now, per_stratum=cohort.places * tries, seed=seed)
    made = Assignment.objects.create(
        cohort=cohort, study=study, assigned_at=now, opens_at=opens_at, closes_at=closes_at, tries=tries
    )
    studies.repeatable_link(study=study, by=by, now=now)
    for trainee in cohort.trainees.all():
        _link(made, trainee, by, now)
    return made


def refuse_packs_of_trials(packs: set[str]) -> None:
    if packs & packs_in_running_trials():
        raise Refused("in-a-trial", IN_A_TRIAL)


@transaction.atomic
def upload_roster(*, cohort: Cohort, text: str, by: User, now: datetime) -> list[Trainee]:
    """Put the labels of a CSV file on the roster, each with a link to every assignment made here. All or nothing."""
    held = Cohort.objects.select_for_update().get(pk=cohort.pk)
    labels = read_roster(text, set(held.trainees.values_list("label", flat=True)))
    free = held.places - held.trainees.count()
    if len(labels) > free:
        raise Refused("cohort-full", f"The roster has {free} free places of {held.places}, and the file holds more.")
    added = [Trainee.objects.create(cohort=held, label=label) for label in labels]
    for assignment in held.assignments.filter(study__invitations__kind="open").distinct():
        for trainee in added:
            _link(assignment, trainee, by, now)
    return added


def _link(assignment: Assignment, trainee: Trainee, by: User, now: datetime) -> None:
    invitation = studies.repeatable_link(study=assignment.study, by=by, now=now)
    PersonalLink.objects.create(trainee=trainee, assignment=assignment, invitation=invitation)


@transaction.atomic
def take_seat(*, participant: Participant, answers: dict[str, str], now: datetime) -> Participant:
    """Enrol somebody and, where the study is an assignment, give them their seat on the roster with its dates.

    By a personal link they are the person of that label, by the cohort's link a new one with the next free label.
    """
    given = Assignment.objects.filter(study=participant.study_id, study__kind=Study.Kind.TRAINING)
    if given.count() != 1:
        return sittings.declare_eligibility(participant=participant, answers=answers, now=now)
    assignment = given.select_related("study").get()
    cohort = Cohort.objects.select_for_update().get(pk=assignment.cohort_id)
    participant = Participant.objects.locked().get(pk=participant.pk)
    if participant.slot_id is None:
        _refuse_late(assignment, now)
    seat = Seat.objects.filter(participant=participant).first()
    trainee = seat.trainee if seat else _trainee(cohort, assignment, participant)
    enrolled = sittings.declare_eligibility(participant=participant, answers=answers, now=now)
    if enrolled.slot_id and participant.slot_id is None:
        if trainee is None:
            trainee = Trainee.objects.create(cohort=cohort, label=_next_label(cohort))
        if seat is None:
            Seat.objects.create(trainee=trainee, assignment=assignment, participant=enrolled)
        _set_dates(assignment, enrolled, cohort, now)
    return enrolled


def _refuse_late(assignment: Assignment, now: datetime) -> None:
    refuse_packs_of_trials(set(assignment.study.packs.values_list("pack", flat=True)))
    if assignment.closes_at and now >= assignment.closes_at:
        raise Refused("closed", "This assignment is closed.")


def _trainee(cohort: Cohort, assignment: Assignment, participant: Participant) -> Trainee | None:
    """The person of the personal link; None for a newcomer there is a place for."""
    link = PersonalLink.objects.filter(invitation=participant.invitation_id).select_related("trainee").first()
    if link is None:
        if cohort.trainees.count() >= cohort.places:
            raise Refused("cohort-full", "All places of this group are taken. Please ask your educator.")
        return None
    if link.trainee.seats.filter(assignment=assignment).exists():
        raise Refused("link-used", "Somebody joined by this link. Come back with your personal return link.")
    return link.trainee


def _next_label(cohort: Cohort) -> str:
    taken = set(cohort.trainees.values_list("label", flat=True))
    return next(label for n in range(1, len(taken) + 2) if (label := f"Trainee {n:02d}") not in taken)


def _set_dates(assignment: Assignment, participant: Participant, cohort: Cohort, now: datetime) -> None:
    """The dates stand as windows of this person, so that the player keeps them as it keeps any window."""
    for place, phase in enumerate(protocol_of(assignment.study).phase_names):
        opens = assignment.opens_at if place == 0 else None
        if opens or assignment.closes_at:
            MovedWindow.objects.create(
                participant=participant, phase=phase, opens=opens, closes=assignment.closes_at, reason=WINDOW,
                by_id=cohort.owner_id, at=now,
            )  # fmt: skip


@transaction.atomic
def begin_try(*, participant: Participant, now: datetime) -> Participant:
    """Another try for somebody who has finished: a new arrival with the next seat. Raises Refused when none is left."""
    seat = (
        Seat.objects.readable().select_related("assignment__study", "trainee").filter(participant=participant).first()
    )
    if seat is None:
        raise Refused("no-try", "There is no other try of this.")
    Cohort.objects.select_for_update().get(pk=seat.assignment.cohort_id)
    _refuse_late(seat.assignment, now)
    seats = seat.trainee.seats.filter(assignment=seat.assignment)
    if participant.state != Participant.State.COMPLETED or seats.filter(attempt__gt=seat.attempt).exists():
        raise Refused("no-try", "Finish the try that you have begun first.")
    if seat.attempt >= seat.assignment.tries:
        raise Refused("no-try", "You have used every try of this assignment.")
    arrived = sittings.arrive(invitation=participant.invitation, now=now)
    Seat.objects.create(trainee=seat.trainee, assignment=seat.assignment, participant=arrived, attempt=seat.attempt + 1)
    return arrived


def tries_left(participant: Participant) -> bool:
    """Whether somebody who has finished may begin another try."""
    seat = getattr(participant, "seat", None)
    if seat is None or participant.state != Participant.State.COMPLETED:
        return False
    later = seat.trainee.seats.filter(assignment=seat.assignment_id, attempt__gt=seat.attempt)
    return seat.attempt < seat.assignment.tries and not later.exists()
