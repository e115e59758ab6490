"""Who can log in, and the identity vault, which is kept apart from every answer."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def get_by_natural_key(self, username: str) -> "User":
        # People type their address in any case; it is stored in lower case.
        return self.get(email=username.strip().lower())

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Used by Django's createsuperuser command only; everything else calls `actions.create_user`."""
        user = self.model(email=email.strip().lower(), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a password: researcher, educator, or a clinician who wants an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=models.functions.Lower("email")), name="user_email_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email


class Contact(models.Model):
    """The vault: the only place where a name or address meets a participant, or somebody who was invited.

    Mail is written to a contact; `stopped_at` says since when the person wants none. It lives in a PostgreSQL schema of
    its own, so that access can be granted and backed up apart, and it points at participants, invitations and users by
    bare UUID: no foreign key leads from an answer to a name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant_id = models.UUIDField(unique=True, null=True)
    invitation_id = models.UUIDField(unique=True, null=True)
    user_id = models.UUIDField(null=True, db_index=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="empty: that of the study's mail")
    stopped_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(participant_id__isnull=False) | models.Q(invitation_id__isnull=False),
                name="contact_belongs_to_somebody",
            ),
        ]
        db_table = 'vault"."contact'

    def __str__(self) -> str:
        return str(self.id)
