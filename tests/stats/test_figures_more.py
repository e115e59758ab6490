"""Figures case by case, of calibration and over time: what they count, and what they leave out."""

import csv
import io

import pandas as pd
import pytest

from simlab.stats import planfile
from simlab.stats.figure_style import Found
from simlab.stats.figures_calibration import binned, calibration
from simlab.stats.figures_forest import by_case, forest
from simlab.stats.figures_reliance_over_time import by_occasion, over_time
from simlab.stats.proportions import newcombe

NOTHING = Found({"analyses": []})


@pytest.fixture
def parsed(plan):
    return planfile.parse(plan)


def test_by_case_counts_what_plain_counting_counts(study, parsed):
    table = study()
    rows = by_case(table, parsed)
    exposed = table[table["phase"] == "exposure"]
    for row in rows:
        here = exposed[exposed["case"] == row.case]
        aided, plain = here[here["arm"] == "advised"], here[here["arm"] == "unaided"]
        assert (row.k1, row.n1) == ((aided["final"] == "R").sum(), len(aided))
        assert (row.k2, row.n2) == ((plain["final"] == "R").sum(), len(plain))
        assert (row.low, row.high) == pytest.approx((
            newcombe(row.k1, row.n1, row.k2, row.n2).low, newcombe(row.k1, row.n1, row.k2, row.n2).high
        ))  # fmt: skip
    assert len(rows) == 24


def test_by_case_leaves_out_a_case_that_one_arm_never_saw(study, parsed):
    table = study()
    gone = table[~((table["case"] == "A0") & (table["arm"] == "unaided"))]
    assert "A0" not in {row.case for row in by_case(gone, parsed)}


def test_forest_says_how_many_cases_gain_and_holds_every_case(study, parsed):
    figure = forest(NOTHING, study(), parsed)
    rows = list(csv.DictReader(io.StringIO(figure.csv)))
    gains = sum(float(row["difference"]) > 0 for row in rows)
    assert f"More right answers with advice in {gains}," in figure.alt
    assert len(rows) == 24


def test_forest_is_left_out_without_a_control_arm_or_advice(study, plan):
    assert forest(NOTHING, study(), planfile.parse({**plan, "control": None})) is None
    assert forest(NOTHING, study(), planfile.parse({**plan, "advised": {}})) is None


def test_bins_hold_each_decision_once_and_edges_belong_above(decision, parsed):
    said = [0.0, 0.2, 0.39, 0.4, 1.0]
    rows = [
        decision(f"p{k}", None, None, "R" if k % 2 else "W", phase="baseline", final_confidence=c, case=f"c{k}")
        for k, c in enumerate(said)
    ]
    points = binned(pd.DataFrame(rows), parsed)
    assert [(p.start, p.n, p.right) for p in points] == [(0.0, 1, 0.0), (0.2, 2, 0.5), (0.4, 1, 1.0), (0.8, 1, 0.0)]
    assert not any(p.aided for p in points)


def test_calibration_keeps_advised_decisions_apart(study, parsed):
    table = study()
    points = binned(table, parsed)
    assert sum(p.n for p in points) == len(table)
    assert sum(p.n for p in points if p.aided) == table["advice_shown"].sum()
    assert "Advised arm, with advice" in calibration(table, parsed).alt


def test_calibration_is_left_out_without_confidence(study, parsed):
    assert calibration(study().drop(columns=["final_confidence"]), parsed) is None


def test_occasions_count_advised_cases_and_only_first_answers_that_differed(decision, parsed):
    rows = []
    for person in ("a", "b"):
        rows += [
            decision(person, "W", "R", "R", sitting=1, position=2, case="c2"),
            decision(person, "R", "R", "R", sitting=1, position=1, case="c1"),
            decision(person, "R", "W", "R", sitting=1, position=3, case="c3"),
        ]
    points = {(p.right, p.start): (p.taken, p.differed) for p in by_occasion(pd.DataFrame(rows), parsed)}
    assert points == {(True, 2): (2, 2), (False, 3): (0, 2)}


def test_over_time_needs_two_places(decision, parsed):
    one = pd.DataFrame([decision("a", "W", "R", "R", sitting=1, position=1)])
    assert over_time(one, parsed) is None


def test_over_time_is_left_out_without_advice(study, parsed):
    table = study()
    assert over_time(table[table["arm"] == "unaided"], parsed) is None


@pytest.mark.parametrize("draw", [lambda t, p: forest(NOTHING, t, p), calibration, over_time])
def test_picture_is_the_same_for_shuffled_rows(study, parsed, draw):
    table = study()
    one, two = draw(table, parsed), draw(table.sample(frac=1, random_state=3), parsed)
    assert one == two
