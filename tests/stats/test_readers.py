"""Readers and cases: against R's brute force, the worked formulae, and studies whose truth is known."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simlab.stats import readers
from simlab.stats.errors import BadTable
from simlab.stats.intervals import CannotFit
from simlab.stats.readers_u import moments

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "readers.json").read_text(encoding="utf-8"))
FACTORIAL = ("factorial", "three_conditions", "negative_component")
ALL = (*FACTORIAL, "one_condition", "split_plot", "missing_ratings", "own_readers")
CLOSED = 1e-10


def study(name):
    d = pd.read_csv(REFERENCE / "data" / f"readers_{name}.csv")
    return readers.readings(d.condition, d.reader, d.case, d.positive == 1, d.rating)


def close(value, expected):
    assert value == pytest.approx(expected, rel=CLOSED, abs=CLOSED)


@pytest.mark.parametrize("covariance", ["jackknife", "delong"])
@pytest.mark.parametrize("name", FACTORIAL)
def test_analysis_of_variance_equals_brute_force(name, covariance):
    made = study(name)
    performance = readers.area(made, covariance)
    found, expected = readers.analysis_of_variance(performance), EXPECTED[name][covariance]
    np.testing.assert_allclose(performance.theta, expected["theta"], atol=CLOSED)
    c = found.components
    close([c.mean_square_condition, c.mean_square_reader, c.mean_square_interaction], expected["ms"])
    close([c.variance_error, c.cov1, c.cov2, c.cov3], expected["cov"])
    both, cases, others = found.tests
    close([both.statistic, both.df2, both.p], [expected["f"], expected["df2"], expected["p"]])
    close([cases.statistic * cases.df1, cases.p], [expected["chi2"], expected["p_cases"]])
    close([others.statistic, others.p], [expected["f_readers"], expected["p_readers"]])
    gap = found.differences["1", "2"]["readers and cases"]
    close([gap.value, gap.se, gap.low, gap.high], [expected[k] for k in ("difference", "se", "low", "high")])
    one = found.means["1"]["readers and cases"]
    close([one.value, one.se, one.df], expected["single"])


@pytest.mark.parametrize("name", ALL)
def test_u_statistics_equal_a_visit_to_every_pair_of_triples(name):
    made, expected = study(name), EXPECTED[name]["u"]
    own = moments(made, 0, 0)
    close(own.covariance, expected["var"])
    found = readers.u_statistics(made)
    close(found.means["1"].value, expected["auc"])
    if "var2" in expected:
        close(moments(made, 0, 1).covariance, expected["cov"])
        variance = expected["var"] + expected["var2"] - 2 * expected["cov"]
        gap = found.differences["1", "2"]
        close(gap.value, expected["auc"] - expected["auc2"])
        if variance > 0:
            close(gap.se, np.sqrt(variance))
        else:
            assert gap.low is None
            assert "no interval can be given" in found.remarks[0]


def test_bootstrap_covariances_approach_delongs():
    made = study("factorial")
    one, other = (readers.area(made, how, draws=20000).covariance for how in ("bootstrap", "delong"))
    # The bootstrap variance is the one with divisors m and n, here 12 and 15.
    assert np.abs(one / other - 1).max() < 0.2
    assert np.trace(one) / np.trace(other) == pytest.approx(1, abs=0.12)


def test_negative_components_are_kept_and_said():
    found = readers.analysis_of_variance(readers.area(study("negative_component")))
    parts = found.components
    assert parts.variance_interaction < 0
    assert parts.cov2 < parts.cov3
    assert [("Cov2" in r, "reader by condition" in r) for r in found.remarks[:2]] == [(True, False), (False, True)]
    close(found.tests[0].df2, 3)
    close(found.tests[0].statistic, found.tests[2].statistic)


def test_one_condition_has_means_and_no_tests():
    found = readers.analysis_of_variance(readers.area(study("one_condition")))
    close([found.means["1"]["readers and cases"].value], [EXPECTED["one_condition"]["jackknife"]["single"][0]])
    assert not found.tests
    assert not found.differences


def test_one_reader_says_nothing_of_other_readers():
    d = pd.read_csv(REFERENCE / "data" / "readers_factorial.csv").query("reader == 1")
    made = readers.readings(d.condition, d.reader, d.case, d.positive == 1, d.rating)
    found = readers.analysis_of_variance(readers.area(made, "delong"))
    assert set(found.differences["1", "2"]) == {"cases"}
    assert "one reader" in found.remarks[0]
    s = readers.area(made, "delong").covariance
    close(found.differences["1", "2"]["cases"].se, np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1]))


def test_jackknife_of_missing_ratings_equals_brute_force_and_delong_is_refused():
    made, expected = study("missing_ratings"), EXPECTED["missing_ratings"]["jackknife"]
    with pytest.raises(CannotFit, match="U-statistics"):
        readers.area(made, "delong")
    found = readers.analysis_of_variance(readers.area(made))
    gap = found.differences["1", "2"]
    close([gap["readers and cases"].se, gap["readers and cases"].df], [expected["se"], expected["df2"]])
    assert set(gap) == {"readers and cases", "cases"}


def test_cases_of_their_own_have_no_covariance():
    d = pd.read_csv(REFERENCE / "data" / "readers_factorial.csv")
    own = d.case.astype(str) + "/" + d.condition.astype(str)
    found = readers.analysis_of_variance(
        readers.area(readers.readings(d.condition, d.reader, own, d.positive == 1, d.rating))
    )
    assert abs(found.components.cov1) < CLOSED
    assert abs(found.components.cov3) < CLOSED
    assert found.components.cov2 > 0.001


def test_auc_counts_ties_as_half_and_sensitivity_is_a_share():
    made = readers.readings(["a"] * 8, ["r"] * 4 + ["s"] * 4, [1, 2, 3, 4] * 2, [True, True, False, False] * 2,
                            [3, 2, 2, 1, 1, 1, 1, 1])  # fmt: skip
    np.testing.assert_allclose(readers.aucs(made), [[(1 + 1 + 0.5 + 1) / 4, 0.5]])
    np.testing.assert_allclose(readers.share_right(made, "sensitivity", 2.5).theta, [[0.5, 0.0]])
    np.testing.assert_allclose(readers.share_right(made, "specificity", 1.5).theta, [[0.5, 1.0]])


def test_sensitivity_of_any_design_is_an_area_against_one_half():
    rng = np.random.default_rng(4)
    rows = [(c, j, k, k < 12, float(rng.random() < 0.7)) for c in "ab" for j in range(4) for k in range(24)]
    made = readers.readings(*zip(*rows, strict=True))
    found = readers.u_statistics(made.against_half("sensitivity"))
    direct = readers.share_right(made, "sensitivity", 0.5)
    close(found.means["a"].value, direct.theta[0].mean())
    assert found.differences["a", "b"].value == pytest.approx(direct.theta[0].mean() - direct.theta[1].mean())


def test_monotone_scores_and_relabelled_readers_change_nothing():
    d = pd.read_csv(REFERENCE / "data" / "readers_split_plot.csv")
    one = readers.u_statistics(readers.readings(d.condition, d.reader, d.case, d.positive == 1, d.rating))
    shuffled = d.sample(frac=1, random_state=2)
    other = readers.u_statistics(
        readers.readings(shuffled.condition, 9 - shuffled.reader, "k" + shuffled.case.astype(str),
                         shuffled.positive == 1, np.exp(shuffled.rating))
    )  # fmt: skip
    close(one.differences["1", "2"].se, other.differences["1", "2"].se)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [("a", "r", 1, True, 1.0), ("a", "r", 1, True, 2.0)],
            "column of the rating, row 2: rates case 1 a second time for reader r under a",
        ),
        (
            [("a", "r", 1, True, 1.0), ("a", "s", 1, False, 2.0)],
            "column of truth, row 2: makes case 1 negative, and row 1 the other",
        ),
        ([("a", "r", 1, True, 1.0), ("a", "s", 2, True, 2.0)], "the ratings: hold no negative case"),
    ],
)
def test_impossible_readings_are_refused(rows, says):
    with pytest.raises(BadTable) as caught:
        readers.readings(*zip(*rows, strict=True))
    assert str(caught.value).startswith(says)


def simulated_tables(parts, readers_, cases, pilot, difference, draws, rng):
    """θ tables of the Obuchowski–Rockette model with known error covariances."""
    shrink = pilot / cases
    error, c1, c2, c3 = (shrink * v for v in (parts.variance_error, parts.cov1, parts.cov2, parts.cov3))
    one = np.arange(2 * readers_) // readers_
    who = np.arange(2 * readers_) % readers_
    same_i, same_j = one[:, None] == one[None], who[:, None] == who[None]
    s = np.select([same_i & same_j, same_j, same_i], [error, c1, c2], c3)
    e = rng.multivariate_normal(np.zeros(2 * readers_), s, size=draws).reshape(draws, 2, readers_)
    interaction = rng.normal(0, np.sqrt(parts.variance_interaction), size=e.shape)
    reader = rng.normal(0, np.sqrt(parts.variance_reader), size=(draws, 1, readers_))
    return e + interaction + reader + np.array([difference, 0.0])[None, :, None], max(c2 - c3, 0.0)


@pytest.mark.parametrize(("difference", "cases"), [(0.0, 114), (0.05, 114), (0.05, 220)])
def test_power_is_that_of_simulated_studies(difference, cases):
    from scipy import stats

    parts = readers.Components(0.0, 0.0, 0.0, 8e-4, 3.5e-4, 3.4e-4, 2.4e-4, 1.5e-3, 2e-4)
    theta, shared = simulated_tables(parts, 6, cases, 114, difference, 4000, np.random.default_rng(1))
    gap = theta[:, 0].mean(axis=1) - theta[:, 1].mean(axis=1)
    inner = theta - theta.mean(axis=2, keepdims=True) - theta.mean(axis=1, keepdims=True)
    inner += theta.mean(axis=(1, 2), keepdims=True)
    ms = (inner**2).sum(axis=(1, 2)) / 5
    denominator = ms + 6 * shared
    f, df = 3 * gap**2 / denominator, 5 * (denominator / ms) ** 2
    rejected = (stats.f.sf(f, 1, df) < 0.05).mean()
    wanted = readers.power(parts, pilot_cases=114, readers=6, cases=cases, difference=difference)
    assert rejected == pytest.approx(wanted, abs=0.03)


def test_sizes_fall_with_readers_and_say_when_no_number_of_cases_is_enough():
    parts = readers.Components(0.0, 0.0, 0.0, 8e-4, 3.5e-4, 3.4e-4, 2.4e-4, 1.5e-3, 2e-4)
    found = readers.sizes(parts, pilot_cases=114, readers=[2, 4, 8, 16], difference=0.05)
    assert found[0].cases is None
    needed = [s.cases for s in found[1:]]
    assert needed == sorted(needed, reverse=True)
    for s in found[1:]:
        fewer = readers.power(parts, pilot_cases=114, readers=s.readers, cases=s.cases - 1, difference=0.05)
        assert fewer < 0.8 <= s.power
    fixed = readers.sizes(parts, pilot_cases=114, readers=[4], difference=0.05, scope=readers.CASES)[0]
    assert fixed.cases < found[1].cases


def latent_study(rng, j=5, k=25):
    """Roe and Metz's model without an effect: readers, cases and their interactions are random, twice k cases."""
    ratings = []
    for mean in (1.5, 0.0):
        shapes = (((1, j, 1), 0.03), ((2, j, 1), 0.03), ((1, 1, k), 0.3), ((2, 1, k), 0.3), ((1, j, k), 0.2))
        parts = [rng.normal(0, np.sqrt(v), shape) for shape, v in (*shapes, ((2, j, k), 0.2))]
        ratings.append(mean + sum(parts))
    names = [tuple(f"{kind}{n}" for n in range(count)) for kind, count in (("r", j), ("p", k), ("n", k))]
    return readers.Readings(("a", "b"), *names, *ratings)


