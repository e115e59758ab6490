import subprocess
import sys
import venv as standard_venv

import pytest

from simlab.appliance import bootstrap
from simlab.appliance.failures import Failure


@pytest.fixture
def empty(tmp_path):
    return tmp_path / ".venv"


@pytest.fixture
def requirements(tmp_path, monkeypatch):
    """A checkout whose lock asks for nothing."""
    (tmp_path / "requirements").mkdir()
    for name in ("demo", "test"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return tmp_path / "requirements"


def without_uv(monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)


def without_ensurepip(monkeypatch):
    """As on Debian without python3-venv; also much quicker."""
    real = bootstrap.importlib.util.find_spec
    hidden = {"ensurepip"}
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name in hidden else real(name) or real("sys")
    )


def test_ensure_makes_an_environment_without_uv_and_is_quick_the_second_time(empty, requirements, monkeypatch):
    without_uv(monkeypatch)
    without_ensurepip(monkeypatch)
    monkeypatch.setattr(bootstrap, "installer", lambda venv: [sys.executable, "-c", ""])
    bootstrap.ensure("demo", empty)
    assert bootstrap.python_of(empty).exists()
    monkeypatch.setattr(bootstrap, "_make", None)  # would fail if it were called again
    bootstrap.ensure("demo", empty)


def test_ensure_installs_again_when_the_lock_changed(empty, requirements, monkeypatch):
    without_uv(monkeypatch)
    installed = []
    monkeypatch.setattr(
        bootstrap, "_make", lambda venv: bootstrap.python_of(venv).parent.mkdir(parents=True, exist_ok=True)
    )
    monkeypatch.setattr(
        bootstrap, "_install", lambda venv, lock: (installed.append(1), bootstrap.python_of(venv).touch())
    )
    bootstrap.ensure("demo", empty)
    bootstrap.ensure("demo", empty)
    assert len(installed) == 1
    (requirements / "demo.txt").write_text("# changed")
    bootstrap.ensure("demo", empty)
    assert len(installed) == 2


def test_make_without_ensurepip_leaves_pip_out_and_uses_the_one_of_the_system(empty, monkeypatch):
    without_uv(monkeypatch)
    without_ensurepip(monkeypatch)
    bootstrap._make(empty)
    assert bootstrap.python_of(empty).exists()
    assert not (empty / "bin" / "pip").exists()
    assert bootstrap.installer(empty)[:5] == [sys.executable, "-m", "pip", "--python", str(bootstrap.python_of(empty))]


def test_make_without_the_venv_module_says_what_to_install(empty, monkeypatch):
    without_uv(monkeypatch)

    def fail(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "usage…\nNo module named venv\n")

    monkeypatch.setattr(bootstrap.subprocess, "run", fail)
    with pytest.raises(Failure, match=r"apt-get install python3-venv.*\(No module named venv\)"):
        bootstrap._make(empty)


def test_installer_without_pip_anywhere_says_what_to_install(empty, monkeypatch):
    without_uv(monkeypatch)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Failure, match="neither pip nor ensurepip"):
        bootstrap.installer(empty)


def test_installer_prefers_uv(empty, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/some/uv")
    assert bootstrap.installer(empty)[:3] == ["/some/uv", "pip", "install"]


def test_installer_does_not_compile(empty, monkeypatch):
    without_uv(monkeypatch)
    assert "--no-compile" in bootstrap.installer(empty)


def test_install_that_fails_names_the_log_and_leaves_no_stamp(empty, requirements, monkeypatch):
    (requirements / "demo.txt").write_text("no-such-package==0 --hash=sha256:" + "0" * 64)
    standard_venv.create(empty, with_pip=False)
    monkeypatch.setattr(
        bootstrap, "installer", lambda venv: [sys.executable, "-c", "import sys; sys.exit('no network')"]
    )
    with pytest.raises(Failure, match="could not be downloaded"):
        bootstrap.ensure("demo", empty)
    assert "no network" in (empty / "install.log").read_text()
    assert not (empty / ".simlab-demo").exists()


def test_folder_that_is_no_environment_is_not_overwritten(empty, monkeypatch):
    empty.mkdir()
    (empty / "thesis.doc").touch()
    with pytest.raises(Failure, match="move it away"):
        bootstrap._make(empty)
    assert (empty / "thesis.doc").exists()


def test_environment_of_a_python_that_is_gone_is_made_anew(empty, monkeypatch):
    without_uv(monkeypatch)
    without_ensurepip(monkeypatch)
    standard_venv.create(empty, with_pip=False)
    bootstrap.python_of(empty).unlink()
    bootstrap.python_of(empty).symlink_to("/nonexistent/python3")
    bootstrap._make(empty)
    assert bootstrap._usable(empty)


def test_command_without_environment_says_what_to_run(empty, monkeypatch):
    monkeypatch.delenv("SIMLAB_ENVIRONMENT", raising=False)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Failure, match="not installed yet"):
        bootstrap.enter_if_made(["check"], empty)


def test_two_at_once_the_second_waits_and_then_gives_up(empty, monkeypatch):
    holder = "import fcntl, os, sys, time; d = os.open(sys.argv[1], os.O_RDONLY);"
    holder += "fcntl.flock(d, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", holder, str(empty.parent)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Failure, match="Another command has been installing"), bootstrap._only_one(empty, 0.3):
            pass
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
