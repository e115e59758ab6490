"""The logistic mixed model against glmmTMB: five data sets, five random structures (tests/reference/mixed.R)."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simlab.stats import glmm, marginal
from tests.stats.mixed_reference import NAMES, SETS, columns, expected

STRUCTURES = ["clinician_only", "intercepts", "diagonal", "case_slope", "both_slopes"]


@cache
def fitted(name, structure):
    d = columns(name)
    clinician = glmm.Factor("clinician", d["clinician"], {"later": d["later"]} if structure == "both_slopes" else {})
    slopes = {} if structure == "intercepts" else {"treated": d["treated"]}
    case = glmm.Factor("case", d["case"], slopes, "diagonal" if structure == "diagonal" else "full")
    factors = [clinician] if structure == "clinician_only" else [clinician, case]
    x = np.column_stack([np.ones(d["y"].size), d["later"], d["treated"]])
    return glmm.fit(d["y"], x, factors, names=NAMES)


def skip_flat(name, structure):
    """Skip where the reference fled to minus infinity in log SDs and this optimum is higher, if only by 1e-6."""
    r = expected()[name][structure]
    if not r["pd_hessian"] and fitted(name, structure).loglik > r["loglik"] + 1e-6:
        pytest.skip("the reference has no usable Hessian and stopped below the optimum")


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("name", SETS)
def test_loglik_and_n_equal_glmmtmb(name, structure):
    fit, r = fitted(name, structure), expected()[name][structure]
    assert fit.converged
    assert fit.n_used == r["n"]
    assert_allclose(fit.loglik, r["loglik"], atol=1e-4)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("name", SETS)
def test_coefficients_and_standard_errors_equal_glmmtmb(name, structure):
    skip_flat(name, structure)
    fit, r = fitted(name, structure), expected()[name][structure]
    assert_allclose((fit.beta - r["beta"]) / fit.se, 0, atol=1e-4)
    # Where a variance is zero the reference's own Hessian is singular and its nested model gives the SEs.
    assert_allclose(fit.se, r.get("nested", r)["se"], rtol=1e-3)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("name", SETS)
def test_random_effects_equal_glmmtmb(name, structure):
    skip_flat(name, structure)
    fit, r = fitted(name, structure), expected()[name][structure]
    for effect in fit.effects:
        assert_allclose(effect.sd, np.ravel(r["sd"][effect.name]), atol=1e-3)
        modes = np.column_stack([np.array(column) for column in r["modes"][effect.name]])
        assert_allclose(effect.modes, modes, atol=2e-3)
        if r["corr"][effect.name] is not None and (effect.sd > 0.05).all():
            assert_allclose(effect.corr[1, 0], r["corr"][effect.name], atol=1e-3)


@pytest.mark.parametrize(
    "name, structure, said",
    [
        ("zero_variance", "clinician_only", None),
        ("zero_variance", "diagonal", "case slope treated: variance 0"),
        ("zero_variance", "case_slope", "case slope treated: correlation"),
        ("balanced", "both_slopes", "clinician slope later: correlation -1 with intercept"),
        ("missing_by_design", "case_slope", ""),
    ],
)
def test_singular_fits_are_named(name, structure, said):
    fit = fitted(name, structure)
    if said is None:
        assert fit.effect("clinician").sd[0] < 1e-4
    if said == "":
        assert fit.singular == ()
    if said:
        assert any(text.startswith(said) for text in fit.singular)


def cell(label, treated):
    return marginal.Cell(
        label, np.array([1.0, 1.0, treated]), {"clinician": np.ones(1), "case": np.array([1.0, treated])}
    )


@pytest.mark.parametrize("name", SETS)
def test_marginal_risks_and_differences_equal_adaptive_quadrature_in_r(name):
    r = expected()[name]["case_slope"].get("marginal")
    if r is None:
        pytest.skip("the reference has no covariance of its variance parameters")
    fit = fitted(name, "case_slope")
    one, other = cell("treated", 1.0), cell("control", 0.0)
    for asked, value, se in zip((other, one), r["risk"], r["risk_se"], strict=True):
        found = marginal.risk(fit, asked)
        assert_allclose([found.value, found.se], [value, se], rtol=1e-3)
    difference = marginal.risk_difference(fit, one, other, df="normal")
    assert_allclose(difference.value, r["difference"], atol=1e-5)
    assert_allclose(difference.se, r["difference_se"], rtol=1e-3)
    assert_allclose(difference.high - difference.low, 2 * 1.959963985 * difference.se, rtol=1e-8)
    ratio = marginal.risk_ratio(fit, one, other, df="normal")
    assert_allclose([ratio.value, ratio.se], [r["ratio"], r["log_ratio_se"]], rtol=1e-3)
