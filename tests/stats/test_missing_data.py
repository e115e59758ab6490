"""Missing decisions against mice, geepack and equations stacked by hand (tests/reference/missing.R); and in a plan."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlab.stats import planfile, plans
from simlab.stats.dropout_weights import staying, weighted
from simlab.stats.errors import BadPlan
from simlab.stats.glmm import Factor
from simlab.stats.imputation import imputer, pool
from simlab.stats.intervals import CannotFit

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "missing.json").read_text())


@pytest.mark.parametrize("name", ["few", "many", "alike"])
def test_rubins_rules_equal_mice(name: str) -> None:
    wanted = EXPECTED["pooled"][name]
    made = pool(wanted["q"], wanted["u"], complete_df=wanted["n"] - wanted["k"])
    assert made.value == pytest.approx(wanted["value"], rel=1e-10)
    assert made.se**2 == pytest.approx(wanted["total"], rel=1e-10)
    assert (made.within, made.between) == pytest.approx((wanted["within"], wanted["between"]), rel=1e-10, abs=1e-18)
    assert made.df == pytest.approx(wanted["df"], rel=1e-10)
    assert made.missing_information == pytest.approx(wanted["fmi"], rel=1e-10)


def test_one_imputation_cannot_be_pooled() -> None:
    with pytest.raises(CannotFit, match="two imputations"):
        pool([0.1], [0.01])


@pytest.mark.parametrize(("data", "key"), [("missing_clinicians", "two_level"), ("missing_decisions", "posterior")])
def test_imputation_agrees_with_mice_and_with_an_exact_posterior(data: str, key: str) -> None:
    """Both sides draw 200 times: the bounds are about three Monte-Carlo errors of the two together."""
    table = pd.read_csv(REFERENCE / "data" / f"{data}.csv")
    y = table["y"].to_numpy(dtype=float)
    x = np.column_stack([np.ones(len(table)), table["arm"], table["late"]]).astype(float)
    people = Factor("clinician", table["clinician"].to_numpy())
    source = imputer(y, x, [people], names=["intercept", "arm", "late"])
    rng, gone = np.random.default_rng(3), np.isnan(y)
    values, variances, means = [], [], []
    for _ in range(200):
        filled = y.copy()
        filled[gone] = source.draw(rng).decisions()
        beta = np.linalg.lstsq(x, filled, rcond=None)[0]
        left = filled - x @ beta
        values.append(float(beta[1]))
        variances.append(float(left @ left / (len(y) - 3) * np.linalg.inv(x.T @ x)[1, 1]))
        means.append(float(filled[gone].mean()))
    made, wanted = pool(values, variances), EXPECTED[key]
    assert np.mean(means) == pytest.approx(wanted["mean"], abs=0.02)
    assert made.value == pytest.approx(wanted["value"], abs=0.25 * wanted["total"] ** 0.5)
    assert made.se == pytest.approx(wanted["total"] ** 0.5, rel=0.1)


def test_weighting_for_those_who_left_equals_stacked_equations_in_r() -> None:
    people = pd.read_csv(REFERENCE / "data" / "missing_people.csv")
    rows = pd.read_csv(REFERENCE / "data" / "missing_staying.csv")
    z = np.column_stack([np.ones(len(people)), people["arm"], people["before"]]).astype(float)
    model = staying(people["stayed"].to_numpy(dtype=float), z)
    x = np.column_stack([np.ones(len(rows)), rows["later"], rows["treated"]]).astype(float)
    person = rows["person"].to_numpy(dtype=np.int64) - 1
    y, later = rows["y"].to_numpy(dtype=float), rows["later"].to_numpy(dtype=float)
    fit = weighted(y, x, person, model, later, cases=None)
    wanted = EXPECTED["weighted"]
    factor = np.sqrt(fit.clusters / (fit.clusters - 1))
    assert model.alpha == pytest.approx(wanted["alpha"], abs=1e-8)
    assert fit.beta == pytest.approx(wanted["beta"], abs=1e-7)
    assert np.sqrt(np.diag(fit.vcov)) / factor == pytest.approx(wanted["se"], rel=1e-6)
    found = fit.difference(np.ones(3), np.array([1.0, 1.0, 0.0]), level=0.95, method="")
    assert found.value == pytest.approx(wanted["difference"], abs=1e-8)
    assert found.se == pytest.approx(wanted["difference_se"] * factor, rel=1e-6)
    known = weighted(y, x, person, model, later, cases=None, estimated=False)
    assert np.sqrt(np.diag(known.vcov)) / factor == pytest.approx(wanted["known_se"], rel=1e-6)
    both = weighted(y, x, person, model, later, cases=rows["case"].to_numpy(dtype=np.int64) - 1)
    assert both.beta == pytest.approx(fit.beta)
    assert both.clusters == 10
    assert np.linalg.eigvalsh(both.vcov)[0] > 0


def test_too_few_leavers_cannot_be_modelled() -> None:
    with pytest.raises(CannotFit, match="fewer than 5 clinicians left"):
        staying(np.array([1.0] * 20 + [0.0] * 3), np.ones((23, 1)))


def test_everybody_with_a_low_score_leaving_is_said() -> None:
    low = np.repeat([0.0, 1.0], 10)
    with pytest.raises(CannotFit, match="all alike"):
        staying(1 - low, np.column_stack([np.ones(20), low]))


def _with_leavers(study: Any, leave: int = 6) -> pd.DataFrame:
    """The small study in which the weakest of each arm leave before withdrawal, and some cases are skipped."""
    table: pd.DataFrame = study(people=32, cases=10)
    base = table[table["phase"] == "baseline"].assign(right=lambda t: t["final"] == t["truth"])
    score = base.groupby(["arm", "participant"])["right"].mean().sort_values(kind="stable")
    gone = {person for arm in ("unaided", "advised") for person in score[arm].index[1 : 2 * leave : 2]}
    lost = table["participant"].isin(gone) & table["phase"].isin(["withdrawal", "retention"])
    table.loc[lost, "status"] = "missing"
    table.loc[lost, ["final", "final_confidence", "time_total_s", "time_active_s"]] = None
    return table


def _run(table: pd.DataFrame, plan: dict[str, Any]) -> dict[str, Any]:
    asked = plan | {"analyses": ["missing-data"], "options": {"missing_data": {"imputations": 5, "deltas": [1.0, 4.0]}}}
    found: dict[str, Any] = plans.run(table, asked)["analyses"][0]
    return found


def test_missing_decisions_are_answered_beside_the_primary(study: Any, plan: dict[str, Any]) -> None:
    made = _run(_with_leavers(study), plan)
    named = {e["name"]: e for e in made["estimates"]}
    first, imputed, other = (named[f"difference/{name}"] for name in ("primary", "imputed", "weighted"))
    # All three answer one question on one scale; the imputed one uses every planned decision.
    assert imputed["n_used"] == first["n_used"] + first["n_dropped"] > first["n_used"]
    for one in (imputed, other):
        assert one["value"] == pytest.approx(first["value"], abs=0.08)
        assert one["low"] < one["value"] < one["high"]
    assert "of information missing" in imputed["method"]
    assert "staying given arm, share right in baseline" in other["method"]
    assert made["convergence"]["converged"]
    tables = {t["name"]: t for t in made["tables"]}
    by_arm: dict[str, list[list[Any]]] = {}
    for row in tables["tipping"]["rows"]:
        by_arm.setdefault(row[0], []).append(row)
    # Making the missing of an arm worse moves the difference against that arm.
    assert by_arm["advised"][1][3] < by_arm["advised"][0][3]
    assert by_arm["unaided"][1][3] > by_arm["unaided"][0][3]
    assert all(-100 <= row[2] <= 0 for rows in by_arm.values() for row in rows)
    sentence = tables["verdict"]["rows"][0][0]
    assert "points less often than like ones that were made" in sentence
    assert made == _run(_with_leavers(study), plan)  # the same table and plan draw the same


def test_a_complete_study_has_nothing_to_fill_in(study: Any, plan: dict[str, Any]) -> None:
    made = _run(study(), plan)
    assert made["estimates"] == []
    assert "No planned decision" in made["warnings"][0]


def test_a_plan_without_a_primary_is_answered_in_words(study: Any, plan: dict[str, Any]) -> None:
    made = _run(study(), plan | {"primary": None})
    assert "no primary contrast" in made["convergence"]["detail"]


def test_deltas_that_do_not_rise_are_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(BadPlan, match="do not rise"):
        planfile.parse(plan | {"options": {"missing_data": {"deltas": [2.0, 1.0]}}})
