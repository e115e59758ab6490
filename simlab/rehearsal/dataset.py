"""A whole data set from a protocol, in memory and in the analysis table's own columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol
from simlab.rehearsal import encounters, planning
from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, STRUCTURES, TWO_STAGE, Made, Schedule
from simlab.rehearsal.traits import Flags, Floats, Whole, draw_cases, draw_people, generator
from simlab.rehearsal.truth import Truth
from simlab.stats.columns import COLUMNS, DTYPES

STATUSES = pd.CategoricalDtype(["missing", "complete"])


def simulate(protocol: Protocol, packs: Mapping[str, Pack], truth: Truth, clinicians: int, seed: int) -> pd.DataFrame:
    """A data set of so many enrolled virtual clinicians, and of those who came but declined or were not eligible.

    The same arguments give the same table. Persons, cases, allocation and behaviour have generators of their own.
    """
    plan = planning.plan(protocol, packs, truth, clinicians, seed)
    return simulate_plan(plan, truth, seed)


def simulate_plan(plan: Schedule, truth: Truth, seed: int) -> pd.DataFrame:
    """The same on a schedule that was laid out before; redrawing only persons, cases and behaviour."""
    enrolled = table(plan, sit(plan, truth, seed))
    turned_away = _turned_away(truth, generator(seed, "arrivals"), plan.persons)
    return pd.concat([enrolled, turned_away], ignore_index=True) if len(turned_away) else enrolled


def sit(plan: Schedule, truth: Truth, seed: int) -> Made:
    """What persons drawn with this seed do on a schedule."""
    people = draw_people(truth, generator(seed, "people"), plan.person_grade).at(plan.person)
    cases = draw_cases(truth, seed, [(case.case_id, case.difficulty) for case in plan.cases]).at(plan.case)
    return encounters.run(truth, generator(seed, "behaviour"), plan, people, cases)


class Layout:
    """A schedule as a table that many simulated studies fill in: what is fixed before anybody sits is made once.

    It has the columns that primary analyses and the counts of reliance look at (`COLUMNS`), those of enrolled persons.
    """

    COLUMNS = (
        "participant", "site", "arm", "phase", "sitting", "case", "status", "day", "advice_shown", "advice_correct",
        "initial", "initial_correct", "final_correct", "initial_agrees", "final_agrees", "changed", "outside_help",
        "ai_between_phases",
    )  # fmt: skip

    def __init__(self, plan: Schedule) -> None:
        self.plan = plan
        self.advised: Flags = plan.advice != NO_ADVICE
        answers = np.array([advice.answer for advice in plan.advices] + [NO_ADVICE], dtype=np.int64)
        self.answer: Whole = answers[plan.advice]
        self.twice: Flags = np.isin(plan.structure, (TWO_STAGE, RECONSIDER))
        self.day: Floats = plan.block_day[plan.block]
        nobody = np.zeros(len(plan.person), dtype=bool)
        known = {**_placed(plan), **_advice(plan, self.advised, nobody)}
        fixed = _in_columns(known, len(plan.person))[list(self.COLUMNS)]
        # Rows of categories are picked many times faster than rows of texts.
        texts = {name: "category" for name in self.COLUMNS if fixed[name].dtype == "str"}
        self.fixed = fixed.astype(texts)

    def filled(self, made: Made) -> pd.DataFrame:
        """The same rows and values as `table` in these columns, but for the words of a first answer (null here)."""
        done, twice = made.done, made.done & self.twice
        return self.fixed.assign(
            status=pd.Categorical.from_codes(done.astype(np.int8), dtype=STATUSES),
            day=np.where(done, self.day, np.nan),
            advice_shown=_flag(self.advised & done),
            final_correct=_flag(made.final == 0, done),
            initial_correct=_flag(made.initial == 0, twice),
            initial_agrees=_flag(made.initial == self.answer, self.advised & twice),
            final_agrees=_flag(made.final == self.answer, self.advised & done),
            changed=_flag(made.final != made.initial, twice),
        )


def turned_away(truth: Truth, rng: np.random.Generator, enrolled: int) -> list[str]:
    """``declined`` or ``ineligible`` for each person who came and did not enrol while so many enrolled."""
    arrivals = truth.arrivals
    lost = arrivals.declined + arrivals.ineligible
    if lost == 0.0:
        return []
    n = int(rng.negative_binomial(enrolled, 1.0 - lost))
    declined = rng.random(n) < arrivals.declined / lost
    return ["declined" if one else "ineligible" for one in declined]


def _turned_away(truth: Truth, rng: np.random.Generator, enrolled: int) -> pd.DataFrame:
    statuses = turned_away(truth, rng, enrolled)
    names = [f"v{enrolled + n + 1:05d}" for n in range(len(statuses))]
    given = {"participant": names, "status": statuses, "advice_shown": False, "virtual": True}
    return _in_columns({name: pd.Series(values, index=range(len(names))) for name, values in given.items()}, len(names))


def table(plan: Schedule, made: Made) -> pd.DataFrame:
    """What the enrolled persons did, in the columns of the analysis table."""
    n = len(plan.person)
    advised = plan.advice != NO_ADVICE
    twice = made.done & np.isin(plan.structure, (TWO_STAGE, RECONSIDER))
    return _in_columns(
        {**_place(plan, made), **_advice(plan, advised, made.done), **_answers(plan, made, advised, twice)}, n
    )


def _place(plan: Schedule, made: Made) -> dict[str, Any]:
    return {
        **_placed(plan),
        "status": _pick(["missing", "complete"], made.done.astype(np.int64)),
        "structure": _pick([*STRUCTURES, None], np.where(made.done, plan.structure, len(STRUCTURES))),
        "day": _number(plan.block_day[plan.block], made.done),
    }


def _placed(plan: Schedule) -> dict[str, Any]:
    """What is known of each place before anybody sits."""
    phase = plan.block_phase[plan.block]
    return {
        "participant": _pick([f"v{n + 1:05d}" for n in range(plan.persons)], plan.person),
        "stratum": _pick(plan.person_stratum, plan.person),
        "grade": _pick(plan.person_grade, plan.person),
        "arm": _pick(plan.arms, plan.person_arm[plan.person]),
        "phase": _pick(plan.phases, phase),
        "phase_index": _whole(phase),
        "sitting": _whole(plan.block_sitting[plan.block]),
        "position": _whole(plan.position),
        "form": _pick([form or None for form in plan.forms], plan.form),
        "case": _pick([case.case_id for case in plan.cases], plan.case),
        "specialty": _pick([case.specialty or None for case in plan.cases], plan.case),
        "truth": _pick([case.reference for case in plan.cases], plan.case),
        "virtual": _flag(np.ones(len(plan.person), dtype=bool)),
    }


def _advice(plan: Schedule, advised: Flags, done: Flags) -> dict[str, Any]:
    """The advice meant for each place, as in the extract of a real study; `advice_shown` says whether it was seen."""
    shown = np.where(advised, plan.advice, len(plan.advices))
    advices = plan.advices
    known = np.array([advice.correct for advice in advices] + [False])
    printed = np.array([advice.confidence for advice in advices] + [np.nan])
    return {
        "advice_shown": _flag(advised & done),
        "advice_id": _pick([advice.advice_id for advice in advices] + [None], shown),
        "advice_correct": _flag(known[shown], advised),
        "advice_error_type": _pick([advice.error_type for advice in advices] + [None], shown),
        "advice_confidence": printed[shown],
        "advice": _pick([advice.term for advice in advices] + [None], shown),
    }


def _answers(plan: Schedule, made: Made, advised: Flags, twice: Flags) -> dict[str, Any]:
    answer = np.array([advice.answer for advice in plan.advices] + [NO_ADVICE], dtype=np.int64)[plan.advice]
    labels, first = _labels(plan)
    seconds = made.initial_s + made.after_s
    return {
        "initial": _pick(labels, np.where(twice, first[plan.case] + made.initial, 0)),
        "final": _pick(labels, np.where(made.done, first[plan.case] + made.final, 0)),
        "initial_correct": _flag(made.initial == 0, twice),
        "final_correct": _flag(made.final == 0, made.done),
        "initial_rank": _whole(made.initial_rank, twice & (made.initial_rank > 0)),
        "final_rank": _whole(made.final_rank, made.done & (made.final_rank > 0)),
        "initial_agrees": _flag(made.initial == answer, advised & twice),
        "final_agrees": _flag(made.final == answer, advised & made.done),
        "changed": _flag(made.final != made.initial, twice),
        "initial_confidence": _number(made.initial_confidence, twice),
        "final_confidence": _number(made.final_confidence, made.done),
        "time_total_s": _number(seconds + made.hidden_s, made.done),
        "time_active_s": _number(seconds, made.done),
        "time_initial_s": _number(made.initial_s + made.hidden_s, twice),
        "time_after_advice_s": _number(made.after_s, twice),
        "hidden_s": _number(made.hidden_s, made.done),
    }


def _labels(plan: Schedule) -> tuple[list[str | None], Whole]:
    """All answers of all cases in one list behind a null, and where in it each case's reference stands."""
    labels: list[str | None] = [None]
    first = []
    for case in plan.cases:
        first.append(len(labels))
        labels.extend((case.reference, *case.wrong))
    return labels, np.array(first, dtype=np.int64)


def _pick(labels: Any, codes: Whole) -> "pd.Series[Any]":
    # A dictionary of labels turned to text once is many times faster than one Python string a row.
    return pd.Series(pd.array(list(labels), dtype="str").take(codes))


def _whole(values: Whole, known: Flags | None = None) -> "pd.Series[Any]":
    return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), _unknown(values, known)))


def _flag(values: NDArray[np.bool_], known: Flags | None = None) -> "pd.Series[Any]":
    return pd.Series(pd.arrays.BooleanArray(values.astype(bool), _unknown(values, known)))


def _number(values: Floats, known: Flags) -> Floats:
    return np.where(known, values, np.nan)


def _unknown(values: NDArray[Any], known: Flags | None) -> Flags:
    return np.zeros(len(values), dtype=bool) if known is None else ~known


def _in_columns(given: Mapping[str, Any], rows: int) -> pd.DataFrame:
    made = {c.name: pd.Series(given.get(c.name), index=range(rows), dtype=DTYPES[c.kind]) for c in COLUMNS}
    return pd.DataFrame(made)
