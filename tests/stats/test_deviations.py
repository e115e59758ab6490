"""Departures from the protocol, counted by hand on three clinicians."""

import pandas as pd
import pytest

from simlab.stats import planfile
from simlab.stats.blinded_table import KEPT, blind_plan, blind_table, open_phases
from simlab.stats.columns import NAMES, check
from simlab.stats.deviations import deviations

PHASES = ("baseline", "exposure", "withdrawal")


@pytest.fixture
def small(plan):
    return plan | {"phases": list(PHASES), "windows": {"withdrawal": {"after": "exposure", "days": 10}}}


@pytest.fixture
def table(decision):
    rows = []
    for person, arm in (("u1", "unaided"), ("a1", "advised"), ("a2", "advised")):
        for index, phase in enumerate(PHASES):
            aided = arm == "advised" and phase == "exposure"
            rows += [
                decision(person, "R" if aided else None, "R" if aided else None, "R", arm=arm, phase=phase,
                         phase_index=index, sitting=1, position=n, case=f"{phase}{n}", day=5.0 * index)
                for n in (1, 2)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def counted(table, plan):
    found = deviations(check(table), planfile.parse(plan))
    return {(one.kind, one.phase, one.arm): (one.n, one.of) for one in found}


def test_nothing_departs_from_a_study_as_planned(table, small):
    assert {n for n, _ in counted(table, small).values()} == {0}


def test_each_departure_is_counted_where_it_happened(table, small):
    def at(person, phase, position):
        return (table["participant"] == person) & (table["phase"] == phase) & (table["position"] == position)

    table.loc[at("a1", "exposure", 1), "advice_shown"] = False
    table.loc[at("u1", "withdrawal", 1), "advice_shown"] = True
    table.loc[at("a2", "baseline", 2), "status"] = "timed-out"
    table.loc[at("u1", "baseline", 2), "status"] = "skipped"
    table.loc[(table["participant"] == "a2") & (table["phase"] == "withdrawal"), "day"] = 15.5
    found = counted(table, small)
    assert found["Advice planned and not shown", "exposure", "advised"] == (1, 4)
    assert found["Advice shown where none was planned", "withdrawal", "unaided"] == (1, 2)
    assert found["Case ran out of time", "baseline", "advised"] == (1, 4)
    assert found["Case skipped by the participant", "baseline", "unaided"] == (1, 2)
    assert found["Sitting begun after its window", "withdrawal", "advised"] == (1, 2)
    assert sum(n for n, _ in found.values()) == 5


def test_blinded_rows_let_through_only_what_is_listed(table, small):
    table["site"], table["stratum"] = "north", "gp"
    made = blind_table(table, small, secret="s")
    assert set(made["phase"]) == set(open_phases(planfile.parse(small))) == {"baseline", "withdrawal"}
    assert all(made[name].isna().all() for name in NAMES if name not in (*KEPT, "advice_shown"))
    assert set(made["participant"]).isdisjoint(table["participant"])
    again = blind_table(table.sample(frac=1, random_state=1), small, secret="s")
    pd.testing.assert_frame_equal(made, again)


def test_blinded_plan_is_a_plan_of_letters(small):
    made = planfile.parse(blind_plan(small, secret="s"))
    assert (made.arms, made.control, made.advised) == (("A", "B"), "B", {})
    assert made.primary is not None
    assert made.primary.between == ("B", "A")
