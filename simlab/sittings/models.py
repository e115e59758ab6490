"""What participants did. Facts only: verdicts such as correctness are derived when they are needed."""

import uuid

from django.db import models
from django.db.models import F, Q

from simlab.sittings.querysets import EncounterQuerySet, ParticipantQuerySet, SittingQuerySet


class Participant(models.Model):
    """One person in one study, known by a pseudonym only; names are in the vault (`people.Contact`)."""

    class State(models.TextChoices):
        ARRIVED = "arrived"
        DECLINED = "declined"
        INELIGIBLE = "ineligible"
        ENROLLED = "enrolled"
        WITHDRAWN = "withdrawn"
        COMPLETED = "completed"

    class Withdrawal(models.TextChoices):
        """What becomes of the answers of somebody who has left: used, left out of analyses and exports, deleted."""

        KEEP = "keep"
        STOP = "stop"
        ERASE = "erase"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="participants")
    invitation = models.ForeignKey(
        "studies.Invitation", null=True, on_delete=models.PROTECT, related_name="participants"
    )
    slot = models.OneToOneField("studies.Slot", null=True, on_delete=models.PROTECT, related_name="participant")
    stratum = models.CharField(max_length=120, blank=True)
    grade = models.CharField(max_length=60, blank=True)
    site = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.ARRIVED)
    virtual = models.BooleanField(default=False)
    # Null, not empty, while there is no link: empty strings would collide.
    return_token_sha256 = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    eligibility = models.JSONField(null=True)
    created_at = models.DateTimeField()
    enrolled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    withdrawal = models.CharField(max_length=5, choices=Withdrawal, blank=True, default="")
    erased_at = models.DateTimeField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(slot=None, enrolled_at=None, state__in=["arrived", "declined", "ineligible", "withdrawn"])
                | Q(
                    slot__isnull=False,
                    enrolled_at__isnull=False,
                    state__in=["enrolled", "withdrawn", "completed"],
                ),
                name="participant_enrolled_has_a_slot",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["withdrawn", "completed"], ended_at__isnull=False)
                | (~Q(state__in=["withdrawn", "completed"]) & Q(ended_at=None)),
                name="participant_ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawal__in=["keep", "stop", "erase"])
                | (~Q(state="withdrawn") & Q(withdrawal="")),
                name="participant_left_says_what_becomes",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(withdrawal="erase"), name="participant_erased_on_request"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_usable(self) -> bool:
        """Whether analyses and exports may hold the answers."""
        return self.withdrawal in ("", Participant.Withdrawal.KEEP)


class Consent(models.Model):
    """An answer to a consent form, with the hash of the exact text that was shown. Append-only."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="consents")
    document = models.ForeignKey("studies.Document", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    information_sha256 = models.CharField(max_length=64, blank=True, default="", help_text="the information sheet read")
    statements = models.JSONField(help_text="those that were ticked")
    agreed = models.BooleanField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "sha256", "information_sha256"],
                condition=Q(agreed=True),
                name="consent_given_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{'agreed' if self.agreed else 'declined'} {self.given_at:%Y-%m-%d}"


class Sitting(models.Model):
    """One participant at one sitting of a phase."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="sittings")
    phase = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    structure = models.CharField(max_length=32)
    protocol_sha256 = models.CharField(max_length=64, blank=True, default="", help_text="in force when it was opened")
    opened_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    lease = models.PositiveIntegerField(default=1)
    acked = models.PositiveIntegerField(default=0, help_text="highest number without a gap, of the current lease")
    last_seq = models.PositiveIntegerField(default=0, help_text="highest number seen, of the current lease")

    objects = SittingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "phase", "number"], name="sitting_once"),
            models.UniqueConstraint(
                fields=["participant"], condition=Q(completed_at=None), name="sitting_open_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(lease__gte=1), name="sitting_lease_from_one"),
            models.CheckConstraint(condition=Q(acked__lte=F("last_seq")), name="sitting_acked_was_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.number}"


class Encounter(models.Model):
    """One case shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="encounters")
    planned = models.OneToOneField("studies.PlannedEncounter", on_delete=models.PROTECT, related_name="encounter")
    position = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=16)
    event = models.CharField(max_length=8, blank=True, default="", help_text="what befalls the advice of this case")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    # Nothing is taken after the deadline; `timed_out`: the case was closed by it.
    deadline = models.DateTimeField(null=True)
    timed_out = models.BooleanField(default=False)

    objects = EncounterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "position"], name="encounter_position_once"),
            models.UniqueConstraint(
                fields=["sitting"], condition=Q(closed_at=None), name="encounter_open_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(stage="done", closed_at__isnull=False) | (~Q(stage="done") & Q(closed_at=None)),
                name="encounter_done_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(event__in=["", "down", "slow", "tampered"]), name="encounter_event_known"
            ),
            models.CheckConstraint(
                condition=Q(timed_out=False) | Q(closed_at__isnull=False, deadline__isnull=False),
                name="encounter_timed_out_had_a_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.position}"


class Event(models.Model):
    """One message of the browser's outbox, as it was received. Append-only (database trigger)."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="events")
    uuid = models.UUIDField()
    lease = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    encounter = models.ForeignKey(Encounter, null=True, on_delete=models.PROTECT, related_name="events")
    payload = models.JSONField()
    sha256 = models.CharField(max_length=64)
    t_mono_ms = models.FloatField()
    t_origin_ms = models.FloatField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "uuid"], name="event_uuid_once"),
            models.UniqueConstraint(fields=["sitting", "lease", "seq"], name="event_number_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="event_number_from_one"),
            models.CheckConstraint(condition=Q(kind__in=["answer", "exposure", "event"]), name="event_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lease}.{self.seq}"


class Decision(models.Model):
    """An answer at a stage. Append-only; the first answer at a stage is the only one."""

    class Stage(models.TextChoices):
        INITIAL = "initial"
        FINAL = "final"

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="decision")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="decisions")
    stage = models.CharField(max_length=8, choices=Stage)
    answer = models.JSONField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["encounter", "stage"], name="decision_once_a_stage"),
            models.CheckConstraint(condition=Q(stage__in=["initial", "final"]), name="decision_stage_known"),
        ]

    def __str__(self) -> str:
        return self.stage


