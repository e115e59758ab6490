"""Verdicts on hand-made intervals, and what the deskilling analysis says when a plan or table lacks something."""

import pytest

from simlab.stats import deskilling, planfile, plans
from simlab.stats.intervals import symmetric


def primary(plan, **change):
    return planfile.parse(plan | {"primary": plan["primary"] | change}).primary


def verdict_of(plan, value, se, **change):
    found = symmetric(value, se, None, 0.95, "", "risk difference")
    table = deskilling.verdict(found, primary(plan, **change), alpha=0.05)
    return dict(zip(table.columns, table.rows[0], strict=True))


def test_noninferiority_of_the_worked_example_is_not_shown(plan):
    # 0.74 to 0.71 with 200 independent decisions a side and margin 0.10.
    se = (0.74 * 0.26 / 200 + 0.71 * 0.29 / 200) ** 0.5
    found = verdict_of(plan, -0.03, se)
    assert found["lower limit"] == pytest.approx(-0.117, abs=5e-4)
    assert found["p"] == pytest.approx(0.058, abs=5e-4)
    assert found["shown"] is False
    assert "not shown" in found["sentence"]


def test_noninferiority_is_shown_by_a_narrow_interval(plan):
    assert verdict_of(plan, -0.03, 0.02)["shown"] is True


@pytest.mark.parametrize(
    ("claim", "value", "shown"),
    [("superiority", 0.1, True), ("superiority", -0.1, False), ("difference", -0.1, True), ("difference", 0.01, False)],
)
def test_other_claims_are_read_from_the_interval(plan, claim, value, shown):
    found = verdict_of(plan, value, 0.02, claim=claim, margin=None)
    assert found["shown"] is shown
    assert ("does not show" in found["sentence"]) is not shown


def test_a_difference_without_standard_error_has_no_verdict(plan):
    for claim, margin in (("noninferiority", 0.1), ("difference", None)):
        assert verdict_of(plan, 0.1, float("nan"), claim=claim, margin=margin)["shown"] is False


def test_later_phase_is_the_last_without_advice(plan):
    parsed = planfile.parse(plan)
    assert deskilling.later_phase(parsed, parsed.primary) == "retention"
    advised_again = planfile.parse(plan | {"advised": {"exposure": ["advised"], "retention": ["advised"]}})
    assert deskilling.later_phase(advised_again, advised_again.primary) is None
    last = planfile.parse(plan | {"primary": plan["primary"] | {"phase": "retention"}})
    assert deskilling.later_phase(last, last.primary) is None


def test_a_plan_without_primary_says_so(study, plan):
    found = plans.run(study(), plan | {"primary": None, "analyses": ["deskilling"]})
    assert [a["name"] for a in found["analyses"]] == ["deskilling"]
    assert found["analyses"][0]["warnings"] == ["The plan names no contrast of unaided skill."]


def test_a_decision_that_saw_advice_is_not_unaided(study, plan):
    table = study()
    seen = (table["phase"] == "withdrawal") & (table["position"] == 1) & (table["arm"] == "unaided")
    table.loc[seen, "advice_shown"] = True
    found = plans.run(table, plan | {"analyses": ["deskilling"]})["analyses"][0]["estimates"][0]
    assert found["n_dropped"] == int(seen.sum())
    assert found["dropped"][0]["reason"] == "advice was shown in a phase without advice"


def test_marginal_difference_lies_near_the_observed_one(study, plan):
    # With few per cent missing and shared baselines the model should not stray far from plain arithmetic.
    table = study(people=60)
    found = plans.run(table, plan | {"analyses": ["deskilling"]})["analyses"][0]["estimates"][0]

    def right(arm, phase):
        cell = table[(table["arm"] == arm) & (table["phase"] == phase)]
        return (cell["final"] == "R").mean()

    after = right("advised", "withdrawal") - right("unaided", "withdrawal")
    change = after - (right("advised", "baseline") - right("unaided", "baseline"))
    # Adjusting for baseline lies between taking none and all of the baseline difference off.
    assert min(after, change) - 0.02 <= found["value"] <= max(after, change) + 0.02
    assert found["low"] < found["value"] < found["high"]
