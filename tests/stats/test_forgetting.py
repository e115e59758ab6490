"""Slopes of forgetting and anticipatory slack: the rows by hand, and a truth that the models must find again."""

import math

import numpy as np
import pandas as pd
import pytest

from simlab.stats import forgetting, planfile, plans, slack
from simlab.stats.columns import check


def estimates(found, name):
    return {e["name"]: e for a in found["analyses"] if a["name"] == name for e in a["estimates"]}


def made_with(slopes, people, seed=3):
    """Two arms that forget at these log odds a unit of log(1 + days); follow-up on days 1 and 41 after exposure."""
    rng = np.random.default_rng(seed)
    hardness = rng.normal(0, 0.5, (3, 12))
    rows = []
    for person in range(people):
        arm = ("unaided", "advised")[person % 2]
        skill = 1.5 + rng.normal(0, 0.5)
        for phase, day in (("exposure", 7.0), ("withdrawal", 8.0), ("retention", 48.0)):
            form = ("exposure", "withdrawal", "retention").index(phase)
            for position in range(12):
                since = max(day - 7.0, 0.0)
                odds = skill - hardness[form, position] + slopes[person % 2] * math.log1p(since)
                right = rng.random() < 1 / (1 + math.exp(-odds))
                rows.append(
                    {"participant": f"p{person:03d}", "arm": arm, "phase": phase, "case": f"{form}-{position}",
                     "status": "complete", "structure": "unaided", "final": "R" if right else "W", "truth": "R",
                     "sitting": 1, "position": position, "day": day}
                )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def follow(plan):
    primary = plan["primary"] | {"phase": "withdrawal", "adjusted_for": "exposure"}
    return plan | {"phases": ["exposure", "withdrawal", "retention"], "primary": primary, "analyses": ["forgetting"]}


def test_slopes_find_the_truth_again(follow):
    truth = (-0.1, -0.5)
    found = estimates(plans.run(made_with(truth, 120), follow), "forgetting")
    for name, slope in (("slope/unaided", truth[0]), ("slope/advised", truth[1]), ("slope-ratio", truth[1] - truth[0])):
        assert found[name]["low"] < 2**slope < found[name]["high"]
    # Together they are one model, so the ratio of the two slopes is the third number.
    ratio = found["slope/advised"]["value"] / found["slope/unaided"]["value"]
    assert found["slope-ratio"]["value"] == pytest.approx(ratio, rel=1e-12)
    assert found["slope-ratio"]["high"] < 1
    assert found["slope-ratio"]["p"] < 0.05


def test_days_count_from_the_last_decision_with_advice_and_losses_have_reasons(follow):
    table = made_with((0, 0), 4)
    table.loc[(table["participant"] == "p000") & (table["phase"] == "exposure"), "day"] = [3.0] * 11 + [6.5]
    table.loc[(table["participant"] == "p001") & (table["phase"] == "exposure"), "status"] = "missing"
    table.loc[(table["participant"] == "p002") & (table["phase"] == "withdrawal"), "day"] = 6.0
    plan = planfile.parse(follow)
    kept = forgetting.timed(check(table), plan, plan.primary, ("withdrawal", "retention"))
    own = kept.rows[kept.rows["participant"] == "p000"]
    assert set(own["since"]) == {1.5, 41.5}
    assert [(d.reason, d.n) for d in kept.dropped] == [
        ("no day, or none in exposure", 24),
        ("made before the end of exposure", 12),
    ]


def test_one_time_point_has_no_slope(follow):
    table = made_with((0, 0), 8)
    found = plans.run(table[table["phase"] != "retention"], follow)
    assert "has no slope" in found["analyses"][0]["warnings"][0]


def awaiting(drop, people=80, seed=11):
    """Both arms answer twice; the arm that awaits advice is right less often before it, on the same cases."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        arm = ("unaided", "advised")[person % 2]
        for case in range(10):
            right = rng.random() < (0.7 - (drop if person % 2 else 0))
            rows.append(
                {"participant": f"p{person}", "arm": arm, "phase": "exposure", "case": f"c{case}", "status": "complete",
                 "structure": "two-stage" if person % 2 else "reconsider", "initial": "R" if right else "W",
                 "final": "R", "truth": "R", "advice": "R" if person % 2 else None, "position": case, "sitting": 1}
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_slack_is_the_difference_of_first_answers_and_not_of_last_ones(plan):
    table = awaiting(0.25)
    found = estimates(plans.run(table, plan | {"analyses": ["reliance"], "bootstrap": 100}), "slack")
    shares = table.assign(right=table["initial"] == "R").groupby("arm")["right"].mean()
    e = found["difference/advised/exposure"]
    assert e["value"] == pytest.approx(shares["advised"] - shares["unaided"], abs=0.005)
    assert e["high"] < 0


def test_first_answers_take_the_only_answer_of_an_unaided_control_on_shared_cases(plan):
    table = awaiting(0.0, people=2)
    control = table["arm"] == "unaided"
    table.loc[control, ["structure", "initial", "final"]] = ["unaided", None, "W"]
    table.loc[control & (table["case"] == "c9"), "case"] = "other"
    kept = slack.first_answers(check(table), "advised", "unaided", "exposure")
    assert not kept.rows.loc[kept.rows["arm"] == "unaided", "right"].any()
    assert [(d.reason, d.n) for d in kept.dropped] == [("case not met in both arms", 2)]
