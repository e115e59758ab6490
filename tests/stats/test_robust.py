"""GEE and clustered covariances against geepack and sandwich, resampling against brute force."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from simlab.stats import robust
from simlab.stats.intervals import CannotFit

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ["balanced", "unbalanced", "zero_variance", "near_separation", "missing_by_design"]
NAMES = ["(intercept)", "later", "treated"]


@cache
def expected():
    return json.loads((REFERENCE / "expected" / "robust.json").read_text())


@cache
def columns(name):
    with (REFERENCE / "data" / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    d = {
        key: np.array([row[key] for row in rows], dtype=str if key in ("clinician", "case") else float)
        for key in rows[0]
    }
    d["x"] = np.column_stack([np.ones(d["y"].size), d["later"], d["treated"]])
    return d


@pytest.mark.parametrize("corr", ["independence", "exchangeable"])
@pytest.mark.parametrize("name", SETS)
def test_gee_equals_geepack(name, corr):
    d, r = columns(name), expected()[name][corr]
    fit = robust.gee(d["y"], d["x"], d["clinician"], names=NAMES, corr=corr)
    # The two programs estimate the exchangeable correlation by different moments.
    tight = corr == "independence"
    assert_allclose((fit.beta - r["beta"]) / fit.se, 0, atol=1e-8 if tight else 2e-3)
    assert_allclose(fit.se, r["se"], rtol=1e-8 if tight else 1e-3)
    assert fit.n_used == d["y"].size


@pytest.mark.parametrize("name", SETS)
def test_clustered_covariances_equal_sandwich(name):
    d, r = columns(name), expected()[name]
    one = np.array([[1.0, 1.0, 1.0]])
    other = np.array([[1.0, 1.0, 0.0]])
    for case, se, difference in (
        (None, "se_clinician", "difference_clinician"),
        (d["case"], "se_two_way", "difference_two_way"),
    ):
        fit = robust.clustered(d["y"], d["x"], d["clinician"], case, names=NAMES)
        assert_allclose(fit.beta, r["glm"]["beta"], rtol=1e-6)
        assert_allclose(fit.se, r["glm"][se], rtol=1e-6)
        found = robust.standardised_difference(fit, one, other)
        assert_allclose([found.value, found.se], r["glm"][difference], rtol=1e-6)
        linear = robust.clustered(d["logtime"], d["x"], d["clinician"], case, names=NAMES, family="gaussian")
        assert_allclose(linear.beta, r["lm"]["beta"], rtol=1e-8)
        assert_allclose(linear.se, r["lm"][se], rtol=1e-8)


def test_degrees_of_freedom_are_those_of_the_smaller_factor():
    d = columns("balanced")
    assert robust.clustered(d["y"], d["x"], d["clinician"], d["case"], names=NAMES).df == 19
    assert robust.clustered(d["y"], d["x"], d["clinician"], None, names=NAMES).df == 59


def test_rows_with_missing_values_are_counted():
    d = columns("balanced")
    y = d["y"].copy()
    y[[1, 5]] = np.nan
    fit = robust.clustered(y, d["x"], d["clinician"], d["case"], names=NAMES)
    assert (fit.n_used, fit.n_dropped) == (1198, 2)


@pytest.mark.parametrize("clinicians", [8, 30])
def test_wild_bootstrap_equals_refitting_every_sample(clinicians):
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(clinicians), 7)
    treated = (cluster % 2).astype(float)
    y = 0.2 * treated + rng.normal(size=clinicians)[cluster] + rng.normal(size=cluster.size)
    x = np.column_stack([np.ones(y.size), treated, rng.normal(size=y.size)])
    found = robust.wild_cluster_p(
        y, x, cluster, names=["a", "treated", "b"], test="treated", rng=np.random.default_rng(9), replicates=199
    )
    weights = robust._weights(np.random.default_rng(9), 199, clinicians)
    reduced = x[:, [0, 2]]
    null = reduced @ np.linalg.lstsq(reduced, y, rcond=None)[0]

    def t(outcome):
        fit = sm.OLS(outcome, x).fit(cov_type="cluster", cov_kwds={"groups": cluster})
        return fit.params[1] / fit.bse[1]

    drawn = [t(null + w[cluster] * (y - null)) for w in weights]
    assert_allclose(found.t, t(y), rtol=1e-10)
    assert_allclose(found.p, (1 + np.sum(np.abs(drawn) >= abs(t(y)))) / 200)
    assert ("Webb" in found.method) == (clinicians == 8)


def test_randomisation_test_equals_all_allocations():
    scores = dict(zip("abcdef", [3.0, 2.5, 2.8, 1.0, 1.2, 0.9], strict=True))
    arm_of = dict(zip("abcdef", ["advised"] * 3 + ["unaided"] * 3, strict=True))

    def difference(arms):
        advised = [scores[person] for person, arm in arms.items() if arm == "advised"]
        return sum(advised) / 3 - (sum(scores.values()) - sum(advised)) / 3

    found = robust.randomisation_test(difference, arm_of, rng=np.random.default_rng(1), draws=4000)
    assert_allclose(found.p, 2 / 20, atol=0.015)  # only this allocation and its mirror are as extreme


def test_randomisation_keeps_arms_within_strata():
    arm_of = {"a": "advised", "b": "unaided", "c": "advised", "d": "advised"}
    strata = {"a": "north", "b": "north", "c": "south", "d": "south"}
    seen = []
    robust.randomisation_test(
        lambda arms: seen.append(dict(arms)) or 0.0, arm_of, strata, rng=np.random.default_rng(1), draws=50
    )
    assert {tuple(sorted(arms.items())) for arms in seen} == {
        (("a", "advised"), ("b", "unaided"), ("c", "advised"), ("d", "advised")),
        (("a", "unaided"), ("b", "advised"), ("c", "advised"), ("d", "advised")),
    }


def test_one_arm_or_one_cluster_is_refused():
    with pytest.raises(CannotFit, match="Only one arm"):
        robust.randomisation_test(lambda arms: 0.0, {"a": "advised", "b": "advised"}, rng=np.random.default_rng(1))
    with pytest.raises(CannotFit, match="at least two clusters"):
        robust.clustered([0, 1, 1], np.ones((3, 1)), ["a", "a", "a"], None, names=["(intercept)"])
