"""Populations and events of the primary comparison, counted by hand on five clinicians."""

import pandas as pd
import pytest

from simlab.stats import estimand, planfile, populations
from simlab.stats.columns import check
from simlab.stats.errors import BadPlan

PHASES = ("baseline", "exposure", "withdrawal")


@pytest.fixture
def small(plan):
    """Two unaided and three advised clinicians, two cases a phase, all of them whole."""
    return plan | {"phases": list(PHASES), "windows": {"withdrawal": {"after": "exposure", "days": 10}}}


@pytest.fixture
def table(decision):
    rows = []
    for person, arm in (("u1", "unaided"), ("u2", "unaided"), ("a1", "advised"), ("a2", "advised"), ("a3", "advised")):
        for index, phase in enumerate(PHASES):
            aided = arm == "advised" and phase == "exposure"
            rows += [
                decision(person, "R" if aided else None, "R" if aided else None, "R", arm=arm, phase=phase,
                         phase_index=index, sitting=1, position=n, case=f"{phase}{n}", day=5.0 * index)
                for n in (1, 2)
            ]  # fmt: skip
    return check(pd.DataFrame(rows))


def at(table, person, phase, position=1):
    return (table["participant"] == person) & (table["phase"] == phase) & (table["position"] == position)


def out(table, document, name):
    plan = planfile.parse(document)
    return populations.left_out(table, plan, plan.primary, name, ("baseline", "withdrawal"))


def chosen(table, document, **events):
    primary = document["primary"] | {"intercurrent": events}
    plan = planfile.parse(document | {"primary": primary})
    return estimand.chosen(table, plan, plan.primary, ("baseline", "withdrawal"))


def test_whole_data_leave_nobody_out_of_any_population(table, small):
    for name in populations.RULES:
        assert out(table, small, name) == {}


def test_populations_give_the_first_rule_that_is_not_met(table, small):
    table.loc[at(table, "a1", "exposure", 1) | at(table, "a1", "exposure", 2), "advice_shown"] = False
    table.loc[at(table, "a2", "exposure", 2), "advice_shown"] = False
    table.loc[at(table, "u1", "exposure", 1) | at(table, "u1", "exposure", 2), "status"] = "missing"
    table.loc[at(table, "u2", "withdrawal", 2), "status"] = "skipped"
    table.loc[at(table, "a3", "baseline", 1), "advice_shown"] = True
    assert out(table, small, "allocated") == {}
    assert out(table, small, "exposed") == {
        "u1": "made no decision in exposure",
        "a1": "was shown no advice in exposure",
    }
    assert out(table, small, "per-protocol") == {
        "u1": "did not complete exposure",
        "u2": "did not complete withdrawal",
        "a1": "was not shown all advice in exposure",
        "a2": "was not shown all advice in exposure",
        "a3": "was shown advice in baseline, where none was planned",
    }


def test_late_counts_from_the_phase_before_and_from_the_start_of_the_sitting(table, small):
    of_phase = table["phase"] == "withdrawal"
    table.loc[of_phase & (table["participant"] == "u1"), "day"] = 15.1  # exposure ended on day 5, window of 10 days
    table.loc[at(table, "u2", "withdrawal", 1), "day"] = 15.0
    table.loc[at(table, "u2", "withdrawal", 2), "day"] = 15.4  # begun in time, so it stays whole
    assert out(table, small, "per-protocol") == {"u1": "came late"}
    kept = chosen(table, small, late_retention="exclude")
    assert [(d.reason, d.n) for d in kept.dropped] == [("made after the window of its phase", 2)]
    assert len(chosen(table, small).rows) == 20


def test_table_of_populations_adds_up_to_everybody_allocated(table, small):
    table.loc[at(table, "u2", "withdrawal", 2), "status"] = "skipped"
    plan = planfile.parse(small)
    rows = populations.table(table, plan, plan.primary, ("baseline", "withdrawal")).rows
    assert ("per-protocol", "unaided", "used", 1) in rows
    assert ("per-protocol", "unaided", "left out: did not complete withdrawal", 1) in rows
    for name in populations.RULES:
        assert sum(n for own, _, _, n in rows if own == name) == 5


@pytest.mark.parametrize(
    ("status", "event"), [("missing", "drop_out"), ("timed-out", "time_out"), ("skipped", "skipped_case")]
)
def test_each_strategy_for_a_case_without_an_answer(table, small, status, event):
    table.loc[at(table, "a1", "withdrawal", 1), ["status", "final", "final_correct"]] = [status, None, None]
    left = chosen(table, small)
    assert (len(left.rows), left.n_dropped) == (19, 1)
    failed = chosen(table, small, **{event: "composite-failure"})
    assert (len(failed.rows), failed.n_dropped) == (20, 0)
    assert int((~failed.rows["final_correct"].astype(bool)).sum()) == 1
    without = chosen(table, small, **{event: "exclude"})
    assert (len(without.rows), without.n_dropped) == (16, 4)
    assert "a1" not in set(without.rows["participant"])
    assert without.dropped[0].reason.startswith("clinician with a case")


