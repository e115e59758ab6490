"""The analysis table: what is refused, what is filled in, and the identity of its data."""

import numpy as np
import pandas as pd
import pytest

from simlab.stats import columns, datafile
from simlab.stats.errors import BadTable


def test_check_gives_every_column_in_order_and_kind(study):
    made = columns.check(study())
    assert tuple(made.columns) == columns.NAMES
    for column in columns.COLUMNS:
        assert str(made[column.name].dtype) == columns.DTYPES[column.kind]


def test_check_works_out_verdicts_from_labels(decision):
    made = columns.check(pd.DataFrame([decision("p1", "W", "R", "R"), decision("p2", None, "W", "X")]))
    assert made["initial_correct"].tolist() == [False, pd.NA]
    assert made["final_correct"].tolist() == [True, False]
    assert made["changed"].tolist() == [True, pd.NA]
    assert made["final_agrees"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": "finished"}, "column status, row 2: holds 'finished'; use one of complete"),
        ({"final_confidence": 85.0}, "column final_confidence, row 2: holds 85.0; divide percentages by 100"),
        ({"time_active_s": "soon"}, "column time_active_s, row 2: holds 'soon'; give a number"),
        ({"final_rank": 1.5}, "column final_rank, row 2: holds 1.5; give a whole number"),
        ({"final_rank": 0}, "column final_rank, row 2: holds"),
        ({"advice_shown": "perhaps"}, "column advice_shown, row 2: holds 'perhaps'; use true, false"),
        ({"participant": None}, "column participant, row 2: is empty"),
        ({"case": None}, "column case, row 2: is empty on the row of an encounter"),
        ({"arm": "unaided", "participant": "p1", "position": 2}, "column arm, row 2: is a second arm"),
        ({"status": "declined"}, "column status, row 2: says the person was never allocated"),
        ({"structure": "unaided"}, "column initial, row 2: is given where one answer"),
        ({"participant": "p1"}, "column position, row 2: repeats a place"),
        ({"time_total_s": np.inf}, "column time_total_s, row 2: is infinite"),
    ],
)
def test_check_names_column_and_row(decision, change, says):
    place = {"sitting": 1, "position": 1, "final_rank": 1}
    rows = [decision("p1", "R", "R", "R", **place), decision("p2", "R", "R", "R", **place) | change]
    with pytest.raises(BadTable) as fault:
        columns.check(pd.DataFrame(rows))
    assert str(fault.value).startswith(says)
    assert str(fault.value).endswith(".")


def test_check_refuses_an_empty_table_and_a_doubled_column(study):
    with pytest.raises(BadTable, match="no rows"):
        columns.check(columns.empty())
    table = study()
    with pytest.raises(BadTable, match="column arm: appears twice"):
        columns.check(pd.concat([table, table[["arm"]]], axis=1))


def test_parquet_and_csv_give_back_the_same_table(study, tmp_path):
    table = columns.check(study())
    digest = datafile.write(table, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(datafile.read(tmp_path / "t.parquet"), table)
    table.to_csv(tmp_path / "t.csv", index=False)
    back = datafile.read(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(back, table)
    assert datafile.data_hash(back) == digest


def test_write_gives_the_same_bytes_twice(study, tmp_path):
    datafile.write(study(), tmp_path / "a.parquet")
    datafile.write(study(), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_csv_labels_are_not_guessed(tmp_path):
    (tmp_path / "t.csv").write_text("participant,status,arm,phase,case,final,truth\n007,complete,NA,x,01,None,None\n")
    made = datafile.read(tmp_path / "t.csv")
    assert made.loc[0, ["participant", "arm", "case", "final"]].tolist() == ["007", "NA", "01", "None"]
    assert bool(made.loc[0, "final_correct"]) is True


def test_data_hash_sees_content_and_not_order(study):
    table = columns.check(study())
    digest = datafile.data_hash(table)
    assert datafile.data_hash(table.iloc[::-1].reset_index(drop=True)) == digest
    other = table.copy()
    other.loc[0, "time_active_s"] += 1e-9
    assert datafile.data_hash(other) != digest


def test_read_says_what_is_wrong_with_a_file(tmp_path):
    with pytest.raises(BadTable, match="no such file"):
        datafile.read(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(BadTable, match="cannot be read"):
        datafile.read(tmp_path / "bad.parquet")


def test_a_table_without_the_later_columns_still_reads_and_keeps_its_hash(study):
    old = study().drop(columns=["day"])
    made = columns.check(old)
    for name in ("advice_sought", "time_to_advice_s", "items_opened", "score", "lure", "questionnaire"):
        assert made[name].isna().all()
    assert datafile.data_hash(made) == datafile.data_hash(columns.check(old.assign(score=None, answer_kind="")))
    assert datafile.data_hash(made) != datafile.data_hash(columns.check(old.assign(score=0.5)))
