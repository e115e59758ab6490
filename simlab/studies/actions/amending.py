"""Changing a launched study: proposed by one person, put into force by another, with its difference on record.

An amendment leaves everything that was drawn as it is. Whether it does is found by drawing again.
"""

import datetime
import difflib
from collections.abc import Mapping

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.engine.lifecycle import SHORTEST_REASON
from simlab.engine.protocol import Protocol, check_instruments, parse_protocol
from simlab.people.models import User
from simlab.studies.actions.lifecycle import locked
from simlab.studies.actions.study import keep_documents, keep_instruments
from simlab.studies.models import Amendment, ProtocolVersion, Role, Study
from simlab.studies.reading import document_of, has_role, instruments_of, shipped_instruments
from simlab.studies.replaying import unlike_drawn


@transaction.atomic
def propose_amendment(
    *, study: Study, source: str, documents: Mapping[str, str], reason: str, by: User, now: datetime.datetime
) -> Amendment:
    """Write down a change of protocol or documents. Nothing changes until somebody else puts it into force.

    Raises InvalidFile for a faulty protocol; Refused when nothing differs, when something that was drawn would, when
    another amendment is open, or without a reason in a sentence.
    """
    held = _under_way(study, by)
    if held.amendments.filter(effective_at=None, dropped_at=None).exists():
        raise Refused("amendment-open", "Another amendment waits for its approval. Decide on that one first.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why the study is amended.")
    protocol = parse_protocol(source)
    changed = {kind: text for kind, text in documents.items() if _text(held, kind) != text}
    difference = _difference(held, source, changed)
    if not difference:
        raise Refused("nothing-changed", "The texts are those in force; there is nothing to amend.")
    _refuse_other_draws(held, protocol)
    return Amendment.objects.create(
        study=held,
        number=held.amendments.count() + 1,
        protocol=_version(held, source, protocol, by, now),
        replaces=held.protocol,
        documents=changed,
        difference=difference,
        reason=reason.strip(),
        proposed_by_id=by.pk,
        proposed_at=now,
    )


@transaction.atomic
def approve_amendment(*, amendment: Amendment, by: User, now: datetime.datetime) -> Amendment:
    """Put an amendment into force from this moment on. Whoever proposed it cannot."""
    study = _under_way(amendment.study, by)
    held = Amendment.objects.select_for_update(of=("self",)).select_related("protocol").get(pk=amendment.pk)
    if held.effective_at or held.dropped_at:
        raise Refused("wrong-state", "This amendment was decided on before.")
    if held.proposed_by_id == by.pk:
        raise Refused("author", "You proposed this amendment, so somebody else has to approve it.")
    if held.replaces_id != study.protocol_id:
        raise Refused("wrong-state", "The protocol was changed since. Drop this amendment and propose it again.")
    held.approved_by_id, held.effective_at = by.pk, now
    held.save(update_fields=["approved_by_id", "effective_at"])
    if held.protocol_id != study.protocol_id:
        ProtocolVersion.objects.filter(pk=held.protocol_id).update(locked_at=now)
        keep_instruments(study, parse_protocol(held.protocol.source), _known(study), now)
        Study.objects.filter(pk=study.pk).update(protocol=held.protocol_id)
    author = User.objects.filter(pk=held.proposed_by_id).first()
    keep_documents(study, held.documents, author, now)
    return held


@transaction.atomic
def drop_amendment(*, amendment: Amendment, by: User, now: datetime.datetime) -> Amendment:
    """Give a proposed amendment up; it stays on record as given up."""
    _under_way(amendment.study, by)
    held = Amendment.objects.select_for_update().get(pk=amendment.pk)
    if held.effective_at or held.dropped_at:
        raise Refused("wrong-state", "This amendment was decided on before.")
    held.dropped_at = now
    held.save(update_fields=["dropped_at"])
    return held


def _under_way(study: Study, by: User) -> Study:
    held = locked(study)
    if held.state not in (Study.State.LAUNCHED, Study.State.PAUSED):
        raise Refused("wrong-state", "Only a study under way is amended. Before its launch, change its text.")
    if not has_role(held, by, Role.Name.OWNER, Role.Name.RESEARCHER):
        raise Refused("not-yours", "You do not work on this study.")
    return held


def _refuse_other_draws(study: Study, protocol: Protocol) -> None:
    if faults := check_instruments(protocol, _known(study)):
        raise Refused("malformed", str(faults[0]))
    if protocol.hash == study.protocol.sha256:
        return
    found = unlike_drawn(study, protocol)
    if found:
        raise Refused(
            "drawn",
            "Arms, allocation, forms, cases and advice were drawn at the launch, and an amendment cannot change them. "
            f"With this text the draw would differ. {found} Change that back, or begin a new study.",
        )


def _known(study: Study) -> dict:
    return {**shipped_instruments(), **{name: one for name, (_, one) in instruments_of(study).items()}}


def _version(study: Study, source: str, protocol: Protocol, by: User, now: datetime.datetime) -> ProtocolVersion:
    if source == study.protocol.source:
        return study.protocol
    return ProtocolVersion.objects.create(
        study=study, number=study.protocols.count() + 1, source=source, document=protocol.document,
        sha256=protocol.hash, created_at=now, written_by_id=by.pk,
    )  # fmt: skip


def _text(study: Study, kind: str) -> str:
    return getattr(document_of(study, kind), "text", "")


def _difference(study: Study, source: str, documents: Mapping[str, str]) -> str:
    """A unified diff of everything that would change; empty when nothing would."""
    pairs = [("study.yaml", study.protocol.source, source)]
    pairs += [(f"{kind}.md", _text(study, kind), text) for kind, text in documents.items()]
    return "".join(unified(name, before, after) for name, before, after in pairs)


def unified(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (in force)", f"{name} (new)", lineterm="", n=2
    )
    return "".join(f"{line}\n" for line in lines)
