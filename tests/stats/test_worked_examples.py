"""Every closed-form measure against numbers that can be checked by hand or were published."""

import math

import numpy as np
import pytest

from simlab.stats import advice_taking, calibration, complementarity, detection, differential, questionnaires, skill


def near(value, digits=3):
    return pytest.approx(value, abs=0.5 * 10**-digits + 1e-12)


def test_discernment_with_the_correction_in_every_cell():
    found = detection.discernment(4, 5, 1, 4)
    assert (found.hit_rate, found.false_alarm_rate) == (0.75, 0.30)
    assert found.sensitivity == near(1.199)
    assert found.criterion == near(-0.075)


def test_discernment_from_rates():
    found = detection.from_rates(0.8, 0.4)
    assert (found.sensitivity, found.criterion, found.beta) == (near(1.095), near(-0.294), near(0.725))


def test_discernment_of_the_pathologists():
    found = detection.from_rates(29 / 33, 38 / 75)
    assert found.sensitivity > 0
    corrected = detection.discernment(29, 33, 38, 75)
    assert (corrected.sensitivity, corrected.criterion) == (near(1.099, 2), near(-0.566, 2))


def test_discernment_without_wrong_advice_is_undefined():
    assert detection.discernment(3, 5, 0, 0) is None


def test_omission_is_counted_against_no_aid():
    assert detection.automation_effect(12, 40, 6, 40) == pytest.approx(0.15)
    assert detection.automation_effect(12, 40, 0, 0) is None
    assert detection.inheritance(6, 20, 1, 20) == pytest.approx(0.25)
    assert detection.appropriate_request(8, 10, 3, 10) == pytest.approx(0.5)
    assert detection.share(0, 0) is None


@pytest.mark.parametrize(("final", "weight", "bounded"), [(30, 1 / 3, 1 / 3), (10, -1 / 3, 0.2), (60, 4 / 3, 0.8)])
def test_weight_of_advice(final, weight, bounded):
    assert advice_taking.weight_of_advice(20, 50, final) == pytest.approx(weight)
    assert advice_taking.bounded_weight(20, 50, final) == pytest.approx(bounded)


def test_weight_of_advice_equal_to_the_first_answer_is_undefined():
    assert advice_taking.weight_of_advice(20, 20, 25) is None
    assert advice_taking.bounded_weight(20, 20, 20) == 1.0


def test_weights_count_what_they_leave_out():
    found = advice_taking.weights([20, 20, 20, 20], [50, 50, 50, 20], [30, 10, 60, 25])
    assert (found.n, found.undefined, found.below_zero, found.above_one) == (3, 1, 1, 1)
    assert found.median == pytest.approx(1 / 3)
    assert found.mean == pytest.approx(4 / 9)
    assert found.mean_clipped == pytest.approx(4 / 9)
    assert advice_taking.weights([1], [1], [1]).mean is None


def test_regression_weights_recover_the_mixture():
    rng = np.random.default_rng(4)
    initial, advice = rng.normal(50, 10, 600), rng.normal(50, 10, 600)
    final = 0.55 * initial + 0.45 * advice + rng.normal(0, 1, 600)
    person, case = [f"p{i % 20}" for i in range(600)], [f"c{i // 20}" for i in range(600)]
    found = advice_taking.regression_weights(initial, advice, final, person, case)
    assert found.beta[1:] == pytest.approx([0.55, 0.45], abs=0.02)


def test_reliance_losses():
    found = advice_taking.reliance_losses([60, 40], [0.25, 0.70], [0.75, 0.30], followed=0.5, observed=0.55)
    assert (found.baseline, found.benchmark, found.misreliant) == (near(0.57), near(0.73), near(0.68))
    assert (found.reliance, found.discrimination) == (near(0.05), near(0.13))
    assert (found.reliance_scaled, found.discrimination_scaled) == (near(0.31, 2), near(0.81, 2))


def test_reliance_losses_without_information_or_disagreement():
    level = advice_taking.reliance_losses([10, 10], [0.5, 0.5], [0.6, 0.6], followed=1.0, observed=0.6)
    assert level.reliance_scaled is None
    assert advice_taking.reliance_losses([0, 0], [0.5, 0.5], [0.6, 0.6], followed=0.0, observed=0.0) is None


