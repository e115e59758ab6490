"""Two proportions against printed limits and the properties that define them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from simlab.stats import proportions


@pytest.mark.parametrize(
    "method, low, high",
    [
        # 56/70 against 48/80: Newcombe 1998, table II, example (a).
        (proportions.wald, 0.0575, 0.3425),
        (proportions.mee, 0.0533, 0.3377),
        (proportions.miettinen_nurminen, 0.0528, 0.3382),
        (proportions.newcombe, 0.0524, 0.3339),
    ],
)
def test_published_limits_of_56_of_70_against_48_of_80(method, low, high):
    found = method(56, 70, 48, 80)
    assert_allclose(found.value, 0.2)
    assert_allclose([found.low, found.high], [low, high], atol=5.1e-5)


@pytest.mark.parametrize(
    "table, mee, miettinen, newcombe",
    [
        # Newcombe 1998, table II, examples (b) to (h).
        ((9, 10, 3, 10), (0.1821, 0.8370), (0.1700, 0.8406), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0544, 0.8478), (0.0342, 0.8534), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0313, 0.1926), (-0.0326, 0.1933), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775), (-0.1658, 0.2844), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775), (-0.2879, 0.2879), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.7225, 1.0000), (0.7156, 1.0000), (0.6791, 1.0000)),
        ((10, 10, 0, 10), (0.6777, 1.0000), (0.6636, 1.0000), (0.6075, 1.0000)),
    ],
)
def test_published_limits_of_small_and_extreme_tables(table, mee, miettinen, newcombe):
    for method, limits in (
        (proportions.mee, mee),
        (proportions.miettinen_nurminen, miettinen),
        (proportions.newcombe, newcombe),
    ):
        found = method(*table)
        assert_allclose([found.low, found.high], limits, atol=6e-5)


def test_adenoma_detection_before_and_after_exposure():
    # 226 of 795 before, 145 of 648 after (Budzyń and others 2025).
    found = proportions.wald(145, 648, 226, 795)
    assert_allclose([100 * found.value, 100 * found.low, 100 * found.high], [-6.05, -10.54, -1.56], atol=0.005)
    assert_allclose(found.p, 0.00889, atol=5e-6)


def test_equal_shares_give_a_symmetric_interval():
    found = proportions.miettinen_nurminen(30, 50, 30, 50)
    assert_allclose(found.low, -found.high, atol=1e-10)


def test_exchanging_the_groups_mirrors_the_interval():
    one, other = proportions.mee(90, 100, 80, 100), proportions.mee(80, 100, 90, 100)
    assert_allclose([one.low, one.high], [-other.high, -other.low], atol=1e-10)
    assert 0 < one.low < 0.1 < one.high < 0.21


@pytest.mark.parametrize("difference", [-0.5, -0.1, 0.0, 0.05, 0.3])
@pytest.mark.parametrize("table", [(56, 70, 48, 80), (0, 10, 3, 12), (10, 10, 4, 20), (7, 9, 8, 8)])
def test_restricted_likelihood_is_at_its_maximum(table, difference):
    k1, n1, k2, n2 = table
    p1, p2 = proportions.restricted(*table, difference)

    def loss(p):
        a, b = np.clip(p + difference, 1e-300, 1), np.clip(p, 1e-300, 1)
        c, d = np.clip(1 - p - difference, 1e-300, 1), np.clip(1 - p, 1e-300, 1)
        return -(k1 * np.log(a) + (n1 - k1) * np.log(c) + k2 * np.log(b) + (n2 - k2) * np.log(d))

    best = optimize.minimize_scalar(
        loss, bounds=(max(0, -difference), min(1, 1 - difference)), method="bounded", options={"xatol": 1e-10}
    )
    assert_allclose(p1 - p2, difference, atol=1e-12)
    assert loss(p2) <= best.fun + 1e-8


def test_limits_are_where_the_score_test_just_rejects():
    found = proportions.miettinen_nurminen(17, 40, 9, 35)
    z = stats.norm.ppf(0.975)
    correction = 75 / 74
    assert_allclose(proportions.score(17, 40, 9, 35, found.low, correction), z, atol=1e-8)
    assert_allclose(proportions.score(17, 40, 9, 35, found.high, correction), -z, atol=1e-8)


def test_noninferiority_agrees_with_its_limit():
    # 83.2 % of 250 against 84.0 % of 250, margin 10 points.
    found = proportions.farrington_manning(208, 250, 210, 250, 0.10)
    assert found.shown
    assert found.low > -0.10
    assert_allclose(found.p, stats.norm.sf(proportions.score(208, 250, 210, 250, -0.10)))
    worse = proportions.farrington_manning(142, 200, 148, 200, 0.10)
    assert not worse.shown
    assert worse.low < -0.10
    assert_allclose(worse.p, 0.058, atol=0.002)


def test_wilson_of_four_in_five_and_none_in_six():
    four, none = proportions.wilson(4, 5), proportions.wilson(0, 6)
    assert_allclose([four.low, four.high], [0.3755, 0.9638], atol=5e-5)
    assert_allclose([none.low, none.high], [0.0, 0.3903], atol=5e-5)


def test_zero_denominator_has_no_answer():
    assert proportions.wilson(0, 0) is None
    assert proportions.miettinen_nurminen(0, 0, 3, 4) is None
    assert proportions.farrington_manning(3, 4, 0, 0, 0.1) is None


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="5 of 4 is not a share"):
        proportions.wilson(5, 4)
    with pytest.raises(ValueError, match="largest acceptable loss"):
        proportions.farrington_manning(3, 4, 3, 4, 0.0)
