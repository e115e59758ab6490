"""Cohorts of trainees and what was assigned to them. Teaching reads; it never writes a sitting."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from simlab.teaching.querysets import SeatQuerySet


class Cohort(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cohorts")
    created_at = models.DateTimeField()
    places = models.PositiveSmallIntegerField(default=30, help_text="how many may join by the links of the cohort")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(places__gte=1), name="cohort_has_places")]

    def __str__(self) -> str:
        return self.title


class Trainee(models.Model):
    """A person of a cohort, under the name that the educator knows them by.

    What they did stands with the participants they were, one for every try of an assignment: see `Seat`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="trainees")
    label = models.CharField(max_length=80)

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["cohort", "label"], name="label_once_per_cohort")]

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="assignments")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="assignments")
    assigned_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "study"], name="study_assigned_once"),
            models.CheckConstraint(condition=Q(tries__gte=1), name="assignment_tries_from_one"),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=models.F("opens_at")),
                name="assignment_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} for {self.cohort}"


class PersonalLink(models.Model):
    """The link by which one person of the roster joins an assignment under their label."""

    trainee = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="links")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="links")
    invitation = models.OneToOneField("studies.Invitation", on_delete=models.PROTECT, related_name="personal_link")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trainee", "assignment"], name="personal_link_once")]

    def __str__(self) -> str:
        return f"{self.trainee} for {self.assignment}"


class Seat(models.Model):
    """One try of a trainee at an assignment: the participant they are in its training study."""

    trainee = models.ForeignKey(Trainee, on_delete=models.CASCADE, related_name="seats")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="seats")
    participant = models.OneToOneField("sittings.Participant", on_delete=models.PROTECT, related_name="seat")
    attempt = models.PositiveSmallIntegerField(default=1)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trainee", "assignment", "attempt"], name="seat_attempt_once"),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="seat_attempts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.trainee}, try {self.attempt}"


class TraineeComment(models.Model):
    """What an educator told a trainee about their review. Append-only: amended by a further one."""

    trainee = models.ForeignKey(Trainee, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="trainee_comment_says_something")]

    def __str__(self) -> str:
        return f"to {self.trainee}"
