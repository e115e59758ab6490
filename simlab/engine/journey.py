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

from simlab.engine.errors import Refused
from simlab.engine.protocol import Protocol
from simlab.engine.scoring import normalise
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
LONGEST_TERM = 200


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
    """An answer to store: {"differential": [{"term", "icd10"}], "confidence": 0..100, "management": [ids] or None}."""

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


def accept(state: State, given: Given, *, most: int = 5) -> Accepted:
    """The state and the facts after one message. Raises Refused, and then nothing may be stored.

    `most` is the number of conditions the question allows. An event changes nothing here; it is stored as it is.
    """
    if given.kind == "answer":
        return _answer(state, given.body, most)
    if given.kind == "exposure":
        return _exposure(state, given.body)
    if given.kind == "event":
        return Accepted(state, ())
    raise Refused("malformed", f"A message of the kind “{given.kind}” is not known.")


def _answer(state: State, body: Mapping[str, Any], most: int) -> Accepted:
    stage = body.get("stage")
    if stage not in ("initial", "final"):
        raise Refused("malformed", "An answer says whether it is the initial or the final one.")
    if stage in state.decided:
        raise Refused("already-decided", f"The {stage} answer to this case is already stored and cannot be changed.")
    following = TRANSITIONS.get((state.structure, state.stage, stage))
    if following is None:
        raise Refused("wrong-stage", f"A {stage} answer is not what this case is waiting for now.")
    answer = checked_answer(body.get("answer"), most)
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


def checked_answer(answer: Any, most: int) -> dict[str, Any]:
    """The answer in its stored form. A condition named twice is kept once, at its first rank. Raises Refused."""
    if not isinstance(answer, Mapping):
        raise Refused("malformed", "The answer is missing.")
    unknown = set(answer) - {"differential", "confidence", "management"}
    if unknown:
        raise Refused("malformed", f"The answer holds an unknown field: {min(map(str, unknown))}.")
    confidence = answer.get("confidence")
    if not isinstance(confidence, int) or isinstance(confidence, bool) or not 0 <= confidence <= 100:
        raise Refused("malformed", "Give your confidence as a whole number from 0 to 100.")
    return {
        "differential": _differential(answer.get("differential"), most),
        "confidence": confidence,
        "management": _management(answer.get("management")),
    }


def _differential(entries: Any, most: int) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or not entries:
        raise Refused("malformed", "Name at least one condition.")
    kept: dict[str, dict[str, Any]] = {}
    for entry in entries:
        term = entry.get("term") if isinstance(entry, Mapping) else None
        code = entry.get("icd10") if isinstance(entry, Mapping) else None
        if not isinstance(term, str) or not normalise(term):
            raise Refused("malformed", "A condition has no name.")
        if len(term) > LONGEST_TERM or not (code is None or (isinstance(code, str) and len(code) <= 16)):
            raise Refused("malformed", f"A condition may have at most {LONGEST_TERM} characters.")
        kept.setdefault(normalise(term), {"term": " ".join(term.split()), "icd10": code})
    if len(kept) > most:
        raise Refused("malformed", f"Name at most {most} conditions.")
    return list(kept.values())


def _management(choices: Any) -> list[str] | None:
    if choices is None:
        return None
    if not isinstance(choices, list) or not all(isinstance(choice, str) and choice for choice in choices):
        raise Refused("malformed", "The management is a list of choices.")
    return list(dict.fromkeys(choices))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
