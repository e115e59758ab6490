"""The one write path of a sitting: a batch of outbox messages becomes rows, in one transaction."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from simlab.engine import journey
from simlab.engine.errors import Refused
from simlab.sittings import nudges
from simlab.sittings.actions.opening import expire, go_on
from simlab.sittings.messages import Message
from simlab.sittings.models import Decision, Encounter, Event, Exposure, Participant, Quarantine, Sitting
from simlab.sittings.outbox import Known, Place, Ruling, Verdict, judge
from simlab.sittings.prepared import Prepared
from simlab.studies.reading import case_of, protocol_of

LOCKED = ("locked", "The study is closed; your message was kept but does not count.")
LEFT = ("withdrawn", "You have left the study; nothing more is recorded.")


PROBLEMS = {
    409: {
        "code": "conflict",
        "message": "A message was sent before with other content. Both are kept.",
        "remedy": "Close other windows of this study and load the page again.",
    },
    423: {"code": "locked", "message": LOCKED[1], "remedy": "Tell the study team if you think this is wrong."},
}


@dataclass(frozen=True)
class BatchResult:
    """`acked`: highest running number of the lease without a gap. `stale`: another window took over since."""

    acked: int
    results: list[dict]
    status: int
    stale: bool

    @property
    def problem(self) -> dict:
        """Code, sentence and remedy for a reply that is not 200; empty else."""
        return PROBLEMS.get(self.status, {})


@transaction.atomic
def record_batch(*, sitting: Sitting, lease: int, messages: Sequence[Message], now: datetime.datetime) -> BatchResult:
    """Record every message exactly once, whatever repeats, crosses or comes out of order.

    Nothing is lost: what cannot be taken is kept in quarantine with its reason. `status` is 200, 409 when a message
    conflicts with one on record, 423 when the study is locked. Raises Refused for a lease that was never given out.
    """
    locked = Sitting.objects.locked().get(pk=sitting.pk)
    return record_locked(sitting=locked, lease=lease, messages=messages, now=now)


def record_locked(*, sitting: Sitting, lease: int, messages: Sequence[Message], now: datetime.datetime) -> BatchResult:
    """The same for a sitting that this transaction has locked, as `Sitting.objects.locked` gives it.

    The sitting is brought up to date, so that its next step may be read from it.
    """
    if lease > sitting.lease:
        raise Refused("unknown-lease", "This window was never opened by the server. Please load the page again.")
    expire(sitting=sitting, now=now)
    acked = sitting.acked if lease == sitting.lease else 0
    closed = _closed(sitting)
    known = _known(sitting, lease, acked, messages)
    waiting = [] if closed else _waiting(sitting, lease, acked, known)
    encounters = _encounters(sitting, [*messages, *waiting])
    ruling = judge(
        messages,
        lease=lease,
        acked=acked,
        known=known,
        waiting=waiting,
        places={encounter.pk: _place(sitting, encounter) for encounter in encounters.values()},
        closed=closed,
    )
    _store(sitting, lease, ruling, encounters, now)
    _advance(sitting, ruling, encounters, now)
    if lease == sitting.lease and (ruling.acked, ruling.last_seq) != (sitting.acked, sitting.last_seq):
        sitting.acked, sitting.last_seq = ruling.acked, max(ruling.last_seq, sitting.last_seq)
        sitting.save(update_fields=["acked", "last_seq"])
    return _result(sitting, lease, ruling, closed)


def _closed(sitting: Sitting) -> tuple[str, str] | None:
    if sitting.participant.study.is_closed:
        return LOCKED
    if sitting.participant.state == Participant.State.WITHDRAWN:
        return LEFT
    return None


_ENCOUNTER = Prepared(
    lambda sitting, pk: Encounter.objects.filter(sitting=sitting, pk=pk).select_related("planned"), UUID, UUID
)

# Asked for every batch, so it is written out: Django would take ten times as long to put the same text together.
_KNOWN = """
SELECT uuid, lease, seq, sha256, reason FROM sittings_quarantine WHERE sitting_id = %(sitting)s AND (
    uuid = ANY(%(uuids)s) OR (lease = %(lease)s AND (seq = ANY(%(numbers)s) OR seq > %(acked)s)))
UNION ALL
SELECT uuid, lease, seq, sha256, '' FROM sittings_event WHERE sitting_id = %(sitting)s AND (
    uuid = ANY(%(uuids)s) OR (lease = %(lease)s AND (seq = ANY(%(numbers)s) OR seq > %(acked)s)))
