import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from simlab.appliance import django_commands, home, running

ROOT = Path(__file__).resolve().parents[2]
STATE = running.State(
    4711, "http://127.0.0.1:8000", {"PGHOST": "/some/where", "SIMLAB_SECRET_KEY": "k"}, {"worker": 4712}
)


@pytest.fixture
def demo_running_on(tmp_path):
    """Another process holds the folder, as a running demo does."""
    code = "import sys, time; from pathlib import Path; from simlab.appliance import running;"
    code += "running.claim(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout.readline() == b"held\n"
    running.write(tmp_path, STATE)
    yield tmp_path
    process.kill()
    process.wait()
    process.stdout.close()


def test_find_sees_a_running_demo(demo_running_on):
    assert running.find(demo_running_on) == STATE


def test_find_ignores_the_note_of_a_demo_that_crashed(tmp_path):
    os.close(running.claim(tmp_path))
    running.write(tmp_path, STATE)
    assert running.find(tmp_path) is None
    assert running.read(tmp_path) == STATE


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_read_of_a_spoilt_note_is_none(tmp_path, content):
    (tmp_path / running.NOTE).write_text(content)
    assert running.read(tmp_path) is None


def test_note_is_for_its_owner_only_since_it_holds_the_key(tmp_path):
    running.write(tmp_path, STATE)
    assert stat.S_IMODE((tmp_path / running.NOTE).stat().st_mode) == 0o600


@pytest.fixture
def bare_environment(monkeypatch):
    for name in ("SIMLAB_DATABASE_URL", "PGHOST", "SIMLAB_BROKER_URL", "SIMLAB_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def ran(monkeypatch):
    """What Django is asked to run, with the environment at that moment."""
    import django.core.management

    seen = []
    monkeypatch.setattr(
        django.core.management, "execute_from_command_line", lambda words: seen.append((words, dict(os.environ)))
    )
    return seen


def test_command_finds_the_servers_of_the_running_demo(demo_running_on, bare_environment, ran):
    bare_environment.setenv("SIMLAB_DATA", str(demo_running_on))
    bare_environment.setattr(os, "environ", os.environ.copy())
    assert django_commands.run(["rehearse", "demo"]) == 0
    words, environment = ran[0]
    assert words == ["manage.py", "rehearse", "demo"]
    assert environment["PGHOST"] == "/some/where"


def test_command_with_a_database_of_its_own_does_not_look_for_a_demo(demo_running_on, bare_environment, ran):
    bare_environment.setenv("SIMLAB_DATA", str(demo_running_on))
    bare_environment.setenv("SIMLAB_DATABASE_URL", "postgresql://elsewhere/x")
    django_commands.run(["migrate"])
    assert "PGHOST" not in ran[0][1]


def test_command_that_needs_the_database_when_no_demo_runs_says_so(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SIMLAB_"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "showmigrations"],
        env={**kept, "SIMLAB_DATA": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        f"SimLab: No SimLab is running on the data in {tmp_path}: start it with `python3 manage.py demo` in another "
        "window, or name its folder in SIMLAB_DATA, or name a database in SIMLAB_DATABASE_URL."
    )


def test_reset_erases_what_is_ours_and_nothing_else(tmp_path):
    for name in ("postgres", "valkey", "datasets", "static"):
        (tmp_path / name).mkdir()
    for name in ("web.log", "secret-key", "rehearsed", "demo-password", "my-notes.txt"):
        (tmp_path / name).touch()
    home.reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["my-notes.txt"]


def test_secret_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = home.secret_key(tmp_path)
    assert len(first) >= 50
    assert home.secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_demo_password_is_three_words_and_stays(tmp_path):
    first = home.demo_password(tmp_path)
    assert len(first.split("-")) == 3
    assert home.demo_password(tmp_path) == first


def test_log_that_grew_long_is_put_aside(tmp_path):
    (tmp_path / "web.log").write_bytes(b"x" * 30)
    (tmp_path / "worker.log").write_bytes(b"x" * 3)
    home.cut_long_logs(tmp_path, longest=10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log.old", "worker.log"]


def test_programs_left_by_a_killed_demo_are_ended(tmp_path):
    code = "import time; time.sleep(60)  # celery"
    left = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        note = running.State(1, "http://127.0.0.1:8000", {}, {"worker": left.pid, "web server": other.pid})
        running.write(tmp_path, note)
        home.end_left_over_programs(tmp_path)
        assert left.wait(5) == -9
        assert other.poll() is None, "a number that another program has by now must be left alone"
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


def test_unknown_failure_type_is_not_swallowed(bare_environment, monkeypatch, tmp_path):
    import django.core.management

    monkeypatch.setenv("SIMLAB_DATA", str(tmp_path))

    def fail(words):
        raise ZeroDivisionError

    monkeypatch.setattr(django.core.management, "execute_from_command_line", fail)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    with pytest.raises(ZeroDivisionError):
        django_commands.run(["check"])


def test_fingerprint_changes_with_a_file_and_not_by_itself(tmp_path):
    (tmp_path / "cases").mkdir()
    case = tmp_path / "cases" / "case.yaml"
    case.write_text("a")
    first = home.fingerprint(tmp_path)
    assert home.fingerprint(tmp_path) == first
    assert home.fingerprint(tmp_path, "--real") != first
    case.write_text("ab")
    assert home.fingerprint(tmp_path) != first
