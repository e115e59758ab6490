"""Participant flow against counts made by hand."""

import pandas as pd

from simlab.stats import flow, planfile, prepare


def flow_of(rows, plan):
    parsed = planfile.parse(plan)
    return flow.analyse(prepare.prepare(pd.DataFrame(rows), parsed), parsed)


def outside(name, status):
    return {"participant": name, "status": status, "arm": None, "phase": None, "case": None}


def test_flow_counts_people_by_what_became_of_them(decision, plan):
    rows = [
        outside("d1", "declined"),
        outside("i1", "ineligible"),
        outside("i2", "ineligible"),
        outside("a1", "arrived"),
    ]
    rows += [decision("p1", "R", "R", "R", case=c) for c in ("c1", "c2")]
    rows += [decision("p2", "R", "R", "R"), decision("p2", None, None, None, case="c2", status="missing")]
    rows += [decision("p3", None, None, None, case=c, status="missing", initial_correct=None) for c in ("c1", "c2")]
    rows += [decision("p4", None, None, "R", arm="unaided", phase="baseline")]
    rows += [decision("p4", None, None, None, arm="unaided", phase="baseline", case="c2", status="skipped")]
    found = flow_of(rows, plan)
    counts = {e.name: e.value for e in found.estimates}
    assert counts == {
        "came": 8,
        "declined": 1,
        "ineligible": 2,
        "arrived": 1,
        "allocated": 4,
        "allocated/unaided": 1,
        "allocated/advised": 3,
    }
    people, encounters = found.tables
    # expected, did not start, started, stopped early, completed, analysed
    assert ("exposure", "advised", 3, 1, 2, 1, 1, 2) in people.rows
    assert ("baseline", "unaided", 1, 0, 1, 0, 1, 1) in people.rows
    # planned, complete, never opened, ran out of time, skipped, without a verdict
    assert ("exposure", "advised", 6, 3, 3, 0, 0, 0) in encounters.rows
    assert ("baseline", "unaided", 2, 1, 0, 0, 1, 0) in encounters.rows


def test_flow_says_what_the_plan_does_not_name(decision, plan):
    found = flow_of([decision("p1", "R", "R", "R"), decision("p2", "R", "R", "R", arm="other")], plan)
    assert found.warnings[0] == "1 encounters were left out because the plan does not name arm other."


def test_flow_equals_a_second_program(study, plan):
    table = study()
    table.loc[table.index % 11 == 0, "status"] = "timed-out"
    found = flow_of(table, plan).tables[1]
    for phase, arm, planned, complete, _, late, _, _ in found.rows:
        cell = [r for r in table.to_dict("records") if (r["phase"], r["arm"]) == (phase, arm)]
        assert (planned, complete) == (len(cell), sum(r["status"] == "complete" for r in cell))
        assert late == planned - complete
