"""Trials whose practices were randomised: the third random factor, equal to R and present wherever the plan asks."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from simlab.stats import contrasts, glmm, lmm, plans
from simlab.stats.glmm import Factor
from simlab.stats.glmm_design import prepare
from simlab.stats.glmm_laplace import Laplace

REFERENCE = Path(__file__).parents[1] / "reference"
NAMES = ["(intercept)", "later", "treated"]


@pytest.fixture(scope="module")
def rows():
    with (REFERENCE / "data" / "sites.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def expected():
    return json.loads((REFERENCE / "expected" / "sites.json").read_text())


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def design(rows, slope):
    x = np.column_stack([np.ones(len(rows)), column(rows, "later"), column(rows, "treated")])
    slopes = {"treated": x[:, 2]} if slope else {}
    factors = [
        Factor("clinician", [row["clinician"] for row in rows]),
        Factor("case", [row["case"] for row in rows], slopes),
        Factor("site", [row["site"] for row in rows]),
    ]
    return x, factors


def test_logistic_fit_with_sites_equals_glmmtmb(rows, expected):
    x, factors = design(rows, slope=True)
    fit, r = glmm.fit(column(rows, "y"), x, factors, names=NAMES), expected["logistic"]
    assert fit.converged
    assert fit.loglik == pytest.approx(r["loglik"], abs=1e-4)
    assert (np.abs(fit.beta - r["beta"]) < 1e-4 * np.array(r["se"])).all()
    assert fit.se == pytest.approx(r["se"], rel=1e-3)
    assert fit.effect("site").sd[0] == pytest.approx(r["sd"]["site"], rel=1e-3)
    assert fit.effect("clinician").sd[0] == pytest.approx(r["sd"]["clinician"], rel=1e-3)
    assert fit.effect("case").sd == pytest.approx(r["sd"]["case"], rel=1e-3)
    assert fit.effect("case").corr[0, 1] == pytest.approx(r["corr"], abs=1e-3)
    assert fit.effect("site").modes[:, 0] == pytest.approx(r["modes"], abs=1e-4)


def test_gradient_with_three_factors_equals_finite_differences(rows):
    x, factors = design(rows, slope=True)
    model = Laplace(prepare(column(rows, "y"), x, factors, NAMES))
    psi = np.array([0.9, -0.2, 0.8, 0.5, 0.7, 0.2, 0.4, 0.6])[: model.size]
    _, gradient = model.value_and_gradient(psi)
    step = 1e-5 * np.eye(model.size)
    found = [(model.value(psi + h) - model.value(psi - h)) / 2e-5 for h in step]
    assert gradient == pytest.approx(found, abs=1e-4)


def test_linear_fit_with_sites_equals_lmertest(rows, expected):
    x, factors = design(rows, slope=False)
    fit, r = lmm.fit(column(rows, "logtime"), x, factors, names=NAMES), expected["linear"]
    assert fit.converged
    assert fit.loglik == pytest.approx(r["loglik"], abs=1e-4)
    assert np.abs(fit.beta - r["beta"]).max() < 1e-4 * min(r["se"])
    assert fit.se == pytest.approx(r["se"], rel=1e-3)
    assert fit.sigma == pytest.approx(r["sigma"], rel=1e-3)
    spread = {effect.name: effect.sd[0] for effect in fit.effects}
    assert spread == pytest.approx(r["sd"], rel=1e-3)
    df = [fit.contrast(row).df for row in np.eye(3)]
    assert df == pytest.approx(r["df"], rel=1e-3)


def test_sites_count_for_the_degrees_of_freedom(rows):
    made = contrasts.deskilling_design(
        column(rows, "y"),
        np.where(column(rows, "arm") == 1, "advised", "unaided"),
        np.where(column(rows, "later") == 1, "after", "before"),
        [row["clinician"] for row in rows],
        [row["case"] for row in rows],
        control="unaided",
        exposed="advised",
        baseline="before",
        later="after",
        site=[row["site"] for row in rows],
    )
    found = contrasts.deskilling(contrasts.fit(made), made, df="least")
    alone = contrasts.deskilling(contrasts.fit(made), made, df="normal")
    assert found.df <= 15  # 16 practices
    assert found.high - found.low > alone.high - alone.low


def test_one_site_alone_is_left_out(rows):
    made = contrasts.accuracy_design(
        column(rows, "y"),
        [row["arm"] for row in rows],
        [row["later"] for row in rows],
        [row["clinician"] for row in rows],
        [row["case"] for row in rows],
        aided=column(rows, "treated"),
        site=["s01"] * len(rows),
    )
    assert [factor.name for factor in made.factors] == ["clinician", "case"]


# A whole plan: arms by person 0, 1, 0, 1 … so a site of persons 0, 4, 8 … holds one arm.


@pytest.fixture
def clustered(study, plan):
    table = study(people=48)
    number = table["participant"].str[1:].astype(int)
    table["site"] = [f"s{n % 16:02d}" for n in number]
    return table, plan | {"cluster": "site", "analyses": ["accuracy", "deskilling", "time", "sensitivity"]}


def test_a_plan_that_allocated_sites_gives_every_model_a_random_site(clustered):
    table, plan = clustered
    analyses = {a["name"]: a for a in plans.run(table, plan)["analyses"]}
    for name in ("accuracy", "deskilling", "time", "persistence", "decay"):
        (spread,) = [t for t in analyses[name]["tables"] if t["name"] == "random effects"]
        assert "site" in {row[0] for row in spread["rows"]}, name
    primary = next(e for e in analyses["deskilling"]["estimates"] if e["name"] == "difference")
    assert primary["df"] <= 15
    labels = {e["label"] for e in analyses["sensitivity"]["estimates"]}
    assert "Regression clustered on site and case" in labels
    assert "Randomisation test, because sites are few" in labels


def test_a_participant_without_a_site_is_named_and_nothing_is_fitted(clustered):
    table, plan = clustered
    table.loc[table["participant"] == "p07", "site"] = None
    analyses = {a["name"]: a for a in plans.run(table, plan | {"analyses": ["deskilling"]})["analyses"]}
    primary = next(e for e in analyses["deskilling"]["estimates"] if e["name"] == "difference")
    assert primary["value"] is None
    assert "Participant p07 has no site, and" in primary["note"]
