"""How a study goes: who is where, who sits now, who is late, who left. A fixed number of queries; no arm is named."""

import datetime
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate

from simlab.engine import calendar
from simlab.engine.protocol import Protocol
from simlab.sittings.mailmodels import Mail, MovedWindow
from simlab.sittings.models import Event, Participant, Quarantine, Sitting
from simlab.studies.models import Stratum, Study
from simlab.studies.reading import protocol_of

SITTING_NOW = datetime.timedelta(minutes=5)
LATE_AFTER = datetime.timedelta(days=7)
KEPT_S = 10
FEWEST_OF_AN_ARM = 10  # fewer people an arm would tell single allocations


@dataclass(frozen=True)
class Running:
    """`states`: participants by state. `accrual`: (day, enrolled on it). `schedule`: phase → state → people enrolled.

    `left` maps a letter to (left, enrolled) of an arm; the letters are shuffled by the study's secret. `mail` by state.
    """

    states: dict[str, int]
    sitting_now: int
    late: int
    missed: int
    accrual: tuple[tuple[datetime.date, int], ...]
    schedule: dict[str, dict[str, int]]
    left: dict[str, tuple[int, int]] = field(default_factory=dict)
    mail: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    fullest: tuple[str, int, int] | None = None  # stratum, places taken, places
    last_enrolled: datetime.datetime | None = None


def state_of(study: Study, now: datetime.datetime) -> Running:
    """Counted at most every ten seconds, however many people watch."""
    key = f"running-{study.pk}-{study.state}-{int(study.clock_offset.total_seconds())}"
    found = cache.get(key)
    if found is None:
        found = _counted(study, now)
        cache.set(key, found, KEPT_S)
    return found


def _counted(study: Study, now: datetime.datetime) -> Running:
    people = study.participants
    states = dict(people.order_by().values_list("state").annotate(n=Count("pk")))
    accrual = people.filter(enrolled_at__isnull=False).order_by().annotate(day=TruncDate("enrolled_at"))
    days = sorted(accrual.values_list("day").annotate(n=Count("pk")))
    schedule, late, missed = _schedule(study, now)
    return Running(
        states=states,
        sitting_now=_sitting_now(study, now),
        late=late,
        missed=missed,
        accrual=tuple(days),
        schedule=schedule,
        left=_left(study),
        mail=dict(Mail.objects.filter(study=study).order_by().values_list("state").annotate(n=Count("pk"))),
        quarantined=Quarantine.objects.filter(
            sitting__participant__study=study, sitting__participant__virtual=False
        ).count(),
        fullest=_fullest(study),
        last_enrolled=people.aggregate(last=Max("enrolled_at"))["last"],
    )


def _sitting_now(study: Study, now: datetime.datetime) -> int:
    """Open sittings from which something came in the last minutes, or that were opened in them."""
    since = now - study.clock_offset - SITTING_NOW
    open_now = Sitting.objects.filter(participant__study=study, completed_at=None, participant__state="enrolled")
    heard = Event.objects.filter(sitting__in=open_now, received_at__gte=since).values("sitting")
    return open_now.filter(Q(opened_at__gte=now - SITTING_NOW) | Q(pk__in=heard)).count()


def _schedule(study: Study, now: datetime.datetime) -> tuple[dict[str, dict[str, int]], int, int]:
    protocol = protocol_of(study)
    people = study.participants.filter(slot__isnull=False).exclude(state=Participant.State.WITHDRAWN)
    enrolled = list(people.values_list("pk", "enrolled_at"))
    sat, moved = _sat(study), _moved(study)
    counts: dict[str, Counter[str]] = {phase: Counter() for phase in protocol.phase_names}
    late = missed = 0
    for person, since in enrolled:
        windows = _windows(protocol, sat.get(person, {}), moved.get(person), since, now)
        for phase, window in windows.items():
            counts[phase][window.state] += 1
        is_late = any(_is_late(window, since, now) for window in windows.values())
        was_missed = any(window.state == "missed" for window in windows.values())
        late, missed = late + (is_late and not was_missed), missed + was_missed
    return {phase: dict(count) for phase, count in counts.items()}, late, missed


def _is_late(window: calendar.Window, enrolled: datetime.datetime, now: datetime.datetime) -> bool:
    """Open for more than a week, or for more than half of its window."""
    if window.state != "open":
        return False
    since = window.opens or enrolled
    allowed = min(LATE_AFTER, (window.closes - since) / 2) if window.closes else LATE_AFTER
    return now - since > allowed


Times = dict[str, tuple[int, datetime.datetime]]


def _sat(study: Study) -> dict[UUID, Times]:
    """Person → phase → how many sittings were completed, and when the last of them was."""
    found: dict[UUID, Times] = defaultdict(dict)
    rows = Sitting.objects.filter(participant__study=study, completed_at__isnull=False)
    counted = rows.order_by().values_list("participant_id", "phase").annotate(n=Count("pk"), last=Max("completed_at"))
    for person, phase, n, last in counted:
        found[person][phase] = (n, last)
    return found


def _moved(study: Study) -> dict[UUID, dict]:
    found: dict[UUID, dict] = defaultdict(dict)
    rows: Iterable = MovedWindow.objects.filter(participant__study=study).order_by("at", "pk")
    for one in rows:
        found[one.participant_id][one.phase] = (one.opens, one.closes)
    return found


def _windows(
    protocol: Protocol, sat: Times, moved: dict | None, enrolled: datetime.datetime, now: datetime.datetime
) -> dict[str, calendar.Window]:
    finished = {phase: last for phase, (n, last) in sat.items() if n >= protocol.sittings(phase)}
    begun = {phase: (last,) for phase, (_, last) in sat.items() if phase not in finished}
    return calendar.windows(protocol, finished, now, sat=begun, enrolled=enrolled, moved=moved or {})


def _left(study: Study) -> dict[str, tuple[int, int]]:
    """Drop-out by arm under letters that are no clue; nothing while an arm is small."""
    rows = study.participants.filter(slot__isnull=False).order_by().values_list("slot__arm")
    counts = list(rows.annotate(n=Count("pk"), left=Count("pk", filter=Q(state="withdrawn"))))
    if len(counts) < 2 or min(n for _, n, _ in counts) < FEWEST_OF_AN_ARM:
        return {}
    salt = study.allocation_salt.encode()
    shuffled = sorted(counts, key=lambda row: hashlib.sha256(b"run" + salt + row[0].encode()).hexdigest())
    return {chr(ord("A") + place): (left, n) for place, (_, n, left) in enumerate(shuffled)}


def _fullest(study: Study) -> tuple[str, int, int] | None:
    """The stratum with the fewest places left; of a minimisation, whose lists are the arms, all together."""
    rows = list(Stratum.objects.filter(study=study).values_list("name", "claimed", "size"))
    if not rows:
        return None
    if protocol_of(study).is_minimised:
        return "all", sum(taken for _, taken, _ in rows), sum(size for _, _, size in rows)
    return max(rows, key=lambda row: row[1] / row[2])
