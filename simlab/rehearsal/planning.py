"""The schedule of a rehearsal, drawn by the engine as for a real study and laid out as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from simlab.engine import allocation, calendar, enrolling, journey, schedule, scoring
from simlab.engine.casefile import Case, Pack
from simlab.engine.externallist import without_list
from simlab.engine.protocol import Protocol
from simlab.engine.stated import stated
from simlab.rehearsal.encounters import NO_ADVICE, STRUCTURES, AdviceFacts, CaseFacts, Schedule
from simlab.rehearsal.facts import advice_facts, case_facts
from simlab.rehearsal.traits import Whole, draw_grades
from simlab.rehearsal.truth import BadTruth, Truth

ENROLLED = datetime(2026, 1, 1, tzinfo=UTC)
"""A day on which all virtual clinicians enrol; only differences between days are used."""

MOST_SLOTS = 400
"""Slots drawn per stratum; more persons than that share schedules, since a schedule says nothing of who sits it."""


def sittings_of(protocol: Protocol) -> tuple[str, ...]:
    """The phase of every sitting of the study, in order."""
    return tuple(phase for phase in protocol.phase_names for _ in range(protocol.sittings(phase)))


def sitting_days(protocol: Protocol) -> list[float]:
    """The day, since enrolment, on which each sitting first may be sat when none is put off."""
    now, days = ENROLLED, []
    finished: dict[str, datetime] = {}
    sat: dict[str, list[datetime]] = {}
    for phase in protocol.phase_names:
        for _ in range(protocol.sittings(phase)):
            opens = calendar.windows(protocol, finished, now, sat=sat, enrolled=ENROLLED)[phase].opens
            now = max(now, opens) if opens else now
            sat.setdefault(phase, []).append(now)
            days.append((now - ENROLLED).total_seconds() / 86400.0)
        finished[phase] = now
    return days


def grades_for(truth: Truth, protocol: Protocol, seed: int, clinicians: int) -> list[str]:
    """Grades of those who enrol; raises BadTruth when the truth has a grade that the protocol does not admit."""
    grades = truth.arrivals.grades
    foreign = sorted(set(grades) - set(protocol.population.roles))
    if foreign:
        allowed = ", ".join(protocol.population.roles)
        raise BadTruth("truth, arrivals.grades", f"{', '.join(foreign)} is no role of the protocol", f"use {allowed}")
    return draw_grades(truth, seed, clinicians)


def plan(
    protocol: Protocol,
    packs: Mapping[str, Pack],
    truth: Truth,
    clinicians: int,
    seed: int,
    known: "Known | None" = None,
) -> Schedule:
    """Allocate the clinicians and draw who meets what, by the engine's own rules; ``known`` saves reading the packs."""
    grades = grades_for(truth, protocol, seed, clinicians)
    protocol = without_list(protocol)
    people = list(zip(grades, enrolling.sites_for(protocol, clinicians), strict=True))
    strata = [protocol.stratum_of(grade, site) for grade, site in people]
    places = _places(enrolling.lists_of(protocol, f"{seed}/allocation", people))
    slots = allocation.draw_slots(protocol, f"{seed}/allocation", per_stratum=max(place for _, place in places))
    wanted = set(places)
    used = [slot for slot in slots if (slot.stratum, slot.ordinal) in wanted]
    planned = schedule.draw_encounters(protocol, packs, f"{seed}/encounters", used)
    drawn = [one for one in planned if one.purpose == "case"]
    return _lay_out(known or Known(protocol, packs, truth), grades, strata, places, drawn)


def _places(strata: Sequence[str]) -> list[tuple[str, int]]:
    """The slot each person claims: the next of the stratum, from 1 again after MOST_SLOTS."""
    claimed: dict[str, int] = {}
    places = []
    for stratum in strata:
        places.append((stratum, claimed.get(stratum, 0) % MOST_SLOTS + 1))
        claimed[stratum] = claimed.get(stratum, 0) + 1
    return places


def _lay_out(
    known: "Known",
    grades: list[str],
    strata: list[str],
    places: list[tuple[str, int]],
    drawn: Sequence[schedule.PlannedEncounter],
) -> Schedule:
    protocol, world = known.protocol, _World(known)
    rows: dict[tuple[str, int], list[tuple[int, ...]]] = {}
    arm_of: dict[tuple[str, int], int] = {}
    for one in drawn:
        slot = (one.stratum, one.ordinal)
        rows.setdefault(slot, []).append(world.row(one))
        arm_of[slot] = world.arms.index(one.arm)
    tables = {slot: np.array(sorted(found), dtype=np.int64) for slot, found in rows.items()}
    body = np.concatenate([tables[place] for place in places])
    lengths = [len(tables[place]) for place in places]
    columns: list[Whole] = [np.ascontiguousarray(body[:, index]) for index in range(body.shape[1])]
    return Schedule(
        arms=world.arms,
        phases=tuple(protocol.phase_names),
        forms=tuple(world.forms),
        cases=tuple(world.cases),
        advices=tuple(world.advices),
        block_phase=np.array([world.phases.index(phase) for phase in sittings_of(protocol)], dtype=np.int64),
        block_sitting=np.array([sitting for _, sitting in world.blocks], dtype=np.int64),
        block_day=np.array(sitting_days(protocol), dtype=np.float64),
        person_arm=np.array([arm_of[place] for place in places], dtype=np.int64),
        person_stratum=tuple(strata),
        person_grade=tuple(grades),
        person=np.repeat(np.arange(len(places)), lengths),
        block=columns[0],
        position=columns[1],
        form=columns[2],
        case=columns[3],
        advice=columns[4],
        structure=columns[5],
    )


