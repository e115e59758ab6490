"""Designs and contrasts: the coding, the cells, and the words when data cannot answer."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit

from simlab.stats import contrasts, glmm, marginal
from simlab.stats.intervals import Interval, holm

ARMS, PHASES = ("unaided", "advised"), ("baseline", "withdrawal")


def study(*, clinicians=60, per_phase=8, cases=24, loss=0.8, slope_sd=0.4, seed=3):
    """Randomised arms; the advised arm loses `loss` logits at withdrawal, on cases that differ by phase."""
    rng = np.random.default_rng(seed)
    clinician = np.repeat(np.arange(clinicians), 2 * per_phase)
    later = np.tile(np.repeat([0, 1], per_phase), clinicians)
    case = np.concatenate([rng.permutation(cases)[: 2 * per_phase] for _ in range(clinicians)])
    exposed = clinician % 2
    eta = (
        0.6
        + 0.2 * later
        - loss * later * exposed
        + 0.8 * rng.normal(size=clinicians)[clinician]
        + 0.9 * rng.normal(size=cases)[case]
        + slope_sd * rng.normal(size=cases)[case] * later * exposed
    )
    return {
        "correct": (rng.random(eta.size) < expit(eta)).astype(float),
        "arm": np.array(ARMS)[exposed],
        "phase": np.array(PHASES)[later],
        "clinician": clinician,
        "case": case,
    }


def deskilling_design(data, **options):
    return contrasts.deskilling_design(
        **data, control="unaided", exposed="advised", baseline="baseline", later="withdrawal", **options
    )


def test_deskilling_design_holds_the_arms_equal_at_baseline():
    data = study()
    design = deskilling_design(data)
    assert design.names == ("(intercept)", "withdrawal", "advised × withdrawal")
    before = data["phase"] == "baseline"
    assert (design.x[before, 1:] == 0).all()
    assert_allclose(design.x[~before, 2], data["arm"][~before] == "advised")
    assert [list(factor.slopes) for factor in design.factors] == [[], ["advised × withdrawal"]]
    assert list(deskilling_design(data, clinician_slope=True).factors[0].slopes) == ["withdrawal"]


def test_rows_of_other_arms_and_phases_are_left_out_not_dropped():
    data = study()
    data["phase"] = data["phase"].astype(object)
    data["phase"][:8] = "exposure"
    design = deskilling_design(data)
    fit = contrasts.fit(design)
    assert (fit.n_used, fit.n_dropped) == (data["correct"].size - 8, 0)


def test_deskilling_is_the_difference_of_risks_integrated_over_the_random_effects():
    data = study()
    design = deskilling_design(data)
    fit = contrasts.fit(design)
    clinician, case = fit.effect("clinician").covariance[0, 0], fit.effect("case").covariance

    def risk(eta, variance):
        return quad(lambda z: expit(eta + np.sqrt(variance) * z) * stats.norm.pdf(z), -12, 12, epsabs=1e-12)[0]

    control = risk(fit.beta[0] + fit.beta[1], clinician + case[0, 0])
    exposed = risk(fit.beta.sum(), clinician + case.sum())
    found = contrasts.deskilling(fit, design)
    assert_allclose(found.value, exposed - control, atol=1e-9)
    assert found.low < found.value < found.high < 0
    assert "Satterthwaite" in found.method


def test_gradient_of_the_contrast_equals_finite_differences():
    data = study()
    design = deskilling_design(
        data, clinician_slope=True, covariates={"grade": np.array(["gp", "trainee"])[data["clinician"] // 2 % 2]}
    )
    fit = contrasts.fit(design)
    cell, k = design.cells["exposed"], fit.beta.size

    def value(psi):
        return marginal.marginal_risk(replace(fit, beta=psi[:k], theta=psi[k:]), cell).value

    numeric = [(value(fit.psi + 1e-5 * e) - value(fit.psi - 1e-5 * e)) / 2e-5 for e in np.eye(fit.psi.size)]
    assert_allclose(marginal.marginal_risk(fit, cell).gradient, numeric, atol=1e-9)


def test_relabelling_the_arms_turns_the_sign():
    data = study()
    one = deskilling_design(data)
    swapped = dict(data, arm=np.array(ARMS[::-1])[(data["arm"] == "advised").astype(int)])
    other = contrasts.deskilling_design(
        **swapped, control="advised", exposed="unaided", baseline="baseline", later="withdrawal"
    )
    a, b = contrasts.fit(one), contrasts.fit(other)
    assert_allclose(contrasts.deskilling(a, one).value, contrasts.deskilling(b, other).value, atol=1e-7)


def test_degrees_of_freedom_can_be_chosen_and_are_named():
    design = deskilling_design(study())
    fit = contrasts.fit(design)
    widths = {
        df: contrasts.deskilling(fit, design, df=df)
        for df in ("normal", "cases", "clinicians", "satterthwaite", "least", 5.0)
    }
    assert widths["normal"].df is None
    assert widths["cases"].df == 23
    assert widths["clinicians"].df == 59
    assert widths["least"].df <= min(23, widths["satterthwaite"].df)
    assert widths[5.0].high > widths["cases"].high > widths["normal"].high
    assert "cases − 1 = 23 df" in widths["cases"].method


def test_difference_in_differences_adds_up():
    data = study()
    design = contrasts.accuracy_design(**data, aided=np.zeros(data["correct"].size))
    fit = contrasts.fit(design)
    found = contrasts.difference_in_differences(fit, design, arms=("advised", "unaided"), phases=PHASES)
    risk = {key: marginal.risk(fit, cell).value for key, cell in design.cells.items()}
    by_hand = (
        risk["advised", "withdrawal"]
        - risk["advised", "baseline"]
        - risk["unaided", "withdrawal"]
        + risk["unaided", "baseline"]
    )
    assert_allclose(found.value, by_hand, atol=1e-12)
    with pytest.raises(contrasts.CannotFit, match="no cell advised × retention"):
        contrasts.difference_in_differences(fit, design, arms=("advised", "unaided"), phases=("baseline", "retention"))


def test_accuracy_design_gives_the_aided_state_its_own_variance():
    data = study()
    aided = ((data["arm"] == "advised") & (data["phase"] == "withdrawal")).astype(float)
    design = contrasts.accuracy_design(**data, aided=aided)
    assert dict(design.factors[1].slopes).keys() == {"aided"}
    assert_allclose(design.cells["advised", "withdrawal"].z["case"], [1.0, 1.0])
    assert_allclose(design.cells["unaided", "withdrawal"].z["case"], [1.0, 0.0])


def test_cells_are_standardised_to_the_covariates_of_all_rows():
    data = study()
    grade = np.array(["gp", "trainee", "gp"])[data["clinician"] % 3]
    design = deskilling_design(data, covariates={"grade": grade, "years": data["clinician"] % 5})
    assert design.names[3:] == ("grade trainee", "years")
    cell = design.cells["exposed"]
    assert_allclose(np.average(cell.x, axis=0, weights=cell.weights), [1, 1, 1, *design.x[:, 3:].mean(axis=0)])


def test_a_perfect_cell_withholds_the_standard_error():
    data = study()
    data["correct"][(data["arm"] == "advised") & (data["phase"] == "withdrawal")] = 1.0
    design = deskilling_design(data)
    fit = contrasts.fit(design)
    found = contrasts.deskilling(fit, design)
    assert not fit.converged
    assert "exposed: 100 % of 240" in fit.separation
    assert (found.low, found.se, found.p) == (None, None, None)
    answer = contrasts.noninferiority(found, 0.1)
    assert not answer.shown
    assert "cannot be judged" in answer.sentence
    with_prior = contrasts.fit(design, prior=glmm.Prior())
    assert contrasts.deskilling(with_prior, design).low is not None
    assert "weak prior" in with_prior.verdict


def test_absent_arm_is_named():
    data = study()
    with pytest.raises(contrasts.CannotFit, match='arm "pilot"'):
        contrasts.deskilling_design(**data, control="unaided", exposed="pilot", baseline="baseline", later="withdrawal")


def interval(value, se, df=None):
    return Interval(value, None, None, se, df, 0.95, "", "risk difference")


def test_noninferiority_is_the_lower_limit_against_the_margin():
    # 74 % to 71 %, 200 decisions each, margin 10 points.
    answer = contrasts.noninferiority(interval(-0.03, np.sqrt(0.71 * 0.29 / 200 + 0.74 * 0.26 / 200)), 0.10)
    assert not answer.shown
    assert_allclose([answer.low, answer.p], [-0.117, 0.058], atol=5e-4)
    assert contrasts.noninferiority(interval(-0.03, 0.03), 0.10).shown
    few = contrasts.noninferiority(interval(-0.03, 0.03), 0.10, alpha=0.025)
    assert contrasts.noninferiority(interval(-0.03, 0.03, df=4), 0.10).low < few.low
    with pytest.raises(contrasts.CannotFit, match="largest acceptable loss"):
        contrasts.noninferiority(interval(0, 1), -0.1)


def test_holm_is_monotone_and_leaves_unknown_ones_out():
    adjusted = holm([0.01, 0.04, None, 0.03])
    assert_allclose([adjusted[0], adjusted[1], adjusted[3]], [0.03, 0.06, 0.06])
    assert adjusted[2] is None
    ordered = holm([0.001, 0.01, 0.02, 0.6])
    assert all(a <= b for a, b in pairwise(ordered))


def test_parametric_bootstrap_agrees_with_the_delta_method_in_a_regular_study():
    design = deskilling_design(study(clinicians=40, per_phase=6, cases=16))
    fit = contrasts.fit(design)
    delta = contrasts.deskilling(fit, design)
    found = marginal.bootstrap(
        fit, design.cells["exposed"], design.cells["control"], rng=np.random.default_rng(1), replicates=30
    )
    assert_allclose(found.value, delta.value)
    assert_allclose(found.high - found.low, delta.high - delta.low, rtol=0.5)
    assert found.low < found.value < found.high
    assert "of 30 replicates" in found.method


def test_cell_with_wrong_advice_speaks_of_its_own_share():
    """Two thirds right advice and one third wrong in the advised arm; none elsewhere."""
    rng = np.random.default_rng(5)
    n = 1200
    clinician = [f"c{i // 12}" for i in range(n)]
    case = [f"k{i % 12}" for i in range(n)]
    arm = ["advised" if (i // 12) % 2 else "unaided" for i in range(n)]
    aided = np.array([float(a == "advised") for a in arm])
    wrong = aided * (np.arange(n) % 3 == 0)
    chance = 0.55 + 0.25 * aided - 0.55 * wrong
    correct = (rng.random(n) < chance).astype(float)
    plain = contrasts.accuracy_design(correct, arm, ["x"] * n, clinician, case, aided=aided)
    design = contrasts.accuracy_design(correct, arm, ["x"] * n, clinician, case, aided=aided, wrong_advice=wrong)
    assert design.names[-1] == "advice wrong"
    assert plain.x.shape[1] + 1 == design.x.shape[1]
    np.testing.assert_allclose(design.cells["advised", "x"].weights, [2 / 3, 1 / 3])
    np.testing.assert_allclose(design.cells["unaided", "x"].weights, [1, 0])
    keys = [("advised", "x"), ("unaided", "x")]
    narrow, wide = (
        marginal.risk_difference(contrasts.fit(d), *(d.cells[key] for key in keys)) for d in (design, plain)
    )
    observed = correct[aided == 1].mean() - correct[aided == 0].mean()
    assert abs(narrow.value - observed) < 0.01
    assert narrow.se < 0.97 * wide.se


def test_wrong_advice_that_never_varies_is_left_out():
    rows = ([1, 0, 1, 1], ["a", "a", "b", "b"], ["x"] * 4, ["1", "2", "3", "4"], ["k", "l", "k", "l"])
    design = contrasts.accuracy_design(*rows, aided=[0, 0, 1, 1], wrong_advice=[0, 0, 0, 0])
    assert "advice wrong" not in design.names
