"""Writes to accounts and to the identity vault."""

import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import Contact, User


@transaction.atomic
def create_user(
    *, email: str, password: str | None, display_name: str = "", is_staff: bool = False, is_superuser: bool = False
) -> User:
    """A new account; the address is the log-in name and is kept in lower case. No password means no log-in."""
    user = User(
        email=email.strip().lower(), display_name=display_name.strip(), is_staff=is_staff, is_superuser=is_superuser
    )
    user.set_password(password)
    user.save(force_insert=True)
    return user


@transaction.atomic
def link_participant(*, participant_id: UUID, user: User | None = None, name: str = "", email: str = "") -> Contact:
    """Note in the vault who a participant is. Repeating it adds what is new and takes nothing away.

    A participant who already belongs to one account is never handed to another.
    """
    contact, _ = Contact.objects.select_for_update().get_or_create(participant_id=participant_id)
    contact.user_id = contact.user_id or (user.pk if user else None)
    contact.name = name.strip() or contact.name
    contact.email = email.strip().lower() or contact.email
    contact.save()
    return contact


@transaction.atomic
def invite_contact(*, invitation_id: UUID, email: str, name: str = "", time_zone: str = "") -> Contact:
    """Keep the address that an invitation goes to. Raises Refused for what is no address or no time zone."""
    return Contact.objects.create(
        invitation_id=invitation_id,
        email=checked_address(email),
        name=" ".join(name.split())[:120],
        time_zone=checked_zone(time_zone),
    )


def contact_arrived(*, invitation_id: UUID, participant_id: UUID) -> None:
    """Whoever followed a personal invitation is known by its address from now on."""
    Contact.objects.filter(invitation_id=invitation_id, participant_id=None).update(participant_id=participant_id)


@transaction.atomic
def ask_for_mail(*, participant_id: UUID, email: str, time_zone: str) -> Contact:
    """The participant wants mail at this address from now on, also after having stopped it."""
    email, time_zone = checked_address(email), checked_zone(time_zone)
    contact = link_participant(participant_id=participant_id, email=email)
    contact.time_zone, contact.stopped_at = time_zone, None
    contact.save(update_fields=["time_zone", "stopped_at"])
    return contact


@transaction.atomic
def stop_mail(*, contact: Contact, now: datetime.datetime) -> None:
    """No reminder any more. Saying it again changes nothing."""
    Contact.objects.filter(pk=contact.pk, stopped_at=None).update(stopped_at=now)


@transaction.atomic
def erase_contact(*, participant_id: UUID) -> None:
    """Nobody knows any more who this participant is; an account that they may have stays their own."""
    Contact.objects.filter(participant_id=participant_id).delete()


def checked_address(text: str) -> str:
    """The address in lower case. A line break in it would write headers of its own, and is refused like any fault."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(
            "malformed", f"“{address[:80]}” is not an e-mail address. Write it as name@example.org."
        ) from None
    return address


def checked_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise Refused("malformed", f"“{name[:60]}” is not a time zone. Write it as Europe/London.")
    return name