class Exposure(models.Model):
    """One thing that happened to one card: assigned, rendered, seen and so on. Append-only.

    `shown_as` tells the cards of a page apart; a nudge that is no advice has no version. `as_shown` is null until the
    browser has told a hash of what it rendered, and then says whether it is that of the card.
    """

    class Kind(models.TextChoices):
        ASSIGNED = "assigned"
        REQUESTED = "requested"
        REVEALED = "revealed"
        REFLECTED = "reflected"
        RENDERED = "rendered"
        SEEN = "seen"
        OPENED = "opened"
        FOLLOWED_LINK = "followed-link"
        ACCEPTED = "accepted"
        EDITED = "edited"
        OVERRIDDEN = "overridden"
        IGNORED = "ignored"
        DISMISSED = "dismissed"
        REASON = "reason"

    class ShownAs(models.TextChoices):
        FIRST = "first"
        SECOND = "second"
        AID = "aid"

    event = models.OneToOneField(Event, null=True, on_delete=models.PROTECT, related_name="exposure")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="exposures")
    advice_version = models.ForeignKey("studies.AdviceVersion", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    shown_as = models.CharField(max_length=8, choices=ShownAs, default=ShownAs.FIRST)
    detail = models.JSONField(default=dict)
    dwell_ms = models.FloatField(null=True)
    rendered_sha256 = models.CharField(max_length=64, blank=True)
    as_shown = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "assigned", "requested", "revealed", "reflected", "rendered", "seen", "opened",
                        "followed-link", "accepted", "edited", "overridden", "ignored", "dismissed", "reason",
                    ]
                ),
                name="exposure_kind_known",
            ),
            models.CheckConstraint(condition=Q(dwell_ms=None) | Q(dwell_ms__gte=0), name="exposure_dwell_not_negative"),
            models.CheckConstraint(condition=Q(shown_as__in=["first", "second", "aid"]), name="exposure_card_known"),
            models.CheckConstraint(
                condition=Q(kind="assigned", event=None) | (~Q(kind="assigned") & Q(event__isnull=False)),
                name="exposure_assigned_by_the_server",
            ),
            models.UniqueConstraint(
                fields=["encounter", "shown_as"], condition=Q(kind="assigned"), name="exposure_assigned_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.kind


class ChatTurn(models.Model):
    """One turn of a live chat inside a case, as it was said. Append-only.

    A question comes before its answer: `number` counts both from 1. `shown` is what the page was given of an answer,
    which is `text` made harmless; a turn that failed says in `outcome` how, and shows nothing.
    """

    class Role(models.TextChoices):
        CLINICIAN = "clinician"
        MODEL = "model"

    class Outcome(models.TextChoices):
        OK = "ok"
        FAILED = "failed"

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="turns")
    number = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=9, choices=Role)
    text = models.TextField()
    shown = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    model = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OK)
    latency_ms = models.FloatField(null=True)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["encounter", "number"], name="chat_turn_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="chat_turn_from_one"),
            models.CheckConstraint(condition=Q(role__in=["clinician", "model"]), name="chat_turn_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.number}"


class Quarantine(models.Model):
    """A message that could not be taken as it was; kept whole, because nothing a participant sent is lost."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="quarantine")
    uuid = models.UUIDField()
    lease = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "quarantine"
        constraints = [
            # A client that resends a refused message must not fill the table.
            models.UniqueConstraint(fields=["sitting", "uuid", "sha256"], name="quarantine_content_once"),
        ]
        indexes = [models.Index(fields=["sitting", "lease", "seq"], name="quarantine_by_number")]

    def __str__(self) -> str:
        return self.reason


class InstrumentResponse(models.Model):
    """The answers to one questionnaire at one point, as given. Append-only; scores are worked out when they are read.

    `sitting` and `position` are 0 where the point has none; see `engine.points`.
    """

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="responses")
    instrument = models.ForeignKey("studies.Instrument", on_delete=models.PROTECT, related_name="responses")
    point = models.CharField(max_length=80)
    phase = models.CharField(max_length=60)
    sitting = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    answers = models.JSONField()
    protocol_sha256 = models.CharField(max_length=64, blank=True, default="", help_text="in force when it was sent")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "instrument", "point", "sitting", "position"], name="response_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.point}"


from simlab.sittings.judgements import Rating, Rescoring, Verdict  # noqa: E402, F401  a file of their own
from simlab.sittings.mailmodels import Mail, MailDecision, MailRules, MovedWindow  # noqa: E402, F401  a file of their own
from simlab.sittings.reflections import Reflection  # noqa: E402, F401  a file of its own
