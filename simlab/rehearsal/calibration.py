"""A truth solved so that a true value is a given figure: an effect to be planned for, or a published result.

One number of the truth, the knob, is moved until the true value of the protocol, with its own packs and schedules,
is the figure. All trials of the knob use the same virtual clinicians and chance, so that the solution is smooth and
belongs to its seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from scipy import optimize

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol
from simlab.rehearsal import planning, truths
from simlab.rehearsal.encounters import Schedule
from simlab.rehearsal.truth import BadTruth, Calibrated, Truth
from simlab.rehearsal.truths import Value

PEOPLE = 6_000
TOLERANCE = 1e-4
"""How near the knob is brought, in its own unit (logits for most)."""


@dataclass(frozen=True)
class Knob:
    """A number of a truth: its place in the file, and the range in which a solution is looked for."""

    part: str
    field: str
    low: float
    high: float

    def read(self, truth: Truth) -> float:
        return float(getattr(getattr(truth, self.part), self.field))

    def turned(self, truth: Truth, value: float) -> Truth:
        return truth.changed(**{self.part: {self.field: value}})


@dataclass(frozen=True)
class SkillKnob(Knob):
    """The mean skill of everybody: all grades are moved alike."""

    def read(self, truth: Truth) -> float:
        return truth.skill.grades.get(next(iter(truth.arrivals.grades)), 0.0)

    def turned(self, truth: Truth, value: float) -> Truth:
        moved = value - self.read(truth)
        grades = {grade: truth.skill.grades.get(grade, 0.0) + moved for grade in truth.arrivals.grades}
        return truth.changed(skill={"grades": grades})


KNOBS: dict[str, Knob] = {
    "skill.grades": SkillKnob("skill", "grades", -6.0, 6.0),
    "reliance.base": Knob("reliance", "base", -8.0, 8.0),
    "reliance.right": Knob("reliance", "right", -10.0, 10.0),
    "reliance.after-commit": Knob("reliance", "after_commit", -10.0, 10.0),
    "reliance.third": Knob("reliance", "third", 0.0, 1.0),
    "practice.loss-per-aided-case": Knob("practice", "loss_per_aided_case", 0.0, 4.0),
    "reconsider.changed": Knob("reconsider", "changed", 0.0, 1.0),
}


def knob_of(figure: str) -> Knob:
    """What is turned for a planned effect: skill lost for what is unaided, else how far right advice is told."""
    unaided = figure.startswith(("deskilling/", "persistence/", "decay/"))
    return KNOBS["practice.loss-per-aided-case" if unaided else "reliance.right"]


def people_of(protocol: Protocol, packs: Mapping[str, Pack], truth: Truth, people: int, seed: int) -> Schedule:
    """The schedules that a solution is worked out with."""
    return planning.plan(protocol, packs, truth, people, seed)


def solve(
    truth: Truth,
    protocol: Protocol,
    plan: Schedule,
    figure: str,
    wanted: float,
    knob: Knob,
    seed: int = 1,
) -> Truth:
    """The truth with the knob turned until the true value of ``figure`` is ``wanted``.

    Raises BadTruth where no turn of the knob gives it, saying what can be had.
    """
    of_reliance = figure.startswith("reliance/")

    def gap(value: float) -> float:
        found = truths.of_plan(knob.turned(truth, value), protocol, plan, seed, with_reliance=of_reliance)
        if figure not in found:
            raise BadTruth("the figure", f"{figure} has no true value in this protocol", "choose another")
        return found[figure].value - wanted

    ends = gap(knob.low), gap(knob.high)
    for end, value in zip(ends, (knob.low, knob.high), strict=True):
        if abs(end) < 1e-9:
            return knob.turned(truth, value)
    if ends[0] * ends[1] > 0:
        low, high = sorted(end + wanted for end in ends)
        message = f"no {knob.part} gives {figure} = {wanted:+.3f}; it lies from {low:+.3f} to {high:+.3f}"
        raise BadTruth("the effect", message, "choose a value between")
    return knob.turned(truth, float(optimize.brentq(gap, knob.low, knob.high, xtol=TOLERANCE)))


def calibrated(
    truth: Truth,
    protocol: Protocol,
    packs: Mapping[str, Pack],
    wanted: tuple[Calibrated, ...],
    *,
    people: int = PEOPLE,
    seed: int = 1,
    rounds: int = 4,
) -> Truth:
    """The truth that gives back every figure of ``wanted``, each by its own knob, turned in turn until all agree."""
    plan = people_of(protocol, packs, truth, people, seed)
    for _ in range(rounds):
        for one in wanted:
            truth = solve(truth, protocol, plan, one.figure, one.published, knob_named(one.knob), seed)
        if len(wanted) == 1:
            break
    return truth.model_copy(update={"basis": "calibrated", "calibrated": wanted})


def knob_named(name: str) -> Knob:
    """A knob by its place in the file. Raises BadTruth naming those there are."""
    if name in KNOBS:
        return KNOBS[name]
    part, _, field = name.partition(".")
    raise BadTruth("the knob", f"there is no {part}.{field} to turn", f"use one of {', '.join(KNOBS)}")


@dataclass(frozen=True)
class Given:
    """A published figure beside what a truth gives, under another seed than that of the calibration."""

    asked: Calibrated
    value: Value

    @property
    def agrees(self) -> bool:
        """Within three Monte-Carlo standard errors of both simulations, the calibration's own being one."""
        return bool(abs(self.value.value - self.asked.published) <= 3.0 * self.value.mc_se * sqrt(2.0))


def given_back(
    truth: Truth, protocol: Protocol, packs: Mapping[str, Pack], *, people: int = PEOPLE, seed: int = 2
) -> list[Given]:
    """What the rehearsal makes of every figure that the truth says it was calibrated to."""
    plan = people_of(protocol, packs, truth, people, seed)
    found = truths.of_plan(truth, protocol, plan, seed)
    return [Given(one, found[one.figure]) for one in truth.calibrated]


def written(truth: Truth) -> dict[str, Any]:
    """The truth as a short document: what equals its default is left out."""
    return truth.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"simlab": truth.simlab}
