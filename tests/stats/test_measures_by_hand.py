"""The analyses of single measures against second programs in plain Python and against worked numbers."""

import json
import math
import random
import statistics
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from simlab.stats import calibration, change, complementarity, confidence, diagnostic, losses, monitoring, plans, skill
from simlab.stats.calibration_curve import basis, smooth
from simlab.stats.errors import BadPlan, BadTable
from simlab.stats.planoptions import SkillOptions


def run(table, plan, *analyses, **more):
    found = plans.run(pd.DataFrame(table), plan | {"analyses": list(analyses), "bootstrap": 100} | more)
    return {e["name"]: e for a in found["analyses"] for e in a["estimates"]}


def test_errors_beyond_those_without_aid(decision, plan):
    # 12 of 40 wrong beside wrong advice, 6 of 40 without; 40 decisions on each of the same four cases.
    rows = []
    for k in range(40):
        case = f"c{k % 4}"
        rows.append(decision(f"a{k}", None, "W", "W" if k < 12 else "R", case=case, arm="advised"))
        rows.append(decision(f"u{k}", None, None, "W" if k < 6 else "R", case=case, arm="unaided"))
    found = run(rows, plan, "automation")
    assert found["wrong-with-wrong-advice/advised/exposure"]["value"] == pytest.approx(0.15)
    assert found["commission/advised/exposure"]["value"] == pytest.approx(0.15)
    silent = [r | {"advice_shown": False, "advice": None} if r["arm"] == "advised" else r for r in rows]
    found = run(silent, plan, "automation")
    assert found["omission/advised/exposure"]["value"] == pytest.approx(0.15)
    assert found["commission/advised/exposure"]["value"] is None


def test_agreement_beyond_that_without_advice(decision, plan):
    rows = [decision(f"a{k}", None, "R", "R" if k < 6 else "W") for k in range(8)]
    rows += [decision(f"u{k}", None, None, "R" if k < 4 else "W", arm="unaided") for k in range(8)]
    assert run(rows, plan, "automation")["agreement-rise/advised/exposure"]["value"] == pytest.approx(0.25)


def test_matching_equals_a_second_program(study, plan):
    table = study()
    found = run(table, plan, "automation")
    shown, alone = defaultdict(list), defaultdict(list)
    for r in table.to_dict("records"):
        if r["phase"] == "exposure" and r["arm"] == "advised":
            shown[r["case"], r["advice"]].append(r["final"])
        if r["phase"] == "exposure" and r["arm"] == "unaided":
            alone[r["case"]].append(r["final"])
    gap = sum(
        sum(f == advice for f in finals) - len(finals) * sum(f == advice for f in alone[case]) / len(alone[case])
        for (case, advice), finals in shown.items()
    )
    n = sum(map(len, shown.values()))
    assert found["agreement-rise/advised/exposure"]["value"] == pytest.approx(gap / n, abs=1e-12)
    assert found["agreement-rise/advised/exposure"]["n_used"] == n


def test_inherited_errors(decision, plan):
    # 6 of 20 give the AI's wrong answer after exposure, 1 of 20 who were never exposed.
    rows = [decision("a0", "R", "W", "R", case="x", advice_error_type="bias")]
    for k in range(20):
        place = {"phase": "withdrawal", "phase_index": 2, "case": "c1", "lure": "W", "lure_type": "bias"}
        rows.append(decision(f"a{k}", None, None, "W" if k < 6 else "R", **place))
        rows.append(decision(f"u{k}", None, None, "W" if k < 1 else "R", **place | {"arm": "unaided"}))
    assert run(rows, plan, "automation")["inheritance/advised"]["value"] == pytest.approx(0.25)
    # A kind of error that was never met is nobody's inheritance; without a kind, the advice on that case is the lure.
    other = [r | {"lure_type": "other"} if r["phase"] == "withdrawal" else r for r in rows]
    assert run(other, plan, "automation")["inheritance/advised"]["value"] is None
    bare = [{k: v for k, v in r.items() if not k.startswith("lure")} | {"case": "x"} for r in rows]
    assert run(bare, plan, "automation")["inheritance/advised"]["value"] == pytest.approx(0.25)


