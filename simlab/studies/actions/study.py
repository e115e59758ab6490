"""The life of a study before and after its launch."""

import datetime
from collections.abc import Mapping

from django.db import transaction

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.instrument import Instrument as Questionnaire
from simlab.engine.protocol import Protocol, check_instruments, parse_protocol
from simlab.people.models import User
from simlab.studies.actions.lifecycle import locked, take_step
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
        study=study, number=1, source=source, document=protocol.document, sha256=protocol.hash, created_at=now,
        written_by_id=by.pk if by else None,
    )  # fmt: skip
    study.save(update_fields=["protocol"])
    keep_documents(study, documents, by, now)
    keep_instruments(study, protocol, {**shipped_instruments(), **(instruments or {})}, now)
    if by:
        grant_role(study=study, user=by, role=Role.Name.OWNER, by=by, now=now)
    return study


def keep_documents(study: Study, documents: Mapping[str, str], by: User | None, now: datetime.datetime) -> None:
    """Each text that differs from the latest of its kind becomes the next version."""
    for kind, text in documents.items():
        latest = Document.objects.latest_of(study, kind)
        if latest is None or latest.text != text:
            Document.objects.create(
                study=study, kind=kind, version=latest.version + 1 if latest else 1, text=text,
                sha256=hash_of(text), created_at=now, written_by_id=by.pk if by else None,
            )  # fmt: skip


def keep_instruments(
    study: Study, protocol: Protocol, known: Mapping[str, Questionnaire], now: datetime.datetime
) -> None:
    faults = check_instruments(protocol, known)
    if faults:
        raise InvalidFile(faults)
    wanted = dict.fromkeys(name for names in protocol.instruments.values() for name in names)
    kept = set(Instrument.objects.filter(study=study).values_list("name", "sha256"))
    Instrument.objects.bulk_create(
        Instrument(study=study, name=name, sha256=known[name].hash, content=known[name].document, created_at=now)
        for name in wanted
        if (name, known[name].hash) not in kept
    )


@transaction.atomic
def grant_role(*, study: Study, user: User, role: str, by: User | None, now: datetime.datetime) -> Role:
    granted, _ = Role.objects.get_or_create(study=study, user=user, role=role)
    return granted


@transaction.atomic
def revoke_role(*, role: Role, by: User, now: datetime.datetime) -> None:
    """Take a role away. The last owner stays, so that a study is never nobody's."""
    study = locked(role.study)
    owners = study.roles.filter(role=Role.Name.OWNER)
    if role.role == Role.Name.OWNER and not owners.exclude(pk=role.pk).exists():
        raise Refused("last-owner", "A study needs an owner. Make somebody else one first.")
    role.delete()


@transaction.atomic
def advance_clock(*, study: Study, step: datetime.timedelta, now: datetime.datetime, by: User | None = None) -> Study:
    """Move the study's clock forward. Refused in a trial; there a database constraint refuses it as well."""
    held = Study.objects.select_for_update().get(pk=study.pk)
    if not held.clock_can_move:
        raise Refused("real-clock", "This study runs in real time. Only demonstrations and rehearsals may skip ahead.")
    if step < datetime.timedelta(0):
        raise Refused("real-clock", "A study's clock never goes back.")
    held.clock_offset += step
    held.save(update_fields=["clock_offset"])
    study.clock_offset = held.clock_offset
    return held


def pause_study(*, study: Study, by: User | None, now: datetime.datetime, reason: str) -> Study:
    """Nobody enrols and no sitting opens until it is resumed."""
    return _change_state(study, "pause", by, now, reason)


def resume_study(*, study: Study, by: User | None, now: datetime.datetime) -> Study:
    return _change_state(study, "resume", by, now)


@transaction.atomic
def lock_study(*, study: Study, by: User | None, now: datetime.datetime, reason: str = "") -> Study:
    """After this no answer is taken any more. There is no way back."""
    held = _change_state(study, "lock", by, now, reason)
    Study.objects.filter(pk=study.pk).update(locked_at=now)
    held.locked_at = study.locked_at = now
    return held


@transaction.atomic
def _change_state(study: Study, step: str, by: User | None, now: datetime.datetime, reason: str = "") -> Study:
    held = locked(study)
    take_step(study=held, name=step, by=by, now=now, reason=reason)
    held.save(update_fields=["state"])
    study.state = held.state
    return held
