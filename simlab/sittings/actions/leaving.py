"""Leaving a study, with the choice of what becomes of what was given; and erasing it."""

import datetime

from django.db import connection, models, transaction

from simlab.engine.errors import Refused
from simlab.people.actions import erase_contact
from simlab.sittings.models import (
    ChatTurn,
    Decision,
    Encounter,
    Event,
    Exposure,
    InstrumentResponse,
    Participant,
    Quarantine,
    Reflection,
    Sitting,
)
from simlab.studies.reading import protocol_of

# What a participant gave, in the order in which rows can go. Consent, place and state stay: they are the record.
GIVEN = (
    (Exposure, "encounter__sitting__participant"),
    (ChatTurn, "encounter__sitting__participant"),
    (Decision, "encounter__sitting__participant"),
    (Event, "sitting__participant"),
    (Quarantine, "sitting__participant"),
    (InstrumentResponse, "participant"),
    (Reflection, "participant"),
    (Encounter, "sitting__participant"),
    (Sitting, "participant"),
)


@transaction.atomic
def withdraw(
    *, participant: Participant, now: datetime.datetime, choice: str = Participant.Withdrawal.KEEP
) -> Participant:
    """Leave the study; nothing more is taken. `choice` says what becomes of what was given so far.

    keep: it stays in use. stop: it stays on record and is in no analysis and export any more. erase: it is deleted, and
    with it name and address; the place in the allocation list stays as it was. Whoever has left, or has finished, may
    still choose stop or erase until the study is locked. Raises Refused for an unknown choice or a locked study.
    """
    if choice not in Participant.Withdrawal.values:
        raise Refused("malformed", "Say whether your answers are kept, left out or erased.")
    held = Participant.objects.locked().get(pk=participant.pk)
    if held.study.is_closed:
        raise Refused("locked", "The study is closed. Write to the study team about your answers.")
    if held.erased_at or (held.ended_at and choice == Participant.Withdrawal.KEEP):
        return held
    held.state = Participant.State.WITHDRAWN
    held.withdrawal = choice
    held.ended_at = held.ended_at or now
    held.save(update_fields=["state", "withdrawal", "ended_at"])
    return _erased(held, now) if choice == Participant.Withdrawal.ERASE else held


def _erased(person: Participant, now: datetime.datetime) -> Participant:
    """Delete every answer and every trace of who it was. The triggers let rows go of nobody but whom this row names."""
    person.erased_at, person.eligibility, person.return_token_sha256 = now, None, None
    balanced = _balanced(person)
    person.grade = person.grade if "grade" in balanced else ""
    person.site = person.site if "site" in balanced else ""
    person.save(update_fields=["erased_at", "eligibility", "return_token_sha256", "grade", "site"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('simlab.erasing', %s, true)", [str(person.pk)])
    for model, path in GIVEN:
        _delete(model.objects.filter(**{path: person.pk}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('simlab.erasing', '', true)")
    erase_contact(participant_id=person.pk)
    return person


def _delete(rows: models.QuerySet) -> None:
    """Straight away: the ORM would look for rows that protect these, which are gone by then."""
    rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))._raw_delete("default")


def _balanced(person: Participant) -> tuple[str, ...]:
    """What the allocation rests on, and so has to stay for it to be replayed."""
    allocation = protocol_of(person.study).allocation
    return (*allocation.strata, *allocation.factors) if allocation else ()
