"""The one clock of a study. Only demonstrations, rehearsals and training may run ahead of real time."""

import datetime

from django.utils import timezone

from simlab.studies.models import Study


def now(study: Study) -> datetime.datetime:
    """Aware UTC time as this study sees it: real time plus the study's offset (0 in a trial, by constraint)."""
    return timezone.now() + study.clock_offset
