"""The linear mixed model against lmerTest: five data sets (tests/reference/mixed.R), and its own derivatives."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simlab.stats import lmm
from simlab.stats.glmm_design import prepare
from simlab.stats.lmm_profile import LinearModel
from tests.stats.mixed_reference import NAMES, SETS, columns, expected


def parts(name, slope):
    d = columns(name)
    factors = [
        lmm.Factor("clinician", d["clinician"]),
        lmm.Factor("case", d["case"], {"treated": d["treated"]} if slope else {}),
    ]
    return d["logtime"], np.column_stack([np.ones(d["y"].size), d["later"], d["treated"]]), factors


@cache
def fitted(name, slope):
    y, x, factors = parts(name, slope)
    return lmm.fit(y, x, factors, names=NAMES)


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_fit_equals_lmertest(name, slope):
    fit, r = fitted(name, slope), expected()[name]["linear_case_slope" if slope else "linear_intercepts"]
    assert fit.converged
    assert fit.n_used == r["n"]
    assert_allclose((fit.beta - r["beta"]) / fit.se, 0, atol=1e-5)
    assert_allclose(fit.se, r["se"], rtol=1e-5)
    assert_allclose(fit.df, r["df"], rtol=1e-4)
    assert_allclose(fit.p, r["p"], rtol=1e-4)
    assert_allclose(fit.loglik, r["loglik"], atol=1e-6)
    assert_allclose(fit.sigma, r["sigma"], rtol=1e-5)
    for effect in fit.effects:
        assert_allclose(effect.sd, np.ravel(r["sd"][effect.name]), atol=1e-5)
    assert bool(fit.singular) == r["singular"]


@pytest.mark.parametrize("reml", [True, False])
def test_gradient_equals_finite_differences(reml):
    y, x, factors = parts("unbalanced", True)
    model = LinearModel(prepare(y, x, factors, NAMES), reml)
    theta = np.array([0.5, 0.8, 0.1, 0.3])
    profile = model.profile(theta)
    numeric = [
        (model.deviance(model.profile(theta + 1e-5 * e)) - model.deviance(model.profile(theta - 1e-5 * e))) / 2e-5
        for e in np.eye(4)
    ]
    assert_allclose(model.gradient(profile, profile.rss / model.spare), numeric, rtol=1e-5)


def test_rescaled_time_shifts_the_intercept_only():
    y, x, factors = parts("balanced", True)
    fit, minutes = fitted("balanced", True), lmm.fit(y - np.log(60), x, factors, names=NAMES)
    assert_allclose(minutes.beta, fit.beta - [np.log(60), 0, 0], atol=1e-8)
    assert_allclose(minutes.df, fit.df, rtol=1e-6)


def test_units_of_the_outcome_do_not_matter():
    y, x, factors = parts("balanced", True)
    fit, large = fitted("balanced", True), lmm.fit(1000 * y, x, factors, names=NAMES)
    assert_allclose(large.beta, 1000 * fit.beta, rtol=1e-7)
    assert_allclose(large.df, fit.df, rtol=1e-6)
    assert large.singular == fit.singular


def test_contrast_of_one_coefficient_is_that_coefficient():
    fit = fitted("balanced", True)
    found = fit.coefficient("treated")
    assert_allclose([found.value, found.se, found.df, found.p], [fit.beta[2], fit.se[2], fit.df[2], fit.p[2]])
    assert found.low < fit.beta[2] < found.high
    assert "Satterthwaite" in found.method


def test_too_few_rows_are_refused():
    with pytest.raises(lmm.CannotFit, match="complete rows cannot support"):
        lmm.fit(
            [1.0, 2.0, 3.0],
            np.column_stack([np.ones(3), [0, 1, 0]]),
            [lmm.Factor("clinician", ["a", "b", "a"])],
            names=["(intercept)", "treated"],
        )
