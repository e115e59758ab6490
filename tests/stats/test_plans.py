"""A whole plan: schema, bytes, metamorphic relations, and what happens when data do not allow an analysis."""

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from simlab.stats import planfile, plans, result
from simlab.stats.errors import BadPlan, BadTable
from simlab.stats.schemas import result_schema


def estimates(found):
    return {f"{a['name']}:{e['name']}": e for a in found["analyses"] for e in a["estimates"]}


def analysis(found, name):
    return next(a for a in found["analyses"] if a["name"] == name)


def test_run_obeys_the_schema_and_reports_progress(study, plan):
    told = []
    found = plans.run(study(), plan, lambda step, steps, message: told.append((step, steps, message)))
    jsonschema.validate(found, result_schema())
    assert [a["name"] for a in found["analyses"]] == [
        "flow", "accuracy", "reliance", "slack", "time", "deskilling", "persistence", "decay", "multiplicity",
    ]  # fmt: skip
    assert told[0] == (0, 6, "Preparing the table")
    assert told[-1] == (6, 6, "Finished")
    assert [step for step, _, _ in told] == sorted(step for step, _, _ in told)


def test_run_of_shuffled_rows_gives_the_same_bytes(study, plan):
    table = study()
    shuffled = table.sample(frac=1, random_state=3)[sorted(table.columns)]
    assert result.dump(plans.run(table, plan)) == result.dump(plans.run(shuffled, plan))


def test_run_with_control_and_exposed_exchanged_flips_signs(study, plan):
    table = study()
    there = estimates(plans.run(table, plan | {"analyses": ["accuracy", "time", "deskilling"]}))
    primary = plan["primary"] | {"between": ["advised", "unaided"]}
    exchanged = plan | {"control": "advised", "primary": primary, "analyses": ["accuracy", "time"]}
    back = estimates(plans.run(table, exchanged))
    for phase in plan["phases"]:
        one, other = there[f"accuracy:difference/advised/{phase}"], back[f"accuracy:difference/unaided/{phase}"]
        assert one["value"] == pytest.approx(-other["value"], abs=1e-9)
        assert one["low"] == pytest.approx(-other["high"], abs=1e-9)
        ratio, inverse = there[f"time:ratio/advised/{phase}"], back[f"time:ratio/unaided/{phase}"]
        assert ratio["value"] == pytest.approx(1 / inverse["value"], rel=1e-9)


def test_run_with_renamed_participants_changes_no_model(study, plan):
    table = study()
    renamed = table.assign(participant="q" + table["participant"].str[::-1])
    wanted = plan | {"analyses": ["accuracy", "deskilling"]}
    one, other = estimates(plans.run(table, wanted)), estimates(plans.run(renamed, wanted))
    for name in ("accuracy:difference/advised/exposure", "deskilling:difference"):
        assert one[name]["value"] == pytest.approx(other[name]["value"], abs=1e-6)
        assert one[name]["low"] == pytest.approx(other[name]["low"], abs=1e-5)


def test_run_with_time_in_other_units_leaves_ratios(study, plan):
    table = study()
    slower = table.assign(time_active_s=table["time_active_s"] * 3)
    wanted = plan | {"analyses": ["time"]}
    one, other = estimates(plans.run(table, wanted)), estimates(plans.run(slower, wanted))
    key = "time:ratio/advised/exposure"
    assert one[key]["value"] == pytest.approx(other[key]["value"], rel=1e-6)
    assert other["time:seconds/advised/exposure"]["value"] == pytest.approx(
        3 * one["time:seconds/advised/exposure"]["value"], rel=1e-6
    )


def test_observed_accuracy_equals_a_second_program(study, plan):
    table = study()
    found = estimates(plans.run(table, plan | {"analyses": ["accuracy"]}))
    cells = {}
    for row in table.to_dict("records"):
        right, all_of = cells.get((row["arm"], row["phase"]), (0, 0))
        cells[row["arm"], row["phase"]] = (right + (row["final"] == "R"), all_of + 1)
    for (arm, phase), (right, all_of) in cells.items():
        e = found[f"accuracy:observed/{arm}/{phase}"]
        assert (e["numerator"], e["denominator"], e["n_used"]) == (right, all_of, all_of)
        assert e["value"] == right / all_of
        assert e["low"] < e["value"] < e["high"]


