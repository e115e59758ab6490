"""The gap report: for every sitting, which numbers never came, what came late, and how far its clock is off.

A browser numbers its messages from one, anew for each window that took the sitting over. A number counts as come when
its message is on record or in quarantine.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from simlab.studies.models import Study

LATE_S = 60.0
"""A message is late when it came so much longer after it was written than the quickest one of its window."""

_WINDOWS = """
WITH said AS (
    SELECT e.sitting_id, e.lease, e.seq, TRUE AS kept,
           extract(epoch FROM e.received_at) - (e.t_origin_ms + e.t_mono_ms) / 1000 AS behind_s
    FROM sittings_event e JOIN sittings_sitting s ON s.id = e.sitting_id
    JOIN sittings_participant p ON p.id = s.participant_id WHERE p.study_id = %(study)s
    UNION ALL
    SELECT q.sitting_id, q.lease, q.seq, FALSE, NULL
    FROM sittings_quarantine q JOIN sittings_sitting s ON s.id = q.sitting_id
    JOIN sittings_participant p ON p.id = s.participant_id WHERE p.study_id = %(study)s
), measured AS (
    SELECT *, min(behind_s) OVER (PARTITION BY sitting_id, lease) AS quickest FROM said
)
SELECT s.id, s.participant_id, s.phase, s.number, s.completed_at IS NULL, m.lease, count(*) FILTER (WHERE m.kept),
       max(m.seq) - count(DISTINCT m.seq), count(*) FILTER (WHERE NOT m.kept),
       count(*) FILTER (WHERE m.behind_s - m.quickest > %(late)s), max(m.behind_s - m.quickest), min(m.quickest)
FROM measured m JOIN sittings_sitting s ON s.id = m.sitting_id
GROUP BY s.id, m.lease ORDER BY s.opened_at, s.id, m.lease
"""


@dataclass(frozen=True)
class Window:
    """One window of one sitting. Seconds; `skew_s`: server's clock minus the browser's, at the quickest message."""

    sitting: UUID
    participant: UUID
    phase: str
    number: int
    is_open: bool
    lease: int
    recorded: int
    missing: int
    quarantined: int
    late: int
    longest_s: float | None
    skew_s: float | None


def windows_of(study: Study) -> list[Window]:
    """Every window that sent something, in the order in which their sittings were opened. No arm is in it."""
    with connection.cursor() as cursor:
        cursor.execute(_WINDOWS, {"study": study.pk, "late": LATE_S})
        return [Window(*row[:10], *(None if one is None else float(one) for one in row[10:])) for row in cursor]
