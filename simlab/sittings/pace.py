"""How long people took for a case, from pilots and earlier sittings on the same packs."""

from collections import defaultdict

from simlab.engine.duration import Pace, pace_from
from simlab.engine.protocol import Protocol
from simlab.sittings.models import Encounter

LATEST = 2000
LONGEST_MIN = 30.0  # somebody who went away in the middle tells nothing about the case


def pace_of(protocol: Protocol) -> Pace:
    """The median minutes a case of real people in pilots and trials; assumed where there are too few. One query."""
    rows = (
        Encounter.objects.filter(
            closed_at__isnull=False,
            timed_out=False,
            planned__case_version__pack__in=protocol.cases.packs,
            sitting__participant__virtual=False,
            sitting__participant__study__kind__in=["pilot", "main"],
        )
        .order_by("-closed_at")
        .values_list("sitting__structure", "opened_at", "closed_at")[:LATEST]
    )
    minutes: dict[str, list[float]] = defaultdict(list)
    for structure, opened, closed in rows:
        spent = (closed - opened).total_seconds() / 60
        if spent <= LONGEST_MIN:
            minutes[structure if structure in ("unaided", "reconsider") else "advised"].append(spent)
    return pace_from(minutes)
