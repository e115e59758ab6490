"""What somebody writes for themselves after the debrief: on one case, or on all of them.

No study data: no analysis, export or page of the study team reads these rows.
"""

from uuid import UUID

from django.db import models
from django.db.models import Q


class Reflection(models.Model):
    """One version of a reflection; the latest counts. Append-only. `encounter` is null where it is on all cases."""

    participant = models.ForeignKey("sittings.Participant", on_delete=models.PROTECT, related_name="reflections")
    encounter = models.ForeignKey("sittings.Encounter", null=True, on_delete=models.PROTECT, related_name="reflections")
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        app_label = "sittings"
        ordering = ["written_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="reflection_has_words")]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.written_at:%Y-%m-%d}"


def reflections_of(participant: models.Model) -> dict[UUID | None, list[Reflection]]:
    """Every version in its order, by encounter; None stands for all cases. One query."""
    found: dict[UUID | None, list[Reflection]] = {}
    for one in Reflection.objects.filter(participant=participant):
        found.setdefault(one.encounter_id, []).append(one)
    return found
