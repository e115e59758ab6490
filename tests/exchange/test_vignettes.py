import csv
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from simlab.engine.errors import InvalidFile
from simlab.exchange.packfolder import REPORT, write_pack
from simlab.exchange.tables import read_rows
from simlab.exchange.vignettes import Imported, read_vignettes

ROOT = Path(__file__).resolve().parents[2]
MAPPING = ROOT / "protocols" / "real" / "avey400.mapping.yaml"
REAL = Path(os.environ.get("SIMLAB_REAL_DATA", ROOT.parent / "shared" / "data")) / "avey400"

SMALL_MAPPING = """
simlab: vignettes/1
pack: {id: small, title: Small, description: Two vignettes, licence: CC-BY-4.0, author: Nobody}
vignettes:
  file: cases.csv
  id-prefix: small
  title: complaint
  demographics: who
  presentation: [complaint, story]
  history: [{id: past, label: Past history, column: past}]
  reference: answer
  empty: ["", "-"]
advice:
  - file: lists.tsv
    id-prefix: ai
    case: case
    system: system
    run: run
    ranked: [d1, d2]
    position: gold
    judged-by: a person
"""
CASES = [
    ["complaint", "who", "story", "past", "answer"],
    ["Cough, fever", "40 year old Male", "Three days.", "-", "Pneumonia"],
    ["Wheeze", "9 year old female", "Worse at night", "Eczema", "Asthma"],
]
LISTS = [
    ["case", "system", "run", "d1", "d2", "gold"],
    ["1", "X", "1", "Pneumonia", "Bronchitis", "1"],
    ["1", "X", "2", "Bronchitis", "Pneumonia", "2"],
    ["2", "X", "1", "Bronchial asthma", "Croup (less likely at this age)", "1"],
    ["2", "X", "2", "", "", ""],
]


@pytest.fixture
def small(tmp_path):
    """A function that writes a small import and returns the path of its mapping."""

    def write(*, mapping: str = SMALL_MAPPING, cases=CASES, lists=LISTS) -> Path:
        for name, rows, delimiter in (("cases.csv", cases, ","), ("lists.tsv", lists, "\t")):
            with (tmp_path / name).open("w", newline="") as stream:
                csv.writer(stream, delimiter=delimiter).writerows(rows)
        path = tmp_path / "map.yaml"
        path.write_text(mapping)
        return path

    return write


def changed(table, row, column, text):
    copy = [list(cells) for cells in table]
    copy[row][table[0].index(column)] = text
    return copy


def advice_of(imported: Imported, case: int) -> dict[str, dict]:
    return {advice["id"]: advice for advice in imported.cases[case]["advice"]}


def test_read_vignettes_small(small):
    imported = read_vignettes(small())
    assert [case["id"] for case in imported.cases] == ["small-001", "small-002"]
    assert imported.cases[1]["patient"] == {"age": 9, "sex": "female"}
    assert imported.cases[0]["presentation"] == "Cough, fever.\n\nThree days."
    assert imported.cases[0]["stages"] == []
    assert advice_of(imported, 0)["ai-1"]["correct"] is True
    assert advice_of(imported, 0)["ai-2"]["correct"] is False
    assert imported.contrast == imported.both_kinds == 1


def test_name_judged_right_becomes_a_synonym_of_the_reference(small):
    imported = read_vignettes(small())
    assert imported.cases[1]["reference"]["diagnosis"] == {"term": "Asthma", "synonyms": ["Bronchial asthma"]}


def test_remark_in_a_list_is_split_off_and_reported(small):
    imported = read_vignettes(small())
    assert advice_of(imported, 1)["ai-1"]["differential"] == [{"term": "Croup"}]
    assert any("Croup (less likely at this age)" in oddity.found for oddity in imported.oddities)


def test_empty_list_is_kept_reported_and_never_shown(small, tmp_path):
    imported = read_vignettes(small())
    folder, pack = write_pack(imported, tmp_path / "packs")
    kept = pack.cases["small-002"].advice_by_id("ai-2")
    assert kept.unusable
    assert kept not in pack.cases["small-002"].wrong
    with (folder / REPORT).open() as stream:
        rows = list(csv.DictReader(stream))
    assert {"file": "lists.tsv", "row": "4", "column": "d1"}.items() <= next(
        r for r in rows if r["found"] == "a list of 0, not of 2"
    ).items()


def test_contradictory_judgement_is_kept_aside(small):
    lists = [*LISTS, ["1", "X", "3", "Bronchitis", "Pneumonia", "1"]]
    imported = read_vignettes(small(lists=lists))
    items = advice_of(imported, 0)
    assert "unusable" in items["ai-2"]
    assert "unusable" in items["ai-3"]
    assert imported.both_kinds == 1
    assert imported.contrast == 0


def test_reference_named_but_judged_wrong_is_kept_aside(small):
    imported = read_vignettes(small(lists=changed(LISTS, 1, "gold", "")))
    assert "unusable" in advice_of(imported, 0)["ai-1"]


