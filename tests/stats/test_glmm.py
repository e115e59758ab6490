"""The logistic mixed model: its gradient, its verdicts, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simlab.stats import glmm
from simlab.stats.glmm_design import prepare
from simlab.stats.glmm_laplace import Laplace


def simulated(clinicians=40, cases=12, *, slope_sd=0.6, effect=0.5, seed=1):
    """Every clinician sees every case; odd clinicians are treated on odd positions."""
    rng = np.random.default_rng(seed)
    clinician = np.repeat(np.arange(clinicians), cases)
    case = np.concatenate([rng.permutation(cases) for _ in range(clinicians)])
    treated = ((clinician % 2) * (np.tile(np.arange(cases), clinicians) % 2)).astype(float)
    own = rng.normal(size=clinicians) * 0.7
    easy, gain = rng.normal(size=cases), slope_sd * rng.normal(size=cases)
    eta = 0.3 + effect * treated + own[clinician] + easy[case] + gain[case] * treated
    y = (rng.random(eta.size) < 1 / (1 + np.exp(-eta))).astype(float)
    return y, np.column_stack([np.ones(eta.size), treated]), clinician, case, treated


def fitted(y, x, clinician, case, treated, **options):
    factors = [glmm.Factor("clinician", clinician), glmm.Factor("case", case, {"treated": treated})]
    return glmm.fit(y, x, factors, names=["(intercept)", "treated"], **options)


@pytest.mark.parametrize(
    "clinician_terms, case_terms, covariance",
    [
        (0, 0, "full"),
        (0, 1, "full"),
        (1, 1, "full"),
        (2, 1, "full"),
        (2, 2, "diagonal"),
        (1, None, "full"),
    ],
)
def test_gradient_equals_finite_differences(clinician_terms, case_terms, covariance):
    y, x, clinician, case, treated = simulated()
    rng = np.random.default_rng(3)
    slopes = {"treated": treated, "wave": rng.normal(size=y.size)}
    pick = lambda n: dict(list(slopes.items())[:n])  # noqa: E731
    factors = [glmm.Factor("clinician", clinician, pick(clinician_terms), covariance)]
    if case_terms is not None:
        factors.append(glmm.Factor("case", case, pick(case_terms), covariance))
    model = Laplace(prepare(y, x, factors, ["(intercept)", "treated"]))
    psi = np.concatenate([[0.2, 0.4], 0.6 * rng.normal(size=model.size - 2)])
    _, gradient = model.value_and_gradient(psi)
    numeric = [(model.value(psi + 1e-5 * e) - model.value(psi - 1e-5 * e)) / 2e-5 for e in np.eye(psi.size)]
    assert_allclose(gradient, numeric, atol=2e-6)


def test_fit_recovers_the_truth_of_a_large_study():
    fit = fitted(*simulated(clinicians=400, cases=40, effect=0.5))
    assert fit.converged
    assert fit.verdict == "converged"
    assert abs(fit.beta[1] - 0.5) < 3 * fit.se[1]
    assert_allclose(fit.effect("clinician").sd, [0.7], atol=0.1)
    assert_allclose(fit.effect("case").sd, [1.0, 0.6], atol=0.35)


def test_order_of_rows_does_not_matter():
    data = simulated()
    order = np.random.default_rng(5).permutation(data[0].size)
    one, other = fitted(*data), fitted(*(part[order] for part in data))
    assert_allclose(other.beta, one.beta, atol=1e-6)
    assert_allclose(other.se, one.se, rtol=1e-5)
    assert_allclose(other.loglik, one.loglik, atol=1e-8)


def test_text_labels_give_the_same_fit():
    y, x, clinician, case, treated = simulated()
    one = fitted(y, x, clinician, case, treated)
    other = fitted(y, x, [f"c{label:03}" for label in clinician], [f"k{label:03}" for label in case], treated)
    assert_allclose(other.beta, one.beta, atol=1e-9)
    assert other.effect("case").levels[0] == "k000"


def test_missing_values_are_dropped_and_counted():
    y, x, clinician, case, treated = simulated()
    y[3] = np.nan
    labels = clinician.astype(object)
    labels[10] = None
    fit = fitted(y, x, labels, case, treated)
    assert (fit.n_used, fit.n_dropped) == (y.size - 2, 2)


def test_zero_variance_is_said_and_keeps_the_estimate_of_the_model_without_it():
    _, x, clinician, case, _ = simulated(clinicians=30, cases=10)
    y = np.tile([1.0, 0.0, 1.0], 100)  # every clinician and case has the same share of right answers, nearly
    without = glmm.fit(y, x, [glmm.Factor("case", case)], names=["(intercept)", "treated"])
    both = glmm.fit(
        y, x, [glmm.Factor("clinician", clinician), glmm.Factor("case", case)], names=["(intercept)", "treated"]
    )
    assert any(text == "clinician intercept: variance 0" for text in both.singular)
    assert "singular" in both.verdict
    assert_allclose(both.beta, without.beta, atol=1e-5)
    assert_allclose(both.se, without.se, rtol=1e-3)


def test_separated_cell_has_no_standard_error():
    y, x, clinician, case, treated = simulated()
    y[treated == 1] = 1.0
    fit = fitted(y, x, clinician, case, treated)
    assert not fit.converged
    assert "treated" in fit.separation
    assert np.isnan(fit.se).all()
    assert "no standard error can be shown" in fit.verdict


def test_declared_prior_gives_a_separated_cell_a_finite_answer():
    y, x, clinician, case, treated = simulated()
    y[treated == 1] = 1.0
    fit = fitted(y, x, clinician, case, treated, prior=glmm.Prior(beta_sd=2.5, sd_scale=1.0))
    assert fit.converged
    assert np.isfinite(fit.se).all()
    assert 0 < fit.beta[1] < 10
    assert "weak prior: coefficients N(0, 2.5²)" in fit.verdict


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda d: d.update(y=d["y"] + 1), "neither 0 nor 1"),
        (
            lambda d: d.update(x=np.column_stack([d["x"], d["x"][:, 1]]), names=["a", "b", "c"]),
            "fixed by the other columns",
        ),
        (lambda d: d.update(clinician=np.zeros(d["y"].size)), "one level only"),
        (lambda d: d.update(treated=np.ones(d["y"].size)), "never varies"),
        (lambda d: d.update(clinician=d["clinician"][1:]), "one label per row"),
        (lambda d: d.update(y=np.full(d["y"].size, np.nan)), "No complete row"),
        (lambda d: d.update(names=["only"]), "one column per name"),
    ],
)
def test_unusable_data_are_refused_with_the_place(spoil, message):
    y, x, clinician, case, treated = simulated()
    data = {"y": y, "x": x, "clinician": clinician, "case": case, "treated": treated, "names": ["a", "b"]}
    spoil(data)
    factors = [
        glmm.Factor("clinician", data["clinician"]),
        glmm.Factor("case", data["case"], {"treated": data["treated"]}),
    ]
    with pytest.raises(glmm.CannotFit, match=message):
        glmm.fit(data["y"], data["x"], factors, names=data["names"])


def test_unknown_factor_is_named():
    fit = fitted(*simulated())
    with pytest.raises(KeyError, match="it has clinician, case"):
        fit.effect("site")