def test_a_strategy_for_one_event_leaves_the_others_alone(table, small):
    table.loc[at(table, "a1", "withdrawal", 1), "status"] = "skipped"
    kept = chosen(table, small, drop_out="composite-failure", time_out="exclude")
    assert [(d.reason, d.n) for d in kept.dropped] == [("skipped by the participant", 1)]


def test_advice_not_shown_leaves_clinicians_out_only_when_asked(table, small):
    table.loc[at(table, "a1", "exposure", 1), "advice_shown"] = False
    assert len(chosen(table, small).rows) == 20
    kept = chosen(table, small, advice_not_shown="exclude")
    assert (len(kept.rows), kept.dropped[0].reason) == (16, "clinician was not shown all advice in exposure")


def test_a_population_of_the_plan_leaves_clinicians_out_with_the_reason(table, small):
    table.loc[at(table, "u2", "exposure", 2), "status"] = "timed-out"
    plan = planfile.parse(small | {"primary": small["primary"] | {"population": "per-protocol"}})
    kept = estimand.chosen(table, plan, plan.primary, ("baseline", "withdrawal"))
    assert [(d.reason, d.n) for d in kept.dropped] == [("clinician did not complete exposure", 4)]


@pytest.mark.parametrize(
    ("event", "asked", "why"),
    [
        ("outside_help", "hypothetical", "without it is not modelled"),
        ("ai_between_phases", "while-on-treatment", "without it is not modelled"),
        ("drop_out", "treatment-policy", "no answer that could be used"),
        ("late_retention", "composite-failure", "an answer given late"),
        ("advice_not_shown", "hypothetical", "is not modelled"),
    ],
)
def test_what_is_not_done_is_refused_with_the_reason(plan, event, asked, why):
    primary = plan["primary"] | {"intercurrent": {event: asked}}
    with pytest.raises(BadPlan, match=f"{event} cannot be handled by '{asked}': .*{why}.*; write one of"):
        planfile.parse(plan | {"primary": primary})


def test_late_answers_cannot_be_left_out_without_a_window(plan):
    primary = plan["primary"] | {"intercurrent": {"late_retention": "exclude"}}
    with pytest.raises(BadPlan, match="windows says of no phase when it ends"):
        planfile.parse(plan | {"primary": primary})


def test_estimand_is_said_in_words(table, small):
    plan = planfile.parse(small)
    rows = {row[0]: row[1:] for row in estimand.table(plan, plan.primary, "withdrawal", table).rows}
    assert rows["population"] == ("allocated", "everybody allocated, in the arm of the draw")
    assert rows["treatment"] == ("advised against unaided", "what each arm was given in exposure")
    assert rows["claim"] == ("noninferiority", "no loss of 10 percentage points or more")
    assert rows["drop out"][0] == "hypothetical"
    assert rows["generalises to"][0] == "such cases"
    assert "6 cases are too few" in rows["generalises to"][1]
    assert set(rows) >= {"variable", "summary measure", "time out", "skipped case", "late retention",
                         "advice not shown", "outside help", "ai between phases"}  # fmt: skip


def test_every_intercurrent_event_has_a_strategy_in_plan_and_result(plan, table):
    """The seven events that a plan must speak of (ICH E9(R1), section 3), each with a choice and with words."""
    wanted = {
        "drop_out", "time_out", "skipped_case", "late_retention", "advice_not_shown", "outside_help",
        "ai_between_phases",
    }  # fmt: skip
    parsed = planfile.parse(plan)
    assert set(type(parsed.primary.intercurrent).model_fields) == wanted
    rows = estimand.table(parsed, parsed.primary, parsed.primary.phase, table).rows
    told = {row[0]: row[1:] for row in rows}
    for event in wanted:
        choice, words = told[event.replace("_", " ")]
        assert choice == getattr(parsed.primary.intercurrent, event)
        assert len(words) > 20
    assert all("nobody among those used was asked" in told[event][1] for event in ("outside help", "ai between phases"))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("outside_help", "clinician told of help from outside"),
        ("ai_between_phases", "clinician told of using AI between phases"),
    ],
)
def test_what_clinicians_told_leaves_them_out_only_when_asked_and_only_up_to_the_comparison(
    table, small, event, reason
):
    table[event] = table["participant"].map({"u1": True, "a1": False, "a2": True}).astype("boolean")
    later = table["phase"] == "retention"
    table.loc[(table["participant"] == "a2") & ~later, event] = False
    assert len(chosen(table, small).rows) == 20
    kept = chosen(table, small, **{event: "exclude"})
    assert [(d.reason, d.n) for d in kept.dropped] == [(reason, 4)]
    assert "u1" not in set(kept.rows["participant"])
