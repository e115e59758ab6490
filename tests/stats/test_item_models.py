"""Models of items against R's own likelihood (tests/reference/items.R), and what they must refuse."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlab.stats import classical, equating, item_fit, item_persons, item_response
from simlab.stats.intervals import CannotFit
from simlab.stats.item_response import Answers

REFERENCE = Path(__file__).parents[1] / "reference"
FITS = [(s, m) for m in ("rasch", "2pl") for s in ("complete", "linked", "holes")] + [("small", "rasch")]
FORMS = {"A": [f"i{n}" for n in range(1, 7)], "B": [f"i{n}" for n in range(7, 13)],
         "C": [f"i{n}" for n in range(13, 19)]}  # fmt: skip


@cache
def expected():
    return json.loads((REFERENCE / "expected" / "items.json").read_text())


@cache
def answers(name):
    table = pd.read_csv(REFERENCE / "data" / f"items_{name}.csv")
    return Answers(tuple(f"p{n}" for n in range(len(table))), tuple(table.columns), table.to_numpy(dtype=float))


@cache
def fitted(name, model):
    return item_response.fit(answers(name), model)


def made(right, **more):
    right = np.asarray(right, dtype=float)
    return Answers(tuple(f"p{n}" for n in range(len(right))), tuple(f"i{n}" for n in range(right.shape[1])), right)


@pytest.mark.parametrize(("name", "model"), FITS)
def test_items_are_as_in_r(name, model):
    one, r = fitted(name, model), expected()[name][model]
    assert one.converged
    assert one.loglik == pytest.approx(r["loglik"], abs=1e-4)
    se = np.array(r["difficulty_se"])
    np.testing.assert_allclose((one.difficulty - r["difficulty"]) / se, 0, atol=1e-3)
    np.testing.assert_allclose(one.difficulty_se, se, rtol=1e-3)
    if model == "rasch":
        assert (one.sd - r["sd"]) / r["sd_se"] == pytest.approx(0, abs=1e-3)
        assert one.sd_se == pytest.approx(r["sd_se"], rel=1e-3)
    else:
        np.testing.assert_allclose((one.slope - r["slope"]) / np.array(r["slope_se"]), 0, atol=1e-3)
        np.testing.assert_allclose(one.slope_se, r["slope_se"], rtol=1e-3)


@pytest.mark.parametrize(("name", "model"), FITS)
def test_persons_and_fit_are_as_in_r(name, model):
    one, r = fitted(name, model), expected()[name][model]
    people = item_persons.of(one, answers(name))
    for field in ("eap", "eap_sd", "wle", "wle_se"):
        np.testing.assert_allclose(getattr(people, field)[:12], r[field], atol=2e-5)
    squares = item_fit.mean_squares(one, answers(name), people)
    for field in ("infit", "infit_z", "outfit", "outfit_z"):
        np.testing.assert_allclose(getattr(squares, field), r[field], atol=1e-4)
    if "sx2" in r:
        found = item_fit.by_score(one, answers(name))
        np.testing.assert_allclose([f.statistic for f in found], r["sx2"], rtol=1e-4)
        assert [f.df for f in found] == r["sx2_df"]
        np.testing.assert_allclose([f.p for f in found], r["sx2_p"], atol=1e-5)


def test_a_spread_of_zero_is_said_and_keeps_the_likelihood():
    one = fitted("alike", "rasch")
    assert one.loglik >= expected()["alike"]["rasch"]["loglik"] - 1e-6
    assert one.converged
    assert np.isfinite(one.difficulty_se).all()
    if one.sd < item_response.SMALL_SD:
        assert one.singular
        assert np.isnan(one.sd_se)


@pytest.mark.parametrize("model", ["rasch", "2pl"])
def test_differences_of_forms_are_as_in_r(model):
    found = equating.mean_difficulties(fitted("linked", model), FORMS)
    for pair, (gap, se) in zip(found.values(), expected()["linked"][model]["gaps"], strict=True):
        assert pair.value == pytest.approx(gap, abs=1e-3 * se)
        assert pair.se == pytest.approx(se, rel=1e-3)


@pytest.mark.parametrize("name", ["complete", "small", "holes", "alike"])
def test_classical_statistics_are_those_of_psych(name):
    r, given = expected()[name]["classical"], answers(name)
    found = classical.items(given.right, given.items)
    assert classical.alpha_of(classical.pairwise(given.right)) == pytest.approx(r["alpha"], abs=1e-10)
    np.testing.assert_allclose([i.alpha_without for i in found], r["without"], atol=1e-10)
    if "rest" in r:
        np.testing.assert_allclose([i.rest for i in found], r["rest"], atol=1e-10)
        np.testing.assert_allclose([i.difficulty for i in found], r["difficulty"], atol=1e-10)


def test_alpha_of_right_and_wrong_is_kr20_and_its_interval_holds_it():
    right = answers("complete").right
    k, p = right.shape[1], right.mean(axis=0)
    kr20 = k / (k - 1) * (1 - (p * (1 - p)).sum() / right.sum(axis=1).var())
    one = classical.alpha(right, rng=np.random.default_rng(1), draws=200)
    assert one.kr20
    assert one.value == pytest.approx(kr20, abs=1e-12)
    assert one.low < one.value < one.high
    assert one == classical.alpha(right, rng=np.random.default_rng(1), draws=200)


def test_a_distractor_that_the_able_choose_is_seen():
    rest = [0.9, 0.8, 0.7, 0.4, 0.3, 0.2, None]
    found = classical.distractors(["x", "x", "key", "key", "y", "key", None], rest, "key")
    assert [(c.answer, c.n, c.key) for c in found] == [("key", 3, True), ("x", 2, False), ("y", 1, False)]
    assert found[1].rest_mean == pytest.approx(0.85)
    assert found[1].rest_correlation > 0 > found[0].rest_correlation


def test_items_that_all_had_right_are_left_out_by_name():
    right = np.array(answers("small").right)
    right[:, 2] = 1
    one = item_response.fit(made(right))
    assert one.left_out == (("i2", "always right"),)
    assert one.items == ("i0", "i1", "i3", "i4")
    with pytest.raises(CannotFit, match="1 items are answered both rightly and wrongly"):
        item_response.fit(made(np.where(np.arange(5) == 0, right, 1)))


def test_a_slope_that_runs_away_has_no_standard_error():
    # Two items that always agree: their slopes have no finite estimate together.
    x = np.random.default_rng(4).random((120, 4)) < 0.5
    x[:, 1] = x[:, 0]
    one = item_response.fit(made(x), "2pl")
    assert not one.converged
    assert np.isnan(one.difficulty_se).all()
    assert "has run away" in one.verdict


def test_forms_that_share_nothing_are_not_equated():
    right = np.array(answers("linked").right)
    right[:, :6][np.isfinite(right[:, 6:]).any(axis=1)] = np.nan  # form A keeps nobody of B or C
    right[:40, 6:] = np.nan
    right[:40, :6] = (np.random.default_rng(3).random((40, 6)) < 0.5).astype(float)
    given = Answers(answers("linked").persons, answers("linked").items, right)
    assert equating.groups(given, FORMS) == [("A",), ("B", "C")]
    with pytest.raises(CannotFit, match="Forms A and B, C share neither a person nor an item"):
        equating.concurrent(given, FORMS)


def test_common_items_link_forms_without_common_persons():
    right = np.array(answers("complete").right)
    right[:200, :2] = np.nan
    right[200:, 4:] = np.nan
    given, forms = made(right), {"first": ["i2", "i3", "i4", "i5"], "second": ["i0", "i1", "i2", "i3"]}
    pair = equating.shared(given, {"first": ["i4", "i5"], "second": ["i0", "i1"]})[0]
    assert (pair.persons, pair.items) == (0, 0)
    link = equating.separate(given, "second", "first", forms)
    assert (link.by, link.units, link.slope) == ("items", 2, 1.0)
    both = [equating.item_response.fit(equating._only(given, forms[f])) for f in ("first", "second")]
    b = [[f.difficulty[f.items.index(i)] for i in ("i2", "i3")] for f in both]
    assert link.shift == pytest.approx(np.mean(b[0]) - np.mean(b[1]))


def test_persons_link_forms_and_agree_with_one_calibration_of_both():
    given = answers("linked")
    link = equating.separate(given, "B", "A", FORMS)
    together = equating.mean_difficulties(fitted("linked", "rasch"), FORMS)["A", "B"]
    alone = [item_response.fit(equating._only(given, FORMS[f])) for f in "AB"]
    by_link = (alone[1].difficulty.mean() + link.shift) - alone[0].difficulty.mean()
    assert link.by == "persons"
    assert by_link == pytest.approx(together.value, abs=2 * together.se)


def test_mean_sigma_by_hand():
    slope, shift, se = equating.mean_sigma(np.array([-1.0, 0.0, 1.0]), np.array([0.0, 2.0, 4.0]))
    assert (slope, shift, se) == (2.0, 2.0, 0.0)
    assert equating.mean_sigma(np.array([1.0]), np.array([3.0]), "rasch") == (1.0, 2.0, None)
    with pytest.raises(CannotFit, match="no unit in common"):
        equating.mean_sigma(np.array([]), np.array([]))
