"""Writing a study before its launch: every save is a version, and whatever was approved has to be approved again."""

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils.text import slugify

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.protocol import check_instruments, parse_protocol
from simlab.engine.yamledit import set_value
from simlab.people.models import User
from simlab.studies.actions.lifecycle import locked, take_step
from simlab.studies.actions.study import create_study, keep_documents, keep_instruments
from simlab.studies.models import DraftText, ProtocolVersion, Study
from simlab.studies.reading import instruments_of, shipped_instruments
from simlab.studies.templates import Template

CHANGED = "The text of the study was changed."
LONGEST_TITLE = 120


@transaction.atomic
def save_protocol(*, study: Study, source: str, by: User | None, now: datetime.datetime) -> ProtocolVersion | DraftText:
    """Keep a text: a valid one as the next version of the protocol, any other as an unfinished text beside it.

    Nothing is kept twice. Raises Refused once the study is launched.
    """
    held = _open_for_writing(study)
    try:
        protocol = parse_protocol(source)
        known = {**shipped_instruments(), **{name: one for name, (_, one) in instruments_of(held).items()}}
        if faults := check_instruments(protocol, known):
            raise InvalidFile(faults)
    except InvalidFile as invalid:
        return DraftText.objects.create(
            study=held, source=source, faults=len(invalid.faults), by_id=by.pk if by else None, saved_at=now
        )
    if source == held.protocol.source:
        return held.protocol
    version = ProtocolVersion.objects.create(
        study=held, number=held.protocols.count() + 1, source=source, document=protocol.document,
        sha256=protocol.hash, created_at=now, written_by_id=by.pk if by else None,
    )  # fmt: skip
    changed = protocol.hash != held.protocol.sha256
    held.protocol, held.title = version, protocol.title
    keep_instruments(held, protocol, known, now)
    if changed:
        _back_to_draft(held, by, now)
    held.save(update_fields=["protocol", "title", "state"])
    study.refresh_from_db()
    return version


@transaction.atomic
def save_documents(*, study: Study, documents: Mapping[str, str], by: User | None, now: datetime.datetime) -> Study:
    """Keep what participants read; each changed text is a new version. Raises Refused once the study is launched."""
    held = _open_for_writing(study)
    before = held.documents.count()
    keep_documents(held, documents, by, now)
    if held.documents.count() > before:
        _back_to_draft(held, by, now)
        held.save(update_fields=["state"])
    study.state = held.state
    return held


def _open_for_writing(study: Study) -> Study:
    held = locked(study)
    if held.is_launched:
        raise Refused("launched", "A launched study is changed by an amendment only.")
    return held


def _back_to_draft(study: Study, by: User | None, now: datetime.datetime) -> None:
    if study.state != Study.State.DRAFT:
        take_step(study=study, name="revise", by=by, now=now, reason=CHANGED)


@transaction.atomic
def draft_from_template(*, template: Template, title: str, kind: str, by: User, now: datetime.datetime) -> Study:
    """A draft of one's own from a template, with the template's documents to be adapted."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Refused("malformed", f"Give the study a title of at most {LONGEST_TITLE} characters.")
    if kind not in (Study.Kind.MAIN, Study.Kind.PILOT, Study.Kind.DEMONSTRATION, Study.Kind.TRAINING):
        raise Refused("malformed", "Say what kind of study it is: main, pilot, demonstration or training.")
    return create_study(
        slug=_free_slug(title),
        kind=kind,
        source=set_value(template.source, ("title",), title),
        documents=template.documents,
        by=by,
        now=now,
    )


def _free_slug(title: str) -> str:
    stem = slugify(title)[:60] or "study"
    taken = set(Study.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
