"""Other ways to answer the primary question: each against a second way to get it, and the words about disagreement."""

import itertools

import pytest

from simlab.stats import planfile, plans, sensitivity
from simlab.stats.intervals import Interval, symmetric


def ways(found):
    (one,) = [a for a in found["analyses"] if a["name"] == "sensitivity"]
    return {e["name"].removeprefix("difference/"): e for e in one["estimates"]}, one


def table_of(analysis, name):
    (table,) = [t for t in analysis["tables"] if t["name"] == name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def difference(table, plan):
    found = plans.run(table, plan | {"analyses": ["deskilling"]})
    return next(e for e in found["analyses"][0]["estimates"] if e["name"] == "difference")


@pytest.fixture
def gone(study):
    """A study whose first six clinicians each left one case of withdrawal unopened."""
    table = study(people=24)
    lost = (table["phase"] == "withdrawal") & (table["position"] == 2)
    table["status"] = table["status"].mask(lost & table["participant"].isin([f"p{n:02d}" for n in range(6)]), "missing")
    return table


@pytest.fixture
def found(gone, plan):
    return plans.run(gone, plan | {"analyses": ["sensitivity"]})


def test_each_population_and_event_equals_the_primary_model_on_a_table_made_by_hand(gone, plan, found):
    estimates, _ = ways(found)
    assert estimates["primary"]["value"] == pytest.approx(difference(gone, plan)["value"], rel=1e-9)
    whole = gone[~gone["participant"].isin(gone.loc[gone["status"] == "missing", "participant"])]
    per_protocol = difference(whole, plan)
    assert estimates["per-protocol"]["low"] == pytest.approx(per_protocol["low"], rel=1e-9)
    assert estimates["per-protocol"]["n_used"] == per_protocol["n_used"] == 18 * 12
    missing = gone["status"] == "missing"
    failed = difference(gone.assign(status="complete", final=gone["final"].mask(missing, "W")), plan)
    assert estimates["failure"]["value"] == pytest.approx(failed["value"], rel=1e-9)
    assert (estimates["failure"]["n_used"], estimates["failure"]["n_dropped"]) == (288, 0)


def test_saturated_regressions_give_the_plain_difference_of_shares(gone, found):
    counts = {"unaided": [0, 0], "advised": [0, 0]}
    for row in gone.to_dict("records"):
        if row["phase"] == "withdrawal" and row["status"] == "complete":
            counts[row["arm"]][0] += row["final"] == "R"
            counts[row["arm"]][1] += 1
    plain = counts["advised"][0] / counts["advised"][1] - counts["unaided"][0] / counts["unaided"][1]
    estimates, _ = ways(found)
    for name in ("two-way", "wild"):
        assert estimates[name]["value"] == pytest.approx(plain, abs=1e-6)
    assert estimates["two-way"]["low"] < plain < estimates["two-way"]["high"]
    assert estimates["wild"]["low"] is None
    assert 0 < estimates["wild"]["p"] <= 1


def test_randomisation_test_equals_every_allocation_counted_out(study, plan):
    table = study(people=8)
    p = ways(plans.run(table, plan | {"analyses": ["sensitivity"]}))[0]["randomisation"]["p"]
    share = {}
    for person in sorted(set(table["participant"])):
        own = table[table["participant"] == person]
        share[person] = [
            (own.loc[own["phase"] == phase, "final"] == "R").mean() for phase in ("baseline", "withdrawal")
        ]
    people, n = list(share), len(share)
    mean = [sum(share[x][k] for x in people) / n for k in (0, 1)]
    slope = sum((share[x][0] - mean[0]) * (share[x][1] - mean[1]) for x in people) / sum(
        (share[x][0] - mean[0]) ** 2 for x in people
    )
    rest = {x: share[x][1] - mean[1] - slope * (share[x][0] - mean[0]) for x in people}
    size = 4

    def gap(exposed):
        return sum(rest[x] for x in exposed) / size - sum(rest[x] for x in people if x not in exposed) / size

    arm = {row["participant"]: row["arm"] for row in table.to_dict("records")}
    seen = abs(gap([x for x in people if arm[x] == "advised"]))
    every = [abs(gap(chosen)) >= seen - 1e-12 for chosen in itertools.combinations(people, size)]
    assert p == pytest.approx(sum(every) / len(every), abs=0.04)


def test_noninferiority_is_told_in_both_populations(found):
    _, analysis = ways(found)
    rows = table_of(analysis, "non-inferiority by population")
    assert [row["population"] for row in rows] == ["allocated", "per-protocol"]
    for row in rows:
        assert row["shown"] == (row["lower limit"] > -0.10)


def test_control_says_that_it_is_one_and_of_what_it_speaks(found):
    rows = {row["analysis"]: row for row in table_of(ways(found)[1], "sensitivity")}
    (control,) = [row for name, row in rows.items() if "intercepts only" in name]
    assert control["speaks of"].startswith("these cases")
    assert "too narrow" in control["analysis"]
    assert rows["Primary, as planned"]["in words"] == "The answer of the plan"


def test_a_separated_study_is_refitted_with_a_weak_prior(study, plan):
    table = study(people=12)
    table.loc[(table["arm"] == "advised") & (table["phase"] == "withdrawal"), "final"] = "R"
    estimates, analysis = ways(plans.run(table, plan | {"analyses": ["sensitivity"]}))
    assert estimates["primary"]["value"] is None
    assert estimates["two-way"]["note"].startswith("Not done: ")
    assert estimates["weak-prior"]["low"] < estimates["weak-prior"]["value"]
    assert "nothing to agree with" in table_of(analysis, "verdict")[0]["sentence"]


def test_a_study_without_an_arm_says_why(study, plan):
    table = study(people=12)
    found = plans.run(table[table["arm"] == "advised"], plan | {"analyses": ["sensitivity"]})
    assert "no unaided decision of the unaided arm" in found["analyses"][0]["warnings"][0]


def near(value, se):
    return symmetric(value, se, None, 0.95, "", "risk difference")


def only_p(value, p):
    return Interval(value, None, None, None, None, 0.95, "", "risk difference", p)


@pytest.mark.parametrize(
    ("first", "other", "said"),
    [
        (near(-0.05, 0.02), near(-0.06, 0.02), None),
        (near(-0.05, 0.02), near(0.05, 0.02), "the sign is the opposite"),
        (near(-0.05, 0.02), near(-0.05, 0.03), "does not exclude zero"),
        (near(-0.03, 0.02), near(-0.05, 0.02), "it excludes zero"),
        (near(-0.05, 0.02), near(-0.07, 0.02), "does not show non-inferiority"),
        (near(-0.07, 0.02), near(-0.05, 0.02), "it shows non-inferiority"),
        (near(-0.05, 0.02), only_p(-0.05, 0.2), "does not exclude zero"),
        (near(-0.05, 0.02), only_p(-0.05, 0.01), None),
        (None, near(-0.05, 0.02), None),
    ],
)
def test_disagreement_is_said_of_sign_zero_and_margin(plan, first, other, said):
    primary = planfile.parse(plan).primary
    told = sensitivity.disagreement(first, other, primary, 0.05)
    assert told is None if said is None else said in told
