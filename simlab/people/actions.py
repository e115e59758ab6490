"""Writes to accounts and to the identity vault."""

from uuid import UUID

from django.db import transaction

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
