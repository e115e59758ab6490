"""Foreign tables: recodings, units, what is left out and why, and figures that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest

from simlab.stats import datafile, foreign, result
from simlab.stats.__main__ import main
from simlab.stats.errors import BadInput, BadTable
from simlab.stats.foreign_mapping import BadMapping, parse, read
from simlab.stats.foreign_table import mapped

BASE = {"simlab": "mapping/1", "title": "T", "bootstrap": "100"}


def analysed(frame, **mapping):
    return foreign.analyse(frame, BASE | mapping)


def estimates(found):
    return {(a["name"], e["name"]): e for a in found.document["analyses"] for e in a["estimates"]}


def reasons(found):
    tables = [t for a in found.document["analyses"] if a["name"] == "not-computed" for t in a["tables"]]
    return dict(tables[0]["rows"]) if tables else {}


def two_stage(people=12, cases=8, seed=3):
    """Labels A and B; advice wrong on every fourth case; within the person half the cases are advised."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for case in range(cases):
            truth = "AB"[case % 2]
            other = "BA"[case % 2]
            own = truth if rng.random() < 0.6 else other
            advised = (person + case) % 2 == 0
            advice = other if case % 4 == 3 else truth
            final = advice if advised and rng.random() < 0.6 else own
            rows.append({
                "who": f"d{person}", "item": case, "ai": int(advised), "first": own, "last": final, "gold": truth,
                "shown": advice if advised else "-9", "sure": rng.integers(50, 100), "ms": rng.integers(4000, 60000),
            })  # fmt: skip
    return pd.DataFrame(rows)


COLUMNS = {
    "participant": "who",
    "case": "item",
    "condition": {"column": "ai", "values": {"0": "alone", "1": "with AI"}},
    "initial": "first",
    "advice": {"column": "shown", "missing": ["-9"]},
    "final": "last",
    "truth": "gold",
    "confidence": {"column": "sure", "unit": "percent"},
    "time": {"column": "ms", "unit": "milliseconds"},
}


@pytest.fixture(scope="module")
def whole():
    return analysed(two_stage(), columns=COLUMNS, control="alone")


def test_two_stage_table_gives_accuracy_reliance_calibration_and_time(whole):
    frame, found = two_stage(), estimates(whole)
    advised = frame[frame.ai == 1]
    right = advised["last"] == advised.gold
    assert found["accuracy", "accuracy/with AI"]["value"] == pytest.approx(right.mean(), abs=1e-12)
    chance = (advised["first"] != advised.gold) & (advised.shown == advised.gold)
    assert found["reliance", "rair"]["denominator"] == chance.sum()
    assert found["reliance", "rair"]["value"] == pytest.approx((chance & right).sum() / chance.sum(), abs=1e-12)
    brier = ((advised.sure / 100 - right) ** 2).mean()
    assert found["calibration-final", "brier/with AI"]["value"] == pytest.approx(brier, abs=1e-12)
    assert ("time", "ratio/with AI/all") in found
    assert ("accuracy-model", "difference/with AI/all") in found


def test_within_person_table_becomes_one_arm_with_condition_as_phase(whole, tmp_path):
    assert set(whole.table["phase"]) == {"alone", "with AI"}
    assert set(whole.table["arm"]) == {"all"}
    assert datafile.write(whole.table, tmp_path / "t.parquet")


def test_between_person_table_keeps_condition_as_arm():
    frame = two_stage().assign(ai=lambda d: d.who.isin(["d0", "d1", "d2"]).astype(int), shown="-9")
    found = analysed(frame, columns=COLUMNS)
    assert set(found.table["arm"]) == {"alone", "with AI"}
    assert "The control is alone" in str(found.document["analyses"][0]["warnings"])


def test_result_of_shuffled_rows_has_the_same_bytes(whole):
    shuffled = analysed(two_stage().sample(frac=1, random_state=1), columns=COLUMNS, control="alone")
    assert result.dump(shuffled.document) == result.dump(whole.document)


def test_verdicts_alone_give_rair_but_not_agreement_and_say_so():
    frame = pd.DataFrame(
        {"p": list("aabbcc"), "c": [1, 2] * 3, "i": [0, 1] * 3, "a": [1, 0] * 3, "f": [1, 1, 0, 0, 1, 1]}
    )
    columns = {"participant": "p", "case": "c", "initial_correct": "i", "advice_correct": "a", "final_correct": "f"}
    found = analysed(frame, columns=columns)
    names = {name for analysis, name in estimates(found) if analysis == "reliance"}
    assert estimates(found)["reliance", "rair"]["value"] == pytest.approx(2 / 3)
    assert estimates(found)["reliance", "rsr"]["value"] == pytest.approx(2 / 3)
    assert "agreement" not in names
    assert "options: 2" in str(found.document)
    full = estimates(analysed(frame, columns=columns, options="2"))
    assert full["reliance", "agreement"]["value"] == pytest.approx(3 / 6)
    assert full["reliance", "over"]["value"] == pytest.approx(1 / 3)


