"""The commands that plan a study say what they found, and name what is missing."""

import json

import pytest
import yaml

from simlab.rehearsal import __main__ as command
from simlab.rehearsal import commands_planning, dataset, figures_power, recovery, replicate
from simlab.rehearsal.truth import truth_from
from simlab.stats import datafile


@pytest.fixture
def world(monkeypatch, protocol, packs, truth):
    made = recovery.World(protocol, packs, truth)
    monkeypatch.setattr(recovery, "load_world", lambda *_: made)
    monkeypatch.setattr(commands_planning, "load_protocol", lambda *_: protocol)
    monkeypatch.setattr(commands_planning, "load_pack", lambda path: packs[path.name])
    for name, value in (("SCHEDULES", 2), ("PILOTS", 1), ("PEOPLE_TO_SOLVE", 300)):
        monkeypatch.setattr(replicate, name, value)  # what a design costs once, made small
    return made


def test_power_is_printed_written_and_drawn(world, tmp_path, capsys):
    out = tmp_path / "power.json"
    words = ["power", "demo", "--clinicians", "8", "12", "--most", "10", "--precision", "0.45", "--out", str(out)]
    assert command.main(words) == 0
    said = capsys.readouterr().out
    assert "12 clinicians, true -0." in said
    assert "ceiling" in said
    result = json.loads(out.read_text())
    assert [cell["clinicians"] for cell in result["cells"]] == [8, 12]
    drawn = figures_power.draw(result)
    assert [one.name for one in drawn] == ["power-1", "width"]
    assert "with 12 clinicians" in drawn[0].alt
    assert drawn[0].svg == figures_power.draw(result)[0].svg
    assert drawn[1].csv.count("\n") == 3


def test_a_truth_without_published_figures_is_not_calibrated(world, capsys):
    assert command.main(["calibrate", "demo"]) == 2
    assert "names no published figure" in capsys.readouterr().err


def test_fit_prints_a_truth_that_can_be_read_again(world, tmp_path, capsys):
    path = tmp_path / "data.parquet"
    datafile.write(dataset.simulate(world.protocol, world.packs, world.truth, 60, 5), path)
    assert command.main(["fit", str(path), "--protocol", "demo"]) == 0
    text = capsys.readouterr().out
    assert "# skill.sd: " in text
    assert "# not fitted: half-lives" in text
    assert truth_from(yaml.safe_load(text)).basis == "fitted"
