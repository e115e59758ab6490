"""Cohorts of trainees and what was assigned to them. Teaching reads; it never writes a sitting."""

import uuid

from django.conf import settings
from django.db import models


class Cohort(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cohorts")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Trainee(models.Model):
    """A participant of a training study, under the name that the educator knows them by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="trainees")
    participant = models.OneToOneField("sittings.Participant", on_delete=models.PROTECT, related_name="trainee")
    label = models.CharField(max_length=80)

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["cohort", "label"], name="label_once_per_cohort")]

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="assignments")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="assignments")
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "study"], name="study_assigned_once")]

    def __str__(self) -> str:
        return f"{self.study} for {self.cohort}"
