"""The true values of what a report estimates, on the scale on which it reports them.

A true value is an average over persons, over cases such as these (each with its difficulty and any residual), and over
the engine's own schedules, when nobody drops out. Accuracy without advice is integrated; the rest is simulated with
many persons, each of whom meets cases of fresh residuals. Every value has its Monte-Carlo error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol
from simlab.rehearsal import clinician, dataset, encounters, planning
from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, TWO_STAGE, Made, Schedule
from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, draw_case_deviations, draw_people, generator
from simlab.rehearsal.truth import DropOut, Truth
from simlab.stats import columns, reliance

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class Value:
    """A true value with the standard error of its computation; n persons were simulated."""

    value: float
    mc_se: float
    n: int


def marginal(
    truth: Truth, protocol: Protocol, packs: Mapping[str, Pack], people: int = 40_000, seed: int = 1
) -> dict[str, Value]:
    """True values by the analysis and name that a report gives them: ``deskilling/difference`` and so on.

    ``accuracy/accuracy/<arm>/<phase>``, ``accuracy/difference/<arm>/<phase>`` and ``time/ratio/<arm>/<phase>`` (each
    other arm against control), ``deskilling/difference``, ``persistence/difference``, ``decay/difference`` and, for
    every reliance measure, ``reliance/<measure>``. A value that is not defined is left out.
    """
    return of_plan(truth, protocol, planning.plan(protocol, packs, truth, people, seed), seed)


def of_plan(
    truth: Truth, protocol: Protocol, plan: Schedule, seed: int, *, with_reliance: bool = True
) -> dict[str, Value]:
    """The same with schedules that were laid out before, and the forms that papers print (`_printed`)."""
    loyal = truth.model_copy(update={"drop_out": DropOut()})
    made = _sit(loyal, plan, seed)
    # What depends on a person's own past, or on more than skill and case, is simulated, not integrated.
    alone = _chance_alone(loyal, plan) if _integrable(loyal) else (made.initial == 0).astype(np.float64)
    right = _expected_right(loyal, plan, made, alone)
    asked = protocol.plan()
    cells = {(arm, phase): _cell(plan, arm, phase) for arm in plan.arms for phase in plan.phases}
    means = {place: _mean(plan, right, cell) for place, cell in cells.items()}
    found = {f"accuracy/accuracy/{arm}/{phase}": mean for (arm, phase), mean in means.items()}
    log_time = np.log(made.initial_s + made.after_s)
    control = asked["control"]
    for arm, phase in cells:
        if control is not None and arm != control:
            one, other = cells[arm, phase], cells[control, phase]
            found[f"accuracy/difference/{arm}/{phase}"] = _minus(means[arm, phase], means[control, phase])
            found[f"time/ratio/{arm}/{phase}"] = _ratio_of(
                _minus(_mean(plan, log_time, one), _mean(plan, log_time, other))
            )
    found.update(_unaided_contrasts(found, asked))
    found.update(_printed(protocol, plan, made, right, alone))
    if with_reliance:
        found.update(_reliance(plan, made))
    return found


def _printed(protocol: Protocol, plan: Schedule, made: Made, right: Floats, alone: Floats) -> dict[str, Value]:
    """True values in the forms that papers print, which no report of ours gives by these names.

    ``odds-ratio/<arm>``: all decisions of an arm against those of control, odds of the mean shares. ``change/<kind>``:
    share right with ``right``, ``wrong`` or ``any`` advice minus share right without advice (``unaided``), and the same
    by arm. ``first``: share right before advice; ``switched``, ``improved``, ``worsened``: shares of decisions answered
    twice with advice that changed, became right, became wrong.
    """
    advised = plan.advice != NO_ADVICE
    correct = np.array([one.correct for one in plan.advices] + [False])[plan.advice]
    found: dict[str, Value] = {}
    control = protocol.control
    arm = plan.person_arm[plan.person]
    for number, name in enumerate(plan.arms):
        if control is not None and name != control:
            of, others = arm == number, arm == plan.arms.index(control)
            found[f"odds-ratio/{name}"] = _odds_ratio(_mean(plan, right, of), _mean(plan, right, others))
    if advised.any() and not advised.all():
        found["unaided"] = _mean(plan, right, ~advised)
        for kind, here in (("any", advised), ("right", advised & correct), ("wrong", advised & ~correct)):
            if here.any():
                found[f"change/{kind}"] = _minus(_mean(plan, right, here), found["unaided"])
                for number, name in enumerate(plan.arms):
                    if (here & (arm == number)).any():
                        of_arm = _mean(plan, right, here & (arm == number))
                        found[f"change/{kind}/{name}"] = _minus(of_arm, found["unaided"])
    twice = advised & (plan.structure == TWO_STAGE)
    if twice.any():
        changes = {
            "first": alone,
            "switched": made.initial != made.final,
            "improved": (made.initial > 0) & (made.final == 0),
            "worsened": (made.initial == 0) & (made.final > 0),
        }
        found |= {name: _mean(plan, np.asarray(values, dtype=np.float64), twice) for name, values in changes.items()}
    return found


def _odds_ratio(one: Value, other: Value) -> Value:
    ratio = one.value / (1 - one.value) * (1 - other.value) / other.value
    logits = [value.mc_se / (value.value * (1 - value.value)) for value in (one, other)]
    return Value(ratio, ratio * float(np.linalg.norm(logits)), one.n + other.n)


def _sit(truth: Truth, plan: Schedule, seed: int) -> Made:
    people = draw_people(truth, generator(seed, "people"), plan.person_grade).at(plan.person)
    cases = draw_case_deviations(truth, generator(seed, "cases"), _difficulty(plan))
    return encounters.run(truth, generator(seed, "behaviour"), plan, people, cases)


def _difficulty(plan: Schedule) -> Floats:
    return np.array([case.difficulty for case in plan.cases])[plan.case]


def _expected_right(truth: Truth, plan: Schedule, made: Made, alone: Floats) -> Floats:
    """The chance of a right final answer in each row; simulated advice enters as the change that it made."""
    looked_again = alone * (1.0 - truth.reconsider.lost)
    looked_again += (1.0 - alone) * truth.reconsider.changed * truth.reconsider.put_right
    advised = plan.advice != NO_ADVICE
    change = (made.final == 0).astype(np.float64) - (made.initial == 0)
    return np.where(advised, alone + change, np.where(plan.structure == RECONSIDER, looked_again, alone))


def _integrable(truth: Truth) -> bool:
    careless = truth.care.inattentive_persons > 0 or truth.care.pasting_persons > 0
    spread = truth.skill.competence_sd > 0 or truth.cases.discrimination_sd > 0 or truth.times.speed_accuracy != 0
    return not (careless or spread or truth.learns_from_answers)


def _chance_alone(truth: Truth, plan: Schedule) -> Floats:
    """Chance to be right unaided, integrated over persons of the row's grade and over residuals of its case."""
    answered, aided = encounters.practised(truth, plan, np.ones(len(plan.person), dtype=bool))
    nobody = np.zeros(len(plan.person))
    grade = np.array([truth.skill.grades.get(grade, 0.0) for grade in plan.person_grade])[plan.person]
    share = np.clip(_difficulty(plan), 0.01, 0.99)
    average = People(grade, nobody, nobody, nobody, nobody.astype(np.uint64))
    cases = CaseTraits(np.log(share / (1.0 - share)), nobody, nobody, np.ones_like(nobody))
    skill = clinician.skill_at(truth, average, [case.competences for case in plan.cases], plan.case)
    middle = clinician.logit_right(truth, skill, cases, answered, aided, encounters.places(plan))
    spread = float(np.hypot(truth.skill.sd, truth.cases.sd))
    # Few distinct log-odds occur among many rows, so that each is integrated once.
    distinct, where = np.unique(middle, return_inverse=True)
    integrated: Floats = clinician.expit(distinct[:, None] + spread * NODES) @ WEIGHTS
    return integrated[where]


