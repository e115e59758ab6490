"""The probit mixed model of signal detection and the log-time slopes of forgetting against glmmTMB (probit.R)."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime

from simlab.stats import glmm
from simlab.stats.glmm_laplace import Laplace
from simlab.stats.glmm_link import LINKS, PROBIT

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ["balanced", "unbalanced", "zero_variance", "near_separation", "missing_by_design"]


@cache
def expected():
    return json.loads((REFERENCE / "expected" / "probit.json").read_text())


@cache
def columns(name):
    with (REFERENCE / "data" / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {k: np.array([r[k] for r in rows], dtype=str if k in ("clinician", "case") else float) for k in rows[0]}


@cache
def probit(name, structure):
    d = columns(f"probit_{name}")
    slopes = {"right": d["right"]} if structure == "slope" else {}
    factors = [glmm.Factor("clinician", d["clinician"], slopes), glmm.Factor("case", d["case"])]
    x = np.column_stack([np.ones(d["right"].size), d["right"]])
    return glmm.fit(d["followed"], x, factors, names=["(intercept)", "right"], link=PROBIT)


@cache
def forgetting(name):
    d = columns(f"forgetting_{name}")
    time, exposed = np.log1p(d["since"]), d["exposed"]
    factors = [
        glmm.Factor("clinician", d["clinician"], {"log time": time}),
        glmm.Factor("case", d["case"], {"exposed": exposed}),
    ]
    x = np.column_stack([np.ones(time.size), time, exposed, time * exposed])
    return glmm.fit(d["y"], x, factors, names=["(intercept)", "time", "exposed", "time × exposed"])


def agrees(fit, r):
    """Tolerances: log-likelihood 1e-4, coefficients 1e-4 SE, SEs 1e-3 relative, SDs 1e-3."""
    assert fit.converged
    assert fit.n_used == r["n"]
    assert_allclose(fit.loglik, r["loglik"], atol=1e-4)
    usable = r if r["pd_hessian"] else r.get("nested")
    if usable is None:
        # The reference has no standard errors on this boundary; its optimum is compared, and coefficients loosely.
        assert_allclose((fit.beta - r["beta"]) / fit.se, 0, atol=2e-2)
        return
    assert_allclose((fit.beta - r["beta"]) / fit.se, 0, atol=1e-4 if usable is r else 5e-4)
    assert_allclose(fit.se, usable["se"], rtol=1e-3)
    if usable is r:
        for effect in fit.effects:
            assert_allclose(effect.sd, np.ravel(r["sd"][effect.name]), atol=1e-3)


@pytest.mark.parametrize("structure", ["intercepts", "slope"])
@pytest.mark.parametrize("name", SETS)
def test_probit_equals_glmmtmb(name, structure):
    agrees(probit(name, structure), expected()["probit"][name][structure])


@pytest.mark.parametrize("name", SETS)
def test_forgetting_slopes_equal_glmmtmb(name):
    agrees(forgetting(name), expected()["forgetting"][name])


def test_covariance_of_intercept_and_slope_equals_glmmtmb():
    # The criterion is a combination of both, so its standard error needs it.
    fit, r = probit("balanced", "slope"), expected()["probit"]["balanced"]["slope"]
    assert fit.vcov[0, 1] == pytest.approx(r["covariance"], rel=2e-3)


@pytest.mark.parametrize("name", LINKS)
def test_derivatives_of_each_link(name):
    link, eta = LINKS[name], np.linspace(-6, 6, 25)
    for y in (np.zeros(25), np.ones(25)):
        _, slope, weight = link.rows(eta, y)
        bend, step = link.bend(eta, y, slope, weight), 1e-5
        above, below = link.rows(eta + step, y), link.rows(eta - step, y)
        assert_allclose(weight, -(above[1] - below[1]) / (2 * step), atol=1e-8)
        assert_allclose(bend, (above[2] - below[2]) / (2 * step), atol=1e-8)
        each = [link.rows(eta[k : k + 1] + s, y[k : k + 1])[0] for s in (step, -step) for k in range(25)]
        assert_allclose(slope, -(np.array(each[:25]) - np.array(each[25:])) / (2 * step), atol=1e-8)


def test_probit_far_out_stays_finite():
    value, slope, weight = PROBIT.rows(np.array([-40.0, 40.0]), np.array([1.0, 1.0]))
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    assert weight == pytest.approx([1.0, 0.0], abs=1e-2)


def test_probit_gradient_equals_differences():
    fit = probit("balanced", "slope")
    model = Laplace(fit.rows)
    at = fit.psi + 0.05
    numerical = approx_fprime(at, model.value, 1e-6)
    assert_allclose(model.value_and_gradient(at)[1], numerical, atol=2e-3)
