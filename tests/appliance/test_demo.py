"""The demo itself, started as a person starts it. Slow by nature, so one start does for many questions."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from simlab.appliance import home

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600


class Demo:
    """A running `manage.py demo --no-rehearsal`, and what it said."""

    def __init__(self, folder, port, *more):
        self.folder, self.port = folder, port
        self.said = folder.parent / f"{folder.name}.said"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SIMLAB_", "DJANGO_"))}
        words = ["demo", "--no-rehearsal", "--port", str(port), "--data", str(folder), *more]
        with self.said.open("w") as sink:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), *words], env=kept, stdout=sink, stderr=sink
            )

    def wait_for(self, words):
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.05)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()

    def programs(self):
        return json.loads((self.folder / "running.json").read_text())["programs"]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def folder():
    made = Path(tempfile.mkdtemp(prefix="simlab-test-"))
    made.chmod(0o755)
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def demo(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = Demo(folder, port)
    yield started
    started.stop()


@pytest.mark.slow
def test_demo_from_nothing_to_a_page_through_a_crash_and_back(demo, folder):
    demo.wait_for("the web site is up")
    demo.wait_for("password of all three")
    status, page = demo.get("/")
    assert status == 200
    assert "SimLab" in page

    # A second copy on the same data is refused, and so is another command's wish for the port.
    second = Demo(folder, demo.port)
    assert second.process.wait(60) == 1
    assert "already running" in second.said.read_text()

    # Other commands find its servers.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SIMLAB_", "DJANGO_"))}
    asked = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "showmigrations", "--plan"],
        env={**kept, "SIMLAB_DATA": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    assert "[X]" in asked.stdout, asked.stderr
    assert "[ ]" not in asked.stdout

    # The database is killed, and comes back with the same data.
    prepared_for = json.loads((folder / "running.json").read_text())["variables"]["PGHOST"]
    demo_pids = demo.programs()
    os.kill(demo_pids["database"], signal.SIGKILL)
    demo.wait_for("the database is running again")
    assert demo.get("/healthz") == (200, "ok\n")

    # Ctrl-C leaves nothing behind.
    family = psutil.Process(demo.process.pid).children(recursive=True)
    assert demo.stop() == 0
    _gone, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert not (folder / "running.json").exists()

    # The second start finds the data, and prepares nothing when no file has changed meanwhile.
    unchanged = (folder / "prepared").read_text() == home.fingerprint(ROOT, "False", prepared_for)
    again = Demo(folder, demo.port)
    try:
        again.wait_for("the web site is up")
        assert not (unchanged and "demo study" in again.said.read_text())
        assert again.get("/join/demo/")[0] == 200

        # Killed itself, it takes its children along.
        family = psutil.Process(again.process.pid).children(recursive=True)
        again.process.kill()
        _gone, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []
    finally:
        again.stop()
