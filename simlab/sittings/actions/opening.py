"""Opening a sitting, coming back to it, and going on to its next case."""

import datetime

from django.db import transaction

from simlab.engine import journey
from simlab.engine.errors import Refused
from simlab.sittings.consenting import consent_due
from simlab.sittings.models import Encounter, Exposure, Participant, Sitting
from simlab.sittings.nudges import place_of, structure_of
from simlab.sittings.prepared import Prepared
from simlab.sittings.progress import Progress, progress_of
from simlab.sittings.questions import due_to, waits_for_questions
from simlab.studies import clock
from simlab.studies.actions import advance_clock
from simlab.studies.models import PlannedEncounter, Study
from simlab.studies.reading import protocol_of

# An answer that was sent in time may take a moment to arrive.
GRACE = datetime.timedelta(seconds=3)

_NEXT = Prepared(
    lambda slot, phase, number, after: PlannedEncounter.objects.filter(
        slot_id=slot, phase=phase, sitting=number, position__gt=after
    ).order_by("position")[:1],
    int,
    str,
    int,
    int,
)


@transaction.atomic
def open_sitting(*, participant: Participant, now: datetime.datetime) -> Sitting:
    """Open the sitting that is due, or come back to the open one with a new lease.

    The lease is what tells two windows of one person apart: the window that came last holds the highest.
    Raises Refused when nothing is due; its message says when the next sitting opens.
    """
    participant = Participant.objects.locked().get(pk=participant.pk)
    if participant.study.state != Study.State.LAUNCHED:
        raise Refused("closed", "This study is not running at the moment.")
    if participant.state != Participant.State.ENROLLED:
        raise Refused("not-enrolled", "There is nothing to sit: you have finished or left the study.")
    progress = progress_of(participant, now)
    if consent_due(participant):
        raise Refused("consent-first", "The information or the consent form has changed. Please read it first.")
    if progress.open_sitting:
        return _take_over(progress.open_sitting)
    if progress.current is not None and due_to(participant, progress):
        raise Refused("questions-first", "A few questions come before the next part.")
    if progress.current is None:
        raise Refused("not-open", _when(progress))
    return _open(participant, progress.current, progress, now)


def _take_over(sitting: Sitting) -> Sitting:
    sitting = Sitting.objects.select_for_update().get(pk=sitting.pk)
    sitting.lease += 1
    sitting.acked = sitting.last_seq = 0
    sitting.save(update_fields=["lease", "acked", "last_seq"])
    return sitting


def _open(participant: Participant, phase: str, progress: Progress, now: datetime.datetime) -> Sitting:
    sitting = Sitting.objects.create(
        participant=participant,
        phase=phase,
        number=len(progress.sittings[phase]) + 1,
        structure=journey.structure_for(progress.protocol, participant.slot.arm, phase),
        protocol_sha256=participant.study.protocol.sha256,
        opened_at=now,
    )
    open_next_encounter(sitting, after=0, now=now)
    return sitting


def open_next_encounter(sitting: Sitting, *, after: int, now: datetime.datetime) -> Encounter | None:
    """Show the next planned case of this sitting; None when there is none left. The caller holds the row lock.

    What advice the case carries is on record from here, whether or not the person ever comes to see it.
    """
    planned = _NEXT.one(sitting.participant.slot_id, sitting.phase, sitting.number, after)
    if planned is None:
        return None
    place = place_of(sitting, planned)
    structure = structure_of(sitting, planned)
    encounter = Encounter.objects.create(
        sitting=sitting,
        planned=planned,
        position=planned.position,
        stage=journey.start(structure).stage,
        event=place.event_kind,
        opened_at=now,
        deadline=deadline_of(sitting, planned, now),
    )
    assigned = [
        Exposure(encounter=encounter, kind="assigned", shown_as=shown_as, advice_version_id=version)
        for shown_as, version in place.assigned().items()
    ]
    if assigned:
        Exposure.objects.bulk_create(assigned)
    return encounter


def deadline_of(sitting: Sitting, planned: PlannedEncounter, now: datetime.datetime) -> datetime.datetime | None:
    """The earlier of what is left for the case and for the sitting; practice has no limit of its own."""
    participant = sitting.participant
    protocol = protocol_of(participant.study)
    limit = protocol.time_limit(participant.slot.arm, sitting.phase) if planned.purpose != "practice" else None
    ends = [now + limit] if limit else []
    whole = protocol.sitting_limit(sitting.phase)
    return min([*ends, sitting.opened_at + whole] if whole else ends, default=None)


def go_on(sitting: Sitting, *, after: int, now: datetime.datetime) -> None:
    """After the case at the place `after` was closed: the next one, unless questions come first; or the end.

    The caller holds the row locks of the person and of the sitting.
    """
    if waits_for_questions(sitting, now):
        return
    if _time_is_up(sitting, now) or open_next_encounter(sitting, after=after, now=now) is None:
        complete(sitting, now)


def complete(sitting: Sitting, now: datetime.datetime) -> None:
    sitting.completed_at = now
    sitting.save(update_fields=["completed_at"])
    participant = sitting.participant
    if progress_of(participant, now).is_over:
        participant.state = Participant.State.COMPLETED
        participant.ended_at = now
        participant.save(update_fields=["state", "ended_at"])


def _time_is_up(sitting: Sitting, now: datetime.datetime) -> bool:
    whole = protocol_of(sitting.participant.study).sitting_limit(sitting.phase)
    return whole is not None and now >= sitting.opened_at + whole


def expire(*, sitting: Sitting, now: datetime.datetime) -> Sitting:
    """Close a case whose time is over, and go on. Does nothing where there is no limit, or time is left."""
    if sitting.completed_at or not protocol_of(sitting.participant.study).has_limits(sitting.phase):
        return sitting
    return _expired(sitting, now)


@transaction.atomic
def _expired(sitting: Sitting, now: datetime.datetime) -> Sitting:
    participant = Participant.objects.locked().select_related("slot").select_for_update(of=("self",))
    sitting.participant = participant.get(pk=sitting.participant_id)
    locked = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if locked.completed_at or sitting.participant.state != Participant.State.ENROLLED:
        return sitting
    late = sitting.encounters.open().filter(deadline__lt=now - GRACE).first()
    if late:
        late.stage, late.closed_at, late.timed_out = "done", late.deadline, True
        late.save(update_fields=["stage", "closed_at", "timed_out"])
        go_on(sitting, after=late.position, now=now)
    return sitting


def _when(progress: Progress) -> str:
    opening = progress.next_opening
    if opening is None:
        return "There is no sitting left for you in this study."
    return f"Your next sitting opens on {opening:%d %B %Y at %H:%M} UTC."


@transaction.atomic
def skip_wait(*, participant: Participant) -> Study:
    """Move the clock of a demonstration, rehearsal or training study to this participant's next window."""
    # The lock comes before the look at the clock, so that two clicks do not skip twice.
    study = Study.objects.select_for_update(of=("self",)).select_related("protocol").get(pk=participant.study_id)
    participant.study = study
    now = clock.now(study)
    opening = progress_of(participant, now).next_opening
    if opening is None or opening <= now:
        return study
    return advance_clock(study=study, step=opening - now, now=now)
