"""Reliance, cell by cell, against published integers and against a second program in plain Python."""

import numpy as np
import pandas as pd
import pytest

from simlab.stats import planfile, prepare, reliance, resample
from simlab.stats.columns import check


def measured(rows, plan):
    made = prepare.prepare(pd.DataFrame(rows), planfile.parse(plan))
    return {e.name: e for e in reliance.analyse(made, planfile.parse(plan)).estimates}


# Every cell: first answer right or wrong × advice right or wrong × last answer right, advised, other.
CELLS = [
    # initial, advice, final -> measures in whose numerator the decision falls, and in whose denominator only
    ("R", "R", "R", {"agreement", "agreement-before", "both-right"}, {"contrarian", "under"}),
    (
        "R",
        "R",
        "W",
        {"contrarian", "under", "changed", "negative-consultation", "both-right", "agreement-before"},
        set(),
    ),
    (
        "R",
        "W",
        "R",
        {"rsr"},
        {"switch", "over", "over-conditional", "automation-bias-wrong", "automation-bias-avoidable"},
    ),
    (
        "R",
        "W",
        "W",
        {"over", "over-conditional", "switch", "agreement", "changed", "negative-consultation"}
        | {"automation-bias", "automation-bias-wrong", "automation-bias-avoidable"},
        {"rsr"},
    ),
    (
        "R",
        "W",
        "X",
        {"over-conditional", "changed", "negative-consultation"},
        {"rsr", "over", "switch", "automation-bias-wrong", "automation-bias-avoidable"},
    ),
    (
        "W",
        "R",
        "R",
        {"rair", "switch", "agreement", "changed", "positive-consultation"},
        {"under", "under-conditional"},
    ),
    ("W", "R", "W", {"under", "under-conditional"}, {"rair", "switch"}),
    ("W", "R", "X", {"under", "under-conditional", "changed"}, {"rair", "switch"}),
    ("W", "W", "W", {"agreement", "agreement-before", "over", "both-wrong"}, {"contrarian", "automation-bias-wrong"}),
    (
        "W",
        "W",
        "R",
        {"contrarian", "changed", "positive-consultation", "agreement-before", "both-wrong"},
        {"over", "automation-bias-wrong"},
    ),
    ("W", "X", "X", {"switch", "agreement", "over", "changed", "both-wrong"}, {"automation-bias-wrong"}),
    ("W", "X", "W", {"both-wrong"}, {"switch", "over", "automation-bias-wrong"}),
]
OF_ALL = {"agreement", "agreement-before", "changed", "positive-consultation", "negative-consultation"} | {
    "automation-bias",
    "both-right",
    "both-wrong",
}


@pytest.mark.parametrize(("initial", "advice", "final", "over", "under_only"), CELLS)
def test_counts_place_each_kind_of_decision(decision, initial, advice, final, over, under_only):
    found = reliance.counts(check(pd.DataFrame([decision("p1", initial, advice, final)])))
    assert {name for name, (top, _) in found.items() if top == 1} == over
    assert {name for name, (_, bottom) in found.items() if bottom == 1} == over | under_only | OF_ALL


def test_counts_of_the_worked_example(decision):
    # AI right and human wrong 5, of which 4 corrected; AI wrong and human right 4, of which 3 kept; 20 decisions.
    kinds = [("W", "R", "R")] * 4 + [("W", "R", "W")] + [("R", "W", "R")] * 3 + [("R", "W", "W")]
    kinds += [("R", "R", "R")] * 9 + [("W", "W", "W")] * 2
    rows = check(pd.DataFrame([decision("p1", *k, case=f"c{i}") for i, k in enumerate(kinds)]))
    found = reliance.counts(rows)
    assert found["rair"] == (4, 5)
    assert found["rsr"] == (3, 4)
    assert found["switch"] == (5, 9)
    assert found["over-conditional"] == (1, 4)
    assert found["under-conditional"] == (1, 5)
    assert rows["initial_correct"].mean() == 0.65
    assert rows["advice_correct"].mean() == 0.70
    assert rows["final_correct"].mean() == 0.80


def test_goddard_integers(decision):
    # 26 general practitioners × 20 vignettes: 262 -> 303 right, 68 improved, 27 worsened, 22 wrong to other wrong.
    kinds = [("W", "R", "R")] * 68 + [("R", "W", "W")] * 27 + [("W", "X", "X")] * 22
    kinds += [("R", "R", "R")] * (262 - 27) + [("W", "W", "W")] * (520 - 68 - 27 - 22 - 235)
    rows = check(pd.DataFrame([decision(f"p{i % 26}", *k, case=f"c{i}") for i, k in enumerate(kinds)]))
    found = reliance.counts(rows)
    assert len(rows) == 520
    assert (int(rows["initial_correct"].sum()), int(rows["final_correct"].sum())) == (262, 303)
    assert found["changed"] == (117, 520)
    assert found["positive-consultation"] == (68, 520)
    assert found["negative-consultation"] == (27, 520)
    test = reliance.mcnemar(68, 27)
    assert test.chi2 == pytest.approx(17.69, abs=0.005)
    assert test.chi2_corrected == pytest.approx(16.84, abs=0.005)
    assert test.p_exact == pytest.approx(3.1e-5, abs=0.05e-5)


