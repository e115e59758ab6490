"""Whole data sets: repeatable, valid for the analysis, and moved by the truth in the direction it says."""

import numpy as np
import pandas as pd
import pytest

from simlab.rehearsal.dataset import simulate_plan, turned_away
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import Truth
from simlab.stats import columns, datafile

STAY = {"phases": {}, "within_sitting": 0.0}


def accuracy(table: pd.DataFrame, arm: str, phase: str) -> float:
    rows = table[(table["arm"] == arm) & (table["phase"] == phase)]
    return float(rows["final_correct"].dropna().astype(float).mean())


def test_same_seed_gives_the_same_bytes(truth: Truth, lay_out, tmp_path):
    plan = lay_out(20)
    for name in ("one", "two"):
        datafile.write(simulate_plan(plan, truth, 7), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_another_seed_gives_other_data(truth: Truth, lay_out):
    plan = lay_out(20)
    assert datafile.data_hash(simulate_plan(plan, truth, 7)) != datafile.data_hash(simulate_plan(plan, truth, 8))


def test_the_table_is_the_contract_as_it_stands(truth: Truth, lay_out):
    table = simulate_plan(lay_out(40), truth, 7)
    pd.testing.assert_frame_equal(columns.check(table), table)


def test_verdicts_agree_with_the_labels(truth: Truth, lay_out):
    table = simulate_plan(lay_out(60), truth, 7)
    done = table[table["status"] == "complete"]
    assert ((done["final"] == done["truth"]) == done["final_correct"]).all()
    assert ((done["final_rank"] == 1).fillna(False) == done["final_correct"]).all()
    advised = done[done["advice_shown"]]
    assert len(advised) > 50
    assert ((advised["final"] == advised["advice"]) == advised["final_agrees"]).all()
    assert ((advised["initial"] != advised["final"]) == advised["changed"]).all()


def test_advice_stands_only_where_it_was_planned(truth: Truth, lay_out):
    table = simulate_plan(lay_out(40), truth, 7)
    shown = table[table["advice_shown"]]
    assert set(shown["arm"]) == {"advised"}
    assert set(shown["phase"]) == {"exposure"}
    assert table.loc[~table["advice_shown"] & (table["status"] == "complete"), "advice"].isna().all()


def test_missing_encounters_hold_no_answers(truth: Truth, lay_out):
    truth = truth.changed(drop_out={"within_sitting": 0.4})
    table = simulate_plan(lay_out(40), truth, 7)
    missing = table[table["status"] == "missing"]
    assert len(missing) > 50
    answers = ["initial", "final", "final_correct", "final_confidence", "time_total_s", "changed", "structure"]
    assert missing[answers].isna().all().all()
    assert not missing["advice_shown"].any()


def test_who_leaves_does_not_come_back(truth: Truth, lay_out):
    truth = truth.changed(drop_out={"within_sitting": 0.3})
    table = simulate_plan(lay_out(80), truth, 7).dropna(subset=["phase"])
    for _, rows in table.groupby("participant"):
        done = (rows.sort_values(["phase_index", "position"])["status"] == "complete").to_numpy()
        assert not np.any(done[1:] & ~done[:-1])


def test_deskilling_lowers_the_advised_arm_after_exposure_only(truth: Truth, lay_out):
    plan = lay_out(4000)
    truth = truth.changed(drop_out=STAY)
    none = simulate_plan(plan, truth.changed(practice={"loss_per_aided_case": 0.0}), 7)
    much = simulate_plan(plan, truth.changed(practice={"loss_per_aided_case": 0.2}), 7)
    assert accuracy(much, "advised", "withdrawal") < accuracy(none, "advised", "withdrawal") - 0.15
    assert accuracy(much, "advised", "baseline") == accuracy(none, "advised", "baseline")
    assert accuracy(much, "unaided", "withdrawal") == accuracy(none, "unaided", "withdrawal")


def test_what_was_lost_comes_back_with_time(truth: Truth, lay_out):
    plan = lay_out(4000)
    practice = {"loss_per_aided_case": 0.2, "learning_per_case": 0.0, "recovery_half_life_days": 10.0}
    table = simulate_plan(plan, truth.changed(drop_out=STAY, practice=practice), 7)
    assert accuracy(table, "advised", "retention") > accuracy(table, "advised", "withdrawal") + 0.05


def test_practice_counts_earlier_cases_of_the_same_sitting(truth: Truth, lay_out):
    truth = truth.changed(drop_out=STAY, practice={"learning_per_case": 0.4, "loss_per_aided_case": 0.0})
    table = simulate_plan(lay_out(4000), truth, 7)
    first = table[table["phase"] == "baseline"]
    by_place = first.groupby("position")["final_correct"].mean()
    assert by_place[6] > by_place[1] + 0.2


def test_reliance_raises_harm_from_wrong_advice_and_gain_from_right(truth: Truth, lay_out):
    plan = lay_out(2000)
    low = simulate_plan(plan, truth.changed(reliance={"base": -3.0}), 7)
    high = simulate_plan(plan, truth.changed(reliance={"base": 3.0}), 7)
    for right in (True, False):
        rows = [
            table[(table["advice_correct"] == right).fillna(False)]["final_correct"].mean() for table in (low, high)
        ]
        assert (rows[1] > rows[0] + 0.1) if right else (rows[1] < rows[0] - 0.1)


def test_drop_out_by_advice_falls_on_the_advised_arm(truth: Truth, lay_out):
    loss = type(truth.drop_out)(phases={"withdrawal": {"advised": 0.5, "unaided": 0.0}})
    table = simulate_plan(lay_out(400), truth.model_copy(update={"drop_out": loss}), 7)
    gone = (
        table[table["phase"] == "retention"].groupby("arm")["status"].agg(lambda status: (status == "missing").mean())
    )
    assert gone["unaided"] == 0.0
    assert gone["advised"] == pytest.approx(0.5, abs=0.1)


def test_shares_turned_away_are_the_truths(truth: Truth):
    statuses = turned_away(truth, generator(1, "door"), 20_000)
    arrived = 20_000 + len(statuses)
    assert statuses.count("declined") / arrived == pytest.approx(truth.arrivals.declined, abs=0.005)
    assert statuses.count("ineligible") / arrived == pytest.approx(truth.arrivals.ineligible, abs=0.005)


def test_drop_out_by_arm_falls_on_those_allocated_to_it_before_any_advice_and_by_the_week(truth: Truth, lay_out):
    loss = type(truth.drop_out)(arms={"advised": {"phases": {"exposure": 0.5}, "per-week": 0.05}})
    made = truth.model_copy(update={"drop_out": loss})
    table = simulate_plan(lay_out(800), made, 7).dropna(subset=["phase"])
    sat = (table["status"] == "complete").groupby([table["arm"], table["phase"]]).mean()
    plan = lay_out(2)
    weeks = {phase: float(plan.block_day[n] - plan.block_day[0]) / 7 for n, phase in enumerate(plan.phases)}
    for phase in plan.phases:
        assert sat["unaided", phase] == 1.0
        kept = (0.5 if weeks[phase] > 0 else 1.0) * 0.95 ** weeks[phase]
        assert sat["advised", phase] == pytest.approx(kept, abs=0.1)
