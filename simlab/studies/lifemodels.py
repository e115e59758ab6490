"""The record of a study's life: steps, approvals, amendments, and texts that are not finished yet."""

from django.db import models
from django.db.models import F, Q


class Transition(models.Model):
    """One step that a study took: when, by whom and why, with the hash of the protocol it had. Immutable (trigger)."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="transitions")
    step = models.CharField(max_length=16)
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    protocol_sha256 = models.CharField(max_length=64)
    by_id = models.UUIDField(null=True, help_text="nobody for what a command or the platform did")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.step} {self.at:%Y-%m-%d}"


class Approval(models.Model):
    """Somebody who wrote none of it found protocol, documents and questionnaires fit. Immutable (trigger)."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="approvals")
    protocol_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64, help_text="protocol, documents and questionnaires together")
    by_id = models.UUIDField()
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "content_sha256", "by_id"], name="approval_once_a_person")
        ]

    def __str__(self) -> str:
        return f"approval {self.at:%Y-%m-%d}"


class Amendment(models.Model):
    """A change of a launched study: proposed by one person, put into force by another. Fixed from then on (trigger).

    `documents` maps the kind of each changed document to its new text; `difference` is a unified diff of all of it.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveIntegerField()
    protocol = models.ForeignKey("studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    replaces = models.ForeignKey("studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    documents = models.JSONField(default=dict)
    difference = models.TextField()
    reason = models.TextField()
    proposed_by_id = models.UUIDField()
    proposed_at = models.DateTimeField()
    approved_by_id = models.UUIDField(null=True)
    effective_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="amendment_number_once"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(effective_at=None, dropped_at=None), name="amendment_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None, effective_at=None)
                | Q(approved_by_id__isnull=False, effective_at__isnull=False, dropped_at=None),
                name="amendment_in_force_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None) | ~Q(approved_by_id=F("proposed_by_id")),
                name="amendment_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"amendment {self.number}"


class DraftText(models.Model):
    """A study document as it was saved before it was valid; the study keeps its last valid version meanwhile."""

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="draft_texts")
    source = models.TextField()
    faults = models.PositiveIntegerField()
    by_id = models.UUIDField(null=True)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"unfinished text of {self.saved_at:%Y-%m-%d}"
