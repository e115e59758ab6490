"""Items and forms asked for in a plan: which decisions are read, and a truth that must be found again."""

import numpy as np
import pandas as pd
import pytest

from simlab.stats import items, planfile, plans
from simlab.stats.columns import check


def pilot(people, *, forms="ABC", gap=0.6, cases=6, seed=2):
    """Each person takes two of the forms, in turn; each form is `gap` logits harder than the one before."""
    rng = np.random.default_rng(seed)
    hardness = {f: rng.normal(gap * n, 0.5, cases) for n, f in enumerate(forms)}
    hardness = {f: b - b.mean() + gap * n for n, (f, b) in enumerate(hardness.items())}
    rows = []
    for person in range(people):
        skill = rng.normal(0.5, 1)
        taken = [forms[(person + step) % len(forms)] for step in range(2)]
        for day, (phase, form) in enumerate(zip(("baseline", "withdrawal"), taken, strict=True)):
            for position in range(cases):
                right = rng.random() < 1 / (1 + np.exp(-(skill - hardness[form][position])))
                rows.append(
                    {"participant": f"p{person:03d}", "arm": "unaided", "phase": phase, "case": f"{form}{position}",
                     "form": form, "status": "complete", "structure": "unaided", "final": "R" if right else "W",
                     "truth": "R", "sitting": 1, "position": position, "day": float(day)}
                )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def wanted(plan):
    return plan | {"analyses": ["items", "equating"], "bootstrap": 100}


def found_in(result, name):
    analysis = next(a for a in result["analyses"] if a["name"] == name)
    return analysis, {e["name"]: e for e in analysis["estimates"]}, {t["name"]: t for t in analysis["tables"]}


def test_forms_and_cases_of_a_pilot(wanted):
    result = plans.run(pilot(240), wanted)
    analysis, estimates, tables = found_in(result, "equating")
    assert analysis["convergence"]["converged"]
    for name, truth in (("B/A", 0.6), ("C/A", 1.2), ("C/B", 0.6)):
        assert estimates[f"difficulty/{name}"]["low"] < truth < estimates[f"difficulty/{name}"]["high"]
    assert estimates["expected/A"]["value"] > estimates["expected/B"]["value"] > estimates["expected/C"]["value"]
    assert [row[2:] for row in tables["links"]["rows"]] == [[80, 0]] * 3
    assert {row[2] for row in tables["calibrated one by one"]["rows"]} == {"common persons"}
    analysis, estimates, tables = found_in(result, "items")
    assert estimates["spread"]["low"] < 1 < estimates["spread"]["high"]
    assert estimates["difficulty/A0"]["n_used"] == 160
    assert {"cases", "Rasch", "2PL", "persons", "Rasch against 2PL"} <= set(tables)
    assert len(tables["cases"]["rows"]) == 18
    assert 0 < estimates["reliability/expected"]["value"] < 1
    assert estimates["alpha/A"]["low"] < estimates["alpha/A"]["value"] < estimates["alpha/A"]["high"]


def test_only_first_unaided_decisions_are_read(wanted, study):
    table = study(people=12)
    plan = planfile.parse(wanted)
    made = items.of(check(table), plan)
    assert made.answers.right.shape == (12, 24)
    advised = ((table["arm"] == "advised") & (table["phase"] == "exposure")).sum()
    assert [(d.reason, d.n) for d in made.kept.dropped] == [("made with advice", advised)]
    again = table.assign(case=table["case"].where(table["phase"] != "retention", "A0"))
    dropped = {d.reason: d.n for d in items.of(check(again), plan).kept.dropped}
    assert dropped["case answered before"] > 0


def test_forms_of_different_persons_are_not_compared(wanted):
    table = pilot(60)
    table = table[
        ~table["participant"].duplicated() | table["form"].eq(table.groupby("participant")["form"].transform("first"))
    ]
    result = plans.run(table, wanted)
    analysis, estimates, tables = found_in(result, "equating")
    assert analysis["convergence"]["verdict"] == "not identified"
    assert all(e["value"] is None and "share neither" in e["note"] for e in estimates.values())
    assert [row[2:] for row in tables["links"]["rows"]] == [[0, 0]] * 3


def test_forms_taken_in_one_order_are_said_to_hold_time_too(wanted):
    table = pilot(60, forms="AB")
    first = table["participant"].str[-1].astype(int) % 2 == 0
    analysis, _, _ = found_in(plans.run(table[first], wanted), "equating")
    assert any("took A before B" in said for said in analysis["warnings"])


def test_few_persons_have_no_slopes_and_one_form_is_not_compared(wanted):
    result = plans.run(pilot(40).assign(form=None), wanted)
    analysis, _, tables = found_in(result, "items")
    assert "2PL" not in tables
    assert any("There are 40 persons" in said for said in analysis["warnings"])
    assert "fewer than two forms" in found_in(result, "equating")[0]["warnings"][0]


def test_a_table_without_unaided_decisions_has_no_items(wanted):
    result = plans.run(pilot(4).assign(status="missing", final=None), wanted)
    assert "no items" in result["analyses"][0]["warnings"][0]
    assert len(result["analyses"][0]["estimates"]) == 0


def test_dependability_and_grades_are_tables_of_the_items(wanted):
    table = pilot(90)
    senior = table["participant"].str[1:].astype(int) % 3 == 0
    table["grade"] = senior.map({True: "consultant", False: "registrar"})
    # Case A0 is made a giveaway for consultants alone.
    table.loc[senior & (table["case"] == "A0"), "final"] = "R"
    table.loc[~senior & (table["case"] == "A0"), "final"] = "W"
    first = ~senior & (table["case"] == "A0") & (table["participant"].str[-1] == "1")
    table.loc[first, "final"] = "R"
    _, _, tables = found_in(plans.run(table, wanted), "items")
    assert [row[0] for row in tables["variance"]["rows"]] == ["persons", "cases", "person by case, and error"]
    assert sum(row[2] for row in tables["variance"]["rows"]) == pytest.approx(1)
    needed, standard = tables["cases for 0.8"]["rows"][0]
    assert needed <= standard
    rows = {row[0]: row for row in tables["grades treated alike"]["rows"]}
    assert tuple(rows["A0"][1:3]) == ("registrar", "consultant")
    assert rows["A0"][8] < 0.05
    assert len(rows) == 18
