"""Each further trait of a virtual clinician does what the truth says, seen in whole data sets of many persons."""

import numpy as np
import pytest

from simlab.rehearsal import dataset, encounters
from simlab.rehearsal.encounters import NO_ADVICE, Made, Schedule
from simlab.rehearsal.traits import draw_case_deviations, draw_people, generator, own_normal, own_share
from simlab.rehearsal.truth import DropOut, Loss, Truth

PERSONS = 3000


@pytest.fixture(scope="module")
def loyal(truth: Truth) -> Truth:
    return truth.model_copy(update={"drop_out": DropOut()}).changed(cases={"sd": 0.0, "advice_slope_sd": 0.0})


def sat(truth: Truth, plan: Schedule, seed: int = 3) -> Made:
    people = draw_people(truth, generator(seed, "people"), plan.person_grade).at(plan.person)
    difficulty = np.array([case.difficulty for case in plan.cases])
    cases = draw_case_deviations(truth, generator(seed, "cases"), difficulty).at(plan.case)
    return encounters.run(truth, generator(seed, "behaviour"), plan, people, cases)


def test_a_trait_by_name_is_a_persons_own_and_standard():
    key = np.random.default_rng(1).integers(0, 2**64, size=20_000, dtype=np.uint64)
    drawn = own_normal(key, "competence/diagnosis")
    assert drawn.mean() == pytest.approx(0, abs=0.03)
    assert drawn.std() == pytest.approx(1, abs=0.03)
    assert np.array_equal(own_normal(key[:5], "competence/diagnosis"), drawn[:5])
    assert abs(np.corrcoef(drawn, own_normal(key, "competence/management"))[0, 1]) < 0.03
    assert np.histogram(own_share(key, "x"), bins=10, range=(0, 1))[0].min() > 1800


def test_competence_moves_the_cases_that_ask_for_it(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    flat = loyal.changed(skill={"sd": 0.0})
    better = flat.changed(skill={"sd": 0.0, "competences": {"management": 1.0}})
    gained = sat(better, plan).logit - sat(flat, plan).logit
    asks = np.array(["management" in case.competences for case in plan.cases])[plan.case]
    # Such a case asks for two competences, so that one of them counts half.
    assert gained[asks] == pytest.approx(0.5)
    assert gained[~asks] == pytest.approx(0.0)


def test_discrimination_stretches_skill(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    steep = loyal.changed(cases={"sd": 0.0, "discrimination_sd": 0.5})
    spread = [np.std(sat(steep, plan).logit[plan.case == case]) for case in range(24)]
    even = [np.std(sat(loyal, plan).logit[plan.case == case]) for case in range(24)]
    assert np.std(spread) > 4 * np.std(even)


def test_practice_is_missed_only_where_advice_was_followed(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    followed = loyal.changed(practice={"loss_counts": "followed", "loss_per_aided_case": 0.5})
    never = followed.changed(reliance={"base": -30.0, "right": 0.0})
    after = (plan.block == 2) & (plan.person_arm[plan.person] == 1)
    unmoved = sat(never, plan).logit[after].mean()
    assert sat(followed, plan).logit[after].mean() < unmoved - 0.3
    assert unmoved == pytest.approx(sat(loyal.changed(practice={"loss_per_aided_case": 0.0}), plan).logit[after].mean())


def test_trust_falls_with_each_error_that_is_noticed(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    wary = loyal.changed(reliance={"noticed": 1.0, "trust_loss": 3.0})
    advised = plan.advice != NO_ADVICE
    answer = np.array([one.answer for one in plan.advices] + [-1])[plan.advice]

    def followed(truth: Truth, position: int) -> float:
        made = sat(truth, plan)
        here = advised & (plan.position == position) & (made.initial != answer)
        return float((made.final == answer)[here].mean())

    assert followed(wary, 1) == pytest.approx(followed(loyal, 1), abs=0.05)
    assert followed(wary, 6) < followed(loyal, 6) - 0.1


def test_later_cases_of_a_sitting_suffer_from_fatigue(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    tired = loyal.changed(fatigue={"skill_per_case": 0.1, "pace_per_case": -0.1})
    rested, weary = sat(loyal, plan), sat(tired, plan)
    assert (rested.logit - weary.logit)[plan.position == 6] == pytest.approx(0.5)
    last = plan.position == 6
    assert np.median(weary.initial_s[last]) < 0.75 * np.median(rested.initial_s[last])


def test_who_looks_longer_is_right_more_often(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    made = sat(loyal.changed(times={"speed_accuracy": 2.0}), plan)
    slow = made.initial_s > np.median(made.initial_s)
    assert (made.initial == 0)[slow].mean() > (made.initial == 0)[~slow].mean() + 0.1


def test_careless_persons_answer_anything_in_no_time(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    made = sat(loyal.changed(care={"inattentive_persons": 1.0, "inattentive_answers": 1.0}), plan)
    assert (made.initial == 0).mean() == pytest.approx(1 / 5, abs=0.01)  # a reference and four wrong answers
    assert np.median(made.initial_s) < 0.4 * np.median(sat(loyal, plan).initial_s)


def test_pasted_answers_are_right_as_often_as_said_and_the_page_is_hidden(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    pasting = {"pasting_persons": 1.0, "pasted_answers": 1.0, "pasted_right": 0.9}
    made = sat(loyal.changed(care=pasting), plan)
    assert (made.initial == 0).mean() == pytest.approx(0.9, abs=0.01)
    assert (made.hidden_s > 0).all()


def test_who_waits_longer_comes_back_less_often(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    losing = loyal.model_copy(update={"drop_out": DropOut(**{"per-week": Loss(advised=0.1, unaided=0.1)})})
    done = sat(losing, plan).done
    shares = [done[plan.block == block].mean() for block in range(4)]
    # One week, one week and four weeks apart.
    assert shares == pytest.approx([1.0, 0.9, 0.81, 0.9**6], abs=0.03)


def test_ex_gaussian_times_have_their_mean_and_spread(loyal: Truth, lay_out):
    plan = lay_out(PERSONS)
    first = loyal.times.first.model_copy(update={"form": "ex-gaussian", "median": 60.0, "sd": 8.0, "tail": 20.0})
    alone = {"first": first, "person_sd": 0.0}
    made = sat(loyal.changed(times=alone, cases={"sd": 0.0, "pace_sd": 0.0}), plan)
    unaided = plan.block == 0
    assert made.initial_s[unaided].mean() == pytest.approx(first.shift + 80.0, rel=0.01)
    assert made.initial_s[unaided].std() == pytest.approx(np.hypot(8.0, 20.0), rel=0.03)


def test_a_whole_table_of_everything_is_valid(truth: Truth, lay_out):
    from simlab.stats import columns

    full = truth.changed(care={"inattentive_persons": 0.2, "pasting_persons": 0.2}, reliance={"trust_loss": 0.3})
    columns.check(dataset.simulate_plan(lay_out(60), full, 3))
