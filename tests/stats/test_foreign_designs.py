"""Foreign tables of other shapes: numbers as answers, advice kept from view, truth in other tables or rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simlab.stats import foreign
from simlab.stats.errors import BadTable
from simlab.stats.foreign_file import load
from simlab.stats.foreign_mapping import BadMapping, parse

BASE = {"simlab": "mapping/1", "title": "T", "bootstrap": "100"}


def analysed(frame, **mapping):
    return foreign.analyse(frame, BASE | mapping)


def estimates(found):
    return {(a["name"], e["name"]): e for a in found.document["analyses"] for e in a["estimates"]}


def test_means_of_participants_are_compared_by_a_paired_t_test():
    rng = np.random.default_rng(8)
    rows = [(p, c, a, int(rng.random() < 0.5 + 0.2 * a)) for p in range(9) for c in range(10) for a in (0, 1)]
    frame = pd.DataFrame(rows, columns=["p", "c", "ai", "ok"])
    columns = {"participant": "p", "case": "c", "condition": "ai", "final_correct": "ok"}
    found = estimates(analysed(frame, columns=columns, control="0"))["accuracy", "participant-difference/1"]
    wide = frame.pivot_table(index="p", columns="ai", values="ok")
    expected = stats.ttest_rel(wide[1], wide[0])
    assert found["value"] == pytest.approx((wide[1] - wide[0]).mean(), abs=1e-12)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["df"] == 8


def decisions(*groups):
    """Rows of verdicts (first, advice, last) with how often each comes."""
    rows = [v for v, count in groups for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["i", "a", "f"])
    return frame.assign(p=[f"p{k % 7}" for k in range(len(frame))], c=[f"c{k % 11}" for k in range(len(frame))])


def test_published_counts_of_pathologists_give_rair_rsr_and_d_prime():
    # 29 of 33 wrong answers mended by right advice, 37 of 75 right answers kept against wrong advice.
    frame = decisions(
        ((0, 1, 1), 29), ((0, 1, 0), 4), ((1, 0, 1), 37), ((1, 0, 0), 38), ((1, 1, 1), 60), ((0, 0, 0), 30)
    )
    columns = {"participant": "p", "initial_correct": "i", "advice_correct": "a", "final_correct": "f"}
    found = estimates(analysed(frame, columns=columns, options="2"))
    assert round(found["reliance", "rair"]["value"], 3) == 0.879
    assert round(found["reliance", "rsr"]["value"], 3) == 0.493
    assert round(found["discernment", "d-prime"]["value"], 3) == 1.099
    assert round(found["discernment", "criterion"]["value"], 3) == -0.566
    assert found["reliance", "automation-bias"]["numerator"] == 38


def test_one_stage_advice_with_labels_gives_over_reliance_but_no_switching():
    frame = pd.DataFrame({"p": list("aabb"), "a": ["x", "y", "x", "y"], "f": ["x", "y", "x", "x"], "t": list("xxxx")})
    columns = {"participant": "p", "advice": "a", "final": "f", "truth": "t"}
    found = estimates(analysed(frame, columns=columns))
    assert found["reliance", "over"]["value"] == 0.5
    assert found["reliance", "agreement"]["value"] == 0.75
    assert found["reliance", "switch"]["value"] is None


def test_agreement_with_advice_shown_is_set_beside_agreement_with_advice_not_shown():
    frame = pd.DataFrame({"p": list("abcd") * 2, "c": range(8), "s": [1] * 4 + [0] * 4, "a": ["x"] * 8, "t": ["x"] * 8,
                          "f": ["x", "x", "x", "y", "x", "y", "x", "y"]})  # fmt: skip
    columns = {"participant": "p", "case": "c", "advice_shown": "s", "advice": "a", "final": "f", "truth": "t"}
    found = estimates(analysed(frame, columns=columns))
    assert found["agreement-shown", "agreement-shown/advice shown"]["value"] == 0.75
    assert found["agreement-shown", "agreement-shown/advice not shown"]["value"] == 0.5
    assert found["agreement-shown", "participant-difference/advice shown"]["value"] == 0.25
    assert found["reliance", "agreement"]["denominator"] == 4


def test_complementarity_needs_all_three_verdicts():
    frame = decisions(((0, 1, 1), 15), ((1, 1, 1), 55), ((1, 0, 1), 10), ((0, 0, 0), 20))
    columns = {"participant": "p", "initial_correct": "i", "advice_correct": "a", "final_correct": "f"}
    found = estimates(analysed(frame, columns=columns))
    values = {k: found["complementarity", k]["value"] for k in ("human", "ai", "together", "augmentation", "synergy")}
    assert values == pytest.approx({"human": 0.65, "ai": 0.70, "together": 0.80, "augmentation": 0.15, "synergy": 0.10})


NUMBERS = {"participant": "p", "case": "c", "initial": "i", "advice": "a", "final": "f", "truth": "t"}


def numbers():
    rng = np.random.default_rng(2)
    rows = []
    for p in range(12):
        for c in range(8):
            truth = 10.0 * (c % 5) + 5
            first, advice = truth + rng.normal(0, 12), truth + rng.normal(0, 8)
            rows.append((p, c, first, advice, 0.45 * first + 0.55 * advice + rng.normal(0, 1), truth))
    return pd.DataFrame(rows, columns=list("pciaft"))


def test_numbers_within_a_tolerance_of_the_truth_are_right():
    frame = numbers()
    found = estimates(analysed(frame, columns=NUMBERS, answers="numbers", tolerance="10"))
    right = (frame.f - frame.t).abs() <= 10
    assert found["accuracy", "accuracy/all"]["value"] == pytest.approx(right.mean(), abs=1e-12)
    assert found["distance", "error/initial/all"]["value"] == pytest.approx((frame.i - frame.t).abs().mean())
    chance = ((frame.i - frame.t).abs() > 10) & ((frame.a - frame.t).abs() <= 10)
    assert found["reliance", "rair"]["denominator"] == chance.sum()
    assert found["advice-taking", "regression/advice"]["value"] == pytest.approx(0.55, abs=0.1)


def test_numbers_above_a_cut_are_one_answer():
    frame = numbers()
    found = estimates(analysed(frame, columns=NUMBERS, answers="numbers", cut="25"))
    assert found["accuracy", "accuracy/all"]["value"] == pytest.approx(((frame.f >= 25) == (frame.t >= 25)).mean())


def test_slopes_can_be_left_out_of_the_models():
    rng = np.random.default_rng(3)
    rows = [(p, c, (p + c) % 2, np.exp(rng.normal(3, 0.3) + 0.4 * rng.normal() * ((p + c) % 2)), 1)
            for p in range(10) for c in range(12)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["p", "c", "ai", "s", "ok"])
    columns = {"participant": "p", "case": "c", "condition": "ai", "time": "s"}
    terms = {}
    for slopes in ("yes", "no"):
        found = analysed(frame, columns=columns, control="0", slopes=slopes)
        tables = [t for a in found.document["analyses"] if a["name"] == "time" for t in a["tables"]]
        terms[slopes] = {tuple(r[:2]) for t in tables if t["name"] == "random effects" for r in t["rows"]}
    assert ("case", "advice") in terms["yes"]
    assert ("case", "advice") not in terms["no"]


def test_truth_comes_from_another_table(tmp_path):
    (tmp_path / "t.csv").write_text("case,said,note\n1,a,x\n2,b,y\n9,b,z\n")
    (tmp_path / "truth.csv").write_text("id,gold,note\n1,a,q\n2,a,r\n")
    document = BASE | {"columns": {"case": "case", "final": "said", "truth": "gold"},
                       "with": [{"table": "truth.csv", "on": "case", "key": "id"}]}  # fmt: skip
    texts = load(tmp_path / "t.csv", parse(document))
    assert list(texts.columns) == ["case", "said", "note", "gold", "note (truth.csv)"]
    found = estimates(foreign.analyse(texts, document))["accuracy", "accuracy/all"]
    assert (found["value"], found["n_used"], found["n_dropped"]) == (0.5, 2, 1)
    (tmp_path / "truth.csv").write_text("id,gold\n1,a\n1,b\n")
    with pytest.raises(BadTable, match=r"truth.csv, column id, row 2: repeats '1'"):
        load(tmp_path / "t.csv", parse(document))


def test_truth_comes_from_rows_of_its_own(tmp_path):
    rows = ["reader,case,modality,score"]
    rows += [f"truth,{c},truth,{int(c < 4)}" for c in range(8)]
    rows += [f"r{j},{c},{m},{(c < 4) * 2 + (c + j) % 3}" for j in range(3) for c in range(8) for m in "AB"]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    document = BASE | {
        "truth_rows": {"column": "modality", "is": "truth", "case": "case", "value": "score"},
        "columns": {
            "reader": "reader",
            "case": "case",
            "condition": "modality",
            "rating": "score",
            "truth": "truth_rows",
        },
    }
    found = foreign.analyse(load(tmp_path / "t.csv", parse(document)), document)
    assert estimates(found)["auc", "auc/A"]["n_used"] == 24
    assert estimates(found)["auc", "auc-difference/B/A"]["value"] == 0


def test_other_encodings_decimals_and_row_names_are_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("häufig;ok\n'1';0,9;1\n'2';0,4;0\n".encode("cp1252"))
    document = BASE | {"separator": "semicolon", "encoding": "cp1252", "decimal": "comma",
                       "columns": {"confidence": "häufig", "final_correct": "ok"}}  # fmt: skip
    found = estimates(foreign.analyse(load(path, parse(document)), document))
    assert found["calibration-final", "brier/all"]["value"] == pytest.approx((0.01 + 0.16) / 2)
    with pytest.raises(BadTable, match="name its encoding in the mapping"):
        load(path, parse(document | {"encoding": "utf-8"}))


def test_a_mapping_gives_one_way_to_judge_numbers():
    with pytest.raises(BadMapping, match="two ways"):
        parse(BASE | {"columns": NUMBERS, "answers": "numbers", "cut": "1", "tolerance": "1"})
    with pytest.raises(BadMapping, match="answers: numbers"):
        parse(BASE | {"columns": NUMBERS, "cut": "1"})


def test_upside_down_ratings_are_noticed_and_can_be_reversed():
    rng = np.random.default_rng(5)
    rows = [(j, c, m, int(c < 6), -(c < 6) + rng.normal()) for j in range(3) for c in range(12) for m in "AB"]
    frame = pd.DataFrame(rows, columns=["r", "c", "m", "t", "s"])
    columns = {"reader": "r", "case": "c", "condition": "m", "truth": "t", "rating": "s"}
    one = analysed(frame, columns=columns)
    assert "reverse: yes" in str(one.document)
    other = analysed(frame, columns=columns | {"rating": {"column": "s", "reverse": "yes"}})
    values = [estimates(f)["auc", "auc/A"]["value"] for f in (one, other)]
    assert sum(values) == pytest.approx(1)


def test_calls_of_readers_are_compared_over_readers_and_cases():
    rng = np.random.default_rng(6)
    rows = [(j, c, m, int(c < 9), int(rng.random() < (0.8 if c < 9 else 0.3)))
            for j in range(4) for c in range(18) for m in "AB"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["r", "c", "m", "t", "f"])
    columns = {"reader": "r", "case": "c", "condition": "m", "truth": "t", "final": "f", "rating": "f"}
    found = estimates(analysed(frame, columns=columns, control="A"))
    share = frame[(frame.m == "B") & (frame.t == 1)].f.mean()
    assert found["reader-calls", "sensitivity/B"]["value"] == pytest.approx(share)
    assert found["reader-calls", "specificity-difference/B/A/fixed-readers"]["se"] > 0


def test_groups_without_control_or_positive_cases_do_not_stop_the_others():
    frame = pd.DataFrame({
        "g": ["one"] * 8 + ["two"] * 4 + [None],
        "m": ["A"] * 4 + ["B"] * 4 + ["B"] * 5,
        "c": [1, 2, 3, 4] * 3 + [9],
        "t": [1, 1, 0, 0] * 2 + [0] * 5,
        "s": [3, 2, 2, 1, 4, 3, 2, 1] + [1] * 5,
    })  # fmt: skip
    columns = {"case": "c", "condition": "m", "truth": "t", "rating": "s"}
    found = analysed(frame, columns=columns, by="g", control="A")
    assert estimates(found)["auc/one", "auc-difference/B/A/fixed-readers"]["value"] == pytest.approx(0.125)
    perfect, other = (estimates(found)["auc/one", f"auc/{name}/fixed-readers"] for name in "BA")
    assert (perfect["value"], perfect["low"], perfect["high"]) == (1.0, None, None)
    assert "no interval" in perfect["note"]
    assert other["high"] == 1.0
    assert "it needs positive and negative cases" in str(found.document)
    assert "left out for want of g" in str(found.document)
    with pytest.raises(BadMapping, match="is 'C', which is no condition of the table; use one of A, B"):
        analysed(frame, columns=columns, by="g", control="C")


def test_rows_that_cannot_be_placed_are_left_out_and_counted():
    frame = pd.DataFrame({"p": ["a", None, "b"], "said": list("xxx"), "gold": list("xxy")})
    found = analysed(frame, columns={"participant": "p", "final": "said", "truth": "gold"}, positive="x")
    assert estimates(found)["accuracy", "accuracy/all"]["n_used"] == 2
    assert "no participant, left out" in str(found.document["analyses"][0])
    assert estimates(found)["detection", "sensitivity/final/all"]["dropped"] == [{"reason": "no participant", "n": 1}]
