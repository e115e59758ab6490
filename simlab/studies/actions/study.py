"""The life of a study before and after its launch."""

import datetime
from collections.abc import Mapping

from django.db import transaction

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.instrument import Instrument as Questionnaire
from simlab.engine.protocol import Protocol, check_instruments, parse_protocol
from simlab.people.models import User
from simlab.studies.models import Document, Instrument, ProtocolVersion, Role, Study
from simlab.studies.reading import shipped_instruments
from simlab.studies.tokens import hash_of


@transaction.atomic
def create_study(
    *,
    slug: str,
    kind: str,
    source: str,
    documents: dict[str, str],
    by: User | None,
    now: datetime.datetime,
    title: str | None = None,
    parent: Study | None = None,
    instruments: Mapping[str, Questionnaire] | None = None,
) -> Study:
    """A draft from the text of a study document. Raises InvalidFile when the text is not a valid protocol.

    `documents` maps information, consent and debrief to their Markdown. `instruments` are the study's own
    questionnaires, which take the place of shipped ones of the same name.
    """
    protocol = parse_protocol(source)
    study = Study.objects.create(slug=slug, title=title or protocol.title, kind=kind, parent=parent, created_at=now)
    study.protocol = ProtocolVersion.objects.create(
        study=study, number=1, source=source, document=protocol.document, sha256=protocol.hash, created_at=now
    )
    study.save(update_fields=["protocol"])
    for name, text in documents.items():
        Document.objects.create(study=study, kind=name, version=1, text=text, sha256=hash_of(text), created_at=now)
    _keep_instruments(study, protocol, {**shipped_instruments(), **(instruments or {})}, now)
    if by:
        grant_role(study=study, user=by, role=Role.Name.OWNER, by=by, now=now)
    return study


def _keep_instruments(
    study: Study, protocol: Protocol, known: Mapping[str, Questionnaire], now: datetime.datetime
) -> None:
    faults = check_instruments(protocol, known)
    if faults:
        raise InvalidFile(faults)
    wanted = dict.fromkeys(name for names in protocol.instruments.values() for name in names)
    Instrument.objects.bulk_create(
        Instrument(study=study, name=name, sha256=known[name].hash, content=known[name].document, created_at=now)
        for name in wanted
    )


@transaction.atomic
def grant_role(*, study: Study, user: User, role: str, by: User | None, now: datetime.datetime) -> Role:
    granted, _ = Role.objects.get_or_create(study=study, user=user, role=role)
    return granted


@transaction.atomic
def advance_clock(*, study: Study, step: datetime.timedelta, now: datetime.datetime, by: User | None = None) -> Study:
    """Move the study's clock forward. Refused in a trial; there a database constraint refuses it as well."""
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if not locked.clock_can_move:
        raise Refused("real-clock", "This study runs in real time. Only demonstrations and rehearsals may skip ahead.")
    if step < datetime.timedelta(0):
        raise Refused("real-clock", "A study's clock never goes back.")
    locked.clock_offset += step
    locked.save(update_fields=["clock_offset"])
    study.clock_offset = locked.clock_offset
    return locked


def pause_study(*, study: Study, by: User | None, now: datetime.datetime) -> Study:
    return _change_state(study, {Study.State.LAUNCHED}, Study.State.PAUSED)


def resume_study(*, study: Study, by: User | None, now: datetime.datetime) -> Study:
    return _change_state(study, {Study.State.PAUSED}, Study.State.LAUNCHED)


@transaction.atomic
def lock_study(*, study: Study, by: User | None, now: datetime.datetime) -> Study:
    """After this no answer is taken any more. There is no way back."""
    locked = _change_state(study, {Study.State.LAUNCHED, Study.State.PAUSED}, Study.State.LOCKED)
    Study.objects.filter(pk=study.pk).update(locked_at=now)
    locked.locked_at = study.locked_at = now
    return locked


@transaction.atomic
def _change_state(study: Study, allowed: set[str], state: str) -> Study:
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if locked.state not in allowed:
        raise Refused("wrong-state", f"A study that is {locked.state} cannot become {state}.")
    locked.state = study.state = state
    locked.save(update_fields=["state"])
    return locked