def test_ratings_become_probabilities_only_as_mapped_and_codes_need_not_be_contiguous():
    frame = pd.DataFrame({"sure": [0, 1, 3, 4], "ok": [0, 1, 1, 1]})
    values = {"0": "0.5", "1": "0.6", "3": "0.8", "4": "1"}
    found = analysed(frame, columns={"confidence": {"column": "sure", "values": values}, "final_correct": "ok"})
    assert estimates(found)["calibration-final", "brier/all"]["value"] == pytest.approx((0.25 + 0.16 + 0.04) / 4)


def test_wide_rows_become_two_decisions():
    frame = pd.DataFrame({"id": ["a", "b"], "before": [1, 0], "after": [1, 1]})
    rows = [
        {"condition": {"value": "before"}, "final_correct": "before"},
        {"condition": {"value": "after"}, "final_correct": "after"},
    ]
    found = analysed(frame, columns={"participant": "id"}, rows=rows, control="before")
    assert estimates(found)["accuracy", "accuracy/before"]["value"] == 0.5
    assert estimates(found)["accuracy", "accuracy/after"]["value"] == 1.0


def test_sensitivity_and_specificity_count_positive_truths():
    frame = pd.DataFrame({"said": [1, 2, 1, 2, 2], "type": ["cancer", "cancer", "birads0", "birads1", "birads1"]})
    columns = {
        "final": {"column": "said", "values": {"1": "recall", "2": "no recall"}},
        "truth": {"column": "type", "values": {"cancer": "recall"}, "others": "no recall"},
    }
    found = estimates(analysed(frame, columns=columns, positive="recall"))
    assert found["detection", "sensitivity/final/all"]["value"] == 0.5
    assert found["detection", "specificity/final/all"]["value"] == pytest.approx(2 / 3)


def test_numbers_give_the_weight_of_advice():
    frame = pd.DataFrame({"i": [20, 20, 20, 50], "a": [50, 50, 50, 50], "f": [30, 10, 60, 40]})
    found = analysed(frame, columns={"initial": "i", "advice": "a", "final": "f"}, answers="numbers")
    assert estimates(found)["advice-taking", "weight-mean/all"]["value"] == pytest.approx((1 / 3 - 1 / 3 + 4 / 3) / 3)
    assert estimates(found)["advice-taking", "weight-mean/all"]["n_used"] == 3


def test_aggregated_rows_pool_weight_by_n_and_average_cases():
    frame = pd.DataFrame({"case": [1, 2], "n": [10, 30], "share": [0.5, 0.9]})
    columns = {"case": "case", "n": "n", "correct": {"column": "share", "unit": "share"}}
    found = estimates(analysed(frame, columns=columns))
    assert found["accuracy", "accuracy/all"]["value"] == pytest.approx(32 / 40)
    assert found["accuracy", "case-mean/all"]["value"] == pytest.approx(0.7)
    assert found["accuracy", "case-mean/all"]["n_used"] == 40


def test_clock_times_give_seconds_and_impossible_ones_are_left_out_and_counted():
    frame = two_stage().assign(start="2026-01-01 10:00:00", end="2026-01-01 10:00:30")
    frame.loc[0, "end"] = "2026-01-01 09:59:00"
    frame.loc[1, "end"] = "2026-01-01 10:00:00"
    frame["end"] = [e if i < 2 else f"2026-01-01 10:00:{10 + i % 45}" for i, e in enumerate(frame["end"])]
    columns = COLUMNS | {"time": {"start": "start", "end": "end"}}
    kept = estimates(analysed(frame, columns=columns, control="alone"))["time", "ratio/with AI/all"]
    assert {"reason": "time not above zero", "n": 2} in kept["dropped"]


def test_result_obeys_the_published_schema(whole):
    import json
    from pathlib import Path

    from jsonschema import Draft202012Validator

    schema = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "result-1.schema.json"
    Draft202012Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(whole.document)


