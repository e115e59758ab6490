"""Links into a study. A token is returned once and stored as a hash."""

import datetime
import uuid

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.studies.models import Invitation, Study
from simlab.studies.tokens import hash_of, new_token, secret_of


@transaction.atomic
def invite(*, study: Study, by: User | None, now: datetime.datetime) -> tuple[Invitation, str]:
    """A link for one person; it is used up when that person arrives."""
    return _create(study, Invitation.Kind.SINGLE, new_token(), now)


@transaction.atomic
def open_link(
    *, study: Study, by: User | None, now: datetime.datetime, token: str | None = None
) -> tuple[Invitation, str]:
    """A link for many. A memorable `token` is allowed only where nobody's data count: demonstration and training."""
    if token is not None and study.kind not in (Study.Kind.DEMONSTRATION, Study.Kind.TRAINING):
        raise Refused("chosen-token", "Only demonstrations and training may choose the words of their link.")
    return _create(study, Invitation.Kind.OPEN, token or new_token(), now)


@transaction.atomic
def repeatable_link(*, study: Study, by: User | None, now: datetime.datetime) -> Invitation:
    """An open link into a training study that the site can tell again: `tokens.secret_of("invitation", its key)`."""
    if study.kind != Study.Kind.TRAINING:
        raise Refused("chosen-token", "Only training has links that can be shown again.")
    key = uuid.uuid4()
    return Invitation.objects.create(
        pk=key, study=study, kind=Invitation.Kind.OPEN, token_sha256=hash_of(secret_of("invitation", key)),
        created_at=now,
    )  # fmt: skip


def close_invitation(*, invitation: Invitation, by: User | None, now: datetime.datetime) -> None:
    """The link leads nowhere from now on; whoever came by it stays in the study."""
    Invitation.objects.filter(pk=invitation.pk, closed_at=None).update(closed_at=now)


def _create(study: Study, kind: str, token: str, now: datetime.datetime) -> tuple[Invitation, str]:
    invitation = Invitation.objects.create(study=study, kind=kind, token_sha256=hash_of(token), created_at=now)
    return invitation, token