def test_mcnemar_without_a_change_is_undefined():
    assert reliance.mcnemar(0, 0) == reliance.McNemar(None, None, None, None)


def test_analyse_gives_none_where_the_denominator_is_empty(decision, plan):
    found = measured([decision(f"p{i}", "R", "R", "R") for i in range(3)], plan)
    assert (found["rair"].value, found["rair"].denominator, found["rair"].n_used) == (None, 0, 0)
    assert (found["rair"].low, found["rair"].high) == (None, None)
    assert found["agreement"].value == 1.0
    assert found["agreement"].low < 1.0


def test_analyse_of_one_answer_leaves_two_answer_measures_undefined(decision, plan):
    found = measured([decision(f"p{i}", None, "W", "W" if i else "R") for i in range(4)], plan)
    assert found["over"].value == 0.75
    for name in ("rair", "rsr", "switch", "changed", "automation-bias"):
        assert found[name].value is None
        assert found[name].denominator == 0


def test_analyse_without_advice_says_so(decision, plan):
    made = prepare.prepare(pd.DataFrame([decision("p1", None, None, "R")]), planfile.parse(plan | {"advised": {}}))
    found = reliance.analyse(made, planfile.parse(plan))
    assert found.estimates == ()
    assert "No decision" in found.warnings[0]


def test_analyse_counts_what_it_drops(decision, plan):
    rows = [decision("p1", "W", "R", "R"), decision("p2", "W", "R", "W")]
    rows.append(decision("p3", "R", "R", "R", status="timed-out"))
    rows.append(decision("p4", "R", None, "R", advice_shown=False, structure="two-stage"))
    found = measured(rows, plan)["rair"]
    assert (found.numerator, found.denominator, found.n_dropped) == (1, 2, 2)
    assert {d.reason: d.n for d in found.dropped} == {"ran out of time": 1, "advice was not shown": 1}


def test_analyse_equals_a_second_program(study, plan):
    table = study()
    found = measured(table.to_dict("records"), plan)
    rows = [r for r in table.to_dict("records") if r["advice_shown"]]
    wrong_then_right_advice = [r for r in rows if r["initial"] != "R" and r["advice"] == "R"]
    right_then_wrong_advice = [r for r in rows if r["initial"] == "R" and r["advice"] != "R"]
    differing = [r for r in rows if r["initial"] != r["advice"]]
    wrong_advice = [r for r in rows if r["advice"] != "R"]
    by_hand = {
        "rair": (sum(r["final"] == "R" for r in wrong_then_right_advice), len(wrong_then_right_advice)),
        "rsr": (sum(r["final"] == "R" for r in right_then_wrong_advice), len(right_then_wrong_advice)),
        "switch": (sum(r["final"] == r["advice"] for r in differing), len(differing)),
        "over": (sum(r["final"] == r["advice"] for r in wrong_advice), len(wrong_advice)),
        "agreement": (sum(r["final"] == r["advice"] for r in rows), len(rows)),
    }
    for name, pair in by_hand.items():
        assert (found[name].numerator, found[name].denominator) == pair
        assert found[name].low < found[name].value < found[name].high


def test_macro_is_the_mean_over_those_with_an_opportunity(decision, plan):
    rows = [decision("p1", "W", "R", "R", case=f"c{i}") for i in range(3)] + [decision("p1", "W", "R", "W", case="c9")]
    rows += [decision("p2", "W", "R", "W"), decision("p3", "R", "R", "R")]
    made = prepare.prepare(pd.DataFrame(rows), planfile.parse(plan))
    table = reliance.analyse(made, planfile.parse(plan)).tables[0]
    assert next(row for row in table.rows if row[0] == "rair") == ("rair", 0.375, 2, 1)


def test_bootstrap_matches_a_plain_loop():
    rng = np.random.default_rng(3)
    tops = rng.integers(0, 4, size=(30, 1)).astype(float)
    bottoms = tops + rng.integers(0, 4, size=(30, 1))
    made = resample.ratios(tops, bottoms, rng=np.random.default_rng(1), draws=4000, level=0.95)[0]
    loop = []
    for _ in range(4000):
        pick = rng.integers(0, 30, 30)
        loop.append(tops[pick].sum() / bottoms[pick].sum())
    assert made.value == tops.sum() / bottoms.sum()
    assert made.low == pytest.approx(np.quantile(loop, 0.025), abs=0.01)
    assert made.high == pytest.approx(np.quantile(loop, 0.975), abs=0.01)


def test_wilson_of_single_clinicians():
    assert resample.wilson(4, 5, 0.95) == pytest.approx((0.3755, 0.9638), abs=5e-4)
    assert resample.wilson(0, 6, 0.95) == pytest.approx((0.0, 0.3903), abs=5e-4)
