"""The state machine of one encounter: what may be answered when, and what is stored then.

| structure     | stages                                     | decisions       |
| ------------- | ------------------------------------------ | --------------- |
| unaided       | final → done                               | final           |
| concurrent    | final → done, advice shown                 | final           |
| on-demand     | final (→ advised, once asked for) → done   | final           |
| delayed       | final (→ advised, once it comes) → done    | final           |
| two-stage     | initial → advice → done                    | initial, final  |
| asked-after   | initial → offered (→ advice) → done        | initial, final  |
| delayed-after | initial → offered (→ advice) → done        | initial, final  |
| reflection    | initial → reflection → advice → done       | initial, final  |
| in-turn       | initial → advice (→ second) → done         | initial, final  |
| early         | early (advice alone) → final → done        | final           |
| primed        | early (a nudge alone) → final → done       | final           |
| at-submit     | initial (→ advice, if it differs) → done   | (initial,) final |
| reconsider    | initial → reconsider → done                | initial, final  |

A structure with advice may end in “+reasons”: between the last answer and done comes the stage `reasons`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simlab.engine.answers import checked_answer
from simlab.engine.errors import Refused
from simlab.engine.nudge import FOLLOWING, REASONS
from simlab.engine.protocol import Protocol
from simlab.engine.questions import Question, RankedDifferential
from simlab.engine.spelling import RECONSIDER

FIRST_STAGE = {
    "unaided": "final",
    "concurrent": "final",
    "on-demand": "final",
    "delayed": "final",
    "two-stage": "initial",
    "asked-after": "initial",
    "delayed-after": "initial",
    "reflection": "initial",
    "in-turn": "initial",
    "early": "early",
    "primed": "early",
    "at-submit": "initial",
    "reconsider": "initial",
}

# (structure, stage, what is given) → next stage. What is not in the table is refused. An answer is “initial” or
# “final”; everything else is an exposure.
TRANSITIONS = {
    ("unaided", "final", "final"): "done",
    ("concurrent", "final", "final"): "done",
    ("on-demand", "final", "requested"): "advised",
    ("on-demand", "final", "final"): "done",
    ("on-demand", "advised", "final"): "done",
    ("delayed", "final", "revealed"): "advised",
    ("delayed", "final", "final"): "done",
    ("delayed", "advised", "final"): "done",
    ("two-stage", "initial", "initial"): "advice",
    ("two-stage", "advice", "final"): "done",
    ("asked-after", "initial", "initial"): "offered",
    ("asked-after", "offered", "requested"): "advice",
    ("asked-after", "offered", "final"): "done",
    ("asked-after", "advice", "final"): "done",
    ("delayed-after", "initial", "initial"): "offered",
    ("delayed-after", "offered", "revealed"): "advice",
    ("delayed-after", "offered", "final"): "done",
    ("delayed-after", "advice", "final"): "done",
    ("reflection", "initial", "initial"): "reflection",
    ("reflection", "reflection", "reflected"): "advice",
    ("reflection", "advice", "final"): "done",
    ("in-turn", "initial", "initial"): "advice",
    ("in-turn", "advice", "requested"): "second",
    ("in-turn", "advice", "final"): "done",
    ("in-turn", "second", "final"): "done",
    ("early", "early", "dismissed"): "final",
    ("early", "final", "final"): "done",
    ("primed", "early", "dismissed"): "final",
    ("primed", "final", "final"): "done",
    ("at-submit", "initial", "initial"): "advice",
    ("at-submit", "advice", "final"): "done",
    ("reconsider", "initial", "initial"): "reconsider",
    ("reconsider", "reconsider", "final"): "done",
}
WITHOUT_ADVICE = ("unaided", "reconsider", "primed")
ADVISED = {  # elsewhere: advice, second
    "concurrent": ("final",),
    "on-demand": ("advised",),
    "delayed": ("advised",),
    "early": ("early", "final"),
}

# Reasons are asked for after the last answer, once advice has stood on the page.
_ASKED = {
    (f"{structure}+reasons", stage, given): "reasons"
    if following == "done" and stage in ADVISED.get(structure, ("advice", "second"))
    else following
    for (structure, stage, given), following in TRANSITIONS.items()
    if structure not in WITHOUT_ADVICE
}
FIRST_STAGE |= {f"{name}+reasons": stage for name, stage in FIRST_STAGE.items() if name not in WITHOUT_ADVICE}
TRANSITIONS |= _ASKED | {(name, "reasons", "reason"): "done" for name in FIRST_STAGE if name.endswith("+reasons")}

# The stages in which advice stands on the page, or has stood: a late message about it is still a fact.
ADVICE_STAGES = {
    (structure, stage)
    for structure in FIRST_STAGE
    if structure not in WITHOUT_ADVICE
    for stage in (*ADVISED.get(structure.removesuffix("+reasons"), ("advice", "second")), "reasons", "done")
    if stage == "done" or stage in {there for name, there, _ in TRANSITIONS if name == structure}
}

# How the analysis names a structure: by the number of answers, and whether advice came before the first.
ANALYSED_AS = {
    "unaided": "unaided",
    "reconsider": "reconsider",
    "concurrent": "concurrent",
    "on-demand": "concurrent",
    "delayed": "concurrent",
    "early": "concurrent",
    "primed": "unaided",
}

EXPOSURE_KINDS = (
    "requested",
    "revealed",
    "reflected",
    "rendered",
    "seen",
    "opened",
    "followed-link",
    "accepted",
    "edited",
    "overridden",
    "ignored",
    "dismissed",
    "reason",
)
STEPS = ("requested", "revealed", "reflected", "reason")  # exposures that move the encounter on
SHOWN_AS = ("first", "second", "aid")  # which card: an adviser's, or a nudge that is not advice
LONGEST_REFLECTION = 4000
LONGEST_COMMENT = 600
LONGEST_PART = 40
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
    """What happened to the card `shown_as`; `detail` holds the reason given, or what was opened."""

    kind: str
    dwell_ms: float | None
    shown_as: str = "first"
    detail: Mapping[str, Any] = field(default_factory=dict)


Fact = DecisionFact | ExposureFact


@dataclass(frozen=True)
class Accepted:
    """The state after the message, and the facts to store with it."""

    state: State
    facts: tuple[Fact, ...]


def structure_for(protocol: Protocol, arm: str, phase: str, condition: str = "") -> str:
    """How an arm answers in a phase, or one case of it under `condition`; “mixed” where cases differ in this."""
    if not condition and protocol.mixture(arm, phase):
        return "mixed"
    policy = protocol.policy(arm, phase, condition)
    if policy is not None:
        return policy.structure
    return "reconsider" if protocol.advice_kind(arm, phase, condition) == RECONSIDER else "unaided"


def befallen(structure: str, event: str) -> str:
    """The structure of one case when an event befalls its advice: “down”, “slow”, “tampered” or none.

    Slow advice comes late; nobody is asked why advice that never came was not followed.
    """
    plain = structure.removesuffix("+reasons")
    if event == "down":
        return plain
    slow = {"concurrent": "delayed", "two-stage": "delayed-after"}
    return structure.replace(plain, slow[plain]) if event == "slow" else structure


def analysed_as(structure: str) -> str:
    """The structure in the terms of the analysis table (`stats.columns`)."""
    return ANALYSED_AS.get(structure.removesuffix("+reasons"), "two-stage")


def start(structure: str) -> State:
    return State(structure, FIRST_STAGE[structure])


def state_at(structure: str, stage: str) -> State:
    """The state rebuilt from its stage alone, which says what has been decided."""
    one = FIRST_STAGE[structure] != "initial"
    if stage in ("done", "reasons"):
        decided: tuple[str, ...] = ("final",) if one else ("initial", "final")
    else:
        decided = () if one or stage == "initial" else ("initial",)
    return State(structure, stage, decided)


def shows_advice(state: State) -> bool:
    """Whether advice stands on the page at this stage."""
    return state.stage != "done" and (state.structure, state.stage) in ADVICE_STAGES


def shows_to_all(state: State) -> bool:
    """Whether everybody who came this far has had advice on the page, without asking or waiting for it."""
    plain = state.structure.removesuffix("+reasons")
    if plain in ("concurrent", "early"):
        return True
    return plain in ("two-stage", "reflection", "in-turn") and state.stage in ("advice", "second", "reasons", "done")


def accept(
    state: State,
    given: Given,
    *,
    question: Question = ANY_DIAGNOSIS,
    confidence: str = "percent",
    aided: bool = False,
    spares: Callable[[Mapping[str, Any]], bool] | None = None,
    follows: Callable[[Mapping[str, Any]], bool] | None = None,
    must_reason: bool = False,
) -> Accepted:
    """The state and the facts after one message. Raises Refused, and then nothing may be stored.

    `question` is that of the case, `confidence` the scale of the study ("percent" or "bands"); `aided` says that a
    nudge other than advice stands on the page. `spares` tells of a last answer that nobody is asked reasons for it;
    `follows` tells of an answer that it agrees with the advice, so that a safety net has nothing to say;
    `must_reason` that the question for reasons cannot be skipped. An event changes nothing here; it is stored as it is.
    """
    if given.kind == "answer":
        return _spared(_silent(_answer(state, given.body, question, confidence), follows), spares)
    if given.kind == "exposure":
        return _exposure(state, given.body, aided, must_reason)
    if given.kind == "event":
        return Accepted(state, ())
    raise Refused("malformed", f"A message of the kind “{given.kind}” is not known.")


def _following(state: State, given: str) -> str:
    following = TRANSITIONS.get((state.structure, state.stage, given))
    if following is None:
        raise Refused("wrong-stage", f"{given.capitalize()} is not what this case is waiting for now.")
    return following


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


def _silent(accepted: Accepted, follows: Callable[[Mapping[str, Any]], bool] | None) -> Accepted:
    """A safety net that agrees says nothing: the answer as it was submitted is the last one."""
    state, fact = accepted.state, accepted.facts[0]
    speaks = state.structure.removesuffix("+reasons") != "at-submit" or state.stage != "advice"
    if speaks or follows is None or not isinstance(fact, DecisionFact) or not follows(fact.answer):
        return accepted
    return Accepted(State(state.structure, "done", ("final",)), (DecisionFact("final", fact.answer),))


def _spared(accepted: Accepted, spares: Callable[[Mapping[str, Any]], bool] | None) -> Accepted:
    """Past the question for reasons, where the protocol asks it only of some answers."""
    state, fact = accepted.state, accepted.facts[0]
    if spares is None or state.stage != "reasons" or not isinstance(fact, DecisionFact) or not spares(fact.answer):
        return accepted
    return Accepted(State(state.structure, "done", state.decided), accepted.facts)


def _exposure(state: State, body: Mapping[str, Any], aided: bool, must_reason: bool) -> Accepted:
    kind, dwell, shown_as = body.get("kind"), body.get("dwell_ms"), body.get("card", "first")
    if kind not in EXPOSURE_KINDS:
        raise Refused("malformed", "An exposure says what happened to the advice: " + ", ".join(EXPOSURE_KINDS) + ".")
    if shown_as not in SHOWN_AS:
        raise Refused("malformed", "An exposure says which card it is about: " + ", ".join(SHOWN_AS) + ".")
    if dwell is not None and (not _is_number(dwell) or not 0 <= dwell < 1e9):
        raise Refused("malformed", "The dwell time of an exposure is a number of milliseconds.")
    fact = ExposureFact(str(kind), None if dwell is None else float(dwell), shown_as, _detail(str(kind), body))
    if kind == "reason" and must_reason and not fact.detail["reason"]:
        raise Refused("malformed", "This advice can be overridden only with a reason. Choose one.")
    if kind in STEPS or (state.structure, state.stage, kind) in TRANSITIONS:
        return Accepted(State(state.structure, _following(state, str(kind)), state.decided), (fact,))
    if not (aided if shown_as == "aid" else (state.structure, state.stage) in ADVICE_STAGES):
        raise Refused("no-advice", "No advice has been shown for this case.")
    return Accepted(state, (fact,))


def _detail(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to the fact beside its kind, in its stored form. Raises Refused."""
    read = {"opened": _opened, "reason": _reason, "reflected": _reflection}.get(kind)
    return read(body) if read else {}


def _opened(body: Mapping[str, Any]) -> dict[str, Any]:
    part = body.get("part")
    return {"part": part} if isinstance(part, str) and len(part) <= LONGEST_PART else {}


def _reason(body: Mapping[str, Any]) -> dict[str, Any]:
    reason, comment = body.get("reason"), body.get("comment") or ""
    if reason is not None and reason not in (*REASONS, *FOLLOWING):
        raise Refused("malformed", f"“{reason}” is not one of the reasons that were offered.")
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise Refused("malformed", f"A comment may have at most {LONGEST_COMMENT} characters.")
    return {"reason": reason, "comment": comment.strip()}


def _reflection(body: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: body.get(name) for name in ("for", "against", "else")}
    if not all(isinstance(text, str) and len(text) <= LONGEST_REFLECTION for text in texts.values()):
        raise Refused("malformed", "A reflection says what speaks for, what against, and what else it could be.")
    kept = {name: str(text).strip() for name, text in texts.items()}
    if not any(kept.values()):
        raise Refused("malformed", "The reflection is empty.")
    return kept


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
