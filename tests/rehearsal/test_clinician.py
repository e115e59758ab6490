"""Each step of the virtual clinician does what its parameter says, and one at a time is the same as all at once."""

import numpy as np
import pytest
from scipy import stats

from simlab.rehearsal import clinician
from simlab.rehearsal.traits import CaseTraits, People, draw_case, draw_cases, generator
from simlab.rehearsal.truth import Time, Truth

MANY, ONE_BY_ONE = 40_000, 4_000


def rng(label: str) -> np.random.Generator:
    return generator(20261123, label)


def nobody_special(n: int) -> tuple[People, CaseTraits]:
    zeros = np.zeros(n)
    return People(zeros, zeros, zeros, zeros, zeros.astype(np.uint64)), CaseTraits(zeros, zeros, zeros, zeros + 1.0)


def answers(truth: Truth, n: int, chance: np.random.Generator) -> np.ndarray:
    """One encounter with advice, from first answer to final answer, as one number."""
    people, cases = nobody_special(n)
    options = np.full(n, 4)
    logit = np.full(n, 0.3)
    own = clinician.first_answer(truth, chance, logit, options)
    sure = clinician.confidence(truth, chance, logit, people)
    advice = np.full(n, 2)
    follow = clinician.chance_to_follow(truth, sure, np.full(n, 0.8), advice == 0, people, cases)
    return own * 10 + clinician.react(truth, chance, own, advice, options, follow)


def test_one_by_one_answers_have_the_distribution_of_arrays(truth: Truth):
    chance = rng("one by one")
    single = np.concatenate([answers(truth, 1, chance) for _ in range(ONE_BY_ONE)])
    together = answers(truth, MANY, rng("together"))
    kinds = np.unique(np.concatenate([single, together]))
    table = np.array([[np.sum(single == kind), np.sum(together == kind)] for kind in kinds])
    table = table[table.sum(axis=1) >= 50]
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_one_by_one_times_and_confidences_have_the_distribution_of_arrays(truth: Truth):
    chance = rng("one by one")
    people, cases = nobody_special(1)
    logit = np.array([0.3])
    singles = [
        (
            clinician.seconds(chance, truth.times.first, people, cases)[0],
            clinician.confidence(truth, chance, logit, people)[0],
        )
        for _ in range(ONE_BY_ONE)
    ]
    many, cases = nobody_special(MANY)
    seconds = clinician.seconds(rng("seconds"), truth.times.first, many, cases)
    sure = clinician.confidence(truth, rng("sure"), np.full(MANY, 0.3), many)
    assert stats.ks_2samp([one[0] for one in singles], seconds).pvalue > 0.001
    assert stats.ks_2samp([one[1] for one in singles], sure).pvalue > 0.001


def test_share_of_right_first_answers_is_the_logit_given(truth: Truth):
    own = clinician.first_answer(truth, rng("first"), np.full(MANY, 1.0), np.full(MANY, 3))
    assert np.mean(own == 0) == pytest.approx(1 / (1 + np.exp(-1)), abs=0.01)


def test_wrong_answers_fall_off_by_the_spread(truth: Truth):
    drawn = clinician.wrong_answer(truth, rng("wrong"), np.full(MANY, 3))
    counts = np.bincount(drawn, minlength=4)
    assert counts[0] == 0
    assert counts[2] / counts[1] == pytest.approx(truth.answers.spread, abs=0.03)
    assert counts[3] / counts[2] == pytest.approx(truth.answers.spread, abs=0.03)


def test_another_answer_is_never_ones_own_unless_there_is_no_other(truth: Truth):
    own = np.arange(MANY) % 4
    assert not np.any(clinician.another_answer(truth, rng("another"), own, np.full(MANY, 3)) == own)
    assert clinician.another_answer(truth, rng("another"), np.array([1]), np.array([1]))[0] == 1


