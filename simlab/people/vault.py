"""Questions to the identity vault."""

from uuid import UUID

from simlab.people.models import Contact, User


def participants_of(user: User) -> list[UUID]:
    """The participants, in any study, that belong to this account."""
    if not user.is_authenticated:
        return []
    return list(Contact.objects.filter(user_id=user.pk).values_list("participant_id", flat=True))


def is_participant(user: User, participant_id: UUID) -> bool:
    return user.is_authenticated and Contact.objects.filter(user_id=user.pk, participant_id=participant_id).exists()


def contact_of(participant_id: UUID) -> Contact | None:
    return Contact.objects.filter(participant_id=participant_id).first()
