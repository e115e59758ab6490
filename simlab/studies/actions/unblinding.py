"""Showing the arms of a trial before it is locked: once, by an owner, with a reason that stays on record."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.studies.models import Role, Study
from simlab.studies.reading import has_role

SHORTEST_REASON = 10  # characters: a word such as "safety" tells a reader of the report nothing


@transaction.atomic
def unblind_study(*, study: Study, by: User, reason: str, now: datetime.datetime) -> Study:
    """From now on reports name the arms, and say when and why. There is no way back.

    Raises Refused for anybody but an owner, for a study that hides nothing, and without a reason of ten characters.
    """
    locked = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    if not has_role(locked, by, Role.Name.OWNER):
        raise Refused("not-owner", "Only an owner of the study may unblind it.")
    if not locked.hides_arms or locked.state == Study.State.DRAFT:
        raise Refused("nothing-hidden", "This study hides no arms: it is no trial under way, or is unblinded already.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why the study is unblinded before its lock.")
    locked.unblinded_at, locked.unblinding_reason, locked.unblinded_by_id = now, reason.strip(), by.pk
    locked.save(update_fields=["unblinded_at", "unblinding_reason", "unblinded_by_id"])
    study.refresh_from_db()
    return locked