def test_advice_is_followed_with_the_chance_given_where_it_disagrees(truth: Truth):
    own, advice = np.full(MANY, 1), np.full(MANY, 2)
    final = clinician.react(truth, rng("react"), own, advice, np.full(MANY, 3), np.full(MANY, 0.7))
    assert np.mean(final == 2) == pytest.approx(0.7, abs=0.01)
    third = np.mean((final != 1) & (final != 2))
    assert 0 < third <= 0.3 * truth.reliance.third + 0.005


def test_an_answer_that_advice_agrees_with_is_nearly_always_kept(truth: Truth):
    own = np.full(MANY, 1)
    final = clinician.react(truth, rng("agree"), own, own, np.full(MANY, 3), np.full(MANY, 0.9))
    assert np.mean(final != 1) == pytest.approx(truth.reliance.contrary, abs=0.004)


def test_trust_confidence_and_right_advice_move_the_chance_to_follow(truth: Truth):
    people, cases = nobody_special(1)
    half, sure = np.array([0.5]), np.array([0.9])
    wrong, right = np.array([False]), np.array([True])
    base = clinician.chance_to_follow(truth, half, half, wrong, people, cases)[0]
    assert clinician.chance_to_follow(truth, sure, half, wrong, people, cases)[0] < base
    assert clinician.chance_to_follow(truth, half, sure, wrong, people, cases)[0] > base
    assert clinician.chance_to_follow(truth, half, half, right, people, cases)[0] > base


def test_reconsidering_changes_the_shares_given(truth: Truth):
    right = clinician.reconsider(truth, rng("lost"), np.zeros(MANY, dtype=np.int64), np.full(MANY, 3))
    wrong = clinician.reconsider(truth, rng("won"), np.ones(MANY, dtype=np.int64), np.full(MANY, 3))
    assert np.mean(right != 0) == pytest.approx(truth.reconsider.lost, abs=0.004)
    assert np.mean(wrong != 1) == pytest.approx(truth.reconsider.changed, abs=0.006)
    assert np.mean(wrong == 0) == pytest.approx(truth.reconsider.changed * truth.reconsider.put_right, abs=0.005)


def test_the_reference_ranks_first_only_when_it_is_the_answer(truth: Truth):
    answer = np.arange(MANY) % 2
    rank = clinician.reference_rank(truth, rng("rank"), answer, np.full(MANY, 3))
    assert np.all(rank[answer == 0] == 1)
    assert set(np.unique(rank[answer == 1])) == {clinician.NOT_LISTED, 2, 3}
    assert np.mean(rank[answer == 1] > 0) == pytest.approx(truth.answers.listed, abs=0.01)


def test_seconds_have_the_median_given_and_never_less_than_the_shift():
    people, cases = nobody_special(MANY)
    seconds = clinician.seconds(rng("time"), Time(shift=10, median=60, sd=0.4), people, cases, 1.5)
    assert seconds.min() > 10
    assert np.median(seconds) == pytest.approx(10 + 90, rel=0.02)


def test_what_is_learnt_halves_with_each_half_life(truth: Truth):
    assert clinician.faded(np.array([8.0]), 20.0, 10.0, truth.practice)[0] == pytest.approx(2.0)


def test_what_is_learnt_fades_by_the_power_of_days_to_its_floor(truth: Truth):
    power = truth.changed(practice={"forgetting": "power", "exponent": 0.5, "floor": 0.25}).practice
    assert clinician.faded(np.array([8.0]), 3.0, 10.0, power)[0] == pytest.approx(8 * (0.25 + 0.75 * 0.5))
    assert clinician.faded(np.array([8.0]), 1e9, 10.0, power)[0] == pytest.approx(2.0, abs=0.01)


def test_a_case_has_the_same_traits_whatever_stands_beside_it(truth: Truth):
    together = draw_cases(truth, 3, [("one", 0.5), ("two", 0.7)])
    alone = draw_case(truth, 3, "two", 0.7)
    assert together.ease[1] == alone.ease[0]
    assert draw_case(truth, 4, "two", 0.7).ease[0] != alone.ease[0]
