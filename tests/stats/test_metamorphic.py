"""What must not change, and what must change in a known way, when a table is rewritten."""

import pandas as pd
import pytest

from simlab.stats import measuring, plans, result

DESCRIBED = ["reliance", "complementarity", "calibration", "automation", "losses", "skill", "time-parts", "monitoring"]


def estimates(found):
    return {f"{a['name']}:{e['name']}": e for a in found["analyses"] for e in a["estimates"]}


@pytest.fixture(scope="module")
def table():
    from tests.stats.conftest import make_study

    made = make_study(people=16, cases=5)
    made["time_after_advice_s"] = made["time_active_s"].where(made["advice"].notna())
    return made


@pytest.fixture(scope="module")
def asked():
    return {
        "simlab": "plan/1", "title": "All", "arms": ["unaided", "advised"], "control": "unaided",
        "phases": ["baseline", "exposure", "withdrawal", "retention"], "advised": {"exposure": ["advised"]},
        "analyses": DESCRIBED, "seed": 3, "bootstrap": 100,
    }  # fmt: skip


@pytest.fixture(scope="module")
def before(table, asked):
    return plans.run(table, asked)


def test_rows_in_another_order_give_the_same_bytes(table, asked, before):
    shuffled = table.sample(frac=1, random_state=8)[sorted(table.columns)]
    assert result.dump(plans.run(shuffled, asked)) == result.dump(before)


def test_relabelled_arms_keep_every_value(table, asked, before):
    names = {"unaided": "alpha", "advised": "beta"}
    plan = asked | {"arms": ["alpha", "beta"], "control": "alpha", "advised": {"exposure": ["beta"]}}
    after = estimates(plans.run(table.assign(arm=table["arm"].map(names)), plan))
    for name, one in estimates(before).items():
        for old, new in names.items():
            name = name.replace(f"/{old}", f"/{new}")
        assert after[name]["value"] == pytest.approx(one["value"], abs=1e-12), name
        assert after[name]["n_used"] == one["n_used"]


def test_duplicated_participants_keep_ratios_and_double_counts(table, asked, before):
    twice = pd.concat([table, table.assign(participant="again " + table["participant"])])
    after = estimates(plans.run(twice, asked))
    for name, one in estimates(before).items():
        # Losses are learned from folds of people, d′ is corrected by counts: both see the size of a study.
        # The model of slack estimates variances between people, who are now alike in pairs.
        if name.startswith(("losses:", "slack:")) or "-g/" in name or one["value"] is None:
            continue
        assert after[name]["value"] == pytest.approx(one["value"], abs=1e-9), name
        assert after[name]["n_used"] == 2 * one["n_used"], name


def test_duplicated_participants_keep_models_and_narrow_intervals(table, asked):
    plan = asked | {"analyses": ["accuracy", "time"]}
    twice = pd.concat([table, table.assign(participant="again " + table["participant"])])
    one, two = estimates(plans.run(table, plan)), estimates(plans.run(twice, plan))
    for name in ("accuracy:observed/advised/exposure", "time:seconds/advised/exposure"):
        assert two[name]["value"] == pytest.approx(one[name]["value"], rel=0.02)
        assert two[name]["n_used"] == 2 * one[name]["n_used"]
    assert two["accuracy:observed/advised/exposure"]["se"] < one["accuracy:observed/advised/exposure"]["se"]


def test_time_in_other_units_scales_times_and_nothing_else(table, asked, before):
    slower = table.assign(
        time_active_s=table["time_active_s"] * 2, time_after_advice_s=table["time_after_advice_s"] * 2
    )
    after = estimates(plans.run(slower, asked))
    for name, one in estimates(before).items():
        factor = 2 if "time-after-advice" in name else 1
        assert after[name]["value"] == pytest.approx(None if one["value"] is None else factor * one["value"]), name


def test_an_arm_and_a_phase_without_rows_change_nothing_else(table, asked, before):
    plan = asked | {"arms": ["unaided", "advised", "empty"], "phases": [*asked["phases"][:3], "never", "retention"],
                    "advised": {"exposure": ["advised", "empty"]}}  # fmt: skip
    found = plans.run(table, plan)
    after = estimates(found)
    for name, one in estimates(before).items():
        assert after[name]["value"] == pytest.approx(one["value"], abs=1e-12), name
    empty = [e for name, e in after.items() if "/empty" in name]
    assert all(e["value"] is None and e["n_used"] == 0 for e in empty)


def test_answers_under_other_names_keep_every_value(table, asked, before):
    names = {"R": "Gout", "W": "Septic arthritis", "X": "Cellulitis"}
    told = table.assign(**{c: table[c].map(names) for c in ("initial", "advice", "final", "truth")})
    after = estimates(plans.run(told, asked))
    for name, one in estimates(before).items():
        assert after[name]["value"] == pytest.approx(one["value"], abs=1e-12), name


def test_right_and_wrong_exchanged_turn_a_difference_round(table, asked):
    plan = asked | {"analyses": ["skill", "accuracy"]}
    turned = table.assign(initial_correct=None, final_correct=table["final"] != table["truth"])
    turned["advice_correct"] = (table["advice"] == table["truth"]).where(table["advice"].notna())
    one, two = estimates(plans.run(table, plan)), estimates(plans.run(turned, plan))
    name = "skill:difference-in-differences/advised"
    assert two[name]["value"] == pytest.approx(-one[name]["value"])
    name = "accuracy:observed/advised/exposure"
    assert two[name]["value"] == pytest.approx(1 - one[name]["value"])


def test_measuring_is_part_of_the_registry():
    assert set(DESCRIBED) - set(measuring.ANALYSERS) == {"reliance", "complementarity", "calibration"}
