"""The bot's outbox: numbered messages that are sent until acknowledged, and a few that the site must refuse."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line, Stopped

CONFLICT = 409
KEPT = ("stored", "repeat")


@dataclass(frozen=True)
class Message:
    """One message as the outbox end-point takes it."""

    uuid: str
    seq: int
    kind: str
    encounter: str | None
    t_mono_ms: float
    body: Mapping[str, Any]

    def document(self, origin_ms: float) -> dict[str, Any]:
        return {
            "uuid": self.uuid,
            "seq": self.seq,
            "kind": self.kind,
            "encounter": self.encounter,
            "t_mono_ms": self.t_mono_ms,
            "t_origin_ms": origin_ms,
            "body": dict(self.body),
        }


@dataclass
class Outbox:
    """Messages of one sitting under one lease; ``put`` them, then ``flush``."""

    line: Line
    ledger: Ledger
    rng: np.random.Generator
    clinician: int
    sitting: str
    lease: int
    origin_ms: float
    acked: int = 0
    waiting: list[Message] = field(default_factory=list)
    last_answer: Message | None = None
    unexpected: list[str] = field(default_factory=list)
    _seq: int = 0

    def __post_init__(self) -> None:
        self._seq = self.acked

    @property
    def url(self) -> str:
        return f"/api/sittings/{self.sitting}/outbox/"

    def put(self, kind: str, encounter: str | None, t_mono_ms: float, body: Mapping[str, Any]) -> Message:
        self._seq += 1
        message = Message(self._new_uuid(), self._seq, kind, encounter, t_mono_ms, body)
        self.waiting.append(message)
        return message

    def flush(self, repeat: bool = False) -> None:
        """Send everything that waits, as often as needed; ``repeat`` sends the same batch once more when it is done."""
        batch = list(self.waiting)
        while self.waiting:
            before = len(self.waiting)
            self._settle(self.waiting, self._send(self.waiting))
            if len(self.waiting) == before:
                raise Stopped(f"the outbox of {self.sitting} acknowledged none of {before} messages")
        if repeat and batch:
            self._expect_repeats(batch)

    def try_conflict(self) -> None:
        """Send the last answer again with other content: the site must refuse it and keep the first."""
        first = self.last_answer
        if first is None:
            return
        other = {**first.body, "answer": {"differential": [{"term": "Another answer", "icd10": None}], "confidence": 1}}
        changed = Message(first.uuid, first.seq, first.kind, first.encounter, first.t_mono_ms, other)
        self._expect_refusal(changed, self._send([changed]), kept=True)

    def try_made_up(self) -> None:
        """Send an answer to an encounter that does not exist: the site must refuse it."""
        body = {"stage": "final", "answer": {"differential": [{"term": "Nobody", "icd10": None}], "confidence": 50}}
        message = self.put("answer", self._new_uuid(), 0.0, body)
        self.waiting.remove(message)
        self._expect_refusal(message, self._send([message]), kept=False)

    def _send(self, messages: Sequence[Message]) -> tuple[int, dict[str, Any]]:
        body = {"lease": self.lease, "messages": [one.document(self.origin_ms) for one in messages]}
        return self.line.post_json(self.url, body, frozenset({CONFLICT}))

    def _settle(self, sent: Sequence[Message], answer: tuple[int, dict[str, Any]]) -> None:
        _, document = answer
        said = {one["uuid"]: one for one in document.get("results", [])}
        self.acked = max(self.acked, int(document.get("acked", 0)))
        for message in list(sent):
            result = said.get(message.uuid)
            if result is None:
                continue
            self.waiting.remove(message)
            if result["status"] in KEPT:
                self._note(message, "acknowledged")
                self.last_answer = message if message.kind == "answer" else self.last_answer
            else:
                code = str(result.get("code", result["status"]))
                self.unexpected.append(f"{message.kind} {message.seq} of {self.sitting} was refused: {code}")
                self._note(message, "refused", code)

    def _expect_repeats(self, batch: Sequence[Message]) -> None:
        _, document = self._send(batch)
        other = [one for one in document.get("results", []) if one["status"] != "repeat"]
        if other:
            self.unexpected.append(f"a repeated message of {self.sitting} was answered {other[0]['status']}")

    def _expect_refusal(self, message: Message, answer: tuple[int, dict[str, Any]], *, kept: bool) -> None:
        status, document = answer
        results = [one for one in document.get("results", []) if one.get("uuid") == message.uuid]
        verdict = results[0]["status"] if results else ("conflict" if status == CONFLICT else "nothing")
        if verdict in KEPT:
            self.unexpected.append(f"a message of {self.sitting} that must be refused was {verdict}")
            return
        code = str(results[0].get("code", verdict)) if results else verdict
        # A refused repeat keeps the uuid of the answer that stands, so that it must not count as that uuid's end.
        self._note(message, "refused", code, kind=f"{message.kind}, changed" if kept else message.kind)

    def _note(self, message: Message, status: Any, code: str = "", kind: str = "") -> None:
        self.ledger.note(
            clinician=self.clinician,
            sitting=self.sitting,
            uuid=message.uuid,
            kind=kind or message.kind,
            status=status,
            code=code,
        )

    def _new_uuid(self) -> str:
        return str(uuid.UUID(bytes=self.rng.bytes(16), version=4))