def test_time_drops_by_rule_and_counts_why(study, plan):
    table = study()
    for place, value in enumerate([-6.0, 0.0, 0.4, 83664.0]):
        table.loc[place, "time_active_s"] = value
    table.loc[4, ["time_active_s", "time_total_s"]] = float("nan")
    found = estimates(plans.run(table, plan | {"analyses": ["time"]}))["time:ratio/advised/baseline"]
    assert found["n_dropped"] == 5
    assert {d["reason"]: d["n"] for d in found["dropped"]} == {
        "no time recorded": 1,
        "time not above zero": 2,
        "under 1 second": 1,
        "over 30 minutes": 1,
    }


def test_separated_model_is_withheld_with_its_verdict(study, plan):
    table = study()
    exposure = (table["phase"] == "exposure") & (table["arm"] == "advised")
    table.loc[exposure, "final"] = "R"
    found = plans.run(table, plan | {"analyses": ["accuracy"]})
    accuracy = analysis(found, "accuracy")
    assert accuracy["convergence"]["converged"] is False
    assert accuracy["convergence"]["verdict"] == "separated"
    difference = estimates(found)["accuracy:difference/advised/exposure"]
    assert difference["value"] is None
    assert "separated" in difference["note"]
    assert estimates(found)["accuracy:observed/advised/exposure"]["value"] == 1.0


def test_run_without_advised_arm_says_so(study, plan):
    table = study()
    found = plans.run(table[table["arm"] == "unaided"], plan)
    assert analysis(found, "reliance")["estimates"] == []
    assert "advised" in analysis(found, "reliance")["warnings"][0]
    assert "advised arm" in analysis(found, "deskilling")["warnings"][0]
    jsonschema.validate(found, result_schema())


def test_run_with_nobody_enrolled_yet_says_so(plan):
    table = pd.DataFrame([{"participant": "p1", "status": "declined"}])
    found = plans.run(table, plan)
    jsonschema.validate(found, result_schema())
    assert estimates(found)["flow:declined"]["value"] == 1
    for name in ("accuracy", "reliance", "time", "deskilling"):
        assert analysis(found, name)["warnings"]


def test_run_of_one_participant_gives_no_interval_but_a_result(study, plan):
    table = study(people=2)
    found = plans.run(table, plan)
    jsonschema.validate(found, result_schema())
    observed = estimates(found)["accuracy:observed/unaided/baseline"]
    assert observed["low"] is None
    assert observed["method"] == "no interval: one participant"


def test_secondary_analyses_equal_second_programs(study, plan):
    table = study()
    table["final_rank"] = [
        1 if row.final == "R" else (None if i % 2 else 3) for i, row in enumerate(table.itertuples())
    ]
    found = plans.run(table, plan | {"analyses": ["complementarity", "calibration", "differential"]})
    jsonschema.validate(found, result_schema())
    rows = [r for r in table.to_dict("records") if (r["arm"], r["phase"]) == ("advised", "exposure")]
    by_name = estimates(found)
    right = [sum(r[c] == "R" for r in rows) / len(rows) for c in ("initial", "advice", "final")]
    assert by_name["complementarity:augmentation/advised/exposure"]["value"] == pytest.approx(right[2] - right[0])
    synergy = by_name["complementarity:synergy/advised/exposure"]
    assert synergy["value"] == pytest.approx(right[2] - max(right[:2]))
    assert synergy["low"] < synergy["value"] < synergy["high"]
    gap = sum(r["final_confidence"] - (r["final"] == "R") for r in rows) / len(rows)
    assert by_name["calibration:overconfidence/advised/exposure"]["value"] == pytest.approx(gap)
    square = sum((r["final_confidence"] - (r["final"] == "R")) ** 2 for r in rows) / len(rows)
    assert by_name["calibration:brier/advised/exposure"]["value"] == pytest.approx(square)
    top = sum(r["final_rank"] == 1 or r["final_rank"] == 3 for r in rows) / len(rows)
    assert by_name["differential:top-3/advised/exposure"]["value"] == pytest.approx(top)
    reciprocal = sum(1 / r["final_rank"] for r in rows if r["final_rank"] == r["final_rank"]) / len(rows)
    assert by_name["differential:reciprocal-rank/advised/exposure"]["value"] == pytest.approx(reciprocal)


