"""Boundaries against rpact and printed tables, conditional power, and what a look says to whom."""

import json
from pathlib import Path

import numpy as np
import pytest

from simlab.stats import boundaries, interim, plans
from simlab.stats.__main__ import main
from simlab.stats.errors import BadPlan

EXPECTED = json.loads((Path(__file__).parents[1] / "reference" / "expected" / "interim.json").read_text())
SPENDING = {"asOF": "obrien-fleming", "asP": "pocock", "asKD": "kim-demets", "asHSD": "hwang-shih-decani"}
SHAPES = {"OF": "obrien-fleming", "P": "pocock"}


@pytest.mark.parametrize("d", EXPECTED["designs"], ids=lambda d: f"{d['type']}-{d['sided']}")
def test_boundaries_are_those_of_rpact(d):
    if d["type"] in SPENDING:
        kind = SPENDING[d["type"]]
        found = boundaries.boundaries(d["t"], d["alpha"], kind, sides=d["sided"], parameter=d.get("gamma"))
    else:
        found = boundaries.shaped(d["t"], d["alpha"], SHAPES[d["type"]], sides=d["sided"])
    np.testing.assert_allclose([look.z for look in found], d["z"], atol=1e-7)
    np.testing.assert_allclose([look.spent for look in found], d["spent"], atol=1e-7)
    crossed = boundaries.crossings(d["t"], [look.z for look in found], sides=d["sided"])
    assert sum(map(sum, crossed)) == pytest.approx(d["alpha"], abs=1e-10)


# Jennison and Turnbull 2000, tables 2.1 and 2.3: two-sided alpha 0.05, K equal looks.
@pytest.mark.parametrize(("looks", "pocock", "fleming"), [(2, 2.178, 1.977), (3, 2.289, 2.004), (5, 2.413, 2.040)])
def test_the_classical_constants_are_those_printed(looks, pocock, fleming):
    t = [(n + 1) / looks for n in range(looks)]
    assert round(boundaries.shaped(t, 0.05, "pocock")[0].z, 3) == pocock
    assert round(boundaries.shaped(t, 0.05, "obrien-fleming")[-1].z, 3) == fleming


def test_haybittle_and_peto_leave_nearly_all_of_alpha_to_the_end():
    found = boundaries.boundaries([0.5, 1.0], 0.05, "haybittle-peto")
    assert found[0].z == 3.0
    assert found[1].z == pytest.approx(EXPECTED["haybittle"], abs=1e-7)
    assert found[1].spent == pytest.approx(0.05, abs=1e-12)


def test_one_look_is_the_fixed_design_and_its_power_is_known():
    one = boundaries.boundaries([1.0], 0.05)[0]
    assert one.z == pytest.approx(1.959963984540054, abs=1e-10)
    assert boundaries.drift_for([1.0], [1.959963984540054], 0.9) == pytest.approx(3.241515, abs=1e-4)


def test_first_crossings_are_those_of_simulated_walks():
    t, z = [0.3, 0.6, 1.0], [2.9, 2.4, 2.0]
    rng = np.random.default_rng(7)
    steps = rng.normal(np.diff([0, *t]) * 2.5, np.sqrt(np.diff([0, *t])), (200_000, 3))
    above = np.cumsum(steps, axis=1) / np.sqrt(t) >= z
    first = [above[:, 0], ~above[:, 0] & above[:, 1], ~above[:, 0] & ~above[:, 1] & above[:, 2]]
    found = boundaries.crossings(t, z, drift=2.5, sides=1)
    np.testing.assert_allclose([up for up, _ in found], [f.mean() for f in first], atol=0.004)


def test_conditional_and_predictive_power_are_those_of_r():
    r, found = EXPECTED["conditional"], interim.power(1.2, 0.5, 1.97, 2.8)
    for name in ("trend", "design", "null", "predictive"):
        assert getattr(found, name) == pytest.approx(r[name], abs=1e-9)
    assert interim.power(1.2, 0.5, 1.97).design is None


@pytest.mark.parametrize("t", [[], [0.5, 0.5], [0.5, 1.2], [-0.1, 1]])
def test_fractions_must_rise_to_one_at_most(t):
    with pytest.raises(ValueError, match="must rise"):
        boundaries.boundaries(t, 0.05)
    with pytest.raises(ValueError, match="spend all of alpha"):
        boundaries.boundaries([0.5, 1.0], 0.05, "haybittle-peto", parameter=1.5)


@pytest.fixture
def watched(plan):
    looks = {"participants": 24, "looks": [0.5, 1.0], "futility": 0.1, "expected": 0.05}
    return plan | {"analyses": ["interim"], "options": {"interim": looks}}


def test_the_result_of_a_plan_tells_nothing_of_the_arms(study, watched):
    found = plans.run(study(people=12), watched)["analyses"][0]
    assert [e["name"] for e in found["estimates"]] == ["fraction"]
    assert found["estimates"][0]["value"] == 0.5
    assert "Look 1 of 2 is due" in found["warnings"][0]
    rows = found["tables"][0]["rows"]
    assert [row[0] for row in rows] == [1, 2]
    # A one-sided claim spends half of alpha.
    assert rows[1][2] == pytest.approx(0.025)
    assert rows[0][3] == pytest.approx(2.9625, abs=1e-3)


def test_the_independent_look_has_the_numbers(study, watched):
    found = interim.look(study(people=14), watched)
    made = {e.name: e for e in found.estimates}
    gap = made["difference"]
    assert made["z"].value == pytest.approx((gap.value + 0.1) / gap.se, abs=0.35)  # t with few df, read as z
    assert {"power/trend", "power/design", "power/null", "power/predictive"} <= set(made)
    row = found.tables[0].rows[0]
    assert row[1] == pytest.approx(14 / 24)
    later = interim.look(study(people=24), watched)
    assert later.tables[0].rows[0][1] == 1.0
    assert "power/trend" not in {e.name for e in later.estimates}


def test_advice_follows_the_boundary(study, watched):
    table = study(people=20)
    table.loc[(table["arm"] == "advised") & (table["phase"] == "withdrawal") & (table["position"] > 1), "final"] = "W"
    table.loc[(table["arm"] == "unaided") & (table["phase"] == "withdrawal") & (table["position"] > 2), "final"] = "R"
    assert "futility" in interim.look(table, watched).warnings[0]
    primary = watched["primary"] | {"claim": "difference", "margin": None}
    assert "crossed: the plan allows" in interim.look(table, watched | {"primary": primary}).warnings[0]


def test_no_look_is_given_before_it_is_due(study, watched, tmp_path, capsys):
    with pytest.raises(BadPlan, match="10 participants have the primary outcome, so no look is due; wait for 12"):
        interim.look(study(people=10), watched)
    with pytest.raises(BadPlan, match="names no looks"):
        interim.look(study(people=10), watched | {"options": {}})
    data, plan = tmp_path / "table.csv", tmp_path / "plan.json"
    study(people=12).to_csv(data, index=False)
    plan.write_text(json.dumps(watched))
    assert main(["look", str(data), str(plan)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "interim-look"


@pytest.mark.parametrize("looks", [[0.5, 0.4, 1.0], [0.5, 0.9], [1.0]])
def test_looks_that_do_not_rise_to_the_end_are_refused(watched, study, looks):
    wrong = watched | {"options": {"interim": {"participants": 24, "looks": looks}}}
    with pytest.raises(BadPlan, match="looks"):
        plans.run(study(people=12), wrong)
