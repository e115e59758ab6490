"""Each headline table of a report worked out a second time in plain Python, from the rows and nothing else."""

import json
import math
import random
import statistics
from collections import defaultdict

import pytest

from simlab.stats import plans


@pytest.fixture(scope="module")
def table():
    """A study with all that a flow diagram can hold: people never allocated, cases missed, cut short and skipped."""
    from tests.stats.conftest import make_study

    made = make_study(people=80, cases=5)
    status = list(made["status"])
    for k, row in enumerate(made.itertuples()):
        if row.participant in ("p00", "p01") and row.phase in ("withdrawal", "retention"):
            status[k] = "missing"
        elif k % 17 == 3:
            status[k] = "timed-out"
        elif k % 23 == 5:
            status[k] = "skipped"
    made["status"] = status
    out = [
        {"participant": f"x{k}", "status": s} for k, s in enumerate(["declined", "ineligible", "arrived", "declined"])
    ]
    return [*json.loads(made.to_json(orient="records")), *out]


@pytest.fixture(scope="module")
def found(table):
    import pandas as pd

    asked = {
        "simlab": "plan/1", "title": "All", "arms": ["unaided", "advised"], "control": "unaided",
        "phases": ["baseline", "exposure", "withdrawal", "retention"], "advised": {"exposure": ["advised"]},
        "analyses": ["flow", "accuracy", "reliance", "time", "skill"], "seed": 3, "bootstrap": 2000,
    }  # fmt: skip
    return plans.run(pd.DataFrame(table), asked)


def estimates(found, analysis):
    return {e["name"]: e for a in found["analyses"] if a["name"] == analysis for e in a["estimates"]}


def rows_of(found, analysis, name):
    made = next(t for a in found["analyses"] if a["name"] == analysis for t in a["tables"] if t["name"] == name)
    return [dict(zip(made["columns"], row, strict=True)) for row in made["rows"]]


def complete(table):
    return [r for r in table if r["status"] == "complete"]


def test_flow(table, found):
    people = defaultdict(lambda: defaultdict(list))
    for row in table:
        if row.get("arm"):
            people[row["phase"], row["arm"]][row["participant"]].append(row["status"])
    for line in rows_of(found, "flow", "participants"):
        each = people[line["phase"], line["arm"]].values()
        begun = [s for s in each if any(one in ("complete", "timed-out", "skipped") for one in s)]
        done = [s for s in begun if "missing" not in s]
        assert line["expected"] == len(each)
        assert line["started"] == len(begun)
        assert line["did not start"] == len(each) - len(begun)
        assert line["completed"] == len(done)
        assert line["stopped early"] == len(begun) - len(done)
        assert line["analysed"] == sum("complete" in s for s in each)
    for line in rows_of(found, "flow", "encounters"):
        statuses = [s for one in people[line["phase"], line["arm"]].values() for s in one]
        counts = [statuses.count(s) for s in ("complete", "missing", "timed-out", "skipped")]
        said = [line[w] for w in ("complete", "never opened", "ran out of time", "skipped by the participant")]
        assert (line["planned"], said) == (len(statuses), counts)
    flow = estimates(found, "flow")
    allocated = {r["participant"] for r in table if r.get("arm")}
    assert flow["came"]["value"] == len({r["participant"] for r in table})
    assert flow["declined"]["value"] == 2
    assert flow["allocated"]["value"] == len(allocated)
    for arm in ("unaided", "advised"):
        own = {r["participant"] for r in table if r.get("arm") == arm}
        assert flow[f"allocated/{arm}"]["value"] == len(own)


def test_accuracy_by_arm_and_phase(table, found):
    made, cells = estimates(found, "accuracy"), defaultdict(list)
    for row in complete(table):
        cells["observed", row["arm"], row["phase"]].append(row["final"] == "R")
        if row["initial"] is not None:
            cells["initial", row["arm"], row["phase"]].append(row["initial"] == "R")
        if row["advice"] is not None:
            kind = "advice-right" if row["advice"] == "R" else "advice-wrong"
            cells[kind, row["arm"], row["phase"]].append(row["final"] == "R")
    for (name, arm, phase), right in cells.items():
        e = made[f"{name}/{arm}/{phase}"]
        assert (e["numerator"], e["denominator"]) == (sum(right), len(right))
        assert e["value"] == sum(right) / len(right)


def test_reliance_square_with_its_intervals(table, found):
    made, people = estimates(found, "reliance"), defaultdict(lambda: [0, 0, 0, 0])
    for row in complete(table):
        if row["advice"] is None:
            continue
        own = people[row["participant"]]
        if row["initial"] != "R" and row["advice"] == "R":
            own[0] += row["final"] == "R"
            own[1] += 1
        if row["initial"] == "R" and row["advice"] != "R":
            own[2] += row["final"] == "R"
            own[3] += 1
    chance, each = random.Random(5), list(people.values())
    for name, k in (("rair", 0), ("rsr", 2)):
        total = [sum(p[j] for p in each) for j in (k, k + 1)]
        assert (made[name]["numerator"], made[name]["denominator"]) == tuple(total)
        drawn = []
        for _ in range(4000):
            pick = chance.choices(each, k=len(each))
            under = sum(p[k + 1] for p in pick)
            if under:
                drawn.append(sum(p[k] for p in pick) / under)
        cuts = statistics.quantiles(drawn, n=40)
        assert made[name]["low"] == pytest.approx(cuts[0], abs=0.03)
        assert made[name]["high"] == pytest.approx(cuts[-1], abs=0.03)


def test_time_medians(table, found):
    cells = defaultdict(list)
    for row in complete(table):
        if 1 <= row["time_active_s"] <= 1800:
            cells[row["phase"], row["arm"]].append(row["time_active_s"])
    for line in rows_of(found, "time", "seconds by cell"):
        times = cells[line["phase"], line["arm"]]
        assert line["decisions"] == len(times)
        assert line["median"] == pytest.approx(statistics.median(times))
        assert line["mean"] == pytest.approx(statistics.fmean(times))
        assert line["geometric mean"] == pytest.approx(math.exp(statistics.fmean(map(math.log, times))))
        low, _, high = statistics.quantiles(times, n=4, method="inclusive")
        assert (line["lower quartile"], line["upper quartile"]) == (pytest.approx(low), pytest.approx(high))


def test_deskilling_in_raw_proportions(table, found):
    made, cells = estimates(found, "skill"), defaultdict(list)
    for row in complete(table):
        if row["advice"] is None:
            cells[row["arm"], row["phase"]].append(row["final"] == "R")
    share = {key: sum(right) / len(right) for key, right in cells.items()}
    fall = {arm: share[arm, "withdrawal"] - share[arm, "baseline"] for arm in ("unaided", "advised")}
    for arm in fall:
        assert made[f"change/{arm}"]["value"] == pytest.approx(fall[arm])
        assert made[f"deskilling-index/{arm}"]["value"] == pytest.approx(-fall[arm] / share[arm, "baseline"])
        kept = share[arm, "retention"] / share[arm, "withdrawal"]
        assert made[f"retention-ratio/{arm}"]["value"] == pytest.approx(kept)
    difference = fall["advised"] - fall["unaided"]
    assert made["difference-in-differences/advised"]["value"] == pytest.approx(difference)
