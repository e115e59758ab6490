"""Named questions to the tables of what participants did."""

from django.db import models


class ParticipantQuerySet(models.QuerySet):
    def with_study(self):
        return self.select_related("study__protocol", "slot")

    def real(self):
        return self.filter(virtual=False)


class SittingQuerySet(models.QuerySet):
    def with_participant(self):
        return self.select_related("participant__study__protocol", "participant__slot")

    def open(self):
        return self.filter(completed_at=None)


class EncounterQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def with_plan(self):
        return self.select_related("planned__case_version", "planned__advice_version")