class Known:
    """What a rehearsal knows of the cases and the advice of its packs: read once, whatever number of studies is drawn.

    Labels are preferred names, as the extract of a real study has them, so that both kinds of table read alike.
    """

    def __init__(self, protocol: Protocol, packs: Mapping[str, Pack], truth: Truth) -> None:
        self.protocol, self.packs, self.truth = protocol, packs, truth
        self._synonyms = {name: one for pack in packs.values() for name, one in pack.synonyms().items()}
        self._cases: dict[tuple[str, str], CaseFacts] = {}
        self._advices: dict[tuple[str, str, str], AdviceFacts] = {}
        self._structures: dict[tuple[str, str, str], int] = {}

    def case(self, key: tuple[str, str]) -> CaseFacts:
        if key not in self._cases:
            case = self.packs[key[0]].cases[key[1]]
            facts, names = case_facts(case, self.truth), self._names(case)
            if case.question.kind == "ranked-differential":
                wrong = tuple(scoring.canonical(term, names) for term in facts.wrong)
                facts = replace(facts, reference=scoring.canonical(facts.reference, names), wrong=wrong)
            self._cases[key] = facts
        return self._cases[key]

    def advice(self, key: tuple[str, str, str]) -> AdviceFacts:
        if key not in self._advices:
            case = self.packs[key[0]].cases[key[1]]
            facts = advice_facts(case.advice_by_id(key[2]), case)
            if case.question.kind == "ranked-differential":
                facts = replace(facts, term=scoring.canonical(facts.term, self._names(case)))
            self._advices[key] = facts
        return self._advices[key]

    def structure(self, arm: str, phase: str, condition: str = "") -> int:
        if (arm, phase, condition) not in self._structures:
            structure = journey.structure_for(self.protocol, arm, phase, condition)
            self._structures[arm, phase, condition] = STRUCTURES.index(journey.analysed_as(structure))
        return self._structures[arm, phase, condition]

    def _names(self, case: Case) -> dict[str, str]:
        return self._synonyms | scoring.synonyms_of([case.reference.diagnosis])


class _World:
    """Numbers given to labels, in the order in which they are met."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.arms = tuple(known.protocol.arms)
        self.phases = tuple(known.protocol.phase_names)
        self.blocks = [(phase, n + 1) for phase in self.phases for n in range(known.protocol.sittings(phase))]
        self._block = {block: number for number, block in enumerate(self.blocks)}
        self.forms: list[str] = []
        self.cases: list[CaseFacts] = []
        self.advices: list[AdviceFacts] = []
        self._case: dict[tuple[str, str], int] = {}
        self._advice: dict[tuple[str, str, str, int | None], int] = {}

    def row(self, one: schedule.PlannedEncounter) -> tuple[int, ...]:
        """Block, position, form, case, advice and structure of one planned encounter, as numbers."""
        return (
            self._block[one.phase, one.sitting],
            one.position,
            self._form(one.form or ""),
            self._case_number((one.pack, one.case_id)),
            self._advice_number(one),
            self.known.structure(one.arm, one.phase, one.condition),
        )

    def _form(self, form: str) -> int:
        if form not in self.forms:
            self.forms.append(form)
        return self.forms.index(form)

    def _case_number(self, key: tuple[str, str]) -> int:
        if key not in self._case:
            self._case[key] = len(self.cases)
            self.cases.append(self.known.case(key))
        return self._case[key]

    def _advice_number(self, one: schedule.PlannedEncounter) -> int:
        """Advice counts once for each confidence that it states, where the protocol draws that."""
        if one.advice_id is None:
            return NO_ADVICE
        facts = self.known.advice((one.pack, one.case_id, one.advice_id))
        policy = self.known.protocol.policy(one.arm, one.phase, one.condition)
        sure = None
        if policy is not None:
            sure = stated(
                policy,
                facts.correct,
                stratum=one.stratum,
                ordinal=one.ordinal,
                phase=one.phase,
                case_id=one.case_id,
            )
        key = (one.pack, one.case_id, one.advice_id, sure)
        if key not in self._advice:
            self._advice[key] = len(self.advices)
            self.advices.append(facts if sure is None else replace(facts, confidence=sure / 100))
        return self._advice[key]
