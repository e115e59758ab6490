"""Named questions to the tables of what participants did."""

from django.db import models

# Read from the cache of parsed protocols instead; too long to fetch with every request.
PROTOCOL_TEXTS = ("study__protocol__source", "study__protocol__document")


class ParticipantQuerySet(models.QuerySet):
    def with_study(self):
        return self.select_related("study__protocol", "slot").defer(*PROTOCOL_TEXTS)

    def usable(self):
        """Those whose answers may be in analyses and exports: all but who left and did not leave them."""
        return self.exclude(withdrawal__in=["stop", "erase"])

    def locked(self):
        """For update, with the study. Without the slot: a row that waited for the lock would bring a stale join."""
        return self.select_related("study__protocol").defer(*PROTOCOL_TEXTS).select_for_update(of=("self",))


class SittingQuerySet(models.QuerySet):
    def with_participant(self):
        texts = [f"participant__{name}" for name in PROTOCOL_TEXTS]
        return self.select_related("participant__study__protocol", "participant__slot").defer(*texts)

    def locked(self):
        """For update, with its person: the person first, the order in which `open_sitting` locks them, so that there is
        no deadlock, and a withdrawal or a completion that comes at the same moment is seen."""
        return self.with_participant().select_for_update(of=("participant", "self"))


class EncounterQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)
