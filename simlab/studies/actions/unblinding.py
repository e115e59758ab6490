"""Showing the arms of a trial: once, by an owner, with a reason that stays; after the lock, or before in need."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.engine.lifecycle import SHORTEST_REASON
from simlab.people.models import User
from simlab.studies.actions.lifecycle import locked, take_step
from simlab.studies.models import Role, Study, Transition
from simlab.studies.reading import has_role


@transaction.atomic
def unblind_study(*, study: Study, by: User | None, reason: str, now: datetime.datetime) -> Study:
    """From now on reports name the arms, and say when and why. There is no way back.

    A locked trial becomes unblinded; before the lock the study goes on, and its report says so.
    Raises Refused for anybody but an owner, for a study that hides nothing, and without a reason of ten characters.
    """
    held = locked(study)
    if by is not None and not has_role(held, by, Role.Name.OWNER):
        raise Refused("not-owner", "Only an owner of the study may unblind it.")
    if not held.hides_arms or not held.is_launched:
        raise Refused("nothing-hidden", "This study hides no arms: it is no trial under way, or is unblinded already.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why the study is unblinded.")
    held.unblinded_at, held.unblinding_reason = now, reason.strip()
    held.unblinded_by_id = by.pk if by else None
    if held.state == Study.State.LOCKED:
        take_step(study=held, name="unblind", by=by, now=now, reason=reason)
    else:
        _note_early(held, by, now)
    held.save(update_fields=["unblinded_at", "unblinding_reason", "unblinded_by_id", "state"])
    study.refresh_from_db()
    return held


def _note_early(study: Study, by: User | None, now: datetime.datetime) -> None:
    """The study stays where it is in its life; the record says what happened."""
    Transition.objects.create(
        study=study, step="unblind", before=study.state, after=study.state, reason=study.unblinding_reason,
        protocol_sha256=study.protocol.sha256, by_id=by.pk if by else None, at=now,
    )  # fmt: skip