def test_asking_for_advice(decision, plan):
    rows = []
    for k in range(20):  # would be wrong alone: 10, of whom 8 ask; right alone: 10, of whom 3 ask
        asked = k < 8 or 10 <= k < 13
        rows.append(decision(f"p{k}", "W" if k < 10 else "R", "R", "R", advice_sought=asked, items_opened=k % 3,
                             time_to_advice_s=(10.0 if k % 2 else 40.0) if asked else None))  # fmt: skip
    found = run(rows, plan, "seeking")
    assert found["request-rate"]["value"] == pytest.approx(0.55)
    assert found["appropriate-request"]["value"] == pytest.approx(0.5)
    times = [10.0 if k % 2 else 40.0 for k in [*range(8), 10, 11, 12]]
    assert found["time-to-request"]["value"] == pytest.approx(statistics.geometric_mean(times))
    assert found["items-opened"]["value"] == pytest.approx(statistics.mean(k % 3 for k in range(20)))
    assert found["opened-before-following"]["value"] == pytest.approx(sum(k % 3 > 0 for k in range(20)) / 20)


def test_asking_without_a_first_answer_is_judged_by_unaided_decisions_of_the_case(decision, plan):
    rows = [decision(f"u{k}", None, None, "R" if k < 3 else "W", arm="unaided", case="hard") for k in range(10)]
    rows += [decision(f"v{k}", None, None, "R" if k < 9 else "W", arm="unaided", case="easy") for k in range(10)]
    rows += [decision(f"a{k}", None, "R", "R", case="hard", advice_sought=True) for k in range(5)]
    rows += [decision(f"b{k}", None, "R", "R", case="easy", advice_sought=False) for k in range(5)]
    # P(asked | wrong) = 0.7 / 0.8 and P(asked | right) = 0.3 / 1.2, each case counting as often as it was met.
    assert run(rows, plan, "seeking")["appropriate-request"]["value"] == pytest.approx(0.7 / 0.8 - 0.3 / 1.2)


def test_weight_of_advice_in_numbers(decision, plan):
    finals, cases = (30, 10, 60, 25), ("c1", "c2", "c3", "c4")
    rows = [
        decision(f"p{p}", "20", "20" if k == 3 else "50", str(f), case=cases[k], answer_kind="number", truth="40")
        for p in range(3)
        for k, f in enumerate(finals)
    ]
    found = run(rows, plan, "weight-of-advice")
    assert found["weight-mean"]["value"] == pytest.approx(4 / 9)
    assert found["weight-clipped"]["value"] == pytest.approx(4 / 9)
    assert found["weight-median"]["value"] == pytest.approx(1 / 3)
    assert found["weight-mean"]["n_used"] == 9
    assert found["weight-bounded"]["value"] == pytest.approx((1 / 3 + 0.2 + 0.8 + 0.5) / 4)
    codes = [r | {"answer_kind": "single-best"} for r in rows]
    assert run(codes, plan, "weight-of-advice") == {}


def test_discernment_of_the_worked_example(decision, plan):
    kinds = [("W", "R", "R")] * 4 + [("W", "R", "W")] + [("R", "W", "R")] * 3 + [("R", "W", "W")]
    rows = [decision(f"p{i % 3}", *k, case=f"c{i}") for i, k in enumerate(kinds)]
    found = run(rows, plan, "discernment")
    assert found["d-prime"]["value"] == pytest.approx(1.199, abs=5e-4)
    assert found["criterion"]["value"] == pytest.approx(-0.075, abs=5e-4)
    assert found["d-prime"]["n_used"] == 9


