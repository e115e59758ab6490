"""What was asked of the data: frozen tables, runs of a plan on them, figures, rehearsals."""

import json
import uuid

from django.db import models


class Dataset(models.Model):
    """One tidy table, frozen to Parquet and known by the hash of its sorted rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="datasets")
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=300, help_text="relative to the data directory")
    rows = models.PositiveIntegerField()
    columns = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "sha256"], name="dataset_once_per_study"),
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows {self.sha256[:12]}"


class RunState(models.TextChoices):
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class AnalysisRunQuerySet(models.QuerySet["AnalysisRun"]):
    def finished(self):
        return self.filter(state=RunState.DONE)

    def latest_first(self):
        return self.order_by("-requested_at", "-pk")


class AnalysisRun(models.Model):
    """One run of a plan on a study's data; claimed by compare-and-set, so it runs once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="analysis_runs")
    plan = models.JSONField()
    plan_sha256 = models.CharField(max_length=64)
    protocol_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    step = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    dataset = models.ForeignKey(Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    result_json = models.TextField(blank=True, help_text="canonical bytes, so that a repeat can be compared")
    code_version = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often a worker began")
    requested_by_id = models.UUIDField(null=True, blank=True)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True, help_text="when the worker last reported")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AnalysisRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="run_result_with_data",
                condition=~models.Q(state="done") | (~models.Q(result_json="") & models.Q(dataset__isnull=False)),
            ),
            models.CheckConstraint(
                name="run_end_has_time",
                condition=models.Q(state__in=["queued", "running"], finished_at__isnull=True)
                | models.Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(name="run_step_within_steps", condition=models.Q(step__lte=models.F("steps"))),
        ]
        indexes = [models.Index(fields=["study", "-requested_at"])]

    def __str__(self) -> str:
        return f"{self.state} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def result(self) -> dict:
        return json.loads(self.result_json) if self.result_json else {}

    @property
    def is_over(self) -> bool:
        return self.state in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


class Figure(models.Model):
    """A drawing of a result with the words and the numbers behind it."""

    run = models.ForeignKey(AnalysisRun, on_delete=models.CASCADE, related_name="figures")
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    svg = models.TextField()
    csv = models.TextField()
    alt = models.TextField()
    blinded = models.BooleanField(default=False, help_text="drawn from the blinded result")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "name", "blinded"], name="figure_once_per_run")]

    def __str__(self) -> str:
        return self.name


class Rehearsal(models.Model):
    """Virtual clinicians in a twin study, with the truth that they were made with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="rehearsals")
    truth = models.JSONField()
    seed = models.BigIntegerField()
    clinicians = models.PositiveIntegerField()
    summary = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.clinicians} virtual clinicians"


from simlab.analyses.interimmodels import InterimDecision, InterimLook, Monitor  # noqa: E402, F401  files of their own
from simlab.analyses.powermodels import PowerChunk, PowerStudy  # noqa: E402, F401
