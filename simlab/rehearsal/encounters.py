"""The planned encounters of many persons as arrays, and the clinician's steps run over all of them at once."""

from dataclasses import dataclass

import numpy as np

from simlab.rehearsal import clinician
from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, Whole
from simlab.rehearsal.truth import Truth

STRUCTURES = ("unaided", "two-stage", "reconsider", "concurrent")
UNAIDED, TWO_STAGE, RECONSIDER, CONCURRENT = range(4)
NO_ADVICE = -1


@dataclass(frozen=True)
class CaseFacts:
    """What a virtual clinician's world needs of a case; ``wrong`` are the plausible wrong answers in their order."""

    case_id: str
    specialty: str
    reference: str
    wrong: tuple[str, ...]
    difficulty: float


@dataclass(frozen=True)
class AdviceFacts:
    """One piece of advice; ``answer`` is the number of its diagnosis among the answers of its case."""

    advice_id: str
    correct: bool
    error_type: str | None
    term: str
    answer: int
    confidence: float


@dataclass(frozen=True)
class Schedule:
    """Planned encounters, one entry per row, rows in order of person, block and position.

    A block is one sitting, numbered over the whole study; ``block_phase`` and ``block_day`` say which phase it belongs
    to and on which day of the study it is sat. Codes point into the tuples; ``advice`` is NO_ADVICE for none.
    """

    arms: tuple[str, ...]
    phases: tuple[str, ...]
    forms: tuple[str, ...]
    cases: tuple[CaseFacts, ...]
    advices: tuple[AdviceFacts, ...]
    block_phase: Whole
    block_sitting: Whole
    block_day: Floats
    person_arm: Whole
    person_stratum: tuple[str, ...]
    person_grade: tuple[str, ...]
    person: Whole
    block: Whole
    position: Whole
    form: Whole
    case: Whole
    advice: Whole
    structure: Whole

    @property
    def persons(self) -> int:
        return len(self.person_arm)


@dataclass(frozen=True)
class Made:
    """What the persons did, one entry per row; where ``done`` is false the rest of the row means nothing."""

    done: Flags
    logit: Floats
    initial: Whole
    final: Whole
    initial_rank: Whole
    final_rank: Whole
    initial_confidence: Floats
    final_confidence: Floats
    initial_s: Floats
    after_s: Floats
    hidden_s: Floats


def run(truth: Truth, rng: np.random.Generator, plan: Schedule, people: People, cases: CaseTraits) -> Made:
    """Let everybody sit everything; ``people`` and ``cases`` hold traits for each row."""
    done = _attended(truth, rng, plan)
    answered, aided = practised(truth, plan, done)
    logit = clinician.logit_right(truth, people, cases, answered, aided)
    options = np.array([len(case.wrong) for case in plan.cases], dtype=np.int64)[plan.case]
    own = clinician.first_answer(truth, rng, logit, options)
    own_confidence = clinician.confidence(truth, rng, logit, people)
    final, final_confidence, agrees = _second_answer(truth, rng, plan, own, own_confidence, options, people, cases)
    times = _times(truth, rng, plan, people, cases, agrees)
    return Made(
        done=done,
        logit=logit,
        initial=own,
        final=final,
        initial_rank=clinician.reference_rank(truth, rng, own, options),
        final_rank=clinician.reference_rank(truth, rng, final, options),
        initial_confidence=own_confidence,
        final_confidence=final_confidence,
        initial_s=times[0],
        after_s=times[1],
        hidden_s=clinician.hidden_seconds(truth, rng, len(own)),
    )


