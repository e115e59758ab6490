"""The judgement of batches, without a database: whatever the network does, the record comes out the same."""

import uuid
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.journey import state_at
from simlab.engine.questions import RankedDifferential
from simlab.sittings.messages import Message
from simlab.sittings.outbox import Known, Place, judge

ENCOUNTER = UUID(int=7)
ANSWER = {"differential": [{"term": "Gout", "icd10": None}], "confidence": 50, "management": None}


def message(seq: int, kind: str, /, **body: object) -> Message:
    about = {"encounter": ENCOUNTER, "t_mono_ms": 1.0, "t_origin_ms": 2.0}
    return Message(uuid=uuid.uuid5(ENCOUNTER, str(seq)), seq=seq, kind=kind, body=body, **about)


SENT = [
    message(1, "event", name="paint"),
    message(2, "answer", stage="initial", answer=ANSWER),
    message(3, "exposure", kind="rendered"),
    message(4, "exposure", kind="seen", dwell_ms=5),
    message(5, "event", name="blur"),
    message(6, "answer", stage="final", answer=ANSWER),
]


class Server:
    """What `record_batch` keeps in tables, in memory."""

    def __init__(self) -> None:
        self.stage, self.acked = "initial", 0
        self.events: dict[UUID, Message] = {}
        self.quarantine: list[Known] = []
        self.facts: list[tuple[int, str]] = []

    def take(self, messages: list[Message]) -> list[str]:
        told = {seq for seq, _ in self.facts}
        waiting = [m for m in self.events.values() if m.seq > self.acked and m.kind != "event" and m.seq not in told]
        known = [*self.quarantine, *(Known(m.uuid, 1, m.seq, m.sha256) for m in self.events.values())]
        ruling = judge(
            messages,
            lease=1,
            acked=self.acked,
            known=known,
            waiting=waiting,
            places={ENCOUNTER: Place(state_at("two-stage", self.stage), RankedDifferential())},
        )
        for verdict in [*ruling.verdicts, *ruling.late]:
            sent = verdict.message
            if verdict.status == "stored":
                self.events[sent.uuid] = sent
                self.facts += [(sent.seq, type(fact).__name__) for fact in verdict.facts]
            elif verdict.status == "refused":
                self.quarantine.append(Known(sent.uuid, 1, sent.seq, sent.sha256, verdict.code))
        self.stage, self.acked = ruling.states[ENCOUNTER].stage, ruling.acked
        return [verdict.status for verdict in ruling.verdicts]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SENT), max_size=8), max_size=12))
def test_any_delivery_ends_in_the_same_record(batches):
    """Batches lost, doubled, crossed and cut at will; in the end the client sends all that is left, in order."""
    server = Server()
    for batch in batches:
        assert set(server.take(batch)) <= {"stored", "repeat"}
    server.take(SENT)
    assert (server.stage, server.acked, server.quarantine) == ("done", 6, [])
    assert sorted(server.facts) == [(2, "DecisionFact"), (3, "ExposureFact"), (4, "ExposureFact"), (6, "DecisionFact")]
    assert server.take(SENT) == ["repeat"] * 6


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(SENT), max_size=20))
def test_acknowledged_number_never_passes_a_missing_message(messages):
    server = Server()
    for sent in messages:
        server.take([sent])
        assert {m.seq for m in server.events.values()} >= set(range(1, server.acked + 1))


def test_content_is_the_same_whatever_the_order_of_keys_and_number():
    one = message(1, "event", a=1, b=[1.5])
    other = one.model_copy(update={"seq": 2, "uuid": uuid.uuid4(), "body": {"b": [1.5], "a": 1}})
    assert one.sha256 == Message(**other.model_dump()).sha256
    assert one.sha256 != message(1, "event", a=1, b=[1.6]).sha256


def test_old_window_is_told_that_its_answer_does_not_fit():
    """The count of a taken-over lease begins at 0; what is on record must not look like a gap to wait for."""
    known = [Known(one.uuid, 1, one.seq, one.sha256) for one in SENT[:1]]
    place = Place(state_at("two-stage", "initial"), RankedDifferential())
    too_early = message(2, "answer", stage="final", answer=ANSWER)
    ruling = judge([too_early], lease=1, acked=0, known=known, waiting=[], places={ENCOUNTER: place})
    assert [(verdict.status, verdict.code) for verdict in ruling.verdicts] == [("refused", "wrong-stage")]
    assert ruling.acked == 2