def test_complementarity():
    found = complementarity.complementarity(0.65, 0.70, 0.80)
    assert (found.augmentation, found.synergy) == (pytest.approx(0.15), pytest.approx(0.10))
    assert complementarity.complementarity(0.7108, 0.7907, 0.7553).gain == pytest.approx(0.556, abs=0.001)
    assert complementarity.complementarity(0.7, 0.7, 0.8).gain is None
    assert complementarity.complementarity(0.7, 0.6, 0.8).gain is None


def test_accuracy_family_with_an_empty_margin():
    made = complementarity.Confusion(true_positive=8, false_negative=2, true_negative=15, false_positive=5)
    assert (made.accuracy, made.sensitivity, made.specificity) == (pytest.approx(23 / 30), 0.8, 0.75)
    assert (made.positive_predictive_value, made.negative_predictive_value) == (
        pytest.approx(8 / 13),
        pytest.approx(15 / 17),
    )
    assert made.balanced_accuracy == pytest.approx(0.775)
    no_positives = complementarity.Confusion(0, 0, 5, 0)
    assert no_positives.sensitivity is None
    assert no_positives.balanced_accuracy is None


P = [0.9, 0.9, 0.9, 0.6, 0.6, 0.6, 0.6, 0.3, 0.3, 0.3]
Y = [1, 1, 0, 1, 1, 0, 0, 0, 0, 1]


def test_brier_and_its_parts():
    found = calibration.brier(P, Y)
    assert found.score == near(0.254)
    assert (found.reliability, found.resolution, found.uncertainty) == (near(0.0207, 4), near(0.0167, 4), 0.25)
    assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty)
    assert found.skill == near(-0.016)
    assert calibration.brier([0.5, 0.7], [1, 1]).skill is None
    assert calibration.brier([], []) is None


def test_calibration_error_and_curve():
    assert calibration.calibration_error(P, Y) == near(0.12, 2)
    # Ties are never parted: 0.3 and 0.6 share a bin, so 7 × |3/7 − 3.3/7| and 3 × |2/3 − 0.9|, over 10.
    assert calibration.calibration_error(P, Y, bins=3, equal_count=True) == pytest.approx(0.10)
    points = calibration.curve(P, Y)
    assert [b.n for b in points] == [3, 4, 3]
    assert [b.accuracy for b in points] == pytest.approx([1 / 3, 0.5, 2 / 3])
    assert calibration.calibration_error([], []) is None
    assert calibration.curve([1.0], [1]) == [calibration.Bin(1, 1.0, 1.0)]


C = [0.90, 0.80, 0.95, 0.60, 0.70, 0.55, 0.85, 0.50]
R = [1, 1, 1, 0, 1, 0, 0, 0]


def test_confidence_and_being_right():
    assert calibration.overconfidence(C, R) == near(0.231)
    assert calibration.confidence_gap(C, R) == near(0.2125, 4)
    assert calibration.type2_auroc(C, R) == 0.875
    assert calibration.gamma(C, R) == 0.75


def test_confidence_measures_without_both_kinds_are_undefined():
    assert calibration.confidence_gap(C, [1] * 8) is None
    assert calibration.type2_auroc(C, [1] * 8) is None
    assert calibration.gamma([0.5] * 8, R) is None
    assert calibration.type2_auroc([0.5] * 8, R) == 0.5


def test_ranked_differentials():
    ranks = [1, 2, None, 4]
    assert [differential.top_k(ranks, k) for k in (1, 2, 5)] == [0.25, 0.5, 0.75]
    assert differential.mean_reciprocal_rank(ranks) == pytest.approx((1 + 0.5 + 0.25) / 4)
    assert differential.top_k([], 1) is None
    assert differential.mean_reciprocal_rank([]) is None
    assert differential.ndcg([0, 1, 0], [1, 0, 0]) == pytest.approx(1 / math.log2(3))
    assert differential.ndcg([3, 2], [3, 2]) == 1.0
    assert differential.ndcg([0, 0], [0, 0]) is None
    assert differential.ndcg([0, 1], [1, 0], k=1) == 0.0


def test_rank_collapses_repeats_before_counting():
    assert differential.rank_in(["flu", "flu", "asthma"], {"asthma", "wheeze"}) == 2
    assert differential.rank_in([], {"asthma"}) is None


