"""What a batch of messages means, decided before anything is written. Pure: rows in, verdicts out.

Messages are taken in the order of their running numbers. Each is a repeat (told the same again), a conflict (the
same identity or number with other content), refused (kept in quarantine), or new. An answer or exposure that comes
before the message it depends on is stored and waits; it is applied when the gap closes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from simlab.engine import journey
from simlab.engine.errors import Refused
from simlab.engine.questions import Question
from simlab.sittings.messages import Message

CONFLICTS = ("other-content", "number-taken")

# What the journey refuses now but may allow once a missing earlier message has come.
MAY_WAIT = {("answer", "wrong-stage"), ("exposure", "no-advice"), ("exposure", "wrong-stage")}


@dataclass(frozen=True)
class Known:
    """A message that is already on record, as an event (no `reason`) or in quarantine."""

    uuid: UUID
    lease: int
    seq: int
    sha256: str
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """An encounter of this sitting as the messages find it."""

    state: journey.State
    question: Question
    confidence: str = "percent"
    aided: bool = False
    spares: Callable[[Mapping[str, Any]], bool] | None = None
    follows: Callable[[Mapping[str, Any]], bool] | None = None
    must_reason: Callable[[Mapping[str, Any] | None], bool] | None = None  # of the last answer; None: as it is stored


@dataclass
class Verdict:
    """What becomes of one message."""

    message: Message
    status: str
    code: str = ""
    words: str = ""
    facts: tuple = ()

    def as_result(self) -> dict:
        result = {"uuid": str(self.message.uuid), "status": self.status}
        return {**result, "code": self.code, "message": self.words} if self.code else result


@dataclass
class Ruling:
    """All verdicts of a batch, and the state of things after it.

    `late` are verdicts on answers that had been waiting; `acked` is the highest running number without a gap.
    """

    by_uuid: dict[UUID, Known]
    numbers: set[int]
    states: dict[UUID, journey.State]
    acked: int
    finals: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    late: list[Verdict] = field(default_factory=list)

    @property
    def last_seq(self) -> int:
        return max([self.acked, *self.numbers])

    def note(self, verdict: Verdict, lease: int) -> None:
        """Remember a message at once, so that one that comes twice in a batch is a repeat as well."""
        message = verdict.message
        if verdict.status in ("stored", "refused"):
            self.by_uuid.setdefault(message.uuid, Known(message.uuid, lease, message.seq, message.sha256, verdict.code))
        self.numbers.add(message.seq)
        self.close_gaps()

    def close_gaps(self) -> None:
        while self.acked + 1 in self.numbers:
            self.acked += 1


def judge(
    messages: Sequence[Message],
    *,
    lease: int,
    acked: int,
    known: Sequence[Known],
    waiting: Sequence[Message],
    places: Mapping[UUID, Place],
    closed: tuple[str, str] | None = None,
) -> Ruling:
    """Judge a batch.

    `known` holds what is on record under the batch's identities and every number of this lease above `acked`;
    `waiting` are stored answers and exposures that were not applied yet. `closed` (code, words) refuses all that is
    new.
    """
    ruling = Ruling(
        by_uuid={row.uuid: row for row in known if row.reason not in CONFLICTS},
        numbers={row.seq for row in known if row.lease == lease},
        states={key: place.state for key, place in places.items()},
        acked=acked,
    )
    # For the lease of a window that was taken over, the count of what is on record begins anew.
    ruling.close_gaps()
    queue = [(message, True) for message in waiting] + [(message, False) for message in messages]
    for message, is_late in sorted(queue, key=lambda entry: entry[0].seq):
        if is_late:
            ruling.late.append(_apply(message, places, ruling))
            continue
        verdict = _known_already(message, ruling) or _refused(message, closed) or _apply(message, places, ruling)
        ruling.verdicts.append(verdict)
        ruling.note(verdict, lease)
    return ruling


def _known_already(message: Message, ruling: Ruling) -> Verdict | None:
    before = ruling.by_uuid.get(message.uuid)
    if before is None and message.seq in ruling.numbers:
        words = "Another message has this running number. Is the study open in two windows?"
        return Verdict(message, "conflict", "number-taken", words)
    if before is None:
        return None
    if before.sha256 != message.sha256:
        return Verdict(message, "conflict", "other-content", "This message was sent before with other content.")
    if before.reason:
        return Verdict(message, "refused", before.reason, "This message was refused before.")
    return Verdict(message, "repeat")


def _refused(message: Message, closed: tuple[str, str] | None) -> Verdict | None:
    return Verdict(message, "refused", *closed) if closed else None


def _apply(message: Message, places: Mapping[UUID, Place], ruling: Ruling) -> Verdict:
    if message.encounter is None:
        if message.kind == "event":
            return Verdict(message, "stored")
        return Verdict(message, "refused", "unknown-encounter", "The message does not say which case it is about.")
    place = places.get(message.encounter)
    if place is None:
        return Verdict(message, "refused", "unknown-encounter", "This case is not part of this sitting.")
    try:
        given = journey.Given(kind=message.kind, body=message.body)
        accepted = journey.accept(
            ruling.states[message.encounter],
            given,
            question=place.question,
            confidence=place.confidence,
            aided=place.aided,
            spares=place.spares,
            follows=place.follows,
            must_reason=_must_reason(message, place, ruling),
        )
    except Refused as refused:
        if (message.kind, refused.code) in MAY_WAIT and message.seq > ruling.acked + 1:
            return Verdict(message, "stored")
        return Verdict(message, "refused", refused.code, refused.message)
    ruling.states[message.encounter] = accepted.state
    for fact in accepted.facts:
        if isinstance(fact, journey.DecisionFact) and fact.stage == "final":
            ruling.finals[message.encounter] = fact.answer
    return Verdict(message, "stored", facts=tuple(accepted.facts))


def _must_reason(message: Message, place: Place, ruling: Ruling) -> bool:
    """Whether a reason may not be skipped here; the answer that it is about may be in the same batch."""
    state = ruling.states[message.encounter]
    if place.must_reason is None or state.stage != "reasons" or message.body.get("kind") != "reason":
        return False
    return place.must_reason(ruling.finals.get(message.encounter))
