"""What is being run: studies, their protocols, the content they use, and the drawn allocation."""

import datetime
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from simlab.engine.lifecycle import BEFORE_LAUNCH, CLOSED
from simlab.studies.querysets import (
    CaseImageQuerySet,
    CaseVersionQuerySet,
    DocumentQuerySet,
    InvitationQuerySet,
    PackVersionQuerySet,
    SlotQuerySet,
    StudyQuerySet,
)

COMPRESSIBLE_KINDS = ["demonstration", "rehearsal", "preview", "training"]
TWINS = ["rehearsal", "preview"]


class Study(models.Model):
    class Kind(models.TextChoices):
        MAIN = "main"
        PILOT = "pilot"
        DEMONSTRATION = "demonstration"
        REHEARSAL = "rehearsal"
        PREVIEW = "preview"
        TRAINING = "training"

    class State(models.TextChoices):
        DRAFT = "draft"
        REHEARSED = "rehearsed"
        APPROVED = "approved"
        LAUNCHED = "launched"
        PAUSED = "paused"
        LOCKED = "locked"
        UNBLINDED = "unblinded"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    clock_offset = models.DurationField(default=datetime.timedelta(0))
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="twins")
    protocol = models.ForeignKey("ProtocolVersion", null=True, on_delete=models.PROTECT, related_name="+")
    packs = models.ManyToManyField("PackVersion", related_name="studies", help_text="as launched")
    allocation_seed = models.CharField(max_length=64, blank=True)
    allocation_salt = models.CharField(max_length=64, blank=True)
    allocation_commitment = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    unblinded_at = models.DateTimeField(null=True, help_text="when the arms were shown; before the lock only in need")
    unblinding_reason = models.TextField(blank=True)
    unblinded_by_id = models.UUIDField(null=True)
    unsigned_cases = models.PositiveIntegerField(default=0, help_text="cases no clinician had signed at a main launch")
    unsigned_reason = models.TextField(blank=True, help_text="why the study was launched with them")

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(
                condition=Q(clock_offset=datetime.timedelta(0)) | Q(kind__in=COMPRESSIBLE_KINDS),
                name="study_clock_moves_only_outside_trials",
            ),
            models.CheckConstraint(
                condition=Q(clock_offset__gte=datetime.timedelta(0)), name="study_clock_never_goes_back"
            ),
            models.CheckConstraint(
                condition=Q(state__in=BEFORE_LAUNCH, launched_at=None)
                | (
                    ~Q(state__in=BEFORE_LAUNCH)
                    & Q(launched_at__isnull=False, protocol__isnull=False)
                    & ~Q(allocation_seed="")
                    & ~Q(allocation_salt="")
                    & ~Q(allocation_commitment="")
                ),
                name="study_launched_with_an_allocation",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=TWINS, parent__isnull=False) | (~Q(kind__in=TWINS) & Q(parent=None)),
                name="study_rehearsal_has_a_parent",
            ),
            models.CheckConstraint(
                condition=Q(unblinded_at=None, unblinding_reason="")
                | (Q(unblinded_at__isnull=False) & ~Q(unblinding_reason="")),
                name="study_unblinded_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(unsigned_cases=0, unsigned_reason="") | (Q(unsigned_cases__gt=0) & ~Q(unsigned_reason="")),
                name="study_unsigned_cases_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def clock_can_move(self) -> bool:
        return self.kind in COMPRESSIBLE_KINDS

    @property
    def is_concealed(self) -> bool:
        """Whether the next allocation could still be foretold: in a trial, until it is locked."""
        return self.kind not in COMPRESSIBLE_KINDS and not self.is_closed

    @property
    def hides_arms(self) -> bool:
        """Whether reports call the arms A and B: in a trial, until it is unblinded, with a reason."""
        return self.kind not in COMPRESSIBLE_KINDS and self.unblinded_at is None

    @property
    def is_launched(self) -> bool:
        return self.state not in BEFORE_LAUNCH

    @property
    def is_closed(self) -> bool:
        """Whether no answer is taken any more."""
        return self.state in CLOSED


class ProtocolVersion(models.Model):
    """One version of the study document. A database trigger refuses any change once `locked_at` is set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="protocols")
    number = models.PositiveIntegerField()
    source = models.TextField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    locked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    written_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="protocol_number_once")]

    def __str__(self) -> str:
        return f"protocol {self.number} of {self.study_id}"


class Document(models.Model):
    class Kind(models.TextChoices):
        INFORMATION = "information"
        CONSENT = "consent"
        DEBRIEF = "debrief"

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind)
    version = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    written_by_id = models.UUIDField(null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "kind", "version"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Instrument(models.Model):
    """A questionnaire of a study, exactly as it was read. Immutable (database trigger)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="instruments")
    name = models.SlugField(max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "name", "sha256"], name="instrument_content_once")]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    class Name(models.TextChoices):
        OWNER = "owner"
        RESEARCHER = "researcher"
        EDUCATOR = "educator"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_roles")
    role = models.CharField(max_length=16, choices=Name)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "user", "role"], name="role_once")]

    def __str__(self) -> str:
        return self.role