def test_mixed_discernment_finds_the_truth_again(decision, plan):
    rng = np.random.default_rng(8)
    own, cases = rng.normal(0, 0.4, 60), rng.normal(0, 0.3, 16)
    rows = []
    for p in range(60):
        for c in range(16):
            right = (p + c) % 2 == 0
            follows = rng.random() < 0.5 * math.erfc(-(0.4 + 1.2 * (right - 0.5) + own[p] + cases[c]) / math.sqrt(2))
            first, advice = ("W", "R") if right else ("R", "W")
            rows.append(decision(f"p{p}", first, advice, advice if follows else first, case=f"c{c}"))
    found = run(rows, plan, "discernment")
    for name, truth in (("mixed-d-prime/advised", 1.2), ("mixed-criterion/advised", -0.4)):
        assert found[name]["low"] < truth < found[name]["high"]
        assert found[name]["value"] == pytest.approx(truth, abs=0.25)


def banded(seed, noise):
    """People who decide 30 disagreements; the advice is right where its confidence is high, or at random."""
    rng, rows = random.Random(seed), []
    for p in range(40):
        for k in range(30):
            sure = rng.random() < 0.6
            right = rng.random() < (0.5 if noise else 0.75 if sure else 0.30)
            first, advice = ("W", "R") if right else ("R", "W")
            rows.append({
                "participant": f"p{p}", "arm": "advised", "phase": "exposure", "case": f"c{k}", "status": "complete",
                "structure": "two-stage", "initial": first, "advice": advice, "truth": "R", "advice_shown": True,
                "final": advice if rng.random() < 0.5 else first, "advice_confidence": 0.5 + 0.4 * rng.random() if noise
                else (0.9 if sure else 0.6),
            })  # fmt: skip
    return pd.DataFrame(rows)


def test_cross_fitted_losses_find_the_truth_of_two_bands(plan):
    found = run(banded(1, noise=False), plan, "losses")
    # R = 0.6 × 0.75 + 0.4 × 0.70 = 0.73; following half at random pays 0.50; half of the best bands: 0.6 are sure.
    assert found["reliance-loss/advice-confidence"]["value"] == pytest.approx(0.05, abs=0.03)
    assert found["discrimination-loss/advice-confidence"]["value"] == pytest.approx(0.18, abs=0.05)
    assert found["reliance-loss/advice-confidence"]["low"] < 0.05 < found["reliance-loss/advice-confidence"]["high"]


def test_cross_fitting_takes_the_flattery_from_a_signal_of_noise(plan):
    found = plans.run(banded(2, noise=True), plan | {"analyses": ["losses"], "bootstrap": 100})
    rows = {r[0]: r[1:] for t in found["analyses"][0]["tables"] for r in t["rows"]}
    # The advice is right in half of all cases whatever it says, so nobody can be paid more than about a half.
    assert rows["same decisions"][1] > 0.5
    assert rows["cross-fitted"][1] < rows["same decisions"][1]


def test_payoffs_equal_a_plain_loop(plan):
    table = banded(3, noise=False)
    from simlab.stats.columns import check

    rows = check(table)
    made = losses.bands(rows, "advice_confidence", 7)
    found = losses.payoffs(made, np.ones((1, 40)))[0]
    person = sorted(set(table["participant"]))
    fold = dict(zip(person, made.fold.tolist(), strict=True))
    followed = (table["final"] == table["advice"]).mean()
    paid = {"baseline": 0, "benchmark": 0, "misreliant": 0.0}
    for k in range(5):
        inside = table[[fold[p] == k for p in table["participant"]]]
        outside = table[[fold[p] != k for p in table["participant"]]]
        good = {
            b: (g["advice"] == "R").sum() - (g["initial"] == "R").sum() for b, g in outside.groupby("advice_confidence")
        }
        gain = {b: good[b] / len(g) for b, g in outside.groupby("advice_confidence")}
        paid["baseline"] += (inside["advice" if sum(good.values()) > 0 else "initial"] == "R").sum()
        left = followed * len(inside)
        for band, cell in sorted(inside.groupby("advice_confidence"), key=lambda pair: -gain[pair[0]]):
            ai, human = (cell["advice"] == "R").sum(), (cell["initial"] == "R").sum()
            paid["benchmark"] += ai if good[band] > 0 else human
            taken = min(left, len(cell))
            paid["misreliant"] += human + taken / len(cell) * (ai - human)
            left -= taken
    assert found[:3] * len(table) == pytest.approx(list(paid.values()), abs=1e-9)
    assert found[3] == pytest.approx((table["final"] == "R").mean())
    assert found[4] == pytest.approx(followed)