"""


def _known(sitting: Sitting, lease: int, acked: int, messages: Sequence[Message]) -> list[Known]:
    """What is on record, in one query; events come last because they count more than quarantine."""
    asked = {"sitting": sitting.pk, "lease": lease, "acked": acked}
    asked |= {"uuids": [message.uuid for message in messages], "numbers": [message.seq for message in messages]}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, asked)
        return sorted((Known(*row) for row in cursor.fetchall()), key=lambda row: not row.reason)


def _waiting(sitting: Sitting, lease: int, acked: int, known: Sequence[Known]) -> list[Message]:
    """Stored answers and exposures that came before a message they depend on. No query unless there is a gap."""
    if not any(row.lease == lease and row.seq > acked and not row.reason for row in known):
        return []
    rows = Event.objects.filter(
        sitting=sitting, lease=lease, seq__gt=acked, kind__in=["answer", "exposure"], decision=None, exposure=None
    )
    return [
        Message(
            uuid=row.uuid,
            seq=row.seq,
            kind=row.kind,
            encounter=row.encounter_id,
            t_mono_ms=row.t_mono_ms,
            t_origin_ms=row.t_origin_ms,
            body=row.payload,
        )
        for row in rows
    ]


def _encounters(sitting: Sitting, messages: Sequence[Message]) -> dict[UUID, Encounter]:
    named = {message.encounter for message in messages if message.encounter}
    if not named:
        return {}
    found = (_ENCOUNTER.one(sitting.pk, pk) for pk in named)
    return {encounter.pk: encounter for encounter in found if encounter}


def _place(sitting: Sitting, encounter: Encounter) -> Place:
    place = nudges.place_of(sitting, encounter.planned)
    return Place(
        state=nudges.state_of(sitting, encounter),
        question=case_of(encounter.planned.case_version_id).question,
        confidence=protocol_of(sitting.participant.study).questions.confidence,
        aided=place.aid is not None,
        spares=place.spares if place.asks_only_overrides else None,
        follows=place.keeps_silent,
        must_reason=nudges.must_reason(place, encounter),
    )


def _store(
    sitting: Sitting, lease: int, ruling: Ruling, encounters: dict[UUID, Encounter], now: datetime.datetime
) -> None:
    """Insert what the ruling says: events first, then the decisions and exposures that point at them."""
    stored = [verdict for verdict in ruling.verdicts if verdict.status == "stored"]
    events = Event.objects.bulk_create([_event(sitting, lease, verdict.message, now) for verdict in stored])
    told = [(verdict, event.pk) for verdict, event in zip(stored, events, strict=True) if verdict.facts]
    told += _late(sitting, ruling)
    decisions, exposures = [], []
    for verdict, event_id in told:
        encounter = encounters[verdict.message.encounter]
        for fact in verdict.facts:
            if isinstance(fact, journey.DecisionFact):
                decisions.append(_decision(fact, event_id, encounter, now))
            else:
                exposures.append(_exposure(fact, event_id, encounter, verdict.message, sitting))
    if decisions:
        Decision.objects.bulk_create(decisions)
    if exposures:
        Exposure.objects.bulk_create(exposures)
    _quarantine(sitting, lease, [*ruling.verdicts, *ruling.late], now)


def _late(sitting: Sitting, ruling: Ruling) -> list[tuple[Verdict, int]]:
    applied = {verdict.message.uuid: verdict for verdict in ruling.late if verdict.facts}
    if not applied:
        return []
    rows = Event.objects.filter(sitting=sitting, uuid__in=applied).values_list("uuid", "pk")
    return [(applied[uuid], pk) for uuid, pk in rows]


def _quarantine(sitting: Sitting, lease: int, verdicts: list[Verdict], now: datetime.datetime) -> None:
    rows = [
        Quarantine(
            sitting=sitting,
            uuid=verdict.message.uuid,
            lease=lease,
            seq=verdict.message.seq,
            body=verdict.message.model_dump(mode="json"),
            sha256=verdict.message.sha256,
            reason=verdict.code,
            received_at=now,
        )
        for verdict in verdicts
        if verdict.status in ("refused", "conflict")
    ]
    if rows:
        Quarantine.objects.bulk_create(rows, ignore_conflicts=True)


def _advance(sitting: Sitting, ruling: Ruling, encounters: dict[UUID, Encounter], now: datetime.datetime) -> None:
    """Bring encounters to the stage they reached; after the last answer of a case, show the next or end the sitting."""
    for key, state in ruling.states.items():
        encounter = encounters[key]
        if state.stage == encounter.stage:
            continue
        encounter.stage = state.stage
        encounter.closed_at = now if state.stage == "done" else None
        encounter.save(update_fields=["stage", "closed_at"])
        if state.stage == "done":
            go_on(sitting, after=encounter.position, now=now)


def _event(sitting: Sitting, lease: int, message: Message, now: datetime.datetime) -> Event:
    return Event(
        sitting=sitting,
        uuid=message.uuid,
        lease=lease,
        seq=message.seq,
        kind=message.kind,
        encounter_id=message.encounter,
        payload=message.body,
        sha256=message.sha256,
        t_mono_ms=message.t_mono_ms,
        t_origin_ms=message.t_origin_ms,
        received_at=now,
    )


def _decision(fact: journey.DecisionFact, event_id: int, encounter: Encounter, now: datetime.datetime) -> Decision:
    return Decision(event_id=event_id, encounter=encounter, stage=fact.stage, answer=fact.answer, given_at=now)


def _exposure(
    fact: journey.ExposureFact, event_id: int, encounter: Encounter, message: Message, sitting: Sitting
) -> Exposure:
    place = nudges.place_of(sitting, encounter.planned)
    rendered = str(message.body.get("rendered_sha256", ""))[:64]
    card = place.card(fact.shown_as) if rendered else None
    return Exposure(
        event_id=event_id,
        encounter=encounter,
        advice_version_id=place.assigned().get(fact.shown_as),
        kind=fact.kind,
        shown_as=fact.shown_as,
        detail=dict(fact.detail),
        dwell_ms=fact.dwell_ms,
        rendered_sha256=rendered,
        as_shown=rendered == card.sha256 if card else None,
    )


def _result(sitting: Sitting, lease: int, ruling: Ruling, closed: tuple[str, str] | None) -> BatchResult:
    conflict = any(verdict.status == "conflict" for verdict in ruling.verdicts)
    status = 423 if closed == LOCKED else 409 if conflict else 200
    return BatchResult(
        acked=ruling.acked,
        results=[verdict.as_result() for verdict in ruling.verdicts],
        status=status,
        stale=lease < sitting.lease,
    )
