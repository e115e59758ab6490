"""The planned encounters of many persons as arrays, and the clinician's steps run over all of them at once."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from simlab.rehearsal import clinician
from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, Whole
from simlab.rehearsal.truth import Practice, Truth

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
    competences: tuple[str, ...] = ()


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
    """Let everybody sit everything; ``people`` and ``cases`` hold traits for each row.

    All rows at once; where what a person did before changes what they do next, one encounter of everybody at a time.
    """
    done = _attended(truth, rng, plan)
    memory = Memory(truth, plan, done)
    made = [_sit(truth, rng, plan, rows, people.at(rows), cases.at(rows), memory) for rows in _waves(truth, plan)]
    if len(made) == 1:
        return replace(made[0], done=done)
    order = np.argsort(np.concatenate(_waves(truth, plan)), kind="stable")
    joined = {one.name: np.concatenate([getattr(m, one.name) for m in made])[order] for one in fields(Made)}
    return Made(**{**joined, "done": done})


def _waves(truth: Truth, plan: Schedule) -> list[Any]:
    """The rows that may be sat together: all, or the first encounter of everybody, the second, and so on."""
    if not truth.learns_from_answers:
        return [slice(None)]
    before = np.arange(len(plan.person)) - np.searchsorted(plan.person, plan.person, side="left")
    order = np.argsort(before, kind="stable")
    return np.split(order, np.cumsum(np.bincount(before))[:-1])


class Memory:
    """What each person carries from one encounter to the next, by sitting: practice missed, and what trust has learnt.

    Where nothing is learnt from answers both follow from the schedule, and are worked out for all rows at once.
    """

    def __init__(self, truth: Truth, plan: Schedule, done: Flags) -> None:
        self.truth, self.plan, self.done = truth, plan, done
        self.place = places(plan)
        self.answered, self._aided = practised(truth, plan, done)
        blocks = len(plan.block_phase)
        self._missed, self._trust = np.zeros((plan.persons, blocks)), np.zeros((plan.persons, blocks))
        days = np.maximum(plan.block_day[None, :] - plan.block_day[:, None], 0.0)
        practice, ones = truth.practice, np.triu(np.ones_like(days))
        self._practice_kept = clinician.faded(ones, days, practice.recovery_half_life_days, practice)
        self._trust_kept = ones * np.exp2(-days / truth.reliance.trust_half_life_days)

    def lost(self, rows: Any) -> Floats:
        """Practice missed so far, faded, for each row."""
        if not self.truth.learns_from_answers:
            return np.asarray(self._aided[rows])
        return self._carried(self._missed, self._practice_kept, rows)

    def trust(self, rows: Any) -> Floats:
        """What trust has learnt so far, for each row (logit)."""
        if not self.truth.learns_from_answers:
            return np.asarray(np.zeros(len(self.place))[rows])
        return self._carried(self._trust, self._trust_kept, rows)

    def _carried(self, sums: Floats, kept: Floats, rows: Any) -> Floats:
        person, block = self.plan.person[rows], self.plan.block[rows]
        carried: Floats = (sums[person] * kept[:, block].T).sum(axis=1)
        return carried

    def add(self, rows: Any, missed: Flags, noticed: Flags) -> None:
        """Remember one encounter of these rows; nothing where the encounter was not sat or held no advice."""
        if not self.truth.learns_from_answers:
            return
        counts = self.done[rows] & (self.plan.advice[rows] != NO_ADVICE)
        where = self.plan.person[rows], self.plan.block[rows]
        reliance = self.truth.reliance
        np.add.at(self._missed, where, (counts & missed).astype(np.float64))
        np.add.at(self._trust, where, np.where(counts, np.where(noticed, -reliance.trust_loss, reliance.trust_gain), 0))


def _sit(
    truth: Truth,
    rng: np.random.Generator,
    plan: Schedule,
    rows: Any,
    people: People,
    cases: CaseTraits,
    memory: Memory,
) -> Made:
    case, structure, advice = plan.case[rows], plan.structure[rows], plan.advice[rows]
    options = np.array([len(one.wrong) for one in plan.cases], dtype=np.int64)[case]
    skill = clinician.skill_at(truth, people, [one.competences for one in plan.cases], case)
    place = memory.place[rows]
    logit = clinician.logit_right(truth, skill, cases, memory.answered[rows], memory.lost(rows), place)
    own = clinician.own_answer(truth, rng, people, cases, logit, options, place)
    advised = advice != NO_ADVICE
    answer = _of_advice(plan, rows, [one.answer for one in plan.advices], NO_ADVICE).astype(np.int64)
    printed = _of_advice(plan, rows, [one.confidence for one in plan.advices], 0.0)
    agrees = advised & (own.answer == answer)
    follow = clinician.chance_to_follow(
        truth, own.confidence, printed, answer == 0, people, cases, memory.trust(rows), structure == TWO_STAGE
    )
    reacted = clinician.react(truth, rng, own.answer, answer, options, follow)
    looked_again = clinician.reconsider(truth, rng, own.answer, options)
    final = np.where(advised, reacted, np.where(structure == RECONSIDER, looked_again, own.answer))
    shifted = clinician.confidence_after(truth, rng, own.confidence, agrees, advised)
    memory.add(
        rows,
        clinician.missed_practice(truth, own.answer, answer, final),
        clinician.notices(truth, rng, own.answer, answer),
    )
    times = _times(truth, rng, structure, people, cases, agrees, own)
    return Made(
        done=memory.done[rows],
        logit=own.logit,
        initial=own.answer,
        final=final,
        initial_rank=clinician.reference_rank(truth, rng, own.answer, options),
        final_rank=clinician.reference_rank(truth, rng, final, options),
        initial_confidence=own.confidence,
        final_confidence=np.where(structure == UNAIDED, own.confidence, shifted),
        initial_s=times[0],
        after_s=times[1],
        hidden_s=own.away,
    )


def _of_advice(plan: Schedule, rows: Any, values: list[float] | list[int], none: float) -> Floats:
    table = np.array([*values, none], dtype=np.float64)
    return np.asarray(table[plan.advice[rows]])


def _times(
    truth: Truth,
    rng: np.random.Generator,
    structure: Whole,
    people: People,
    cases: CaseTraits,
    agrees: Flags,
    own: clinician.Own,
) -> tuple[Floats, Floats]:
    times = truth.times
    beside = np.where(structure == CONCURRENT, times.with_advice, 1.0) * own.pace
    slower = np.where(agrees, 1.0, times.disagreement)
    first = clinician.seconds(rng, times.first, people, cases, beside, own.haste)
    after = clinician.seconds(rng, times.after_advice, people, cases, slower)
    again = clinician.seconds(rng, times.reconsider, people, cases)
    second = np.where(structure == TWO_STAGE, after, np.where(structure == RECONSIDER, again, 0.0))
    return first, second


def _attended(truth: Truth, rng: np.random.Generator, plan: Schedule) -> Flags:
    """Rows that were answered; who stays away or stops half-way does not return."""
    planned = _per_block(plan, np.ones(len(plan.person)))
    aided = _per_block(plan, (plan.advice != NO_ADVICE).astype(np.float64))
    here = np.ones(plan.persons, dtype=bool)
    arms = [plan.arms[one] for one in plan.person_arm] if truth.drop_out.arms else []
    answered = np.zeros_like(planned)
    for block, phase in enumerate(plan.block_phase):
        had_advice = aided[:, :block].sum(axis=1) > 0
        days = float(plan.block_day[block] - plan.block_day[block - 1]) if block else 0.0
        here &= ~clinician.stays_away(truth, rng, plan.phases[phase], had_advice, days, first=block == 0, arms=arms)
        length = planned[:, block].astype(np.int64)
        sat = clinician.stops_after(truth, rng, length)
        answered[:, block] = np.where(here, sat, 0)
        here &= sat == length
    return places(plan) < answered[plan.person, plan.block]


def practised(truth: Truth, plan: Schedule, done: Flags) -> tuple[Floats, Floats]:
    """For each row, the faded numbers of cases answered and of cases aided before it."""
    practice = truth.practice
    aided = done & (plan.advice != NO_ADVICE)
    learnt = _before(plan, done.astype(np.float64), practice.learning_half_life_days, practice)
    lost = _before(plan, aided.astype(np.float64), practice.recovery_half_life_days, practice)
    return learnt, lost


def _before(plan: Schedule, counted: Floats, half_life: float, practice: Practice) -> Floats:
    totals = _per_block(plan, counted)
    days = plan.block_day[None, :] - plan.block_day[:, None]
    weight = np.triu(clinician.faded(np.ones_like(days), days, half_life, practice), k=1)
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


def places(plan: Schedule) -> Whole:
    """How many cases of the same sitting come before each row."""
    return np.arange(len(plan.person)) - _first_row(plan)
