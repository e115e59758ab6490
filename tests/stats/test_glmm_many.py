"""Gradients and informations at many points at once are those of one point after another."""

from dataclasses import replace

import numpy as np
import pytest

from simlab.stats import glmm, glmm_laplace, glmm_many
from simlab.stats.glmm_design import Factor, Rows, prepare
from simlab.stats.glmm_laplace import Laplace
from simlab.stats.glmm_link import LOGIT, PROBIT


def rows(slopes: bool, twice: bool, link=LOGIT) -> Rows:
    """40 clinicians who meet 9 of 12 cases, or all of them twice."""
    rng = np.random.default_rng(5)
    case = np.concatenate([np.tile(np.arange(12), 2) if twice else rng.permutation(12)[:9] for _ in range(40)])
    clinician = np.repeat(np.arange(40), 24 if twice else 9)
    later = rng.integers(0, 2, case.size).astype(float)
    y = (rng.random(case.size) < 0.6).astype(float)
    own = {"later": later} if slopes else {}
    factors = [Factor("clinician", clinician, own), Factor("case", case, own)]
    made = prepare(y, np.column_stack([np.ones(case.size), later]), factors, ("(intercept)", "later"))
    return replace(made, link=link)


@pytest.mark.parametrize("slopes", [False, True])
@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("link", [LOGIT, PROBIT])
def test_many_points_are_one_after_another(slopes, twice, link):
    made = Laplace(rows(slopes, twice, link))
    rng = np.random.default_rng(1)
    psi = rng.normal(0, 0.4, made.size)
    points = psi + rng.normal(0, 1e-3, (7, made.size))
    made.value_and_gradient(psi)
    gradients, informations = made.gradients(points), made.beta_informations(points)
    for point, gradient, information in zip(points, gradients, informations, strict=True):
        assert made.value_and_gradient(point)[1] == pytest.approx(gradient, abs=1e-6)
        assert made.beta_information(point) == pytest.approx(information, abs=1e-6)


def test_points_far_away_are_taken_one_by_one():
    made = Laplace(rows(True, False))
    psi = np.full(made.size, 0.3)
    made.value_and_gradient(psi)
    far = psi + 40 * np.eye(made.size)[:2]
    for point, gradient in zip(far, made.gradients(far), strict=True):
        assert Laplace(rows(True, False)).value_and_gradient(point)[1] == pytest.approx(gradient, rel=1e-5, abs=1e-5)


def test_large_models_and_other_shapes_are_not_done_together(monkeypatch):
    made = Laplace(rows(True, False))
    made.value_and_gradient(np.zeros(made.size))
    points = np.zeros((3, made.size))
    assert glmm_many.worth_it(made, points)
    monkeypatch.setattr(glmm_many, "LARGEST", 100)
    assert not glmm_many.worth_it(made, points)
    monkeypatch.setattr(glmm_laplace, "Neighbours", None)  # would fail if it were asked
    assert made.gradients(points).shape == points.shape


def test_a_start_changes_the_way_and_not_the_end():
    made, other = rows(True, False), rows(False, False)
    cold = glmm.fit_rows(made)
    start = glmm.start_from([glmm.fit_rows(replace(made, y=1 - made.y)), cold])
    assert start is not None
    assert start.psi[2] >= glmm.LEAST_START
    warm = glmm.fit_rows(made, start=start)
    assert warm.psi == pytest.approx(cold.psi, abs=1e-6)
    assert warm.se == pytest.approx(cold.se, rel=1e-3)
    assert glmm.fit_rows(other, start=start).psi == pytest.approx(glmm.fit_rows(other).psi, abs=1e-9)


def test_there_is_no_start_from_nothing():
    assert glmm.start_from([]) is None
