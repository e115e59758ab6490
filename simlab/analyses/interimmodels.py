"""Looks at a trial before its end: who may see them, what they saw, and what they decided. Nothing is ever changed."""

import json
import uuid

from django.conf import settings
from django.db import models


class Monitor(models.Model):
    """Somebody of the independent committee of a study: the only one who sees numbers by arm before the lock."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="monitors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="monitored")
    appointed_by_id = models.UUIDField()
    appointed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "user"], name="monitor_once")]

    def __str__(self) -> str:
        return str(self.user)


class InterimLook(models.Model):
    """One look as the committee saw it, on data that are kept. Append-only (database trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="interim_looks")
    number = models.PositiveSmallIntegerField(help_text="which of the planned looks")
    plan_sha256 = models.CharField(max_length=64)
    dataset = models.ForeignKey("analyses.Dataset", on_delete=models.PROTECT, related_name="interim_looks")
    code_version = models.CharField(max_length=120)
    found_json = models.TextField(help_text="canonical bytes of the analysis; it names the arms")
    made_by_id = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="interim_look_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="interim_look_from_one"),
        ]

    def __str__(self) -> str:
        return f"look {self.number} of {self.study_id}"

    @property
    def found(self) -> dict:
        return json.loads(self.found_json)


class InterimDecision(models.Model):
    """What the committee decided at a look. The team reads the word and the day; the reason stays with the committee
    until the arms may be known. Append-only (database trigger)."""

    class Word(models.TextChoices):
        CONTINUE = "continue", "Continue"
        STOP = "stop", "Stop"

    look = models.OneToOneField(InterimLook, on_delete=models.PROTECT, related_name="decision")
    word = models.CharField(max_length=8, choices=Word)
    reason = models.TextField()
    decided_by_id = models.UUIDField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(word__in=["continue", "stop"]), name="interim_decision_continue_or_stop"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="interim_decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.get_word_display()
