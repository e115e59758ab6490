"""Named questions to the tables of teaching. The firewall between teaching and trials stands here, in the queries."""

from django.db import models


class SeatQuerySet(models.QuerySet):
    def readable(self):
        """Seats an educator may read: in a study made for training that was assigned to the trainee's own cohort.

        A row that came about in any other way shows nothing, whoever asks and whatever wrote it.
        """
        return self.filter(
            participant__study__kind="training",
            participant__slot__isnull=False,
            participant__study=models.F("assignment__study"),
            assignment__cohort=models.F("trainee__cohort"),
        )
