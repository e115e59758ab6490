"""How long people took for a case, from pilots and earlier sittings on the same packs."""

from collections import defaultdict

from simlab.engine.duration import Pace, pace_from
from simlab.engine.protocol import Protocol
from simlab.sittings.models import Encounter, Sitting
from simlab.studies.models import Study

SITTINGS = 400  # the latest: enough for a median; sittings are sorted to find them, never the cases sat in them
LONGEST_MIN = 30.0  # somebody who went away in the middle tells nothing about the case


def pace_of(protocol: Protocol) -> Pace:
    """The median minutes a case of real people in pilots and trials; assumed where there are too few. One query."""
    packs = protocol.cases.packs
    studies = Study.objects.filter(kind__in=["pilot", "main"], packs__pack__in=packs)
    latest = Sitting.objects.filter(participant__virtual=False, participant__study__in=studies).order_by("-opened_at")
    rows = Encounter.objects.filter(
        sitting__in=latest.values("pk")[:SITTINGS],
        closed_at__isnull=False,
        timed_out=False,
        planned__case_version__pack__in=packs,
    ).values_list("sitting__structure", "opened_at", "closed_at")
    minutes: dict[str, list[float]] = defaultdict(list)
    for structure, opened, closed in rows:
        spent = (closed - opened).total_seconds() / 60
        if spent <= LONGEST_MIN:
            minutes[structure if structure in ("unaided", "reconsider") else "advised"].append(spent)
    return pace_from(minutes)