def _cell(plan: Schedule, arm: str, phase: str) -> Flags:
    of_arm = plan.person_arm[plan.person] == plan.arms.index(arm)
    return np.asarray(of_arm & (plan.block_phase[plan.block] == plan.phases.index(phase)), dtype=bool)


def _mean(plan: Schedule, values: Floats, cell: Flags) -> Value:
    """Mean over the rows of a cell, with an error that counts persons rather than rows."""
    return _ratio(plan, np.where(cell, values, 0.0), cell.astype(np.float64))


def _ratio(plan: Schedule, over: Floats, of: Floats) -> Value:
    tops = np.bincount(plan.person, weights=over, minlength=plan.persons)
    bottoms = np.bincount(plan.person, weights=of, minlength=plan.persons)
    value = float(tops.sum() / bottoms.sum())
    error = float(np.sqrt(((tops - value * bottoms) ** 2).sum()) / bottoms.sum())
    return Value(value, error, int((bottoms > 0).sum()))


def _minus(one: Value, other: Value) -> Value:
    return Value(one.value - other.value, float(np.hypot(one.mc_se, other.mc_se)), one.n + other.n)


def _ratio_of(log: Value) -> Value:
    ratio = float(np.exp(log.value))
    return Value(ratio, ratio * log.mc_se, log.n)


def _unaided_contrasts(found: Mapping[str, Value], asked: Mapping[str, object]) -> dict[str, Value]:
    """Deskilling, persistence and decay; chance makes the arms equal at baseline, so that adjusting changes nothing."""
    primary, advised = asked["primary"], asked["advised"]
    if not isinstance(primary, dict) or not isinstance(advised, dict) or not isinstance(asked["phases"], list):
        return {}
    (control, exposed), at = primary["between"], primary["phase"]

    def difference(phase: str) -> Value:
        return _minus(found[f"accuracy/accuracy/{exposed}/{phase}"], found[f"accuracy/accuracy/{control}/{phase}"])

    made = {"deskilling/difference": difference(at)}
    later = asked["phases"][asked["phases"].index(at) + 1 :]
    free = [phase for phase in later if not {control, exposed} & set(advised.get(phase, ()))]
    if free:
        made["persistence/difference"] = difference(free[-1])
        made["decay/difference"] = _minus(difference(free[-1]), made["deskilling/difference"])
    return made


def _reliance(plan: Schedule, made: Made) -> dict[str, Value]:
    advised = plan.advice != NO_ADVICE
    if not advised.any():
        return {}
    rows = columns.check(dataset.table(plan, made)[advised])
    flags = reliance.flags(rows)
    blank = np.zeros(len(plan.person))
    found = {}
    for measure in reliance.MEASURES:
        of, over = blank.copy(), blank.copy()
        of[advised] = measure.of(flags)
        over[advised] = measure.over(flags) & measure.of(flags)
        if of.any():
            found[f"reliance/{measure.name}"] = _ratio(plan, over, of)
    return found
