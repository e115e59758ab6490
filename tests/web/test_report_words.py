"""The report says what its numbers allow, and no more."""

from typing import get_args

import pytest

from simlab.analyses.reading import Label
from simlab.web.presenters import headline, numbers, reportpage
from simlab.web.presenters.about import LABELS


def estimate(name="difference", value=0.0, low=-0.1, high=0.1, scale="difference", **more):
    blank = {"se": None, "df": None, "numerator": None, "denominator": None, "p": None, "note": None, "dropped": []}
    return {
        "name": name, "label": name, "value": value, "low": low, "high": high, "scale": scale, "method": "a method",
        "level": 0.95, "n_used": 10, "n_dropped": 0, **blank, **more,
    }  # fmt: skip


def analysis(name, *estimates, **more):
    blank = {"title": name, "convergence": None, "warnings": [], "tables": []}
    return {"name": name, "estimates": list(estimates), **blank, **more}


MARGIN = {"claim": "noninferiority", "margin": 0.1}


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (-0.05, 0.05, "can be ruled out: the aim of the study is met"),
        (-0.08, -0.01, "They did worse, but a loss of 10 points or more can be ruled out"),
        (-0.30, -0.02, "They did worse, and a loss of 10 points or more cannot be ruled out"),
        (-0.20, 0.05, "has not shown what it set out to show"),
        (0.01, 0.20, "the aim of the study is met"),
        (None, None, "nothing can be concluded"),
    ],
)
def test_verdict_follows_the_interval_and_the_margin(low, high, says):
    assert says in headline.verdict(estimate(low=low, high=high), MARGIN)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(-0.1, 0.1, "cannot tell"), (0.01, 0.1, "They did better."), (-0.1, -0.01, "They did worse.")],
)
def test_verdict_without_margin_speaks_of_direction_only(low, high, says):
    assert says in headline.verdict(estimate(low=low, high=high), {"claim": "difference", "margin": None})


def test_estimate_of_nothing_shows_a_dash_and_its_reason():
    row = numbers.estimate_row(
        estimate(
            "rair", None, None, None, "proportion", numerator=0, denominator=0, n_used=0, note="No such encounter."
        )
    )
    assert (row["value"], row["interval"], row["over"]) == ("–", "", "0 of 0")
    assert "No such encounter." in row["notes"]


def test_dropped_rows_are_told_with_their_reason():
    row = numbers.estimate_row(estimate(n_dropped=4, dropped=[{"reason": "never opened", "n": 4}]))
    assert row["dropped"] == 4
    assert "Left out: 4 never opened." in row["notes"]


@pytest.mark.parametrize(
    ("value", "scale", "said"),
    [
        (0.64, "proportion", "64%"),
        (-0.151, "difference", "−15.1"),
        (1.2, "ratio", "× 1.20"),
        (75.4, "seconds", "75 s"),
        (60, "count", "60"),
    ],
)
def test_value_is_said_in_the_manner_of_its_scale(value, scale, said):
    assert numbers.value_of(value, scale) == said


def test_empty_result_has_no_headline_but_a_page():
    page = reportpage.page_of(
        {"analyses": [analysis("flow")], "data_sha256": "", "plan_sha256": "", "code_version": "", "seed": 1},
        {"protocol_sha256": "", "control": "unaided", "advised": {}},
        {},
    )
    assert page["headline"] == []
    assert page["sections"][0]["rows"] == []


def test_ratio_stands_before_seconds_and_the_rest_unfolds():
    told = analysis(
        "time",
        estimate("seconds/unaided/exposure", scale="seconds"),
        estimate("ratio/advised/exposure", 1.2, 1.0, 1.4, "ratio"),
        estimate("else"),
    )
    section = reportpage.section_of(told, {})
    assert [row["label"] for row in section["rows"]] == ["ratio/advised/exposure", "seconds/unaided/exposure"]
    assert [row["label"] for row in section["rest"]] == ["else"]


def test_model_that_did_not_converge_is_said_openly():
    told = analysis("accuracy", convergence={"converged": False, "verdict": "stopped", "detail": "ran out of steps"})
    method = reportpage.section_of(told, {})["method"]
    assert method["trouble"]
    assert "did NOT converge: ran out of steps" in method["convergence"]


def test_every_label_of_a_run_has_words():
    assert set(LABELS) == set(get_args(Label))


def test_reader_study_is_told_by_its_areas_the_control_first():
    areas = [
        estimate("auc/last answer", 0.849, 0.791, 0.907, "area", label="AUC, last answer"),
        estimate("auc/last answer/fixed-cases", 0.849, 0.794, 0.904, "area", label="AUC, last answer, these cases"),
        estimate("auc/first answer", 0.728, 0.613, 0.844, "area", label="AUC, first answer"),
        estimate("auc-difference/last answer/first answer", 0.121, 0.048, 0.193, "area", label="AUC, last minus first"),
    ]
    told = headline.told_apart({"readers": analysis("readers", *areas)})
    assert told == (
        "The area under the ROC curve (0.5 is chance, 1 is faultless): "
        "first answer 0.728 (95% interval 0.613 to 0.844); last answer 0.849 (95% interval 0.791 to 0.907). "
        "AUC, last minus first: 0.121 (95% interval 0.048 to 0.193). Better."
    )


def test_nothing_is_said_of_areas_that_could_not_be_estimated():
    areas = [
        estimate("auc/advised", None, None, None, "area"),
        estimate("auc-difference/a/b", None, None, None, "area"),
    ]
    assert headline.told_apart({"readers": analysis("readers", *areas)}) == ""


@pytest.mark.parametrize(
    ("column", "cell", "text"),
    [
        ("alpha spent", 1.2e-5, "< 0.0001"),
        ("nominal p", 0.0031, "0.0031"),
        ("exact p", 2e-9, "< 0.001"),
        ("z", 2.963, "2.96"),
    ],
)
def test_small_chances_are_not_rounded_to_nothing(column, cell, text):
    assert reportpage.cell_of(cell, column)["text"] == text
