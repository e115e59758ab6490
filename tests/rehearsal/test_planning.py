"""The rehearsal's schedule is the engine's own, and facts of cases are read as the bots read them."""

import numpy as np
import pytest

from simlab.rehearsal import dataset, planning
from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, TWO_STAGE, UNAIDED
from simlab.rehearsal.facts import NOTHING_ELSE, advice_facts, case_facts, wrong_terms
from simlab.rehearsal.truth import BadTruth
from simlab.stats import columns


def test_every_person_meets_every_case_once(protocol, packs, truth):
    plan = planning.plan(protocol, packs, truth, 50, 3)
    met = plan.case.reshape(50, 24)
    assert all(len(set(row)) == 24 for row in met)


def test_structure_and_advice_follow_arm_and_phase(protocol, packs, truth):
    plan = planning.plan(protocol, packs, truth, 50, 3)
    exposure = plan.block == list(plan.phases).index("exposure")
    advised = plan.person_arm[plan.person] == plan.arms.index("advised")
    assert np.array_equal(plan.advice != NO_ADVICE, exposure & advised)
    assert set(plan.structure[exposure & advised]) == {TWO_STAGE}
    assert set(plan.structure[exposure & ~advised]) == {RECONSIDER}
    assert set(plan.structure[~exposure]) == {UNAIDED}


def test_each_advised_person_gets_two_wrong_of_six(protocol, packs, truth):
    plan = planning.plan(protocol, packs, truth, 50, 3)
    right = np.array([advice.correct for advice in plan.advices] + [True])[plan.advice]
    wrong = np.bincount(plan.person, weights=~right, minlength=50)
    assert np.array_equal(wrong, np.where(plan.person_arm == plan.arms.index("advised"), 2, 0))


def test_retention_lies_four_weeks_after_the_rest(protocol):
    assert planning.sittings_of(protocol) == ("baseline", "exposure", "withdrawal", "retention")
    assert planning.sitting_days(protocol) == [0.0, 0.0, 0.0, 28.0]


def test_more_persons_than_slots_share_schedules(protocol, packs, truth, monkeypatch):
    monkeypatch.setattr(planning, "MOST_SLOTS", 8)
    plan = planning.plan(protocol, packs, truth, 100, 3)
    assert plan.persons == 100
    assert len(plan.person) == 2400


def test_a_grade_the_protocol_does_not_admit_is_refused(protocol, packs, truth):
    door = truth.arrivals.model_copy(update={"grades": {"surgeon": 1.0}})
    with pytest.raises(BadTruth, match="surgeon is no role of the protocol"):
        planning.plan(protocol, packs, truth.model_copy(update={"arrivals": door}), 5, 3)


def test_a_whole_data_set_from_the_protocol_is_a_valid_table(protocol, packs, truth):
    table = dataset.simulate(protocol, packs, truth, 40, 9)
    columns.check(table)
    assert table.dropna(subset=["arm"])["participant"].nunique() == 40
    assert set(table["status"]) >= {"complete", "missing"}


def test_wrong_answers_are_the_differential_and_then_wrong_advice(packs, truth):
    case = packs["primary-care"].cases["case-03"]
    assert wrong_terms(case) == ("Wrong 3.1", "Wrong 3.2", "Wrong 3.3", "Wrong 3.4")
    bare = case.model_copy(update={"reference": case.reference.model_copy(update={"differential": ()})})
    assert wrong_terms(bare) == ("Wrong 3.2",)
    assert advice_facts(case.advice_by_id("wrong-1"), bare).answer == 1
    alone = bare.model_copy(update={"advice": bare.right})
    assert wrong_terms(alone) == (NOTHING_ELSE,)


def test_advice_has_the_number_of_its_diagnosis(packs, truth):
    case = packs["primary-care"].cases["case-03"]
    assert advice_facts(case.advice_by_id("right-1"), case).answer == 0
    assert advice_facts(case.advice_by_id("wrong-1"), case).answer == 2


def test_an_unknown_difficulty_is_the_truths(packs, truth):
    case = packs["primary-care"].cases["case-03"].model_copy(update={"difficulty": None})
    assert case_facts(case, truth).difficulty == truth.cases.unknown_difficulty
