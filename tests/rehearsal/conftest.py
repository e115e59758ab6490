"""A small study laid out as arrays by hand: two arms, four phases of six cases, advice wrong in two of six."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simlab.engine.casefile import Case, Pack
from simlab.engine.protocol import Protocol, load_protocol
from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, TWO_STAGE, UNAIDED, AdviceFacts, CaseFacts, Schedule
from simlab.rehearsal.truth import Truth, load_truth

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
PHASES = ("baseline", "exposure", "withdrawal", "retention")


@pytest.fixture(scope="session")
def truth() -> Truth:
    return load_truth(PROTOCOLS / "demo" / "truth.yaml")


def case_facts(number: int) -> CaseFacts:
    wrong = tuple(f"Wrong {number}.{k}" for k in range(1, 5))
    competences = ("diagnosis",) if number % 2 else ("diagnosis", "management")
    difficulty = 0.45 + 0.02 * (number % 12)
    return CaseFacts(f"case-{number:02}", "neurology", f"Reference {number}", wrong, difficulty, competences)


def advice_facts(number: int, correct: bool) -> AdviceFacts:
    if correct:
        return AdviceFacts("right-1", True, None, f"Reference {number}", 0, 0.85)
    return AdviceFacts("wrong-1", False, "premature-closure", f"Wrong {number}.2", 2, 0.8)


@pytest.fixture(scope="session")
def lay_out() -> Callable[[int], Schedule]:
    return _lay_out


def _lay_out(persons: int) -> Schedule:
    """Persons alternate between the arms; the form of a phase rotates over four persons of an arm."""
    arm = np.arange(persons) % 2
    turn = np.arange(persons) // 2 % 4
    person = np.repeat(np.arange(persons), 24)
    block = np.tile(np.repeat(np.arange(4), 6), persons)
    position = np.tile(np.arange(1, 7), 4 * persons)
    form = (block + turn[person]) % 4
    case = form * 6 + position - 1
    aided = (block == 1) & (arm[person] == 1)
    wrong = (position + turn[person]) % 3 == 0
    advice = np.where(aided, case * 2 + wrong, NO_ADVICE)
    structure = np.where(block != 1, UNAIDED, np.where(arm[person] == 1, TWO_STAGE, RECONSIDER))
    return Schedule(
        arms=("unaided", "advised"),
        phases=PHASES,
        forms=("A", "B", "C", "D"),
        cases=tuple(case_facts(number) for number in range(24)),
        advices=tuple(advice_facts(number // 2, number % 2 == 0) for number in range(48)),
        block_phase=np.arange(4),
        block_sitting=np.ones(4, dtype=np.int64),
        block_day=np.array([0.0, 7.0, 14.0, 42.0]),
        person_arm=arm,
        person_stratum=("gp",) * persons,
        person_grade=("gp",) * persons,
        person=person,
        block=block,
        position=position,
        form=form,
        case=case,
        advice=advice,
        structure=structure,
    )


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return load_protocol(PROTOCOLS / "demo" / "study.yaml")


@pytest.fixture(scope="session")
def packs() -> dict[str, Pack]:
    """The demonstration study's pack in shape only: four forms of six bare cases."""
    cases = {f"case-{number:02}": _case(number) for number in range(24)}
    ids = list(cases)
    forms = {form: tuple(ids[6 * index : 6 * index + 6]) for index, form in enumerate("ABCD")}
    pack = Pack.model_construct(
        id="primary-care", title="A pack", description="A pack", notice=None, licence="CC-BY-4.0",
        specialties=("neurology",), terms=(), forms=forms, cases=cases,
    )  # fmt: skip
    return {"primary-care": pack}


def _case(number: int) -> Case:
    advice = {"summary": "Consider it", "rationale": "It fits.", "findings-for": ["one"], "findings-against": ["two"]}
    right, wrong = {"term": f"Reference {number}", "icd10": "G44.2"}, {"term": f"Wrong {number}.2", "icd10": "G44.2"}
    return Case.model_validate(
        {
            "simlab": "case/1",
            "id": f"case-{number:02}",
            "title": "A case",
            "specialty": "neurology",
            "competences": ["diagnosis"],
            "difficulty": 0.45 + 0.02 * (number % 12),
            "patient": {"name": "Somebody", "age": 40, "sex": "female"},
            "presentation": "I feel ill.",
            "stages": [{"kind": "history", "items": [{"id": "one", "label": "One", "text": "Nothing."}]}],
            "reference": {
                "diagnosis": right,
                "differential": [{"term": f"Wrong {number}.{k}", "icd10": "G44.2"} for k in range(1, 5)],
            },
            "advice": [
                {**advice, "id": "right-1", "correct": True, "diagnosis": right, "confidence": 0.86},
                {**advice, "id": "wrong-1", "correct": False, "error-type": "premature-closure", "harm": 2,
                 "diagnosis": wrong, "confidence": 0.83},
            ],
            "debrief": "It was so.",
            "harm": 2,
            "origin": "imported",
            "licence": "CC-BY-4.0",
            "status": {"notice": "For tests", "author": "Nobody", "review-by": "2028-11-23"},
        }
    )  # fmt: skip
