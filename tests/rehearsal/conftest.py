"""A small study laid out as arrays by hand: two arms, four phases of six cases, advice wrong in two of six."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, TWO_STAGE, UNAIDED, AdviceFacts, CaseFacts, Schedule
from simlab.rehearsal.truth import Truth, load_truth

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
PHASES = ("baseline", "exposure", "withdrawal", "retention")


@pytest.fixture(scope="session")
def truth() -> Truth:
    return load_truth(PROTOCOLS / "demo" / "truth.yaml")


def case_facts(number: int) -> CaseFacts:
    wrong = tuple(f"Wrong {number}.{k}" for k in range(1, 5))
    return CaseFacts(f"case-{number:02}", "neurology", f"Reference {number}", wrong, 0.45 + 0.02 * (number % 12))


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
