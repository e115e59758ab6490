"""What raters made of answers in their own words. A rating and a verdict are facts; scores are derived from them.

All three tables are append-only: a verdict is used from its re-scoring on, and raw answers are never touched.
"""

from django.conf import settings
from django.db import models


class Rating(models.Model):
    """One person's judgement of one text: does it count as the reference answer of this case?"""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="ratings")
    case_id = models.CharField(max_length=80)
    text = models.TextField(help_text="normalised, so that one spelling is judged once")
    text_sha256 = models.CharField(max_length=64)
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    right = models.BooleanField()
    given_at = models.DateTimeField()

    class Meta:
        app_label = "sittings"
        constraints = [
            models.UniqueConstraint(fields=["study", "case_id", "text_sha256", "rater"], name="rating_once_a_rater"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {'right' if self.right else 'not right'}"


class Rescoring(models.Model):
    """The moment at which settled verdicts began to count, with how many stored answers they touch."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="rescorings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    texts = models.PositiveIntegerField()
    answers = models.PositiveIntegerField()

    class Meta:
        app_label = "sittings"

    def __str__(self) -> str:
        return f"{self.texts} texts on {self.at:%Y-%m-%d}"


class Verdict(models.Model):
    """A text that counts as right, or as wrong, for a case of this study: the growing list of synonyms."""

    rescoring = models.ForeignKey(Rescoring, on_delete=models.PROTECT, related_name="verdicts")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="verdicts")
    case_id = models.CharField(max_length=80)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    right = models.BooleanField()

    class Meta:
        app_label = "sittings"
        constraints = [models.UniqueConstraint(fields=["study", "case_id", "text_sha256"], name="verdict_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {'right' if self.right else 'not right'}"
