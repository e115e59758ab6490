"""Inviting people by their address. The address goes to the vault; the study keeps a link whose token nobody stored."""

import csv
import datetime
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from simlab.engine.errors import Fault, InvalidFile, Refused
from simlab.people.actions import checked_address, checked_zone
from simlab.people.models import Contact, User
from simlab.studies.models import Invitation, Study
from simlab.studies.tokens import hash_of, secret_of

MOST_AT_ONCE = 10_000
COLUMNS = ("email", "name", "time-zone")


@dataclass(frozen=True)
class Invitee:
    email: str
    name: str = ""
    time_zone: str = ""


def read_invitees(text: str) -> list[Invitee]:
    """People from a table with the column `email` and, where wanted, `name` and `time-zone`; or one address a line.

    Raises InvalidFile with every fault: its line, what is wrong and what to write.
    """
    lines = text.lstrip("\ufeff").strip()
    if not lines:
        raise InvalidFile([Fault("The list", "is empty.", "Write one address a line, or a table with a column email.")])
    if "email" not in lines.splitlines()[0].lower().replace(" ", "").split(","):
        lines = f"email\n{lines}"
        shift = 0
    else:
        shift = 1
    rows = csv.DictReader(io.StringIO(lines), skipinitialspace=True)
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    return _checked([(number + shift, row) for number, row in enumerate(rows, start=1)])


def _checked(rows: list[tuple[int, dict]]) -> list[Invitee]:
    people: list[Invitee] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        place = f"Line {line}"
        try:
            email = checked_address(row.get("email") or "")
            zone = checked_zone((row.get("time-zone") or "").strip())
        except Refused as refused:
            faults.append(Fault(place, refused.message, "", line=line))
            continue
        if email in seen:
            faults.append(
                Fault(place, f"{email} stands in line {seen[email]} already.", "Keep one of the two.", line=line)
            )
        seen.setdefault(email, line)
        people.append(Invitee(email, " ".join((row.get("name") or "").split())[:120], zone))
    if len(people) > MOST_AT_ONCE:
        faults.append(Fault("The list", f"holds more than {MOST_AT_ONCE:,} people.", "Split it."))
    if faults:
        raise InvalidFile(faults)
    return people


@transaction.atomic
def invite_people(
    *, study: Study, people: Sequence[Invitee], by: User | None, now: datetime.datetime
) -> list[Invitation]:
    """A personal link for each, which mail brings them. Who was invited to this study before is left out.

    All or nothing. Raises Refused for a study that is closed.
    """
    study = Study.objects.select_for_update(no_key=True, of=("self",)).get(pk=study.pk)
    if study.locked_at is not None:
        raise Refused("locked", "This study is closed; nobody can be invited any more.")
    before = Invitation.objects.filter(study=study).values_list("pk", flat=True)
    known = set(Contact.objects.filter(invitation_id__in=list(before)).values_list("email", flat=True))
    fresh = {person.email: person for person in people if person.email not in known}
    keys = {email: uuid.uuid4() for email in fresh}
    made = Invitation.objects.bulk_create(
        Invitation(
            pk=key, study=study, kind=Invitation.Kind.SINGLE, token_sha256=hash_of(secret_of("invitation", key)),
            created_at=now,
        )
        for key in keys.values()
    )  # fmt: skip
    Contact.objects.bulk_create(
        Contact(invitation_id=keys[email], email=email, name=person.name, time_zone=person.time_zone)
        for email, person in fresh.items()
    )
    return made
