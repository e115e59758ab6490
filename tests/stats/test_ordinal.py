"""The ordinal mixed model against R's ordinal::clmm (tests/reference/ordinal.R), its verdicts, and it in a plan."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlab.stats import ordinal, ordinal_marginal, plans
from simlab.stats.errors import BadPlan
from simlab.stats.glmm_design import Factor
from simlab.stats.intervals import CannotFit
from simlab.stats.marginal import Cell
from simlab.stats.ordinal_laplace import OrdinalLaplace

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ["balanced", "unbalanced", "sparse", "missing_by_design", "slopes"]


@cache
def expected():
    return json.loads((REFERENCE / "expected" / "ordinal.json").read_text())


def fit_of(d, *, slope=False):
    x = d[["later", "treated"]].to_numpy(dtype=float)
    slopes = {"treated": x[:, 1]} if slope else {}
    factors = [Factor("clinician", d["clinician"].to_numpy()), Factor("case", d["case"].to_numpy(), slopes)]
    return ordinal.fit(d["y"], x, factors, names=["later", "treated"])


def table_of(name):
    return pd.read_csv(REFERENCE / "data" / f"ordinal_{name}.csv")


@cache
def fitted(name, slope=False):
    return fit_of(table_of(name), slope=slope)


def close(one, r):
    assert one.converged
    assert one.loglik == pytest.approx(r["loglik"], abs=1e-4)
    np.testing.assert_allclose((one.beta - r["beta"]) / np.array(r["se"]), 0, atol=1e-3)
    np.testing.assert_allclose(one.se, r["se"], rtol=1e-3)
    np.testing.assert_allclose((one.cuts - r["cuts"]) / np.array(r["cuts_se"]), 0, atol=1e-3)
    np.testing.assert_allclose(one.cuts_se, r["cuts_se"], rtol=1e-3)
    for effect in one.effects:
        np.testing.assert_allclose(effect.sd, np.atleast_1d(r["sd"][effect.name]), atol=1e-3)


@pytest.mark.parametrize("name", SETS)
def test_coefficients_thresholds_and_errors_are_those_of_clmm(name):
    close(fitted(name), expected()[name]["intercepts"])


def test_a_by_case_slope_is_that_of_clmm():
    one, r = fitted("slopes", True), expected()["slopes"]["slope"]
    close(one, r)
    case = next(e for e in one.effects if e.name == "case")
    assert case.corr[1, 0] == pytest.approx(r["corr"]["case"], abs=2e-3)


def test_a_variance_of_zero_keeps_the_estimates_of_the_model_without_it():
    one, r = fitted("zero_variance"), expected()["zero_variance"]["nested"]
    assert one.singular == ("clinician intercept: variance 0",)
    assert one.loglik == pytest.approx(r["loglik"], abs=1e-4)
    np.testing.assert_allclose((one.beta - r["beta"]) / np.array(r["se"]), 0, atol=1e-3)
    np.testing.assert_allclose(one.se, r["se"], rtol=1e-3)


@pytest.mark.parametrize("name", SETS)
def test_shares_and_means_are_integrated_as_in_r(name):
    one, r = fitted(name), expected()[name]["intercepts"]["marginal"]
    z = {"clinician": np.ones(1), "case": np.ones(1)}
    cells = [Cell("later", np.array([1.0, 0.0]), z), Cell("treated", np.array([1.0, 1.0]), z)]
    shares = ordinal_marginal.shares(one, cells[1])
    gap = ordinal_marginal.mean_difference(one, cells[1], cells[0])
    # R counts categories from 1; here they keep their own numbers.
    mean = ordinal_marginal.mean(one, cells[1]).value - one.categories[0] + 1
    np.testing.assert_allclose([*(s.value for s in shares), mean, gap.value], r["value"], atol=3e-5)
    np.testing.assert_allclose([*(s.se for s in shares), gap.se], [*r["se"][:-2], r["se"][-1]], rtol=2e-3)
    assert sum(s.value for s in shares) == pytest.approx(1, abs=1e-12)
    assert all(s.low < s.value < s.high for s in shares)


def test_the_gradient_is_the_slope_of_the_likelihood():
    model = OrdinalLaplace(fitted("slopes", True).rows, 4)
    psi = model.start() + 0.1
    _, gradient = model.value_and_gradient(psi)
    model.tolerance = 1e-13
    step = 1e-5
    by_difference = [(model.value(psi + step * e) - model.value(psi - step * e)) / (2 * step) for e in np.eye(psi.size)]
    np.testing.assert_allclose(gradient, by_difference, atol=1e-5)


def test_turning_the_scale_round_turns_the_effects_round():
    d = table_of("balanced")
    one, other = fitted("balanced"), fit_of(d.assign(y=-d["y"]))
    np.testing.assert_allclose(other.beta, -one.beta, atol=1e-6)
    np.testing.assert_allclose(other.cuts, -one.cuts[::-1], atol=1e-6)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-8)


def test_two_categories_are_a_logistic_model():
    from simlab.stats import glmm

    d = table_of("balanced")
    high = (d["y"] > 2).astype(float)
    factors = [Factor("clinician", d["clinician"].to_numpy()), Factor("case", d["case"].to_numpy())]
    x = d[["later", "treated"]].to_numpy(dtype=float)
    one = ordinal.fit(high, x, factors, names=["later", "treated"])
    other = glmm.fit(high, np.column_stack([np.ones(len(d)), x]), factors, names=["1", "later", "treated"])
    np.testing.assert_allclose(one.beta, other.beta[1:], atol=1e-5)
    assert one.cuts[0] == pytest.approx(-other.beta[0], abs=1e-5)
    assert one.loglik == pytest.approx(other.loglik, abs=1e-7)


def test_a_sparse_category_is_named_and_an_unused_one_has_no_threshold():
    d = table_of("balanced")
    assert fitted("sparse").sparse == ("Category 1 has fewer than 5 answers (1): its thresholds rest on little.",)
    unused = fit_of(d.assign(y=d["y"].replace(3, 2)))
    assert unused.categories == (1.0, 2.0, 4.0, 5.0)
    assert len(unused.cuts) == 3


def test_a_group_that_only_gave_the_highest_answer_has_no_standard_error():
    d = table_of("balanced")
    one = fit_of(d.assign(y=np.where(d["treated"] == 1, 5, d["y"])))
    assert not one.converged
    assert one.separation == "separation: every answer of treated is in the highest category"
    assert np.isnan(one.se).all()


def test_too_many_values_are_refused_with_a_remedy():
    d = table_of("balanced")
    with pytest.raises(CannotFit, match=r"use 480 different values; .* give bands"):
        fit_of(d.assign(y=np.arange(len(d))))


@pytest.fixture
def wanted(plan):
    return plan | {"analyses": ["ordinal"], "options": {"ordinal": {"borders": [0.6, 0.7, 0.8]}}}


def in_plan(table, plan):
    analysis = plans.run(table, plan)["analyses"][0]
    return analysis, {e["name"]: e for e in analysis["estimates"]}, {t["name"]: t for t in analysis["tables"]}


def test_confidence_in_bands_by_arm_and_phase(study, wanted):
    table = study(people=40)
    analysis, estimates, tables = in_plan(table, wanted)
    assert analysis["convergence"]["converged"]
    assert set(estimates) >= {"mean/advised/exposure", "difference/advised/exposure", "difference/advised/withdrawal"}
    gap = estimates["difference/advised/withdrawal"]
    steps = np.digitize(table["final_confidence"], [0.6, 0.7, 0.8]) + 1
    here = [steps[(table["arm"] == arm) & (table["phase"] == "withdrawal")].mean() for arm in ("advised", "unaided")]
    assert gap["value"] == pytest.approx(here[0] - here[1], abs=0.15)
    assert gap["low"] < gap["value"] < gap["high"]
    counts = [row for row in tables["answers"]["rows"] if row[:2] == ["advised", "withdrawal"] or
              row[:2] == ("advised", "withdrawal")]  # fmt: skip
    assert sum(row[4] for row in counts) == 120
    assert sum(row[6] for row in counts) == pytest.approx(1)
    assert counts[0][3] == "lowest to 0.6"
    assert len(tables["thresholds"]["rows"]) == 3


def test_no_confidence_means_no_model(study, wanted):
    analysis, estimates, _ = in_plan(study(people=6).assign(final_confidence=None), wanted)
    assert "have no value of final confidence" in analysis["warnings"][0]
    assert not estimates


def test_a_model_that_may_not_be_read_withholds_its_numbers(study, wanted):
    table = study(people=12)
    table.loc[table["arm"] == "advised", "final_confidence"] = 0.99
    analysis, estimates, tables = in_plan(table, wanted)
    assert not analysis["convergence"]["converged"]
    assert all(e["value"] is None and "Withheld" in e["note"] for e in estimates.values())
    assert set(tables) == {"answers"}


@pytest.mark.parametrize("borders", [[0.5, 0.4], [0.5, 0.5], []])
def test_borders_that_do_not_rise_are_refused(plan, borders):
    from simlab.stats import planfile
    from simlab.stats.errors import BadPlan

    with pytest.raises(BadPlan, match="borders"):
        planfile.parse(plan | {"options": {"ordinal": {"borders": borders}}})


def _levels(people=30, cases=10, seed=4):
    """Triage in three levels; those of the advised arm answer higher."""
    rng = np.random.default_rng(seed)
    person, case = np.divmod(np.arange(people * cases), cases)
    advised = person % 2 == 1
    eta = 1.2 * advised + rng.normal(0, 0.5, people)[person] + rng.normal(0, 0.5, cases)[case]
    step = np.digitize(eta + rng.logistic(size=len(person)), [0.0, 1.5])
    return pd.DataFrame(
        {
            "participant": [f"p{n}" for n in person], "arm": np.where(advised, "advised", "unaided"),
            "phase": "exposure", "phase_index": 0, "case": [f"c{n}" for n in case],
            "status": "complete", "structure": "unaided",
            "final": np.array(["self care", "gp", "hospital"])[step],
        }
    ), step  # fmt: skip


LEVELS = {
    "simlab": "plan/1", "title": "Triage", "arms": ["unaided", "advised"], "control": "unaided", "phases": ["exposure"],
    "advised": {"exposure": ["advised"]}, "analyses": ["ordinal"], "bootstrap": 100,
}  # fmt: skip


def found(table, ordinal_options):
    return plans.run(table, LEVELS | {"options": {"ordinal": ordinal_options}})["analyses"][0]


def test_triage_is_an_ordered_answer_as_if_its_levels_were_numbers():
    table, step = _levels()
    one = found(table, {"outcome": "final", "order": ["Self care", "GP", "hospital"]})
    two = found(table.assign(final_confidence=step / 2), {"outcome": "final_confidence"})
    assert one["convergence"]["converged"]
    gaps = [next(e for e in a["estimates"] if e["name"].startswith("difference"))["value"] for a in (one, two)]
    assert gaps[0] == pytest.approx(2 * gaps[1], rel=1e-6)
    assert gaps[0] > 0.2
    assert [row[3] for row in one["tables"][0]["rows"][:3]] == ["Self care", "GP", "hospital"]


def test_items_of_a_questionnaire_are_ordered_answers_and_some_turned_round():
    rng = np.random.default_rng(8)
    table, _ = _levels(people=40, cases=1)
    advised = (table["arm"] == "advised").to_numpy()
    lean = 1.5 * advised + rng.normal(0, 0.7, 40)
    answers = [[int(np.digitize(x + rng.logistic(), [-1, 0, 1, 2])) + 1 for _ in range(6)] for x in lean]
    turned = [[6 - row[0], *row[1:]] for row in answers]
    as_text = [json.dumps({"merritt-trust": row}) for row in answers]
    plain = found(table.assign(questionnaire=as_text), {"outcome": "questionnaire", "questionnaire": "merritt-trust"})
    other = found(
        table.assign(questionnaire=[json.dumps({"merritt-trust": row}) for row in turned]),
        {"outcome": "questionnaire", "questionnaire": "merritt-trust", "reversed": [1], "highest": 5},
    )
    assert plain["estimates"] == other["estimates"]
    assert plain["estimates"][-1]["low"] > 0
    assert plain["estimates"][0]["n_used"] == 120


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"outcome": "final"}, "needs order"),
        ({"outcome": "questionnaire"}, "the name of one"),
        ({"outcome": "questionnaire", "questionnaire": "sus", "reversed": [2]}, "need highest"),
    ],
)
def test_an_outcome_that_lacks_what_it_needs_is_refused(options, words):
    with pytest.raises(BadPlan, match=words):
        found(_levels()[0], options)
