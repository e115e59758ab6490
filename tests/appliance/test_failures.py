"""Each failure that a newcomer can meet is met here, and each says one sentence with a way out."""

import inspect
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simlab.appliance import binaries, bootstrap, commands, demo, failures, home, options, running
from simlab.appliance.failures import Failure

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"folder": Path("/some/folder"), "log": Path("/some/log"), "venv": Path("/some/.venv"), "socket": Path("/s")}
NUMBERS = {"pid": 7, "port": 8000, "free_mb": 3, "needed_mb": 400}


def sentences() -> dict[str, Failure]:
    made = {}
    for name, function in inspect.getmembers(failures, inspect.isfunction):
        wanted = inspect.signature(function).parameters
        made[name] = function(**{word: (EXAMPLES | NUMBERS).get(word, "this") for word in wanted})
    return made


@pytest.mark.parametrize("name", sorted(sentences()))
def test_failure_is_one_plain_sentence_with_a_way_out(name):
    text = str(sentences()[name])
    assert "\n" not in text
    assert text[0].isupper() or text.startswith("/")
    assert text.endswith(".")
    assert any(word in text for word in (":", "see the end")), "says nothing about what to do"
    assert len(text) < 260


def test_failure_ends_a_command_with_one_line_and_no_traceback(monkeypatch, capsys):
    def fail(arguments):
        raise failures.port_taken(8000)

    monkeypatch.setattr(commands, "_run", fail)
    assert commands.main(["demo"]) == 1
    said = capsys.readouterr()
    assert said.err == "SimLab: Port 8000 is used by another program: start again with --port 8001.\n"


@pytest.mark.parametrize("version", [(3, 6), (3, 8), (3, 10)])
def test_old_python_is_told_so(version, tmp_path):
    source = (ROOT / "manage.py").read_text()
    compile(source, "manage.py", "exec", dont_inherit=True)
    import ast

    ast.parse(source, feature_version=version)  # the grammar of the old Python, as far as this one knows it
    pretend = f"import sys; sys.version_info = {(*version, 0, 'final', 0)!r}; sys.argv = ['manage.py', 'demo']\n"
    pretend += f"import runpy; runpy.run_path({str(ROOT / 'manage.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"SimLab needs Python 3.11 or newer, and this is Python {version[0]}.{version[1]}: ")
    assert done.stderr.count("\n") == 1


def test_manage_py_has_no_syntax_younger_than_python_3_6():
    for word in (":=", 'f"', "f'", "match ", "print "):
        assert word not in (ROOT / "manage.py").read_text()


def test_port_taken_names_another_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Failure, match=f"Port {port} is used by another program"):
            demo.check_port(port)


def test_port_free_is_accepted():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    demo.check_port(port)


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_port_out_of_range_is_refused(port):
    with pytest.raises(Failure, match="cannot be used by this user"):
        options.parse([f"--port={port}"])


def test_folder_of_another_running_copy_is_refused(tmp_path):
    holding = "import sys, time; from pathlib import Path; from simlab.appliance import running;"
    holding += "running.claim(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", holding, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Failure, match=rf"already running \(process {holder.pid}\) on the data in"):
            home.claim(tmp_path)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    os.close(home.claim(tmp_path))  # the lock went with its process


def test_lock_left_by_a_crash_is_no_obstacle(tmp_path):
    (tmp_path / running.LOCK).write_text("99999999\n")
    os.close(home.claim(tmp_path))
    assert (tmp_path / running.LOCK).read_text() == f"{os.getpid()}\n"


def test_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="cannot be written to"):
        home.claim(tmp_path / "file" / "data")


def test_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(Failure, match="not SimLab's"):
        home.claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_full_disk_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 5 * 2**20))
    with pytest.raises(Failure, match="Only 5 MB are free"):
        home.claim(tmp_path)


def test_full_disk_is_refused_before_packages_are_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 5 * 2**20))
    with pytest.raises(Failure, match=r"Only 5 MB are free .* needs 900 MB"):
        bootstrap.ensure("demo", tmp_path / ".venv")


def test_no_postgres_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMLAB_PG_BINDIR", str(tmp_path))
    with pytest.raises(Failure, match="No PostgreSQL was found"):
        binaries.postgres()


def test_no_valkey_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMLAB_VALKEY_SERVER", str(tmp_path / "none"))
    with pytest.raises(Failure, match="No Valkey or Redis was found"):
        binaries.valkey()


def test_real_vignettes_missing_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMLAB_REAL_DATA", str(tmp_path / "none"))
    with pytest.raises(Failure, match="leave out --real"):
        demo.real_vignettes()


def test_real_vignettes_are_found_where_they_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMLAB_REAL_DATA", str(tmp_path))
    assert demo.real_vignettes() == tmp_path