def _second_answer(
    truth: Truth,
    rng: np.random.Generator,
    plan: Schedule,
    own: Whole,
    own_confidence: Floats,
    options: Whole,
    people: People,
    cases: CaseTraits,
) -> tuple[Whole, Floats, Flags]:
    advised = plan.advice != NO_ADVICE
    answer = _of_advice(plan, [advice.answer for advice in plan.advices], NO_ADVICE).astype(np.int64)
    printed = _of_advice(plan, [advice.confidence for advice in plan.advices], 0.0)
    agrees = advised & (own == answer)
    follow = clinician.chance_to_follow(truth, own_confidence, printed, answer == 0, people, cases)
    reacted = clinician.react(truth, rng, own, answer, options, follow)
    looked_again = clinician.reconsider(truth, rng, own, options)
    shifted = clinician.confidence_after(truth, rng, own_confidence, agrees, advised)
    final = np.where(advised, reacted, np.where(plan.structure == RECONSIDER, looked_again, own))
    return final, np.where(plan.structure == UNAIDED, own_confidence, shifted), agrees


def _of_advice(plan: Schedule, values: list[float] | list[int], none: float) -> Floats:
    table = np.array([*values, none], dtype=np.float64)
    return table[plan.advice]


def _times(
    truth: Truth, rng: np.random.Generator, plan: Schedule, people: People, cases: CaseTraits, agrees: Flags
) -> tuple[Floats, Floats]:
    times = truth.times
    beside = np.where(plan.structure == CONCURRENT, times.with_advice, 1.0)
    slower = np.where(agrees, 1.0, times.disagreement)
    first = clinician.seconds(rng, times.first, people, cases, beside)
    after = clinician.seconds(rng, times.after_advice, people, cases, slower)
    again = clinician.seconds(rng, times.reconsider, people, cases)
    second = np.where(plan.structure == TWO_STAGE, after, np.where(plan.structure == RECONSIDER, again, 0.0))
    return first, second


def _attended(truth: Truth, rng: np.random.Generator, plan: Schedule) -> Flags:
    """Rows that were answered; who stays away or stops half-way does not return."""
    planned = _per_block(plan, np.ones(len(plan.person)))
    aided = _per_block(plan, (plan.advice != NO_ADVICE).astype(np.float64))
    here = np.ones(plan.persons, dtype=bool)
    answered = np.zeros_like(planned)
    for block, phase in enumerate(plan.block_phase):
        had_advice = aided[:, :block].sum(axis=1) > 0
        here &= ~clinician.stays_away(truth, rng, plan.phases[phase], had_advice)
        length = planned[:, block].astype(np.int64)
        sat = clinician.stops_after(truth, rng, length)
        answered[:, block] = np.where(here, sat, 0)
        here &= sat == length
    return _place(plan) < answered[plan.person, plan.block]


def practised(truth: Truth, plan: Schedule, done: Flags) -> tuple[Floats, Floats]:
    """For each row, the faded numbers of cases answered and of cases aided before it."""
    practice = truth.practice
    aided = done & (plan.advice != NO_ADVICE)
    learnt = _before(plan, done.astype(np.float64), practice.learning_half_life_days)
    lost = _before(plan, aided.astype(np.float64), practice.recovery_half_life_days)
    return learnt, lost


def _before(plan: Schedule, counted: Floats, half_life: float) -> Floats:
    totals = _per_block(plan, counted)
    days = plan.block_day[None, :] - plan.block_day[:, None]
    weight = np.triu(clinician.faded(np.ones_like(days), days, half_life), k=1)
    earlier = (totals @ weight)[plan.person, plan.block]
    running = np.cumsum(counted) - counted
    return earlier + running - running[_first_row(plan)]


def _per_block(plan: Schedule, counted: Floats) -> Floats:
    blocks = len(plan.block_phase)
    cell = plan.person * blocks + plan.block
    sums: Floats = np.bincount(cell, weights=counted, minlength=plan.persons * blocks).astype(np.float64)
    return sums.reshape(plan.persons, blocks)


def _first_row(plan: Schedule) -> Whole:
    """For each row, the index of the first row of its person's block."""
    starts = np.ones(len(plan.person), dtype=bool)
    starts[1:] = (np.diff(plan.person) != 0) | (np.diff(plan.block) != 0)
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def _place(plan: Schedule) -> Whole:
    return np.arange(len(plan.person)) - _first_row(plan)
