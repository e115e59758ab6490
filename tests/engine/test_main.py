from simlab.engine.__main__ import main
from tests.engine.conftest import ROOT


def test_sound_files_are_silent(capsys, case_folder, pack_folder):
    paths = [case_folder, case_folder / "case.yaml", pack_folder, ROOT / "protocols" / "demo"]
    assert main([str(path) for path in paths]) == 0
    assert capsys.readouterr().out == ""


def test_each_fault_is_a_line(capsys, case_folder):
    path = case_folder / "case.yaml"
    path.write_text(path.read_text().replace("title:", "titel:", 1).replace("harm: 2\nstatus", "harm: 9\nstatus"))
    assert main([str(case_folder)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_folder_without_a_file_is_named(capsys, tmp_path):
    assert main([str(tmp_path)]) == 1
    assert "there is no study.yaml" in capsys.readouterr().out


def test_without_a_path_the_use_is_told(capsys):
    assert main([]) == 2
    assert "PATH" in capsys.readouterr().err