P = np.array([0.9, 0.9, 0.9, 0.6, 0.6, 0.6, 0.6, 0.3, 0.3, 0.3])
Y = np.array([1, 1, 0, 1, 1, 0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("fast", "plain"),
    [(confidence._auroc, calibration.type2_auroc), (confidence._gamma, calibration.gamma),
     (confidence._gap, calibration.confidence_gap), (confidence._error, calibration.calibration_error),
     (confidence._skill, lambda p, y: calibration.brier(p, y).skill)],
)  # fmt: skip
def test_measures_from_counts_equal_those_from_decisions(fast, plain):
    rng = np.random.default_rng(2)
    for p, y in ((P, Y), (rng.integers(0, 21, 200) / 20, rng.integers(0, 2, 200))):
        values, place = np.unique(p, return_inverse=True)
        counts = np.concatenate([np.bincount(place[y == v], minlength=len(values)) for v in (1, 0)])[None, :]
        assert fast(counts.astype(float), values)[0] == pytest.approx(plain(p.tolist(), y.tolist()), abs=1e-12)


def test_spline_is_the_diagonal_where_answers_are_right_as_often_as_said():
    rng = np.random.default_rng(5)
    p = rng.uniform(0.2, 0.95, 6000)
    y = (rng.random(6000) < p).astype(float)
    found = smooth(p, y, pd.Series([f"p{i % 100}" for i in range(6000)]), 0.95)
    assert np.abs(found.right - found.confidence).max() < 0.06
    assert ((found.low <= found.right) & (found.right <= found.high)).all()
    assert len(found.knots) == 4


def test_spline_is_linear_beyond_its_outer_knots_and_smooth_within():
    knots = (0.2, 0.4, 0.6, 0.8)
    at = np.array([0.85, 0.9, 0.95])
    rows = basis(at, knots)
    assert rows[2] - rows[1] == pytest.approx(rows[1] - rows[0], abs=1e-12)
    assert basis(np.array([0.1]), knots)[0, 2:] == pytest.approx([0, 0])


def test_spline_of_too_little_is_none():
    people = pd.Series(["a", "b"] * 5)
    assert smooth(np.full(10, 0.5), np.array([1.0, 0] * 5), people, 0.95) is None
    assert smooth(P, np.ones(10), people, 0.95) is None
    assert smooth(P, Y.astype(float), pd.Series(["a"] * 10), 0.95) is None
    assert smooth(np.array([0.2] * 5 + [0.8] * 5), np.array([0.0] * 5 + [1.0] * 5), people, 0.95) is None


def test_confidence_shift(decision, plan):
    said = {"initial_confidence": 0.6, "final_confidence": 0.75}
    rows = [decision("p1", "R", "R", "R", **said), decision("p2", "R", "R", "R", **said | {"initial_confidence": 0.7})]
    assert run(rows, plan, "calibration")["shift/agreed/right/advised/exposure"]["value"] == pytest.approx(0.10)


def test_hedges_g_of_the_worked_example():
    assert complementarity.hedges_g([0.6, 0.8, 1.0], [0.4, 0.6, 0.8]) == pytest.approx(0.8)
    assert complementarity.hedges_g_against([0.6, 0.8, 1.0], [0.4, 0.6, 0.8], 0.7) == pytest.approx(0.4)
    assert complementarity.hedges_g([0.5, 0.5], [0.5, 0.5]) is None
    assert complementarity.hedges_g([0.5], [0.5, 0.6]) is None


def test_sensitivity_and_its_family(decision, plan):
    kinds = [("yes", "yes")] * 8 + [("no", "yes")] * 2 + [("no", "no")] * 15 + [("yes", "no")] * 5
    rows = [
        decision(f"p{i % 4}", None, None, said, truth=truth, case=f"c{i}", final_confidence=0.8)
        for i, (said, truth) in enumerate(kinds)
    ]
    found = run(rows, plan, "detection")
    for name, value in (("sensitivity", 0.8), ("specificity", 0.75), ("positive-predictive-value", 8 / 13),
                        ("negative-predictive-value", 15 / 17), ("balanced-accuracy", 0.775),
                        ("auc", 0.775)):  # fmt: skip
        assert found[f"{name}/advised/exposure"]["value"] == pytest.approx(value)
    none = run([r for r in rows if r["truth"] == "no"], plan, "detection")
    assert none["sensitivity/advised/exposure"]["value"] is None
    assert none["auc/advised/exposure"]["value"] is None


def test_area_of_probabilities(decision, plan):
    said = [("0.9", "yes"), ("0.6", "yes"), ("0.6", "no"), ("0.2", "no")]
    rows = [decision(f"p{i}", None, None, f, truth=t, answer_kind="probability") for i, (f, t) in enumerate(said)]
    assert run(rows, plan, "detection")["auc/advised/exposure"]["value"] == pytest.approx(0.875)
    counts = np.array([[0, 1, 1, 1, 1, 0]], dtype=float)
    assert diagnostic.area(counts)[0] == pytest.approx(0.875)


def unaided(person, arm, phase, right, n, cases="c", index=0):
    return [
        {"participant": f"{arm}{person}", "arm": arm, "phase": phase, "phase_index": index, "case": f"{cases}{k}",
         "status": "complete", "structure": "unaided", "final": "R" if k < right else "W", "truth": "R",
         "sitting": 1, "position": k + 1}
        for k in range(n)
    ]  # fmt: skip


def test_change_of_raw_proportions(plan):
    # 74 to 62 % in the exposed arm, 75 to 73 % in control, 200 decisions a cell; later 62 % again.
    rows = []
    for phase, index, exposed, control in (
        ("baseline", 0, 74, 75),
        ("withdrawal", 2, 62, 73),
        ("retention", 3, 46, 73),
    ):
        for person in range(2):
            rows += unaided(person, "advised", phase, exposed, 100, index=index)
            rows += unaided(person, "unaided", phase, control, 100, index=index)
    found = run(rows, plan, "skill", options={"skill": {"guessing": 0.25}})
    assert found["change/advised"]["value"] == pytest.approx(-0.12)
    assert found["deskilling-index/advised"]["value"] == pytest.approx(12 / 74)
    assert found["difference-in-differences/advised"]["value"] == pytest.approx(-0.10)
    assert found["retention-ratio/advised"]["value"] == pytest.approx(0.46 / 0.62)
    assert found["retention-corrected/advised"]["value"] == pytest.approx(0.21 / 0.37)


def test_dependency_gap_in_two_halves_and_in_two_phases(decision, plan):
    def aided(phase, index, right, n, first=0):
        return [decision("a", None, "R", "R" if k < right else "W", phase=phase, phase_index=index, case=f"{phase}{k}",
                         sitting=1, position=first + k + 1) for k in range(n)]  # fmt: skip

    before = unaided("", "advised", "baseline", 7, 10)
    after = unaided("", "advised", "withdrawal", 65, 100, index=2)
    rows = [r | {"participant": "a"} for r in [*before, *after]]
    # A 0.80 and 0.85, U 0.70 and 0.65: the gain from aid grows from 10 to 20 points.
    halves = [*aided("exposure", 1, 16, 20), *(r | {"case": r["case"] + "b"} for r in aided("exposure", 1, 17, 20, 20))]
    one = run([*rows, *halves], plan, "skill")["dependency-gap/advised"]
    assert one["value"] == pytest.approx(0.10)
    assert "half" in one["label"]
    two = plan | {"phases": ["baseline", "exposure", "more", "withdrawal", "retention"],
                  "advised": {"exposure": ["advised"], "more": ["advised"]}}  # fmt: skip
    apart = [*aided("exposure", 1, 16, 20), *aided("more", 2, 17, 20)]
    assert run([*rows, *apart], two, "skill")["dependency-gap/advised"]["value"] == pytest.approx(0.10)


def test_savings_leave_out_those_who_never_got_there(plan):
    def answers(person, phase, index, word):
        rows = unaided(person, "advised", phase, 0, len(word), index=index, cases=phase)
        return [row | {"final": "R" if c == "1" else "W"} for row, c in zip(rows, word, strict=True)]

    rows = answers(1, "baseline", 0, "001001110") + answers(1, "withdrawal", 2, "0111")  # 8 cases, then 4
    rows += answers(2, "baseline", 0, "0101") + answers(2, "withdrawal", 2, "111")
    found = run(rows, plan, "skill")["savings/advised"]
    assert found["value"] == pytest.approx(skill.savings(8, 4))
    assert found["n_used"] == 1
    assert "1 participants" in found["note"]


def test_moments_without_a_primary_comparison(plan):
    from simlab.stats import planfile

    free = planfile.parse({k: v for k, v in plan.items() if k != "primary"})
    assert change.moments(free) == change.Moments("baseline", "withdrawal", "retention")
    assert change.moments(planfile.parse({k: v for k, v in plan.items() if k not in ("primary", "advised")})) is None


def test_watching_competence():
    settings = SkillOptions()
    fine = [False] * 11
    assert monitoring.watched(fine, settings) == (11, 11, None, 0.0)
    # After the signal the other chart starts: failures at 2, 5, 6, 8 of the next ten reach ln 9 at the eighth.
    then = [k in (2, 5, 6, 8) for k in range(1, 11)]
    n, reached, lost, end = monitoring.watched(fine + then, settings)
    assert (n, reached, lost) == (21, 11, 19)
    assert end == pytest.approx(2.184, abs=5e-4)
    assert monitoring.watched([True] * 5, settings) == (5, None, None, 0.0)
    with pytest.raises(ValueError, match="above the acceptable"):
        SkillOptions(acceptable=0.3, unacceptable=0.2)


def test_run_length_of_a_chart_that_cannot_vary():
    rng = np.random.default_rng(1)
    assert monitoring.run_length(-math.log(2), math.log(9 / 8), 1.25, 0.0, rng) == (11.0, 0)
    assert monitoring.run_length(math.log(2), -math.log(9 / 8), 2.0, 0.0, rng) == (2000.0, 1000)


def test_a_plan_with_rates_out_of_order_is_refused(plan, study):
    wrong = plan | {"options": {"skill": {"acceptable": 0.3, "unacceptable": 0.2}}}
    with pytest.raises(BadPlan, match="must be above the acceptable one"):
        plans.run(study(people=2), wrong)


def test_questionnaires_are_scored_from_items(decision, plan):
    sus, tlx = [4, 2, 5, 1, 4, 2, 5, 1, 4, 2], [70, 10, 55, 40, 65, 30]
    items = json.dumps({
        "sus": sus, "tlx": tlx, "tlx-weights": [5, 0, 3, 2, 4, 1], "perceived-accuracy": [80],
        "jian": [2] * 5 + [6] * 7, "trust-in-automation": [4] * 19, "merritt-trust": [4, 5, 3, 4, 4, 4],
    })  # fmt: skip
    kinds = ["R"] * 7 + ["W"] * 3
    rows = [decision("p1", "R", a, "R", case=f"c{k}") for k, a in enumerate(kinds)]
    rows[0]["questionnaire"] = items
    missing = decision("p2", "R", "R", "R", questionnaire='{"sus": [4, 2, 5, 1, 4, 2, 5, 1, 4, null]}')
    found = run([*rows, missing], plan, "questionnaires")
    for name, value in (("sus", 85), ("tlx-raw", 45), ("tlx-weighted", 59), ("trust-calibration", 10),
                        ("jian-trust", 6), ("jian-distrust-items", 2), ("merritt-trust", 4),
                        ("trust-in-automation-understanding-and-predictability", 3),
                        ("perceived-accuracy", 80)):  # fmt: skip
        assert found[f"{name}/advised/exposure"]["value"] == pytest.approx(value), name
    assert found["sus/advised/exposure"]["n_used"] == 1
    assert found["sus/advised/exposure"]["dropped"] == [{"reason": "items missing", "n": 1}]


@pytest.mark.parametrize(
    ("text", "says"),
    [("sus", "is not JSON"), ("[1]", "is not a set of named lists"),
     ('{"sus": [1]}', "does not give 10 items of sus"), ('{"tlx": [1, 2, 3, 4, 5, true]}', "does not give 6 items"),
     ('{"sus": [1, 2, 3, 4, 5, 6, 1, 1, 1, 1]}', "item 6 is 6")],
)  # fmt: skip
def test_a_questionnaire_that_cannot_be_read_is_refused(decision, plan, text, says):
    with pytest.raises(BadTable, match=says):
        run([decision("p1", "R", "R", "R", questionnaire=text)], plan, "questionnaires")


def test_a_questionnaire_without_a_key_is_left_out_and_said(decision, plan):
    row = decision("p1", "R", "R", "R", questionnaire='{"mood": ["low"], "perceived-accuracy": [70]}')
    found = plans.run(pd.DataFrame([row]), plan | {"analyses": ["questionnaires"], "bootstrap": 100})["analyses"][0]
    assert found["warnings"] == ["No scoring key for the questionnaire mood is known here, so it is left out."]
    assert found["estimates"][0]["value"] == 70


def test_learning_finds_the_truth_again(plan):
    rng = np.random.default_rng(6)
    skills, rows = rng.normal(0.3, 0.4, 60), []
    for p in range(60):
        for k in range(40):
            right = rng.random() < 1 / (1 + math.exp(-(skills[p] + 0.5 * k / 20)))
            rows.append({"participant": f"p{p}", "arm": "unaided", "phase": "baseline", "case": f"c{(k + 7 * p) % 40}",
                         "status": "complete", "structure": "unaided", "final": "R" if right else "W", "truth": "R",
                         "sitting": 1, "position": k + 1})  # fmt: skip
    found = run(rows, plan, "learning")["learning/unaided"]
    assert found["low"] < math.exp(0.5) < found["high"]


def test_net_of_switches_and_mcnemar_of_goddard(decision, plan):
    kinds = [("W", "R", "R")] * 68 + [("R", "W", "W")] * 27 + [("W", "X", "X")] * 22 + [("R", "R", "R")] * 403
    rows = [decision(f"p{i % 26}", *k, case=f"c{i}") for i, k in enumerate(kinds)]
    found = plans.run(pd.DataFrame(rows), plan | {"analyses": ["reliance"], "bootstrap": 100})
    table = next(t for a in found["analyses"] for t in a["tables"] if t["name"] == "switches")
    row = dict(zip(table["columns"], table["rows"][0], strict=True))
    assert (row["wrong to right"], row["right to wrong"], row["wrong to other wrong"]) == (68, 27, 22)
    assert row["net share"] == pytest.approx(41 / 520)
    assert row["McNemar chi-squared"] == pytest.approx(17.69, abs=0.005)
    assert row["one each"] is False
