"""The review of one trainee, against numbers worked out by hand."""

import math
import uuid

import pandas as pd
import pytest
from scipy import stats

from simlab.teaching.gathering import CaseGathering, gathering_of
from simlab.teaching.review import Share
from simlab.teaching.traineereview import (
    DAY,
    Chosen,
    calibration_of,
    charts_of,
    curve_of,
    mean_of,
    met_again,
    own_answers,
    review_of,
    times_of,
)

CHOSEN = Chosen()


def answers(*rows: dict) -> pd.DataFrame:
    """A table of answers: alone, right, a minute each, a day apart, each a case of its own, unless said otherwise."""
    usual = {
        "advised": False, "right": True, "first_right": None, "advice_right": None, "confidence": None,
        "seconds": 60.0, "competences": ("reasoning",),
    }  # fmt: skip
    made = [{**usual, "at": n * DAY, "case": f"case-{n}", **row} for n, row in enumerate(rows)]
    return pd.DataFrame(made).astype({"right": object, "first_right": object, "advice_right": object})


def advised(first: bool, advice: bool, last: bool, **further: object) -> dict:
    return {"advised": True, "first_right": first, "advice_right": advice, "right": last, **further}


def test_accuracy_is_told_apart_by_advice_and_by_competence():
    found = review_of(
        answers(
            {"competences": ("history", "reasoning")}, {"right": False, "competences": ("history",)},
            advised(False, True, True), {"right": None},
        ),
        CHOSEN,
    )  # fmt: skip
    assert (found.answered, found.alone, found.aided) == (4, Share(1, 2), Share(1, 1))
    assert found.competences == [("history", Share(1, 2), Share(0, 0)), ("reasoning", Share(1, 1), Share(1, 1))]


def test_reliance_needs_eight_occasions_of_both_kinds_for_a_point():
    took = [advised(False, True, n < 6) for n in range(8)]
    kept = [advised(True, False, n < 5) for n in range(7)]
    found = review_of(answers(*took, *kept, advised(True, True, True)), CHOSEN)
    assert (found.took_right, found.kept_right, found.reliance_told) == (Share(6, 8), Share(5, 7), False)
    assert review_of(answers(*took, *kept, advised(True, False, True)), CHOSEN).reliance_told


def test_own_answer_is_the_one_before_advice():
    table = answers(advised(False, True, True), {"right": True}, {"advised": True, "right": True})
    assert list(own_answers(table)["own"]) == [False, True]


def test_charts_by_hand():
    """One right answer is worth log(0.8 / 0.6), one wrong -log 2 while learning and log 2 while watching."""
    up, down = math.log(0.8 / 0.6), math.log(2)
    chosen = Chosen(learned=0.8, lost=1.3)
    assert (chosen.right_to_signal, chosen.wrong_to_signal) == (3, 2)
    found = charts_of([True, False, True, True, True, False, True, False, False], chosen)
    assert found.learning.path[:4] == pytest.approx((up, 0.0, up, 2 * up))
    assert found.learning.signal == 5
    assert found.loss is not None
    assert found.loss.path == pytest.approx((down, down - up, 2 * down - up, 3 * down - up))
    assert found.loss.signal == 4
    assert charts_of([False] * 9, chosen).loss is None
    assert charts_of([], chosen).n == 0


def test_learning_curve_counts_each_case_once_in_blocks_of_eight():
    again = {"case": "case-0", "right": False, "at": 50 * DAY}
    found = review_of(answers(*[{}] * 10, again), CHOSEN)
    assert found.curve == [(1, 8, Share(8, 8)), (9, 10, Share(2, 2))]
    assert curve_of([]) == []


def test_calibration_by_hand():
    said = [0.9] * 6 + [0.3] * 2
    right = [True] * 3 + [False] * 3 + [True, False]
    found = calibration_of(answers(*({"confidence": c, "right": r} for c, r in zip(said, right, strict=True))))
    over = [-0.1] * 3 + [0.9] * 3 + [-0.7, 0.3]
    expected = stats.t.interval(0.95, 7, loc=sum(over) / 8, scale=stats.sem(over))
    assert (found.over.found.low, found.over.found.high) == pytest.approx(expected)
    assert found.brier == pytest.approx((3 * 0.01 + 3 * 0.81 + 0.49 + 0.09) / 8)
    assert [(band.low, band.right) for band in found.bands] == [(0.2, Share(1, 2)), (0.8, Share(3, 6))]


def test_seven_cases_give_no_mean():
    assert mean_of([0.5] * 7).found is None
    few = calibration_of(answers(*[{"confidence": 0.5}] * 7))
    assert (few.over.n, few.over.found, few.brier) == (7, None, None)


def test_times_are_geometric():
    found = times_of(pd.Series([10.0, 1000.0] * 4 + [None]))
    assert found.mean.found.value == pytest.approx(100)
    spread = stats.sem([math.log(10), math.log(1000)] * 4) * stats.t.ppf(0.975, 7)
    assert found.mean.found.high == pytest.approx(100 * math.exp(spread))
    assert times_of(pd.Series([], dtype=float)).quartiles is None


def test_retention_stands_on_either_side_of_a_gap():
    early = [{"right": n != 0} for n in range(9)]
    late = [{"right": n < 4, "at": (40 + n) * DAY} for n in range(8)]
    (found,) = review_of(answers(*early, *late), CHOSEN).retention
    assert (found.days, found.before, found.after) == (32, Share(8, 8), Share(4, 8))
    assert found.change.value == pytest.approx(-0.5)
    assert review_of(answers(*early, *late), Chosen(gap=33)).retention == []
    (few,) = review_of(answers(*early, *late[:7]), CHOSEN).retention
    assert few.change is None


def test_met_again_counts_what_was_right_before_the_gap():
    table = answers(
        {"case": "a"}, {"case": "b", "right": False}, {"case": "c"},
        {"case": "a", "at": 20 * DAY}, {"case": "b", "at": 20 * DAY}, {"case": "c", "at": 5 * DAY},
        {"case": "a", "at": 40 * DAY, "right": False},
    )  # fmt: skip
    assert met_again(own_answers(table), 14) == Share(1, 2)


def test_nothing_answered_is_reviewed_without_a_number():
    found = review_of(answers({})[:0], CHOSEN)
    assert (found.answered, found.alone, found.curve, found.retention) == (0, Share(0, 0), [], [])
    assert (found.met_again, found.calibration.bands) == (Share(0, 0), ())


def test_gathering_by_hand():
    def case(asked: str, missed: int) -> CaseGathering:
        marks = tuple((mark, mark == "k") for mark in asked)
        return CaseGathering(uuid.uuid4(), "practice", "A case", marks, ("x",) * missed, len(asked))

    few = gathering_of([case("kxk", 0), case("xk", 1), case("", 2)])
    assert [(one.key, one.beside) for one in few.cases] == [
        (Share(2, 2), Share(1, 3)), (Share(1, 2), Share(1, 2)), (Share(0, 2), Share(0, 0)),
    ]  # fmt: skip
    assert (few.began_with_key, few.key.n, few.key.found, few.beside.n) == (Share(1, 2), 3, None, 2)
    many = gathering_of([case("k", 0), case("xk", 1)] * 4)
    assert many.key.found.value == pytest.approx(0.75)
