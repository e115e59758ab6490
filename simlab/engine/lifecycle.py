"""The life of a study, as one table: which step leads from which state to which, and what each asks for."""

from dataclasses import dataclass

from simlab.engine.errors import Refused

SHORTEST_REASON = 10  # characters: a word such as "safety" tells a reader nothing
BEFORE_LAUNCH = ("draft", "rehearsed", "approved")
CLOSED = ("locked", "unblinded", "archived")


@dataclass(frozen=True)
class Step:
    """One step. `at_once`: further states from which every kind but a main study may take it.

    `reason`: whoever takes it says why in a sentence. `owner`: only an owner may. `second`: somebody who wrote none of
    what the step is about.
    """

    name: str
    before: tuple[str, ...]
    after: str
    done: str
    at_once: tuple[str, ...] = ()
    reason: bool = False
    owner: bool = False
    second: bool = False


STEPS = {
    step.name: step
    for step in (
        Step("rehearse", ("draft",), "rehearsed", "Rehearsed"),
        Step("approve", ("rehearsed",), "approved", "Approved", at_once=("draft",), second=True),
        Step("revise", ("rehearsed", "approved"), "draft", "Changed", reason=True),
        Step("launch", ("approved",), "launched", "Launched", at_once=("draft", "rehearsed"), owner=True),
        Step("pause", ("launched",), "paused", "Paused", reason=True),
        Step("resume", ("paused",), "launched", "Resumed"),
        Step("lock", ("launched", "paused"), "locked", "Locked", owner=True),
        Step("unblind", ("locked",), "unblinded", "Unblinded", reason=True, owner=True),
        Step("archive", ("locked", "unblinded"), "archived", "Archived", reason=True, owner=True),
    )
}


def step_from(name: str, *, state: str, kind: str) -> Step:
    """The step, if it may be taken by a study of this kind in this state; Refused, with what is lacking, if not."""
    step = STEPS[name]
    if state in step.before or (kind != "main" and state in step.at_once):
        return step
    if state in step.at_once:
        raise Refused("not-approved", _LACKS[name, state])
    raise Refused("wrong-state", f"A study that is {state} cannot become {step.after}.")


_LACKS = {
    ("approve", "draft"): "A main study is approved after it was rehearsed. Rehearse it first.",
    ("launch", "draft"): "A main study is launched after it was rehearsed, and approved by a second person.",
    ("launch", "rehearsed"): "A main study is launched once a second person has approved it.",
}


def open_steps(*, state: str, kind: str) -> tuple[Step, ...]:
    """The steps that a study of this kind may take from this state, in the order of the table."""
    return tuple(step for step in STEPS.values() if state in step.before or (kind != "main" and state in step.at_once))


def check_reason(step: Step, reason: str) -> str:
    """The reason without its margins; Refused when the step asks for one and there is none in a sentence."""
    said = reason.strip()
    if step.reason and len(said) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why. It stays on the record of the study.")
    return said
