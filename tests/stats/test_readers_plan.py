"""A reader study asked for in a plan: its ratings, its numbers against the readers' own functions, its figure."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from simlab.stats import figures, plans, readers, readers_roc


def reading(people=6, cases=24, seed=3):
    """Every reader reads every case, first alone and then with AI; half of the cases have cancer."""
    rng = np.random.default_rng(seed)
    shown = rng.normal(0, 0.5, cases)
    rows = []
    for person in range(people):
        for case in range(cases):
            truth = "cancer" if case % 2 else "benign"
            own = shown[case] + (0.8 if case % 2 else -0.8) + rng.normal(0, 1)
            later = own + (0.7 if case % 2 else -0.7)
            rows.append(
                {"participant": f"r{person}", "arm": "all", "phase": "reading", "case": f"k{case:02d}",
                 "status": "complete", "structure": "two-stage", "truth": truth, "advice": truth, "advice_shown": True,
                 "initial": "cancer" if own > 0 else "benign", "final": "cancer" if later > 0 else "benign",
                 "initial_confidence": min(abs(own) / 4, 1.0), "final_confidence": min(abs(later) / 4, 1.0),
                 "sitting": 1, "position": case}
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def sequential(plan):
    return plan | {
        "arms": ["all"], "control": None, "phases": ["reading"], "advised": {"reading": ["all"]}, "primary": None,
        "analyses": ["readers"], "options": {"readers": {"target": "cancer", "modality": "answer"}},
    }  # fmt: skip


def numbers(result, name="readers"):
    analysis = next(a for a in result["analyses"] if a["name"] == name)
    return analysis, {e["name"]: e for e in analysis["estimates"]}


def test_first_and_last_answers_are_two_modalities_of_signed_confidence(sequential):
    table = reading()
    _, found = numbers(plans.run(table, sequential))
    long = [(stage, r.participant, r.case, r.truth == "cancer",
             getattr(r, f"{stage}_confidence") * (1 if getattr(r, stage) == "cancer" else -1))
            for r in table.itertuples() for stage in ("initial", "final")]  # fmt: skip
    made = readers.readings(*zip(*long, strict=True), conditions=["final", "initial"])
    direct = readers.analysis_of_variance(readers.area(made)).differences["final", "initial"]["readers and cases"]
    e = found["auc-difference/last answer/first answer"]
    for field in ("value", "low", "high", "df", "p"):
        assert e[field] == pytest.approx(getattr(direct, field), abs=1e-12)
    assert e["value"] > 0
    assert e["n_used"] == 288


def test_the_area_under_the_mean_curve_is_the_mean_of_the_areas():
    rng = np.random.default_rng(1)
    ratings = [rng.integers(low, low + 4, (1, 3, n)).astype(float) for low, n in ((1, 4), (0, 5))]
    made = readers.Readings(("a",), ("r", "s", "t"), tuple("pqrs"), tuple("uvwxy"), *ratings)
    points = readers_roc.mean_curve(made, 0)
    assert points[0] == (0.0, pytest.approx(points[0][1]))
    assert points[-1] == (1.0, 1.0)
    assert readers_roc.area(points) == pytest.approx(float(readers.aucs(made).mean()), abs=1e-12)
    holes = made.negative_ratings.copy()
    holes[0, 1] = np.nan
    fewer = readers.Readings(made.conditions, made.readers, made.positives, made.negatives, ratings[0], holes)
    assert readers_roc.area(readers_roc.mean_curve(fewer, 0)) == pytest.approx(float(np.nanmean(readers.aucs(fewer))))


def test_arms_with_readers_of_their_own_are_compared_by_u_statistics(sequential):
    table = reading(people=8)
    table["arm"] = np.where(table["participant"].str[1].astype(int) % 2, "with", "without")
    wanted = sequential | {
        "arms": ["without", "with"], "control": "without", "advised": {"reading": ["with"]},
        "options": {"readers": {"target": "cancer", "modality": "arm"}},
    }  # fmt: skip
    _, found = numbers(plans.run(table, wanted))
    assert "auc-difference/with/without" in found
    assert found["auc-difference/with/without"]["low"] < found["auc-difference/with/without"]["high"]


def test_the_figure_shows_a_curve_for_each_modality(sequential):
    table = reading()
    result = plans.run(table, sequential)
    made = {f.name: f for f in figures.draw(result, table, sequential)}["readers-roc"]
    ElementTree.fromstring(made.svg)
    assert "First answer: area under the curve 0." in made.alt
    assert made.csv.splitlines()[0] == "modality,1 - specificity,sensitivity"
    again = {f.name: f for f in figures.draw(result, table, sequential)}["readers-roc"]
    assert again.svg == made.svg


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"final_confidence": None, "initial_confidence": None}, "has an answer with a confidence"),
        ({"truth": "benign"}, "not both with and without cancer"),
    ],
)
def test_a_table_that_is_no_reader_study_is_told_so(sequential, change, says):
    analysis, found = numbers(plans.run(reading().assign(**change), sequential))
    assert says in analysis["warnings"][0]
    assert not found


def test_a_plan_without_a_target_and_a_case_rated_twice(sequential):
    analysis, _ = numbers(plans.run(reading(), sequential | {"options": {}}))
    assert "options.readers.target" in analysis["warnings"][0]
    table = reading(people=3, cases=8)
    table.loc[table["case"] == "k02", "case"] = "k00"
    _, found = numbers(plans.run(table, sequential))
    dropped = {d["reason"]: d["n"] for d in found["auc/last answer"]["dropped"]}
    assert dropped == {"case rated before": 6}