@pytest.mark.parametrize(
    ("broken", "place", "words"),
    [
        ({"cases": [[c for c in row if c not in {"answer", "Pneumonia", "Asthma"}] for row in CASES]},
         "cases.csv:2, column answer", "is missing"),
        ({"cases": changed(CASES, 2, "who", "a child")}, "cases.csv:3, column who", "does not say age and sex"),
        ({"cases": changed(CASES, 1, "answer", " ")}, "cases.csv:2, column answer", "is empty"),
        ({"lists": changed(LISTS, 2, "gold", "3")}, "lists.tsv:3, column gold", "not a position"),
        ({"lists": changed(LISTS, 2, "case", "7")}, "lists.tsv:3, column case", "no vignette “7”"),
        ({"lists": [*LISTS[:3], LISTS[3][:4]]}, "lists.tsv:4", "4 cells"),
        ({"lists": LISTS[:3]}, "cases.csv:3", "no advice was recorded"),
        ({"mapping": SMALL_MAPPING.replace("demographics", "demographic")}, "map.yaml:8", "demographic"),
        ({"mapping": SMALL_MAPPING.replace("cases.csv", "gone.csv")}, "gone.csv", "no such file"),
        ({"mapping": SMALL_MAPPING.replace("vignettes/1", "vignettes/9")}, "map.yaml:2", "vignettes/1"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_with_its_place(small, broken, place, words):
    with pytest.raises(InvalidFile) as caught:
        read_vignettes(small(**broken))
    message = str(caught.value).splitlines()[0]
    assert message.startswith(place), message
    assert words in message


def test_write_pack_that_does_not_hold_together_changes_nothing(small, tmp_path):
    packs = tmp_path / "packs"
    folder, _ = write_pack(read_vignettes(small()), packs)
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    imported = read_vignettes(small())
    imported.cases[0]["patient"]["age"] = 400
    with pytest.raises(InvalidFile, match="age"):
        write_pack(imported, packs)
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before
    assert [path.name for path in packs.iterdir()] == ["small"]


@pytest.fixture(scope="module")
def avey():
    if not REAL.is_dir():
        pytest.skip("the Avey tables are not on this machine: set SIMLAB_REAL_DATA to the folder that holds avey400/")
    return read_vignettes(MAPPING, REAL)


def test_avey_is_taken_whole(avey):
    assert len(avey.cases) == 400
    assert len(avey.advice) == 4000
    assert len({(case["id"], advice["id"]) for case in avey.cases for advice in case["advice"]}) == 4000
    assert "language model" in avey.head["notice"]


def test_avey_verdicts_equal_the_tables(avey):
    """Counted again in plain Python: right is position 1, for every row of both tables."""
    tables = [(REAL / f"ai_differentials_{name}.csv").read_text().splitlines() for name in ("gpt4o", "medask")]
    rows = [row for table in tables for row in csv.DictReader(table)]
    right = Counter((row["model"], row["case_no"]) for row in rows if row["gold_position"] == "1")
    made = Counter(
        (advice["recorded"]["system"], str(int(case["id"].removeprefix("avey-"))))
        for case in avey.cases for advice in case["advice"] if advice["correct"]
    )  # fmt: skip
    assert made == right
    kinds = {}
    for row in rows:
        if row["dx1"]:
            kinds.setdefault(row["case_no"], set()).add(row["gold_position"] == "1")
    assert avey.both_kinds == sum(len(kind) == 2 for kind in kinds.values()) == 177


def test_avey_oddities_are_each_reported(avey):
    vignettes = [json.loads(line) for line in (REAL / "vignettes.jsonl").read_text().splitlines()]
    columns = ("absent_findings", "physical_history", "family_history", "social_history")
    empty = sum(vignette[column].strip() in {"", "-", "None"} for vignette in vignettes for column in columns)
    kinds = Counter(oddity.found.split(",")[0] for oddity in avey.oddities)
    assert kinds["empty"] == empty
    assert kinds["a list of 0"] == 9
    assert sum("unusable" in advice for advice in avey.advice) == 270
    assert any("hematemsis" in oddity.found for oddity in avey.oddities)


def test_avey_pack_offers_only_the_contrast_it_can_carry(avey, tmp_path):
    _, pack = write_pack(avey, tmp_path)
    assert len(pack.cases) == 400
    assert len(pack.contrast_cases) == avey.contrast == 149


def test_column_that_is_there_twice_is_named(small):
    lists = [[*row[:4], "Croup", row[5]] for row in LISTS]
    lists[0] = ["case", "system", "run", "d1", "d1", "gold"]
    with pytest.raises(InvalidFile, match=r"lists\.tsv:1, column d1: the column “d1” is there twice"):
        read_vignettes(small(lists=lists))


def test_json_lines_that_are_not_utf8_are_told(tmp_path):
    table = tmp_path / "cases.jsonl"
    table.write_bytes('{"complaint": "Fi\xe8vre"}\n'.encode("latin-1"))
    with pytest.raises(InvalidFile, match=r"cases\.jsonl: cannot be read .*UTF-8"):
        read_rows(table, ["complaint"])


def test_empty_line_does_not_shift_the_numbers_of_the_cases(tmp_path):
    table = tmp_path / "cases.jsonl"
    table.write_text('\n{"complaint": "Cough"}\n\n{"complaint": "Rash"}\n')
    rows = read_rows(table, ["complaint"])
    assert [(row.number, row.line, row.values["complaint"]) for row in rows] == [(1, 2, "Cough"), (2, 4, "Rash")]
