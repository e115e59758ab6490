"""The bot's mind and the arrays are one clinician: the same practice exactly, the same answers in distribution."""

import numpy as np
import pytest
from scipy import stats

from simlab.rehearsal import encounters
from simlab.rehearsal.encounters import NO_ADVICE, RECONSIDER, CaseFacts, Schedule
from simlab.rehearsal.key import AdviceKey, CaseKey
from simlab.rehearsal.mind import Mind
from simlab.rehearsal.traits import draw_cases, draw_people, generator
from simlab.rehearsal.truth import DropOut, Truth

MINDS, TOGETHER = 250, 4000


@pytest.fixture(scope="module")
def loyal(truth: Truth) -> Truth:
    return truth.model_copy(update={"drop_out": DropOut()})


def key_of(facts: CaseFacts) -> CaseKey:
    return CaseKey(facts.case_id, facts.reference, facts.wrong, facts.difficulty, facts.competences)


def sit(mind: Mind, plan: Schedule, person: int) -> list[tuple[float, float, float, float, float, float]]:
    """What one mind makes of one person's encounters: practice, whether right at last, confidence, time."""
    made = []
    for row in np.flatnonzero(plan.person == person):
        mind.day = float(plan.block_day[plan.block[row]])
        if plan.position[row] == 1:
            mind.starts_sitting()
        facts = plan.cases[plan.case[row]]
        answered, aided = mind._practice()
        met = mind.meet(key_of(facts))
        given = mind.first(met)
        seconds = given.seconds
        if plan.advice[row] != NO_ADVICE:
            advice = plan.advices[plan.advice[row]]
            given = mind.after_advice(met, AdviceKey(advice.correct, advice.term, advice.confidence))
        elif plan.structure[row] == RECONSIDER:
            given = mind.second_look(met)
        seconds += given.seconds if given.seconds != seconds else 0.0
        mind.remember(aided=plan.advice[row] != NO_ADVICE)
        right = float(given.differential[0] == facts.reference)
        made.append((answered[0], aided[0], met.logit[0], right, given.confidence / 100, seconds))
    return made


@pytest.fixture(scope="module")
def both(loyal: Truth, lay_out):
    plan = lay_out(MINDS)
    minds = [Mind(loyal, generator(11, "bot", number), "gp", 11) for number in range(MINDS)]
    one_by_one = np.array([sit(mind, plan, person) for person, mind in enumerate(minds)])
    many = lay_out(TOGETHER)
    people = draw_people(loyal, generator(12, "people"), many.person_grade).at(many.person)
    cases = draw_cases(loyal, 11, [(case.case_id, case.difficulty) for case in many.cases]).at(many.case)
    return plan, one_by_one, many, encounters.run(loyal, generator(12, "behaviour"), many, people, cases)


def test_practice_is_the_same_number_on_both_routes(loyal: Truth, both):
    plan, one_by_one, _, _ = both
    answered, aided = encounters.practised(loyal, plan, np.ones(len(plan.person), dtype=bool))
    np.testing.assert_allclose(one_by_one[:, :, 0].ravel(), answered, rtol=1e-12)
    np.testing.assert_allclose(one_by_one[:, :, 1].ravel(), aided, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("arm", range(2))
def test_right_answers_are_as_frequent_on_both_routes(both, block, arm):
    plan, one_by_one, many, made = both
    here = ((plan.block == block) & (plan.person_arm[plan.person] == arm)).reshape(MINDS, 24)
    per_mind = (one_by_one[:, :, 3] * here).sum(axis=1)[here.any(axis=1)] / 6
    there = (many.block == block) & (many.person_arm[many.person] == arm)
    right = np.bincount(many.person[there], weights=made.final[there] == 0, minlength=TOGETHER)
    per_person = right[many.person_arm == arm] / 6
    assert stats.ks_2samp(per_mind, per_person).pvalue > 0.001
    assert stats.ttest_ind(per_mind, per_person).pvalue > 0.001


def test_confidence_and_time_have_the_same_distribution_on_both_routes(both):
    _, one_by_one, _, made = both
    # One encounter a person, so that the values of a sample are independent.
    assert stats.ks_2samp(one_by_one[:, 9, 4], made.final_confidence.reshape(TOGETHER, 24)[:, 9]).pvalue > 0.001
    seconds = (made.initial_s + made.after_s).reshape(TOGETHER, 24)
    assert stats.ks_2samp(one_by_one[:, 9, 5], seconds[:, 9]).pvalue > 0.001


EVERYTHING = {
    "skill": {"competence_sd": 0.6, "competences": {"diagnosis": 0.1, "management": -0.2}},
    "practice": {"loss_counts": "followed", "loss_per_aided_case": 0.4, "forgetting": "power", "floor": 0.1},
    "reliance": {"noticed": 0.8, "trust_loss": 0.8, "trust_gain": 0.1, "trust_half_life_days": 30.0},
    "cases": {"discrimination_sd": 0.3},
    "times": {"speed_accuracy": 0.4},
    "fatigue": {"skill_per_case": 0.08, "pace_per_case": -0.04},
    "care": {"inattentive_persons": 0.15, "pasting_persons": 0.15},
}


@pytest.fixture(scope="module")
def both_of_everything(loyal: Truth, lay_out):
    """The same two routes for clinicians with every trait that a truth may give them."""
    truth = loyal.changed(**EVERYTHING)
    truth = truth.changed(times={"first": truth.times.first.model_copy(update={"form": "ex-gaussian", "tail": 20.0})})
    assert truth.learns_from_answers
    plan, many = lay_out(MINDS), lay_out(TOGETHER)
    minds = [Mind(truth, generator(21, "bot", number), "gp", 21) for number in range(MINDS)]
    one_by_one = np.array([sit(mind, plan, person) for person, mind in enumerate(minds)])
    people = draw_people(truth, generator(22, "people"), many.person_grade).at(many.person)
    cases = draw_cases(truth, 21, [(case.case_id, case.difficulty) for case in many.cases]).at(many.case)
    return plan, one_by_one, many, encounters.run(truth, generator(22, "behaviour"), many, people, cases)


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("arm", range(2))
def test_every_trait_has_the_same_effect_on_both_routes(both_of_everything, block, arm):
    plan, one_by_one, many, made = both_of_everything
    here = ((plan.block == block) & (plan.person_arm[plan.person] == arm)).reshape(MINDS, 24)
    there = ((many.block == block) & (many.person_arm[many.person] == arm)).reshape(TOGETHER, 24)
    rows, all_rows = here.any(axis=1), there.any(axis=1)
    right = (made.final == 0).astype(float).reshape(TOGETHER, 24)
    for one, other in (
        (one_by_one[:, :, 2], made.logit.reshape(TOGETHER, 24)),
        (one_by_one[:, :, 3], right),
        (np.log(one_by_one[:, :, 5]), np.log(made.initial_s + made.after_s).reshape(TOGETHER, 24)),
    ):
        single = (one * here).sum(axis=1)[rows] / 6
        together = (other * there).sum(axis=1)[all_rows] / 6
        assert stats.ks_2samp(single, together).pvalue > 0.0005
        assert stats.ttest_ind(single, together).pvalue > 0.0005