class PackVersion(models.Model):
    """A pack as it was loaded: its forms, its term list and the hashes of its cases. Immutable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    objects = PackVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "number"], name="pack_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.number}"


class CaseVersion(models.Model):
    """A case exactly as it was loaded, reference and advice included. Immutable (database trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.SlugField(max_length=80)
    case_id = models.SlugField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField()

    objects = CaseVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "sha256"], name="case_version_content_once"),
        ]
        indexes = [models.Index(fields=["pack", "case_id"], name="case_version_by_name")]

    def __str__(self) -> str:
        return f"{self.pack}/{self.case_id}"


class CaseImage(models.Model):
    """A picture of a case version as it is shown: written anew from the file, see `studies.pictures`. Immutable.

    `sha256` is that of `content`; the hash of the original file is in the content of the case version.
    """

    case_version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="images")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()

    objects = CaseImageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_version", "name"], name="case_image_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.case_version_id}"


class AdviceVersion(models.Model):
    """One piece of advice, frozen with the case version it belongs to. Immutable (database trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case_version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="advice")
    advice_id = models.SlugField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    correct = models.BooleanField()
    error_type = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_version", "advice_id"], name="advice_version_once"),
            models.CheckConstraint(
                condition=Q(correct=False) | Q(error_type=""), name="advice_right_has_no_error_type"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advice_id} of {self.case_version_id}"


class Invitation(models.Model):
    """A link into a study. The token itself is never stored, only its SHA-256."""

    class Kind(models.TextChoices):
        OPEN = "open"
        SINGLE = "single"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="single") | Q(used_at=None), name="invitation_open_is_never_used_up"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Stratum(models.Model):
    """The counter of one stratum's allocation list; its row lock is what makes claiming race-free."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="strata")
    name = models.CharField(max_length=120)
    claimed = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "strata"
        constraints = [
            models.UniqueConstraint(fields=["study", "name"], name="stratum_once"),
            models.CheckConstraint(condition=Q(claimed__lte=F("size")), name="stratum_never_over_claimed"),
        ]

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """One place in the allocation list. Drawn whole at launch; immutable (database trigger)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="slots")
    stratum = models.CharField(max_length=120)
    ordinal = models.PositiveIntegerField()
    arm = models.CharField(max_length=60)
    block = models.PositiveIntegerField()

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "stratum", "ordinal"], name="slot_place_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="slot_ordinal_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.stratum} {self.ordinal}"


class MinimisedChoice(models.Model):
    """One choice of a minimisation with all it was decided on, in the order of allocation. Immutable (trigger).

    `counts` maps each level that the person has to arm → people there before; see `engine.minimisation`.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="minimised")
    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="minimised")
    number = models.PositiveIntegerField()
    draw = models.FloatField()
    cutoff = models.FloatField()
    pick = models.FloatField()
    counts = models.JSONField()
    eligible = models.JSONField()
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="minimised_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="minimised_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"choice {self.number}"


class PlannedEncounter(models.Model):
    """Who will meet which case with which advice, where: drawn at launch, immutable (database trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="planned")
    phase = models.CharField(max_length=60)
    sitting = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    form = models.CharField(max_length=60)
    case_version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="+")
    advice_version = models.ForeignKey(AdviceVersion, null=True, on_delete=models.PROTECT, related_name="+")
    # The way of working of this one case, where its phase shares several out; empty where there is one for all.
    condition = models.CharField(max_length=40, blank=True, default="")
    # Only a “case” counts in the analysis; “practice” and “probe” (an earlier case again) do not.
    purpose = models.CharField(max_length=8, default="case")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot", "phase", "sitting", "position"], name="planned_place_once"),
            models.CheckConstraint(
                condition=Q(purpose__in=["case", "practice", "probe"]), name="planned_purpose_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.sitting}.{self.position}"


from simlab.studies.casemodels import (  # noqa: E402, F401
    CaseDraft,
    CaseRemark,
    CaseRight,
    CaseSignature,
    CaseText,
    DraftPicture,
)
from simlab.studies.equatingmodels import FormBound, FormEquating  # noqa: E402, F401
from simlab.studies.lifemodels import Amendment, Approval, DraftText, Transition  # noqa: E402, F401  a file of their own
