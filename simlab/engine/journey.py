"""The state machine of one encounter: what may be answered when, and what is stored then.

| structure  | stages                        | decisions       |
| ---------- | ----------------------------- | --------------- |
| unaided    | final → done                  | final           |
| concurrent | final → done, advice shown    | final           |
| two-stage  | initial → advice → done       | initial, final  |
| reconsider | initial → reconsider → done   | initial, final  |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simlab.engine.answers import checked_answer
from simlab.engine.errors import Refused
from simlab.engine.protocol import Protocol
from simlab.engine.questions import Question, RankedDifferential
from simlab.engine.spelling import RECONSIDER

Structure = Literal["unaided", "two-stage", "reconsider", "concurrent"]
Stage = Literal["initial", "advice", "reconsider", "final", "done"]

FIRST_STAGE: dict[str, Stage] = {
    "unaided": "final",
    "concurrent": "final",
    "two-stage": "initial",
    "reconsider": "initial",
}

# (structure, stage, decision given) → next stage. What is not in the table is refused.
TRANSITIONS: dict[tuple[str, str, str], Stage] = {
    ("unaided", "final", "final"): "done",
    ("concurrent", "final", "final"): "done",
    ("two-stage", "initial", "initial"): "advice",
    ("two-stage", "advice", "final"): "done",
    ("reconsider", "initial", "initial"): "reconsider",
    ("reconsider", "reconsider", "final"): "done",
}

# The stages in which advice stands on the page, or has stood: a late message about it is still a fact.
ADVICE_STAGES = {("concurrent", "final"), ("concurrent", "done"), ("two-stage", "advice"), ("two-stage", "done")}

EXPOSURE_KINDS = ("rendered", "seen", "opened", "followed-link", "accepted", "overridden", "ignored")
ANY_DIAGNOSIS = RankedDifferential()


@dataclass(frozen=True)
class State:
    """Where an encounter stands; `decided` names the decisions already stored."""

    structure: str
    stage: str
    decided: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """One message about the encounter: kind "answer", "exposure" or "event", and its body."""

    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class DecisionFact:
    """An answer to store, in the form of its question; see `answers`."""

    stage: str
    answer: dict[str, Any]


@dataclass(frozen=True)
class ExposureFact:
    kind: str
    dwell_ms: float | None


Fact = DecisionFact | ExposureFact


@dataclass(frozen=True)
class Accepted:
    """The state after the message, and the facts to store with it."""

    state: State
    facts: tuple[Fact, ...]


def structure_for(protocol: Protocol, arm: str, phase: str) -> str:
    """How an arm answers in a phase."""
    policy = protocol.policy(arm, phase)
    if policy is not None:
        return policy.structure
    return "reconsider" if protocol.advice_kind(arm, phase) == RECONSIDER else "unaided"


def start(structure: str) -> State:
    return State(structure, FIRST_STAGE[structure])


def shows_advice(state: State) -> bool:
    """Whether advice stands on the page at this stage."""
    return state.stage != "done" and (state.structure, state.stage) in ADVICE_STAGES


def accept(
    state: State, given: Given, *, question: Question = ANY_DIAGNOSIS, confidence: str = "percent"
) -> Accepted:
    """The state and the facts after one message. Raises Refused, and then nothing may be stored.

    `question` is that of the case, `confidence` the scale of the study ("percent" or "bands"). An event changes nothing here; it is stored as it is.
    """
    if given.kind == "answer":
        return _answer(state, given.body, question, confidence)
    if given.kind == "exposure":
        return _exposure(state, given.body)
    if given.kind == "event":
        return Accepted(state, ())
    raise Refused("malformed", f"A message of the kind “{given.kind}” is not known.")


def _answer(state: State, body: Mapping[str, Any], question: Question, confidence: str) -> Accepted:
    stage = body.get("stage")
    if stage not in ("initial", "final"):
        raise Refused("malformed", "An answer says whether it is the initial or the final one.")
    if stage in state.decided:
        raise Refused("already-decided", f"The {stage} answer to this case is already stored and cannot be changed.")
    following = TRANSITIONS.get((state.structure, state.stage, stage))
    if following is None:
        raise Refused("wrong-stage", f"A {stage} answer is not what this case is waiting for now.")
    answer = checked_answer(question, body.get("answer"), confidence=confidence)
    return Accepted(State(state.structure, following, (*state.decided, stage)), (DecisionFact(stage, answer),))


def _exposure(state: State, body: Mapping[str, Any]) -> Accepted:
    kind, dwell = body.get("kind"), body.get("dwell_ms")
    if kind not in EXPOSURE_KINDS:
        raise Refused("malformed", "An exposure says what happened to the advice: " + ", ".join(EXPOSURE_KINDS) + ".")
    if dwell is not None and (not _is_number(dwell) or not 0 <= dwell < 1e9):
        raise Refused("malformed", "The dwell time of an exposure is a number of milliseconds.")
    if (state.structure, state.stage) not in ADVICE_STAGES:
        raise Refused("no-advice", "No advice has been shown for this case.")
    return Accepted(state, (ExposureFact(str(kind), None if dwell is None else float(dwell)),))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
