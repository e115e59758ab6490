"""G-study, DIF, standards and script concordance against R (tests/reference/educator.R) and published values."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlab.stats import classical, dif, gstudy, sct, standards
from simlab.stats.intervals import CannotFit

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "expected" / "educator.json").read_text())
REAL = Path(os.environ.get("SIMLAB_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def scores(name):
    d = pd.read_csv(REFERENCE / "data" / f"educator_{name}.csv")
    return d.pivot(index="person", columns="case", values="score").to_numpy(dtype=float)


@pytest.mark.parametrize("name", ["complete", "holes"])
def test_variance_components_are_those_of_lme4(name):
    found = gstudy.components(scores(name))
    np.testing.assert_allclose([found.person, found.case, found.residual], R[name], rtol=1e-3)
    assert found.converged
    if name == "complete":
        np.testing.assert_allclose([found.person, found.case, found.residual], R["anova"], rtol=1e-4)


def test_a_d_study_by_hand_and_cases_for_eight_tenths():
    parts = gstudy.Components(0.02, 0.01, 0.05, 40, 12, 480, True, "converged", ())
    ten = gstudy.study(parts, [5, 10])[1]
    assert (ten.relative, ten.absolute) == (pytest.approx(0.8), pytest.approx(0.02 / 0.026))
    assert ten.error == pytest.approx(0.006**0.5)
    assert gstudy.cases_for(parts, absolute=False) == 10
    assert gstudy.cases_for(parts) == 12
    nobody = gstudy.Components(0.0, 0.01, 0.05, 40, 12, 480, True, "converged", ())
    assert gstudy.cases_for(nobody) is None
    assert gstudy.cases_for(gstudy.Components(1e-6, 0, 1, 9, 9, 81, True, "", ())) is None


@pytest.mark.parametrize(("table", "says"), [(np.ones((5, 4)), "equal"), (np.array([[1.0, 0.5]]), "two persons")])
def test_scores_without_variance_or_persons_are_refused(table, says):
    with pytest.raises(CannotFit, match=says):
        gstudy.components(table)


@pytest.mark.parametrize("r", R["dif"], ids=lambda r: str(r["item"]))
def test_differential_functioning_is_as_in_r(r):
    d = pd.read_csv(REFERENCE / "data" / "educator_dif.csv").to_numpy(dtype=float)
    right, score, focal = d[:, r["item"] - 1], d[:, :8].sum(axis=1), d[:, 8]
    m = dif.mantel_haenszel(right, score, focal)
    for field, name in (("odds_ratio", "ratio"), ("low", "low"), ("high", "high"), ("chi_square", "chi"), ("p", "p")):
        assert getattr(m, field) == pytest.approx(r[name], rel=1e-10)
    assert m.delta == pytest.approx(2.35 * np.log(r["ratio"]))
    assert m.grade == {1: "A", 3: "C"}.get(r["item"], m.grade)
    fit = dif.logistic(right, score, focal)
    assert fit.uniform == pytest.approx(r["uniform"], abs=1e-6)
    assert fit.changing == pytest.approx(r["changing"], abs=1e-6)


def test_differential_functioning_that_cannot_be_told_has_no_value():
    ones = np.ones(10)
    m = dif.mantel_haenszel(ones, np.arange(10.0), np.tile([0.0, 1.0], 5))
    assert (m.odds_ratio, m.n_reference, m.n_focal) == (None, 5, 5)
    assert "fewer than 20" in dif.logistic(ones, np.arange(10.0), np.tile([0.0, 1.0], 5)).note
    # Every focal person right, nobody else: an odds ratio without bound.
    focal = np.tile([0.0, 1.0], 30)
    m = dif.mantel_haenszel(focal, np.ones(60), focal)
    assert m.odds_ratio is None
    assert m.p < 1e-6
    assert "group" in dif.logistic(focal, np.random.default_rng(1).normal(size=60), focal).note


def test_borderline_regression_is_that_of_lm():
    d, r = pd.read_csv(REFERENCE / "data" / "educator_borderline.csv"), R["borderline"]
    found = standards.borderline_regression(d["checklist"].to_numpy(dtype=float), d["grade"].to_numpy(dtype=float), 2.0)
    for ours, theirs in ((found.cut.value, "cut"), (found.cut.low, "low"), (found.cut.high, "high"),
                         (found.cut.se, "se"), (found.rmse, "rmse"), (found.r_squared, "r2")):  # fmt: skip
        assert ours == pytest.approx(r[theirs], rel=1e-10)
    with pytest.raises(CannotFit, match="a line needs"):
        standards.borderline_regression(np.array([1.0, 2, 3]), np.ones(3), 1.0)


def test_angoff_by_hand_in_two_rounds():
    first = np.array([[0.6, 0.8], [0.4, np.nan], [0.5, 0.7]])
    one, two, moved = standards.angoff_rounds(first, np.array([[0.6, 0.7], [0.5, 0.7], [0.5, 0.7]]))
    assert one.cut.value == pytest.approx((0.7 + 0.4 + 0.6) / 3)
    assert one.judge_sd == pytest.approx(np.std([0.7, 0.4, 0.6], ddof=1))
    assert one.item_sd == pytest.approx((np.std([0.6, 0.4, 0.5], ddof=1) + np.std([0.8, 0.7], ddof=1)) / 2)
    assert moved == pytest.approx(two.cut.value - one.cut.value)
    assert two.judge_sd < one.judge_sd
    assert standards.angoff(np.array([[0.5, 0.6]])).cut.low is None
    with pytest.raises(ValueError, match="divide percentages"):
        standards.angoff(np.array([[60.0]]))
    with pytest.raises(CannotFit):
        standards.angoff(np.array([[np.nan]]))


def test_the_five_scorings_by_hand():
    panel = np.array([1.0, 1, 1, 2, 0, np.nan])  # mean 1; shares 0, 0, ⅓, 1, ⅓
    want = {
        "aggregate": [0, 0, 1 / 3, 1, 1 / 3],
        "mode": [0.25, 0.5, 0.75, 1, 0.75],
        "mean": [0.25, 0.5, 0.75, 1, 0.75],
        "penalty": [0.125, 0.25, (1 / 3 + 0.75) / 2, 1, (1 / 3 + 0.75) / 2],
        "best": [0, 0, 0, 1, 0],
    }
    for scoring in sct.SCORINGS:
        np.testing.assert_allclose(sct.credit_of_steps(panel, scoring), want[scoring])
    np.testing.assert_allclose(sct.credit_of_steps(np.array([-2.0, 2.0]), "mode"), [1, 0.75, 0.5, 0.75, 1])
    assert np.isnan(sct.credit_of_steps(np.array([np.nan]))).all()
    with pytest.raises(ValueError, match="takes −2"):
        sct.score(np.array([[3.0]]), panel[None, :])


@pytest.mark.skipif(not (REAL / "sct-vanbelle34").is_dir(), reason="the published script concordance test is not here")
def test_a_published_script_concordance_test_is_scored_as_published():
    d = pd.read_csv(REAL / "sct-vanbelle34" / "sct_ratings.csv")
    students, experts = (d.filter(regex=f"^{kind}").to_numpy(dtype=float) for kind in "SE")
    means = sct.person_means(sct.score(students, experts))
    assert (round(means.mean(), 4), round(means.std(ddof=1), 4)) == (0.7434, 0.0577)
    panel = sct.scale(experts)
    assert (round(panel.mean, 4), round(panel.sd, 4)) == (0.7216, 0.0491)
    assert round(sct.person_means(sct.score(experts, experts)).mean(), 4) == 0.8073
    assert round(classical.alpha_of(classical.pairwise(sct.score(students, experts).T)), 3) == 0.184
    # Vanbelle and Albert 2009, table 5.
    kappa, se = sct.group_kappa(students, experts)
    assert (round(kappa, 2), round(se, 3)) == (0.72, 0.049)
    own = sct.standardised(sct.person_means(sct.leave_one_out(experts)), panel)
    assert (own.mean(), own.std(ddof=1)) == (pytest.approx(80), pytest.approx(5))
