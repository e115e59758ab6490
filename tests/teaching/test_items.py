"""Cases as items of a cohort: the sheet by hand, every figure shown against R, and what is withheld."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlab.stats import gstudy
from simlab.stats.classical import Choice, Item
from simlab.teaching import items
from simlab.teaching.itemflags import flags_of
from simlab.teaching.items import Case, Difficulty
from simlab.web.presenters import itemspage

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "expected" / "items.json").read_text())
EDUCATOR = json.loads((REFERENCE / "expected" / "educator.json").read_text())


def answered(trainee="a", case="one", right=True, *, first=None, advised=False) -> dict:
    said = {None: None, True: "gout", False: "cellulitis"}
    return {"trainee": trainee, "case": case, "title": case.title(), "first": said[first], "last": said[right],
            "first_right": first, "right": right, "advised": advised}  # fmt: skip


def from_reference(name: str) -> items.Sheet:
    """The reference data as answers of trainees, cases i1, i2, …; a trainee is named so that order is kept."""
    matrix = pd.read_csv(REFERENCE / "data" / f"items_{name}.csv")
    rows = [
        answered(f"t{person:04d}", case, bool(right))
        for person, line in matrix.iterrows()
        for case, right in line.items()
        if np.isfinite(right)
    ]
    return items.sheet(pd.DataFrame(rows), {})


def a_case(**fields) -> Case:
    given = {"name": "c", "n": 40, "difficulty": 0.6, "low": 0.44, "high": 0.74, "rest": 0.3, "rest_low": 0.0,
             "rest_high": 0.6, "alpha_without": 0.7}  # fmt: skip
    choices = fields.pop("choices", [])
    return Case("Case", Item(**{**given, **fields}), choices)


def test_each_trainees_first_answer_without_advice_is_read():
    table = pd.DataFrame([
        answered("a", "one", True, first=False, advised=True),  # wrong before the advice
        answered("a", "one", True),  # a later try
        answered("a", "two", True, advised=True),  # no answer of their own
        answered("b", "one", None) | {"last": "free text"},  # not judged yet
        answered("b", "two", True),
    ])  # fmt: skip
    made = items.sheet(table, {"a": "gp", "b": ""})
    assert made.answers.items == ("one", "two")
    np.testing.assert_array_equal(made.answers.right, [[0, np.nan], [np.nan, 1]])
    assert dict(made.left_out) == {
        "made with advice only": 1, "a later try of the same case": 1, "waiting for raters": 1,
    }  # fmt: skip
    assert list(made.rows["grade"].fillna("none")) == ["gp", "none"]


@pytest.mark.parametrize("name", ["complete", "small"])
def test_difficulty_correlation_and_alpha_are_those_of_psych(name):
    made, r = from_reference(name), R[name]["classical"]
    found = items.cases_of(made)
    order = [made.answers.items.index(f"i{n + 1}") for n in range(len(found))]
    for field, theirs in (("difficulty", "difficulty"), ("rest", "rest"), ("alpha_without", "without")):
        np.testing.assert_allclose([getattr(found[n].item, field) for n in order], r[theirs], rtol=1e-9)
    alpha = items.modelled(made).alpha
    assert alpha.kr20
    assert alpha.value == pytest.approx(r["alpha"], rel=1e-9)
    assert alpha.low < alpha.value < alpha.high


def test_alpha_of_cases_missing_by_chance_is_that_of_psych():
    assert items.modelled(from_reference("holes")).alpha.value == pytest.approx(R["holes"]["classical"]["alpha"])


@pytest.mark.parametrize("name", ["complete", "linked", "holes", "small"])
def test_rasch_difficulty_with_its_interval_and_fit_is_as_in_r(name):
    found, r = items.modelled(from_reference(name)).rasch, R[name]["rasch"]
    mine = [found[f"i{n + 1}"] for n in range(len(r["difficulty"]))]
    half = 1.959963984540054 * np.array(r["difficulty_se"])
    np.testing.assert_allclose([one.value for one in mine], r["difficulty"], atol=1e-4)
    np.testing.assert_allclose([one.high - one.value for one in mine], half, rtol=1e-3)
    np.testing.assert_allclose([one.value - one.low for one in mine], half, rtol=1e-3)
    for field in ("infit", "infit_z", "outfit", "outfit_z"):
        np.testing.assert_allclose([getattr(one, field) for one in mine], r[field], atol=2e-3)


def test_distractors_by_hand():
    rows = [answered(t, c, right) for t, c, right in [
        ("a", "one", True), ("a", "two", True), ("b", "one", False), ("b", "two", True), ("c", "one", True),
        ("c", "two", False), ("d", "one", True), ("d", "two", False)]]  # fmt: skip
    one = next(case for case in items.cases_of(items.sheet(pd.DataFrame(rows), {})) if case.title == "One")
    told = [(c.answer, c.n, c.share, c.rest_mean, c.key) for c in one.choices]
    assert told == [("gout", 3, 0.75, pytest.approx(1 / 3), True), ("cellulitis", 1, 0.25, 1.0, False)]


def test_for_complete_scores_alpha_and_the_d_study_ask_for_the_same_number_of_cases():
    made = from_reference("complete")
    found = items.modelled(made)
    assert items.cases_by_alpha(found.alpha.value, found.alpha.items) == found.needed.ranking
    relative = gstudy.dependability(found.needed.parts, found.alpha.items).relative
    assert relative == pytest.approx(R["complete"]["classical"]["alpha"], abs=1e-3)
    assert found.needed.low <= found.needed.ranking <= found.needed.high
    assert found.needed.standard >= found.needed.ranking


def test_cases_by_alpha_by_hand():
    assert items.cases_by_alpha(0.5, 10) == 40
    assert items.cases_by_alpha(0.8, 10) == 10
    assert items.cases_by_alpha(1.0, 10) == 1
    assert items.cases_by_alpha(0.0, 10) is None
    assert items.cases_by_alpha(None, 10) is None


def test_grades_at_equal_skill_are_told_for_two_large_grades_and_withheld_otherwise():
    made = from_reference("complete")
    trainees = made.answers.persons
    one = items.sheet(made.rows.assign(first=None, first_right=None, last=made.rows["said"], advised=False),
                      {t: "gp" if n % 2 else "trainee" for n, t in enumerate(trainees)})  # fmt: skip
    rows = items.modelled(one).grades
    assert {row["case"] for row in rows} == set(made.answers.items)
    assert {(row["reference persons"], row["focal persons"]) for row in rows} == {(200, 200)}
    assert "two grades" in items.modelled(made).withheld["grades"]


def test_little_is_withheld_with_its_reason():
    rows = [answered(f"t{n}", case, n > 4) for n in range(9) for case in ("one", "two")]
    found = items.modelled(items.sheet(pd.DataFrame(rows), {}))
    assert found.withheld["alpha"] == "9 trainees have answered without advice; it is told from 10 on."
    assert found.needed is None
    assert not found.rasch
    assert "from 30 on" in found.withheld["rasch"]


def test_model_that_cannot_be_fitted_is_withheld():
    rows = [answered(f"t{n}", case, True) for n in range(40) for case in ("one", "two")]
    made = items.sheet(pd.DataFrame(rows), {})
    found = items.modelled(made)
    assert "not fitted" in found.withheld["rasch"]
    assert "no variance" in found.withheld["needed"]
    page = itemspage.page_of(made, found)
    assert page["flagged"][0]["flags"] == ["Everybody was right: the case tells nobody apart."]


@pytest.mark.parametrize(
    ("case", "rasch", "grades", "says"),
    [
        (a_case(), None, [], []),
        (a_case(rest_high=-0.1), None, [], ["check the case"]),
        (a_case(rest_high=-0.1, n=9), None, [], []),
        (a_case(rest=0.05), None, [], ["hardly together"]),
        (a_case(choices=[Choice("gout", 20, 0.5, 0.5, 0, True), Choice("sepsis", 5, 0.2, 0.7, 0.2, False)]), None, [],
         ["“sepsis” was chosen"]),
        (a_case(low=0.91, difficulty=0.97), None, [], ["Nearly everybody was right"]),
        (a_case(high=0.19, difficulty=0.1), None, [], ["Nearly everybody was wrong"]),
        (a_case(), Difficulty(0, -1, 1, 1.4, 2.5, 1.0, 0.0), [], ["More surprising"]),
        (a_case(), Difficulty(0, -1, 1, 1.4, 1.5, 1.0, 0.0), [], []),
        (a_case(), Difficulty(0, -1, 1, 1.0, 0.0, 0.6, -2.5), [], ["more closely"]),
        (a_case(), None, [{"class": "C", "delta": -2.0, "focal": "gp", "reference": "nurse"}], ["harder for gp"]),
        (a_case(), None, [{"class": "B", "delta": -1.2, "focal": "gp", "reference": "nurse"}], []),
    ],
)  # fmt: skip
def test_flags_say_why(case, rasch, grades, says):
    found = flags_of(case, rasch, grades)
    assert len(found) == len(says)
    assert all(part in flag for part, flag in zip(says, found, strict=True)), found


def test_number_of_cases_is_said_with_what_it_rests_on():
    parts = gstudy.Components(0.02, 0.01, 0.05, 40, 12, 480, True, "converged", ())
    first, second = itemspage.needed_words(items.Needed(parts, 10, 12, 7, None), 12)
    assert "10 cases would be needed (by the interval of alpha, 7 at least, without an upper limit)" in first
    assert "fixed standard, 12 cases" in first
    assert "480 answers of 40 trainees to 12 cases" in second
