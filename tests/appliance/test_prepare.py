"""What a step of the preparation refuses comes to the person as its one sentence."""

import os

import pytest
from django.core.management.base import CommandError

from simlab.appliance import demo, prepare, programs
from simlab.appliance.failures import Failure


def refuse():
    raise CommandError("The pack is not loaded.\nSet SIMLAB_REAL_DATA.")


def test_refused_step_prints_one_sentence_and_stops_the_rest(monkeypatch, capsys, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    after = []
    steps = [("first", lambda: None), ("second", refuse), ("third", lambda: after.append(1))]
    monkeypatch.setattr(prepare, "steps", lambda *, real: steps)
    assert prepare.main([]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[1:] == ["refused: The pack is not loaded. Set SIMLAB_REAL_DATA."]
    assert said.err == ""
    assert after == []


def job(tmp_path, code):
    return programs.Job(["-c", code], log=tmp_path / "job.log", env=os.environ)


def test_demo_ends_with_the_sentence_of_a_refused_step(tmp_path, capsys):
    code = "print('first done'); print('refused: Mend this.'); raise SystemExit(1)"
    with pytest.raises(Failure, match=r"^Mend this\.$"):
        demo.run_job(job(tmp_path, code))
    said = capsys.readouterr().out
    assert "first done" in said
    assert "Mend" not in said


def test_demo_names_the_log_of_a_step_that_broke(tmp_path):
    with pytest.raises(Failure, match=r"job\.log"):
        demo.run_job(job(tmp_path, "raise ValueError"))
