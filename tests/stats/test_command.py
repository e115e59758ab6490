"""The command line gives the bytes of the library, explains measures, and says in one sentence what is wrong."""

import json
import os
import subprocess
import sys

import pytest

from simlab.stats import datafile, measures, plans, result
from simlab.stats.__main__ import main


@pytest.fixture
def files(study, plan, tmp_path):
    datafile.write(study(), tmp_path / "data.parquet")
    (tmp_path / "plan.json").write_text(json.dumps(plan | {"analyses": ["flow", "reliance"]}), encoding="utf-8")
    return tmp_path


def test_run_as_another_process_gives_the_bytes_of_the_library(study, plan, files):
    command = [sys.executable, "-m", "simlab.stats", "run", str(files / "data.parquet"), str(files / "plan.json")]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert done.stdout == result.dump(plans.run(study(), plan | {"analyses": ["flow", "reliance"]}))
    assert b"[1/3] Counting participants" in done.stderr


def test_run_with_out_writes_result_and_figures(files, capsys):
    out = files / "out"
    assert main(["run", str(files / "data.parquet"), str(files / "plan.json"), "--out", str(out)]) == 0
    assert json.loads((out / "result.json").read_bytes())["simlab"] == "result/1"
    assert {"flow.svg", "flow.csv", "reliance.svg"} <= {p.name for p in out.iterdir()}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("data.csv", "participant,arm\np1,a\n", "column status: is missing"),
        ("data.csv", "participant,status,arm\np1,complete,a\n", "column phase, row 1: is empty"),
        ("data.parquet", "nonsense", "cannot be read"),
    ],
)
def test_run_of_a_bad_table_exits_2_with_one_sentence(files, capsys, name, text, says):
    (files / name).write_text(text, encoding="utf-8")
    assert main(["run", str(files / name), str(files / "plan.json")]) == 2
    told = capsys.readouterr().err.strip()
    assert says in told
    assert len(told.splitlines()) == 1


def test_run_of_a_bad_plan_exits_2_and_names_the_field(files, capsys):
    (files / "plan.json").write_text('{"simlab": "plan/1"}', encoding="utf-8")
    assert main(["run", str(files / "data.parquet"), str(files / "plan.json")]) == 2
    assert "field title: field required" in capsys.readouterr().err
    (files / "plan.json").write_text("{", encoding="utf-8")
    assert main(["run", str(files / "data.parquet"), str(files / "plan.json")]) == 2
    assert "is not JSON" in capsys.readouterr().err


def test_list_names_every_analysis_and_measure(capsys):
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    for name in (*plans.ANALYSERS, *(e.name for e in measures.CATALOGUE)):
        assert f"  {name} " in said


def test_explain_gives_formula_source_and_example(capsys):
    assert main(["explain", "rair"]) == 0
    said = capsys.readouterr().out
    for part in ("Formula: #(not I, A, F)", "Source: Schemmer", "Example: ", "4/5 = 0.80"):
        assert part in said


def test_explain_of_an_unknown_measure_names_the_nearest(capsys):
    assert main(["explain", "rairr"]) == 2
    assert "try rair" in capsys.readouterr().err


def test_every_reliance_measure_is_explained():
    from simlab.stats.reliance import MEASURES

    explained = {e.name for e in measures.CATALOGUE}
    assert {m.name for m in MEASURES} - {"both-right", "both-wrong"} <= explained
