"""What a blinded result shows, what it turns round, and that no arm can be read from its bytes."""

import json

import jsonschema
import pytest

from simlab.stats import blinding, planfile, plans, result
from simlab.stats.errors import BadPlan
from simlab.stats.schemas import result_schema

EVERY = ["flow", "accuracy", "reliance", "time", "deskilling", "sensitivity", "forgetting", "complementarity",
         "calibration", "differential"]  # fmt: skip


@pytest.fixture(scope="module")
def full():
    from tests.stats.conftest import make_study

    table = make_study(people=20)
    table["final_rank"] = [1 if final == "R" else 4 for final in table["final"]]
    slow = table["participant"].str[1:].astype(int) % 5
    table["time_active_s"] *= 1 + 0.2 * slow  # clinicians differ in pace
    table["status"] = table["status"].mask(table.index % 19 == 0, "skipped")
    return table


@pytest.fixture(scope="module")
def document():
    return {
        "simlab": "plan/1", "title": "A small study", "protocol_sha256": "0" * 64, "arms": ["zebra", "quagga"],
        "control": "zebra", "phases": ["baseline", "exposure", "withdrawal", "retention"],
        "advised": {"exposure": ["quagga"]}, "analyses": EVERY, "seed": 11, "bootstrap": 100,
        "primary": {"name": "deskilling", "phase": "withdrawal", "adjusted_for": "baseline",
                    "between": ["zebra", "quagga"], "claim": "noninferiority", "margin": 0.1, "reason": "x"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def ran(full, document):
    table = full.assign(arm=full["arm"].map({"unaided": "zebra", "advised": "quagga"}))
    return plans.run(table, document)


def by_name(found):
    return {f"{a['name']}:{e['name']}": e for a in found["analyses"] for e in a["estimates"]}


def with_seed_that_letters(document, arm, letter):
    return next(
        document | {"seed": seed}
        for seed in range(50)
        if blinding.letters(planfile.parse(document | {"seed": seed}))[arm] == letter
    )


def test_no_arm_and_nothing_of_advice_is_in_the_bytes(ran, document):
    found = blinding.blind(ran, document)
    jsonschema.validate(found, result_schema())
    text = result.dump(found).decode().casefold()
    assert "zebra" in json.dumps(ran)
    assert [
        word
        for word in ("zebra", "quagga", "exposure", "rair", "advice-wrong", "unaided", "advised", "control", "exposed")
        if word in text
    ] == []
    assert {a["name"] for a in found["analyses"]} == set(EVERY) - set(blinding.WITHHELD) | {
        "persistence", "decay", "withheld",
    }  # fmt: skip


def test_letters_come_from_the_seed_and_a_secret_and_not_from_the_alphabet(document):
    plan = planfile.parse(document)
    assert blinding.letters(plan) == blinding.letters(plan)
    assert sorted(blinding.letters(plan).values()) == ["A", "B"]
    seeds = {blinding.letters(planfile.parse(document | {"seed": seed}))["quagga"] for seed in range(20)}
    secrets = {blinding.letters(plan, str(secret))["quagga"] for secret in range(20)}
    assert seeds == secrets == {"A", "B"}


@pytest.mark.parametrize("letter", ["A", "B"])
def test_differences_are_a_minus_b_whichever_arm_is_a(ran, document, letter):
    there = by_name(ran)
    found = by_name(blinding.blind(ran, with_seed_that_letters(document, "quagga", letter)))
    for blinded, own in (
        ("deskilling:difference", "deskilling:difference"),
        ("accuracy:difference/A/retention", "accuracy:difference/quagga/retention"),
    ):
        sign = 1 if letter == "A" else -1
        assert found[blinded]["value"] == pytest.approx(sign * there[own]["value"])
        assert found[blinded]["low"] < found[blinded]["value"] < found[blinded]["high"]
        assert found[blinded]["label"].startswith("A minus B")
    time, own = found["time:ratio/A/withdrawal"], there["time:ratio/quagga/withdrawal"]
    assert time["value"] == pytest.approx(own["value"] if letter == "A" else 1 / own["value"])
    assert time["low"] < time["value"] < time["high"]
    assert found[f"accuracy:observed/{letter}/baseline"]["value"] == there["accuracy:observed/quagga/baseline"]["value"]
    assert found[f"deskilling:accuracy/{letter}"]["value"] == there["deskilling:accuracy/exposed"]["value"]


def test_order_of_rows_does_not_name_the_control(ran, document):
    for letter in "AB":
        found = blinding.blind(ran, with_seed_that_letters(document, "quagga", letter))
        flow = next(a for a in found["analyses"] if a["name"] == "flow")
        assert [row[1] for row in flow["tables"][0]["rows"]] == ["A", "B"] * 3
        names = [e["name"] for a in found["analyses"] for e in a["estimates"] if e["name"].startswith("observed")]
        assert names == sorted(names)


def test_what_is_withheld_is_listed_with_the_reason(ran, document):
    told = blinding.blind(ran, document)["analyses"][-1]["tables"][0]["rows"]
    assert ["Times after advice", "it would show which arm is which"] in told
    assert ["Reliance on advice", "only those who are given advice can rely on it"] in told


def test_three_arms_are_described_and_not_compared(ran, document):
    three = document | {"arms": ["zebra", "quagga", "okapi"]}
    names = by_name(blinding.blind(ran, three))
    assert not [name for name in names if name.split(":")[1].split("/")[0] in ("difference", "ratio", "slope-ratio")]
    assert [name for name in names if name.startswith("accuracy:observed/")]


def test_an_arm_that_bears_the_name_of_a_phase_cannot_be_hidden(ran, document):
    clash = json.loads(json.dumps(document).replace("quagga", "withdrawal"))
    renamed = json.loads(json.dumps(ran).replace("quagga", "withdrawal"))
    with pytest.raises(BadPlan, match="'withdrawal' is also a word of the result"):
        blinding.blind(renamed, clash)


def test_a_title_that_names_an_arm_is_replaced(ran, document):
    assert blinding.blind(ran | {"title": "Zebra or quagga?"}, document)["title"] == "A blinded study"
    assert blinding.blind(ran | {"title": "Stripes"}, document)["title"] == "Stripes"


def test_further_analyses_are_shown_by_letter_where_they_can_be_and_else_withheld_with_a_reason(full, document):
    asked = ["survival", "ordinal", "missing-data", "items", "heterogeneity", "trust"]
    plan = document | {"analyses": asked, "options": {"missing_data": {"imputations": 5, "deltas": [1.0]}}}
    table = full.assign(arm=full["arm"].map({"unaided": "zebra", "advised": "quagga"}))
    open_result = plans.run(table, plan)
    found = blinding.blind(open_result, plan)
    text = result.dump(found).decode().casefold()
    assert "zebra" not in text
    assert "quagga" not in text
    shown, known = by_name(found), by_name(open_result)
    assert "survival:median/A/exposure" not in shown
    gap, other = shown["missing-data:difference/imputed"], known["missing-data:difference/imputed"]
    assert abs(gap["value"]) == pytest.approx(abs(other["value"]))
    assert "A minus B, missing decisions imputed" in gap["label"]
    medians = {shown[f"survival:median/{letter}/withdrawal"]["value"] for letter in "AB"}
    assert medians == {known[f"survival:median/{arm}/withdrawal"]["value"] for arm in ("zebra", "quagga")}
    ratio = shown["survival:hazard-ratio/A/withdrawal"]["value"]
    wanted = known["survival:hazard-ratio/quagga/withdrawal"]["value"]
    assert ratio == pytest.approx(wanted) or ratio == pytest.approx(1 / wanted)
    assert "Rate of deciding, A ÷ B" in shown["survival:hazard-ratio/A/withdrawal"]["label"]
    (kept,) = (a for a in found["analyses"] if a["name"] == "withheld")
    why = dict(kept["tables"][0]["rows"])
    assert "effect of advice" in why["For whom and on which cases the effect differs"]
    assert "errors of it" in why["Trust in advice over time"]
    assert blinding._OTHER not in why
