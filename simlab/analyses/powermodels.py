"""A power study: a grid of designs, the truth of its virtual clinicians, and the batches it is computed in."""

import json
import uuid

from django.db import models


class PowerState(models.TextChoices):
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class PowerStudy(models.Model):
    """One grid on one protocol. Its result is a function of grid, truth, protocol and code, whoever computes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="power_studies")
    grid = models.JSONField()
    truth = models.JSONField()
    truth_name = models.CharField(max_length=200)
    protocol_sha256 = models.CharField(max_length=64)
    asked_sha256 = models.CharField(max_length=64, help_text="grid, truth and protocol together")
    code_version = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=PowerState, default=PowerState.QUEUED)
    result_json = models.TextField(blank=True, help_text="canonical bytes, so that a repeat can be compared")
    error = models.TextField(blank=True)
    requested_by_id = models.UUIDField(null=True, blank=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="power_result_when_done", condition=~models.Q(state="done") | ~models.Q(result_json="")
            ),
            models.CheckConstraint(
                name="power_end_has_time",
                condition=models.Q(state__in=["queued", "running"], finished_at__isnull=True)
                | models.Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["study", "-requested_at"])]

    def __str__(self) -> str:
        return f"{self.state} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def result(self) -> dict:
        return json.loads(self.result_json) if self.result_json else {}

    @property
    def is_over(self) -> bool:
        return self.state in {PowerState.DONE, PowerState.FAILED, PowerState.CANCELLED}


class PowerChunk(models.Model):
    """One batch of replicates of one cell; claimed by compare-and-set, so it counts once."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        NOT_NEEDED = "not-needed", "Not needed"

    power = models.ForeignKey(PowerStudy, on_delete=models.CASCADE, related_name="chunks")
    cell = models.PositiveSmallIntegerField()
    batch = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    runs = models.PositiveSmallIntegerField(default=0)
    shown = models.PositiveSmallIntegerField(default=0, help_text="replicates that showed the claim")
    outcomes = models.JSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often a worker began")
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True, help_text="when the worker last reported")

    class Meta:
        ordering = ["batch", "cell"]
        constraints = [
            models.UniqueConstraint(fields=["power", "cell", "batch"], name="power_batch_once"),
            models.CheckConstraint(
                name="power_batch_done_has_outcomes",
                condition=models.Q(state="done", outcomes__isnull=False)
                | (~models.Q(state="done") & models.Q(outcomes__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["power", "state"])]

    def __str__(self) -> str:
        return f"cell {self.cell}, batch {self.batch}"
