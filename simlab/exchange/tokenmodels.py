"""Keys to the REST API. Only the hash of a token is stored."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class ApiToken(models.Model):
    """What a program may do in the name of a person, in one study or in all of theirs, until when.

    A token never allows more than its person may do: the roles of the person are asked again with each request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    study = models.ForeignKey("studies.Study", null=True, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    rights = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="api_token_has_a_name"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_ends_after_it_began"),
        ]

    def __str__(self) -> str:
        return self.name