def test_a_split_study_gets_a_cautious_interval_on_the_readers_less_one():
    rng = np.random.default_rng(9)
    whole = latent_study(rng)
    assert readers.u_statistics(whole).cautious == {}
    split = [ratings.copy() for ratings in (whole.positive_ratings, whole.negative_ratings)]
    for ratings in split:
        ratings[:, (np.arange(ratings.shape[1])[:, None] + np.arange(ratings.shape[2])) % 2 == 1] = np.nan
    made = readers.Readings(whole.conditions, whole.readers, whole.positives, whole.negatives, *split)
    found = readers.u_statistics(made)
    usual, wide = found.differences["a", "b"], found.cautious["a", "b"]
    assert (wide.value, wide.se) == (usual.value, usual.se)
    # Every reader reads as many pairs, so the least degrees of freedom are those of the readers: n - 1.
    critical = stats.t.ppf(0.975, len(whole.readers) - 1)
    assert wide.high - wide.low == pytest.approx(2 * critical * usual.se, rel=1e-12)
    assert f"{wide.low:.4f} to {wide.high:.4f}" in found.remarks[-1]


def test_a_true_null_is_rejected_about_one_time_in_twenty_and_more_often_by_narrower_claims():
    rng = np.random.default_rng(3)
    rejected = []
    for _ in range(250):
        made = latent_study(rng)
        gap = readers.analysis_of_variance(readers.area(made)).differences["a", "b"]
        general = readers.u_statistics(made).differences["a", "b"]
        rejected.append([gap["readers and cases"].p, general.p, gap["readers"].p])
    both, general, these_cases = (np.array(rejected, dtype=float) < 0.05).mean(axis=0)
    assert 0.005 < both < 0.085
    assert 0.005 < general < 0.085
    assert these_cases > 0.09
