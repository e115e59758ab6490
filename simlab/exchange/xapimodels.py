"""Which sittings a learning record store was told of."""

from django.db import models


class Told(models.Model):
    """A sitting that was sent, or is tried again at `next_at`.

    By its id and not by a foreign key: what was sent remains sent when the answers are erased.
    """

    sitting = models.UUIDField(primary_key=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.sitting} {'sent' if self.sent_at else 'waits'}"
