"""Cases being written: their texts, pictures, remarks and signatures. What is written once is never changed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class CaseRight(models.Model):
    """What a person may do in a pack: authors write and publish, reviewers sign. Staff may do both everywhere."""

    class Name(models.TextChoices):
        AUTHOR = "author"
        REVIEWER = "reviewer"

    pack = models.SlugField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="case_rights")
    name = models.CharField(max_length=16, choices=Name)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "user", "name"], name="case_right_once"),
            models.CheckConstraint(condition=Q(name__in=["author", "reviewer"]), name="case_right_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.pack}"


class CaseDraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Drafts of one's own and of the packs in which one holds a right; staff see every one."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        packs = CaseRight.objects.filter(user=user).values("pack")
        return self.filter(Q(created_by=user) | Q(pack__in=packs))


class CaseDraft(models.Model):
    """A case that is being written for a pack. Its words are in its latest `CaseText`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.SlugField(max_length=80)
    case_id = models.SlugField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_drafts")

    objects = CaseDraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "case_id"], name="case_draft_once")]

    def __str__(self) -> str:
        return f"{self.pack}/{self.case_id}"


class CaseText(models.Model):
    """The file `case.yaml` of a draft after one save, character by character. Immutable; numbered from 1."""

    class Why(models.TextChoices):
        WRITTEN = "written"
        IMPORTED = "imported"
        RESTORED = "restored"
        SIGNED = "signed"

    draft = models.ForeignKey(CaseDraft, on_delete=models.PROTECT, related_name="texts")
    number = models.PositiveIntegerField()
    source = models.TextField()
    why = models.CharField(max_length=16, choices=Why)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="case_text_number_once"),
            models.CheckConstraint(
                condition=Q(why__in=["written", "imported", "restored", "signed"]), name="case_text_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"text {self.number} of {self.draft_id}"


class DraftPicture(models.Model):
    """A picture as it was uploaded for a draft. Immutable; the latest of a name is the one that counts."""

    draft = models.ForeignKey(CaseDraft, on_delete=models.PROTECT, related_name="pictures")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.name} of {self.draft_id}"


class CaseRemark(models.Model):
    """A reviewer's or author's words about a draft. Immutable; `settles` names the request that is answered by it."""

    class Kind(models.TextChoices):
        COMMENT = "comment"
        CHANGES = "changes"
        SETTLED = "settled"

    draft = models.ForeignKey(CaseDraft, on_delete=models.PROTECT, related_name="remarks")
    kind = models.CharField(max_length=16, choices=Kind)
    body = models.TextField()
    place = models.CharField(max_length=200, blank=True, help_text="the field it is about")
    text_number = models.PositiveIntegerField(help_text="the text that was read")
    settles = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="settled_by")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(body=""), name="case_remark_says_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["comment", "changes"], settles=None) | Q(kind="settled", settles__isnull=False),
                name="case_remark_settles_a_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.draft_id}"


class CaseSignature(models.Model):
    """A clinician's signature under one content of a case, in their own words. Immutable.

    `content_sha256` is that of the case without its status (`engine.casesigning.substance_hash`): it holds for nothing
    else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(CaseDraft, on_delete=models.PROTECT, related_name="signatures")
    pack = models.SlugField(max_length=80)
    case_id = models.SlugField(max_length=80)
    content_sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=120)
    registration = models.CharField(max_length=120)
    review_by = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "content_sha256", "signed_by"], name="case_signature_once_for_a_content"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(role="") & ~Q(registration=""), name="case_signature_says_who"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.case_id}"
