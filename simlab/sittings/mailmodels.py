"""Mail to participants, and windows moved for one of them. No row here holds a name or an address."""

import datetime
import uuid

from django.db import models
from django.db.models import Q


class MailRules(models.Model):
    """How a study writes: in whose time, not at night, and with which words. Changed by the study team at any time."""

    study = models.OneToOneField("studies.Study", on_delete=models.PROTECT, related_name="mail_rules")
    time_zone = models.CharField(max_length=64, default="Europe/London")
    quiet_from = models.TimeField(default=datetime.time(20))
    quiet_until = models.TimeField(default=datetime.time(8))
    reply_to = models.EmailField(blank=True)
    invitation = models.TextField(blank=True, help_text="what an invitation says before the link")

    def __str__(self) -> str:
        return f"mail of {self.study_id}"


class Mail(models.Model):
    """One message to one person: a work item with an identity. The address is looked up when it is sent.

    `person` is the contact in the vault. A message is `sending` from just before it is handed over until the answer is
    noted; where that note never came, it is `unknown`, and only a person may decide what follows.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation"
        APPOINTMENT = "appointment"
        REMINDER = "reminder"
        DEBRIEF = "debrief"

    class State(models.TextChoices):
        DUE = "due"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="mails")
    participant = models.ForeignKey("Participant", null=True, on_delete=models.PROTECT, related_name="mails")
    person = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind)
    window = models.CharField(max_length=80, blank=True, help_text="phase/sitting; empty where it is about none")
    number = models.PositiveSmallIntegerField()
    opens = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField(help_text="when it may go out; after a failure, when it is tried again")
    until = models.DateTimeField(null=True, help_text="after this it makes no sense any more")
    attempts = models.PositiveSmallIntegerField(default=0)
    final = models.BooleanField(default=False, help_text="after a failure: not tried again by itself")
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="why it failed, or was cancelled")
    # Null, not empty, until it is sent: empty strings would collide.
    token_sha256 = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "window", "number"], name="mail_once"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "sending", "sent", "failed", "unknown", "cancelled"]),
                name="mail_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="mail_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "unknown", "cancelled"]) | ~Q(problem=""),
                name="mail_not_sent_says_why",
            ),
        ]
        indexes = [models.Index(fields=["study", "state", "due_at"], name="mail_by_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.window} {self.number}".replace("  ", " ")


class MailDecision(models.Model):
    """What a person of the study team decided about a message, and why. Append-only (database trigger)."""

    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=10)
    reason = models.TextField()
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["now", "cancel", "retry", "arrived"]), name="mail_decision_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="mail_decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.what


class MovedWindow(models.Model):
    """A window that the study team moved for one person, and why; the last one for a phase counts. Append-only."""

    participant = models.ForeignKey("Participant", on_delete=models.PROTECT, related_name="moved_windows")
    phase = models.CharField(max_length=60)
    opens = models.DateTimeField(null=True)
    closes = models.DateTimeField(null=True)
    reason = models.TextField()
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__isnull=False) | Q(closes__isnull=False), name="moved_window_moves_something"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="moved_window_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.phase} of {self.participant_id}"
