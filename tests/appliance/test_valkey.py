import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
import redis

from simlab.appliance import binaries
from simlab.appliance.failures import Failure
from simlab.appliance.valkey import Valkey


@pytest.fixture
def server():
    folder = Path(tempfile.mkdtemp(prefix="simlab-test-"))
    made = Valkey(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


def client(server):
    return redis.Redis(unix_socket_path=str(server.socket))


def test_message_written_to_disk_survives_kill_9(server):
    server.start()
    server.wait()
    with client(server) as connection:
        connection.rpush("celery", "job")
        assert connection.config_get("appendonly") == {"appendonly": "yes"}
        connection.waitaof(1, 0, 5000)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.after_death()
    server.start()
    server.wait()
    with client(server) as connection:
        assert connection.lrange("celery", 0, -1) == [b"job"]


def test_server_takes_no_network_port(server):
    server.start()
    server.wait()
    with client(server) as connection:
        assert connection.config_get("port") == {"port": "0"}


def test_server_left_from_a_crash_is_asked_to_stop(server):
    left_over = server.start()
    server.wait()
    Valkey(server.data.parent).clear_left_over()
    left_over.wait(5)
    assert not server.answers()


def test_server_that_cannot_start_names_its_log(server, monkeypatch):
    monkeypatch.setattr(binaries, "valkey", lambda: Path(shutil.which("false")))
    server.start()
    with pytest.raises(Failure, match=r"broker did not start: .*valkey\.log"):
        server.wait()


def test_long_folder_gets_a_short_socket_path(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(str(Valkey(deep).socket)) < 100


def test_program_that_lost_its_mode_gets_it_back(monkeypatch, tmp_path):
    program = tmp_path / "valkey-server"
    program.touch(mode=0o644)
    monkeypatch.setenv("SIMLAB_VALKEY_SERVER", str(program))
    assert binaries.valkey() == program
    assert os.access(program, os.X_OK)