def test_skill_lost_and_kept():
    assert skill.deskilling_index(226 / 795, 145 / 648) == near(0.213)
    assert skill.deskilling_index(0.0, 0.1) is None
    assert skill.difference_in_differences(0.74, 0.62, 0.75, 0.73) == pytest.approx(-0.10)
    assert skill.dependency_gap(0.80, 0.70, 0.85, 0.65) == pytest.approx(0.10)
    assert skill.retention_ratio(0.74, 0.62) == near(0.838)
    assert skill.retention_ratio(0.74, 0.62, guessing=0.25) == near(0.755)
    assert skill.retention_ratio(0.25, 0.30, guessing=0.25) is None
    assert skill.savings(120, 54) == near(0.55)
    assert skill.savings(0, 0) is None
    assert skill.noninferiority_n(0.74, 0.10) == pytest.approx(302, abs=0.5)


def test_cusum_signals_loss_at_the_eighth_case():
    failures = [case in (2, 5, 6, 8) for case in range(1, 11)]
    found = skill.cusum(failures, p0=0.10, p1=0.20, limit=math.log(9))
    assert found.path[-1] == near(2.184)
    assert max(found.path) == near(2.419)
    assert found.signal == 8


def test_learning_cusum_needs_eleven_straight_successes():
    assert skill.learning_cusum([False] * 20, p0=0.10, p1=0.20, limit=1.25).signal == 11
    assert skill.learning_cusum([False] * 10, p0=0.10, p1=0.20, limit=1.25).signal is None
    assert skill.learning_cusum([True] * 5, p0=0.10, p1=0.20, limit=1.25).path == (0.0,) * 5


def test_forgetting_curves():
    days, right = [1, 7, 30, 90], [0.80, 0.66, 0.55, 0.48]
    power, exponential = skill.power_curve(days, right), skill.exponential_curve(days, right)
    assert power.parameters == {"a": near(0.877), "b": near(0.135)}
    assert power.sse == pytest.approx(1.9e-5, rel=0.05)
    assert exponential.parameters["k"] == near(0.078)
    assert exponential.parameters["c"] == near(0.495)
    assert exponential.sse == pytest.approx(1.3e-3, rel=0.05)
    assert power.aic < exponential.aic


@pytest.mark.parametrize(
    ("minutes", "savings"),
    [(20, 57.0), (64, 46.8), (526, 34.5), (1440, 30.4), (2880, 28.1), (8640, 24.9), (44640, 21.2)],
)
def test_ebbinghaus(minutes, savings):
    assert skill.ebbinghaus(minutes) == near(savings, 1)


def test_usability_and_load():
    assert questionnaires.sus([4, 2, 5, 1, 4, 2, 5, 1, 4, 2]) == 85
    assert questionnaires.sus([4, 2, 5, 1, 4, 2, 5, 1, 4, None]) is None
    ratings = [70, 10, 55, 40, 65, 30]
    assert questionnaires.tlx_raw(ratings) == 45
    assert questionnaires.tlx_weighted(ratings, [5, 0, 3, 2, 4, 1]) == 59
    with pytest.raises(ValueError, match="add up to 14"):
        questionnaires.tlx_weighted(ratings, [5, 0, 3, 2, 3, 1])
    with pytest.raises(ValueError, match="item 2 is 6"):
        questionnaires.sus([1, 6, *[1] * 8])
    with pytest.raises(ValueError, match="10 items"):
        questionnaires.sus([1])


def test_trust_scales():
    full = questionnaires.trust_jian([1] * 5 + [7] * 7)
    assert full == {"trust": 7.0, "distrust items": 1.0, "trust items": 7.0}
    assert questionnaires.trust_jian([None] + [4] * 11)["trust"] is None
    scales = questionnaires.trust_in_automation([5 if n not in (5, 7, 10, 15, 16) else 1 for n in range(1, 20)])
    assert set(scales.values()) == {5.0}
    gaps = [None if n in (1, 6, 10, 13, 3) else 3 for n in range(1, 20)]
    assert questionnaires.trust_in_automation(gaps)["reliability and competence"] is None
    assert questionnaires.trust_in_automation(gaps)["familiarity"] == 3.0
    assert questionnaires.trust_calibration(90, 67) == 23