def test_what_cannot_be_computed_is_said():
    found = analysed(pd.DataFrame({"ok": [1, 0]}), columns={"final_correct": "ok"})
    assert reasons(found)["Time"] == "it needs time or time_active"
    assert reasons(found)["Reliance"] == "it needs advice with truth, or advice_correct"
    assert found.table is None


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"final_correct": "nope"}, "column nope: is not in the table, but final_correct is mapped to it"),
        ({"final_correct": "word"}, "column word, row 2: holds 'maybe', neither yes nor no"),
        ({"confidence": "sure"}, "column sure, row 1: gives 55, which is no probability, for confidence; say `unit:"),
        (
            {"time": {"column": "word", "unit": "seconds"}},
            "column word, row 1: holds 'yes', which is no number for time",
        ),
        ({"truth": {"column": "word", "values": {"yes": "1"}}}, "column word, row 2: holds 'maybe', which values does"),
        (
            {"case": {"column": "word", "pattern": "^y(.*)"}},
            "column word, row 2: holds 'maybe', which the pattern does",
        ),
        ({"time": {"start": "word", "end": "word"}}, "column word, row 1: holds 'yes', which is no clock time"),
    ],
)
def test_bad_cell_names_column_row_and_remedy(columns, says):
    frame = pd.DataFrame({"word": ["yes", "maybe"], "sure": [55, 60]})
    with pytest.raises(BadTable) as caught:
        mapped(frame, parse(BASE | {"columns": columns}))
    assert str(caught.value).startswith(says)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"columns": {"colour": "x"}}, "'colour' is nothing to map to"),
        ({"columns": {"time": {"column": "x", "unit": "hours"}}}, "time has the unit 'hours'"),
        ({"columns": {"case": {"column": "x", "value": "y"}}}, "give one of column, value"),
        ({"columns": {"case": {"column": "x", "pattern": "x"}}}, "pattern has 0 groups"),
        ({"columns": {}}, "columns maps nothing"),
        ({"columns": {"case": "x"}, "colour": "red"}, "field colour"),
    ],
)
def test_bad_mapping_names_the_field(mapping, says):
    with pytest.raises(BadMapping, match=r"docs/analysing\.md") as caught:
        parse(BASE | mapping)
    assert says in str(caught.value)


def test_yaml_keeps_codes_as_text_and_refuses_a_key_given_twice(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("simlab: mapping/1\ntitle: T\ncolumns:\n  truth: {column: x, values: {yes: 1.0, 007: no}}\n")
    assert read(path)["columns"]["truth"]["values"] == {"yes": "1.0", "007": "no"}
    path.write_text("simlab: mapping/1\ntitle: T\ntitle: U\n")
    with pytest.raises(BadMapping, match="line 3: 'title' is given a second time"):
        read(path)
    path.write_text("simlab: [\n")
    with pytest.raises(BadMapping, match=r"line 2: is not YAML"):
        read(path)


def test_row_of_wrong_length_and_doubled_header_are_named(tmp_path):
    from simlab.stats.foreign_file import read as read_table

    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(BadTable, match="row 2: has 3 cells where the header has 2"):
        read_table(path)
    path.write_text("a,a\n1,2\n")
    with pytest.raises(BadTable, match="column a: appears twice"):
        read_table(path)


def test_command_prints_words_writes_files_and_refuses_in_one_sentence(tmp_path, capsys):
    two_stage().to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "m.yaml").write_text(
        "simlab: mapping/1\ntitle: Two stages\nbootstrap: 100\ncontrol: 0\ncolumns:\n  participant: who\n"
        "  case: item\n  condition: ai\n  final: last\n  truth: gold\n"
    )
    command = ["analyse", str(tmp_path / "t.csv"), "--mapping", str(tmp_path / "m.yaml"), "--out", str(tmp_path / "o")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "Right, pooled over decisions, 1: " in said
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"result.json", "report.txt", "table.parquet"}
    (tmp_path / "m.yaml").write_text("simlab: mapping/1\ntitle: T\ncolumns: {final_correct: nope}\n")
    assert main(command) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("column nope: is not in the table")


def test_manage_command_is_the_same_door(tmp_path, capsys):
    from django.core.management import CommandError, call_command

    (tmp_path / "t.csv").write_text("ok\n1\n0\n")
    (tmp_path / "m.yaml").write_text("simlab: mapping/1\ntitle: T\ncolumns: {final_correct: ok}\n")
    call_command("analyse", str(tmp_path / "t.csv"), "--mapping", str(tmp_path / "m.yaml"))
    assert "1 of 2" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no such file"):
        call_command("analyse", str(tmp_path / "none.csv"), "--mapping", str(tmp_path / "m.yaml"))


def test_every_fault_is_bad_input():
    assert issubclass(BadMapping, BadInput)
