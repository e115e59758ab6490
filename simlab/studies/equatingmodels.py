"""Forms declared to be compared, and what data said. Both are written once and never changed (database triggers)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class FormBound(models.Model):
    """How far two forms may differ and still be called parallel, said before the data are looked at.

    The hashes are those of the cases of each form without their status, so a signature changes nothing and a changed
    word makes another form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey("studies.PackVersion", on_delete=models.PROTECT, related_name="form_bounds")
    one = models.CharField(max_length=8)
    other = models.CharField(max_length=8)
    one_sha256 = models.CharField(max_length=64)
    other_sha256 = models.CharField(max_length=64)
    bound = models.FloatField(help_text="logits of mean difficulty, either way")
    reason = models.TextField()
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bound__gt=0, bound__lte=2) & ~Q(reason=""), name="form_bound_is_meant"),
            models.CheckConstraint(condition=~Q(one=F("other")), name="form_bound_of_two_forms"),
        ]

    def __str__(self) -> str:
        return f"{self.one} and {self.other} within {self.bound}"


class FormEquating(models.Model):
    """What one set of data says about a declared pair: every estimate is kept, whatever it says."""

    class Verdict(models.TextChoices):
        PARALLEL = "parallel"
        NOT_PARALLEL = "not-parallel"
        UNDECIDED = "undecided"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bound = models.ForeignKey(FormBound, on_delete=models.PROTECT, related_name="equatings")
    one_sha256 = models.CharField(max_length=64)
    other_sha256 = models.CharField(max_length=64)
    study = models.ForeignKey("studies.Study", null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=300, help_text="where the data come from, in words")
    data_sha256 = models.CharField(max_length=64)
    method = models.CharField(max_length=200)
    persons = models.PositiveIntegerField()
    decisions = models.PositiveIntegerField()
    difference = models.FloatField(null=True, help_text="mean difficulty of the other form minus the one, logits")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    level = models.FloatField()
    verdict = models.CharField(max_length=16, choices=Verdict)
    note = models.TextField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["one_sha256", "other_sha256", "data_sha256"], name="form_equating_once_for_the_data"
            ),
            models.CheckConstraint(
                condition=Q(verdict="undecided")
                | Q(
                    verdict__in=["parallel", "not-parallel"],
                    difference__isnull=False,
                    low__isnull=False,
                    high__isnull=False,
                ),
                name="form_equating_verdict_with_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.source}"
