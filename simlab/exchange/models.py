"""What was asked of advisers outside, word for word."""

import uuid

from django.db import models
from django.db.models import Q


class AdviceRequest(models.Model):
    """One request about one case version, before any trial. Append-only.

    `advice_id` names the advice that was frozen from the answer; empty when none was, and then `problem` says why.
    """

    class Kind(models.TextChoices):
        CDS_HOOKS = "cds-hooks"
        CHAT = "chat"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case_version = models.ForeignKey("studies.CaseVersion", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    service = models.URLField(max_length=400)
    system = models.CharField(max_length=300, blank=True, help_text="the label of the source, or the model")
    request = models.JSONField()
    response = models.TextField(blank=True)
    response_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    latency_ms = models.FloatField(null=True)
    outcome = models.CharField(max_length=16)
    problem = models.TextField(blank=True)
    advice_id = models.SlugField(max_length=120, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["cds-hooks", "chat"]), name="advice_request_kind_known"),
            models.CheckConstraint(
                condition=Q(outcome="ok", problem="") | (~Q(outcome="ok") & Q(advice_id="")),
                name="advice_request_failed_gives_no_advice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asked_at:%Y-%m-%d %H:%M}"


from simlab.exchange.tokenmodels import ApiToken  # noqa: E402, F401  a file of their own
from simlab.exchange.xapimodels import Told  # noqa: E402, F401