def test_secondary_analyses_say_what_is_not_there(decision, plan):
    rows = pd.DataFrame([decision("p1", None, None, "R", arm="unaided", phase="baseline")])
    found = plans.run(rows, plan | {"analyses": ["complementarity", "calibration", "differential"]})
    for name in ("complementarity", "calibration", "differential"):
        assert "No " in analysis(found, name)["warnings"][0]
    jsonschema.validate(found, result_schema())


THIN = {
    "three people": lambda t: t[t["participant"].isin(["p00", "p01", "p02"])],
    "one case each": lambda t: t[t["position"] == 1],
    "all right": lambda t: t.assign(final="R"),
    "all wrong": lambda t: t.assign(final="W"),
    "one case and one time": lambda t: t.assign(case="c1", time_active_s=60.0),
    "most missing": lambda t: t.assign(status=["complete" if i % 5 == 0 else "missing" for i in range(len(t))]),
}


@pytest.mark.parametrize("thin", THIN)
def test_run_of_thin_data_withholds_and_never_fails(study, plan, thin):
    found = plans.run(THIN[thin](study(people=8, cases=3)), plan | {"bootstrap": 100})
    jsonschema.validate(found, result_schema())
    for a in found["analyses"]:
        refused = a["convergence"] is not None and not a["convergence"]["converged"]
        modelled = [e for e in a["estimates"] if e["name"].split("/")[0] in {"difference", "ratio", "accuracy"}]
        assert all(e["value"] is None and e["note"] for e in modelled) or not refused
        assert not [w for w in a["warnings"] if "Warning:" in w]


def test_verdict_agrees_with_the_interval(study, plan):
    found = analysis(plans.run(study(), plan | {"analyses": ["deskilling"]}), "deskilling")
    estimate = found["estimates"][0]
    verdict = dict(zip(found["tables"][0]["columns"], found["tables"][0]["rows"][0], strict=True))
    assert verdict["lower limit"] == pytest.approx(estimate["low"])
    assert verdict["shown"] == (estimate["low"] > -0.10)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"control": "other"}, "control is 'other', which is not one of arms"),
        ({"colour": 1}, "field colour"),
        ({"alpha": 2}, "field alpha"),
        ({"advised": {"later": ["advised"]}}, "advised names the phase 'later'"),
        ({"advised": {"exposure": ["x"]}}, "advised names the arm 'x'"),
        ({"arms": ["a", "a"]}, "arms names one thing twice"),
        ({"analyses": ["magic"]}, "field analyses.0"),
        ({"simlab": "plan/9"}, "field simlab"),
    ],
)
def test_parse_names_the_field_at_fault(plan, change, says):
    with pytest.raises(BadPlan, match=says):
        planfile.parse(plan | change)


@pytest.mark.parametrize("change", [{"margin": None}, {"phase": "x"}, {"between": ["advised", "advised"]}])
def test_parse_refuses_a_primary_that_cannot_be(plan, change):
    with pytest.raises(BadPlan, match=r"primary|margin"):
        planfile.parse(plan | {"primary": plan["primary"] | change})


def test_run_refuses_a_table_without_participants(study, plan):
    with pytest.raises(BadTable, match="column participant: is missing"):
        plans.run(study().drop(columns="participant"), plan)


def test_published_pages_are_those_of_the_code():
    from simlab.stats.schemas import pages

    docs = Path(__file__).parents[2] / "docs"
    for name, text in pages().items():
        assert (docs / name).read_text(encoding="utf-8") == text, f"run python -m simlab.stats.schemas: {name}"


def test_plan_in_the_published_schema(plan):
    schema = json.loads((Path(__file__).parents[2] / "docs/schemas/plan-1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(plan, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plan | {"colour": 1}, schema)
