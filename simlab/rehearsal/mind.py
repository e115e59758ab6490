"""One virtual clinician as a bot needs it: the array steps with arrays of one, and a memory of what was practised."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from simlab.engine.cardrules import EXTENSION
from simlab.rehearsal import clinician
from simlab.rehearsal.facts import answer_number
from simlab.rehearsal.key import AdviceKey, CaseKey
from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, Whole, draw_case, draw_people
from simlab.rehearsal.truth import Truth


@dataclass
class Encounter:
    """What a clinician carries through one case, between its first and its final answer."""

    case: CaseKey
    traits: CaseTraits
    own: clinician.Own

    @property
    def logit(self) -> Floats:
        return self.own.logit

    @property
    def answer(self) -> Whole:
        return self.own.answer

    @property
    def confidence(self) -> Floats:
        return self.own.confidence


@dataclass(frozen=True)
class Given:
    """One answer with the time it took: labels in order of rank, confidence in per cent, seconds."""

    differential: tuple[str, ...]
    confidence: int
    seconds: float
    hidden_s: float = 0.0


@dataclass
class Mind:
    """One person: traits, generator and practice so far. ``day`` is the day of the study, moved by the conductor.

    ``arm`` is known only where the truth says that arms differ in who leaves; nothing else depends on it.
    """

    truth: Truth
    rng: np.random.Generator
    grade: str
    seed: int
    day: float = 0.0
    arm: str = ""
    practised: list[tuple[float, bool]] = field(default_factory=list)
    missed: list[tuple[float, bool]] = field(default_factory=list)
    trusted: list[tuple[float, float]] = field(default_factory=list)
    before: int = 0
    people: People = field(init=False)
    _cases: dict[str, CaseTraits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = draw_people(self.truth, self.rng, [self.grade])

    def stays_away(self, phase: str) -> bool:
        first = not self.practised
        days = 0.0 if first else self.day - self.practised[-1][0]
        arms = [self.arm] if self.arm else []
        had = self._had_advice()
        return bool(clinician.stays_away(self.truth, self.rng, phase, had, days, first=first, arms=arms)[0])

    def starts_sitting(self) -> None:
        self.before = len(self.practised)

    def stops_after(self, encounters: int) -> int:
        return int(clinician.stops_after(self.truth, self.rng, np.array([encounters]))[0])

    def meet(self, case: CaseKey) -> Encounter:
        """Read a case and form an answer of one's own."""
        traits, here = self._traits(case), np.array([self._place()])
        skill = clinician.skill_at(self.truth, self.people, [case.competences], np.array([0]))
        logit = clinician.logit_right(self.truth, skill, traits, *self._practice(), here)
        own = clinician.own_answer(self.truth, self.rng, self.people, traits, logit, _options(case), here)
        return Encounter(case, traits, own)

    def first(self, met: Encounter) -> Given:
        """The answer given alone."""
        seconds = self._first_seconds(met, 1.0)
        return self._given(met, met.answer, met.confidence, seconds, met.own.away)

    def after_advice(self, met: Encounter, advice: AdviceKey, *, beside: bool = False) -> Given:
        """The final answer once advice was seen; ``beside`` when it stood beside the case from the start."""
        advised = np.array([answer_number(advice.correct, advice.term, met.case.wrong)])
        printed = np.array([advice.confidence])
        follow = clinician.chance_to_follow(
            self.truth, met.confidence, printed, advised == 0, self.people, met.traits, self._trust(), not beside
        )
        final = clinician.react(self.truth, self.rng, met.answer, advised, _options(met.case), follow)
        agrees = met.answer == advised
        self._learn(met.answer, advised, final)
        sure = clinician.confidence_after(self.truth, self.rng, met.confidence, agrees, np.array([True]))
        if beside:
            return self._given(met, final, sure, self._first_seconds(met, self.truth.times.with_advice), met.own.away)
        factor = 1.0 if agrees[0] else self.truth.times.disagreement
        seconds = clinician.seconds(self.rng, self.truth.times.after_advice, self.people, met.traits, factor)
        return self._given(met, final, sure, seconds, np.zeros(1))

    def _first_seconds(self, met: Encounter, factor: float) -> Floats:
        stage = self.truth.times.first
        return clinician.seconds(self.rng, stage, self.people, met.traits, factor * met.own.pace, met.own.haste)

    def _learn(self, own: Whole, advised: Whole, final: Whole) -> None:
        reliance = self.truth.reliance
        noticed = clinician.notices(self.truth, self.rng, own, advised)[0]
        self.trusted.append((self.day, -reliance.trust_loss if noticed else reliance.trust_gain))
        self.missed.append((self.day, bool(clinician.missed_practice(self.truth, own, advised, final)[0])))

    def _trust(self) -> Floats:
        days = np.array([self.day - day for day, _ in self.trusted])
        gained = np.array([gain for _, gain in self.trusted])
        kept = gained * np.exp2(-np.maximum(days, 0.0) / self.truth.reliance.trust_half_life_days)
        return np.array([kept.sum()])

    def _place(self) -> int:
        """Cases answered before in this sitting; `starts_sitting` forgets them."""
        return len(self.practised) - self.before

    def second_look(self, met: Encounter) -> Given:
        """The final answer after a second look without advice."""
        final = clinician.reconsider(self.truth, self.rng, met.answer, _options(met.case))
        nothing = np.array([False])
        sure = clinician.confidence_after(self.truth, self.rng, met.confidence, nothing, nothing)
        seconds = clinician.seconds(self.rng, self.truth.times.reconsider, self.people, met.traits)
        return self._given(met, final, sure, seconds, np.zeros(1))

    def remember(self, *, aided: bool) -> None:
        """One more case is behind this person."""
        self.practised.append((self.day, aided))

    def _given(self, met: Encounter, answer: Whole, sure: Floats, seconds: Floats, hidden: Floats) -> Given:
        rank = clinician.reference_rank(self.truth, self.rng, answer, _options(met.case))
        labels = differential(met.case, int(answer[0]), int(rank[0]))
        return Given(labels, round(float(sure[0]) * 100), float(seconds[0]), float(hidden[0]))

    def _traits(self, case: CaseKey) -> CaseTraits:
        if case.case_id not in self._cases:
            self._cases[case.case_id] = draw_case(self.truth, self.seed, case.case_id, case.difficulty)
        return self._cases[case.case_id]

    def _practice(self) -> tuple[Floats, Floats]:
        practice = self.truth.practice
        days = np.array([self.day - day for day, _ in self.practised])
        since = np.array([self.day - day for day, _ in self.missed])
        missed = np.array([1.0 if was else 0.0 for _, was in self.missed])
        learnt = clinician.faded(np.ones_like(days), days, practice.learning_half_life_days, practice)
        lost = clinician.faded(missed, since, practice.recovery_half_life_days, practice)
        return learnt.sum(keepdims=True), lost.sum(keepdims=True)

    def _had_advice(self) -> Flags:
        return np.array([any(aided for _, aided in self.practised)])


def _options(case: CaseKey) -> Whole:
    return np.array([len(case.wrong)])


def differential(case: CaseKey, answer: int, rank: int) -> tuple[str, ...]:
    """Up to three diagnoses with the answer first and the reference at ``rank`` (0: nowhere)."""
    others = [term for number, term in enumerate(case.wrong, start=1) if number != answer]
    if answer == 0:
        return (case.reference, *others[:2])
    own = case.wrong[answer - 1]
    if rank == clinician.NOT_LISTED:
        return (own, *others[:2])
    listed = [own, *others[: rank - 2], case.reference, *others[rank - 2 :]]
    return tuple(listed[:3])


def advice_on(step: Mapping[str, object], advice: Mapping[str, AdviceKey]) -> AdviceKey | None:
    """The key to the advice that a step shows, as sure as its card says; None when it shows none."""
    card = step.get("advice")
    if not isinstance(card, dict):
        return None
    known = advice[str(card["uuid"])]
    sure = card.get("extension", {}).get(EXTENSION, {}).get("confidence")
    return known if sure is None else replace(known, confidence=sure / 100)
