"""Making and revoking keys to the REST API."""

import datetime
from collections.abc import Sequence

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.exchange.models import ApiToken
from simlab.people.models import User
from simlab.studies.models import Study
from simlab.studies.reading import has_role
from simlab.studies.tokens import hash_of, new_token

RIGHTS = {
    "read": "Read studies, protocols, balance, participants and mail",
    "design": "Write drafts, propose amendments, and write, sign and publish cases",
    "run": "Take the steps of a study, invite people, decide about mail, move windows, judge texts",
    "analyse": "Ask for analyses, reports and simulations, and take away their data",
}
LONGEST_DAYS = 366
PREFIX = "simlab_"  # a scanner for leaked secrets finds it by this


@transaction.atomic
def make_token(
    *, user: User, name: str, study: Study | None, rights: Sequence[str], days: int, now: datetime.datetime
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and never stored.

    Raises Refused for a nameless token, an unknown right or none, a term of no days or more than a year, and a study in
    which the person does no research.
    """
    name = " ".join(name.split())[:80]
    if not name:
        raise Refused("malformed", "Give the token a name that says what will use it.")
    if not rights or not set(rights) <= set(RIGHTS):
        raise Refused("malformed", f"Choose at least one right of: {', '.join(RIGHTS)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("malformed", f"Choose a term between 1 and {LONGEST_DAYS} days.")
    if study is not None and not has_role(study, user, "owner", "researcher"):
        raise Refused("not-yours", "You do not work on this study.")
    secret = PREFIX + new_token()
    made = ApiToken.objects.create(
        user=user,
        study=study,
        name=name,
        sha256=hash_of(secret),
        rights=[right for right in RIGHTS if right in rights],
        created_at=now,
        expires_at=now + datetime.timedelta(days=days),
    )
    return made, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, now: datetime.datetime) -> None:
    """It opens nothing from now on. Saying it again changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


def note_use(*, token: ApiToken, now: datetime.datetime) -> None:
    """When it was last used, to the minute: a write with every request would be a waste."""
    if token.used_at is None or now - token.used_at > datetime.timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
