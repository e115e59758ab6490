import os
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from simlab.appliance import binaries, children
from simlab.appliance.failures import Failure
from simlab.appliance.postgres import Postgres, place


@pytest.fixture
def folder():
    """A folder that anybody may walk to, unlike pytest's own: as root the server runs as nobody."""
    made = Path(tempfile.mkdtemp(prefix="simlab-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(folder):
    made = Postgres(folder)
    yield made
    made.stop()


def connect(server):
    found = server.variables()
    return psycopg.connect(
        host=found["PGHOST"], user=found["PGUSER"], dbname=found["PGDATABASE"], autocommit=True, connect_timeout=5
    )


def test_rows_that_were_acknowledged_survive_kill_9_of_the_server(server):
    server.start()
    server.wait()
    with connect(server) as connection:
        connection.execute("create table kept (n int)")
    for turn in range(2):
        with connect(server) as connection:
            connection.execute("insert into kept values (%s)", [turn])
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()
        server.after_death()
        server.start()
        server.wait()
    with connect(server) as connection:
        assert connection.execute("select n from kept order by n").fetchall() == [(0,), (1,)]


def test_after_death_waits_until_the_old_backends_are_gone(server):
    from simlab.appliance.postgres import _processes_in

    server.start()
    server.wait()
    with connect(server):
        assert len(_processes_in(server.data)) > 1
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.after_death()
        assert _processes_in(server.data) == []


def test_second_start_finds_the_same_rows_and_server_takes_no_network_port(server):
    server.start()
    server.wait()
    with connect(server) as connection:
        connection.execute("create table kept (n int)")
        assert connection.execute("show listen_addresses").fetchone() == ("",)
    server.stop()
    began = time.monotonic()
    server.start()
    server.wait()
    assert time.monotonic() - began < 5
    with connect(server) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_server_left_from_a_crash_is_ended_before_a_new_one_starts(server, folder):
    server.start()
    server.wait()
    left_over = server.process
    newcomer = Postgres(folder)
    assert newcomer.running_pid() == left_over.pid
    newcomer.clear_left_over()
    assert left_over.wait(5) == 0
    assert newcomer.running_pid() is None


def test_note_of_a_server_that_is_gone_is_no_obstacle(server):
    server.start()
    server.wait()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.after_death()
    assert (server.data / "postmaster.pid").exists()
    server.clear_left_over()
    server.start()
    server.wait()


def test_cluster_that_was_only_half_made_is_made_again(server):
    server.data.mkdir(parents=True)
    (server.data / "half").touch()
    server.start()
    server.wait()
    assert not (server.data / "half").exists()


def test_data_of_another_version_are_not_touched(server):
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Failure, match="written by PostgreSQL 9 and this is PostgreSQL"):
        server.start()
    assert (server.data / "PG_VERSION").read_text() == "9\n"


def test_server_that_cannot_start_names_its_log(server):
    server.start()
    server.wait()
    server.stop()
    (server.data / "postgresql.conf").write_text("nonsense here\n")
    server.start()
    with pytest.raises(Failure, match=r"database did not start: .*postgres\.log"):
        server.wait()
    assert "nonsense" in server.log.read_text()


def test_long_folder_gets_a_short_socket_path(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    assert len(str(Postgres(deep).socket_folder)) < 90


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that others cannot reach and yet must serve")
def test_root_puts_the_database_where_an_unprivileged_server_can_reach_it(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    elsewhere = place(closed)
    try:
        assert elsewhere.parent == Path("/var/tmp")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "a closed folder must stay closed"
        assert elsewhere.stat().st_uid == 0
    finally:
        elsewhere.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="root only")
def test_server_started_by_root_runs_without_rights(server):
    server.start()
    server.wait()
    assert Path(f"/proc/{server.process.pid}").stat().st_uid == children.unprivileged()["user"] != 0


def test_programs_named_by_hand_are_taken_first(monkeypatch, tmp_path):
    for name in ("initdb", "postgres"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("SIMLAB_PG_BINDIR", str(tmp_path))
    assert binaries.postgres() == tmp_path


def test_programs_are_copied_with_their_libraries_and_only_once(tmp_path):
    package = tmp_path / "closed" / "embedded"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").touch(mode=0o700)
    (tmp_path / "closed" / "embedded.libs").mkdir()
    (tmp_path / "closed" / "embedded.libs" / "libssl.so").touch(mode=0o600)
    bin_folder = binaries.copy_postgres(package / "pginstall" / "bin", tmp_path / "open")
    assert stat.S_IMODE((bin_folder / "postgres").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "open" / "embedded.libs" / "libssl.so").stat().st_mode) == 0o644
    (bin_folder / "mark").touch()
    binaries.copy_postgres(package / "pginstall" / "bin", tmp_path / "open")
    assert (bin_folder / "mark").exists()
