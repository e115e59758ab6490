"""Servers are killed while virtual clinicians sit: what was acknowledged is in the tables once, and the run goes on.

It has a stack of its own, started by the very command that a newcomer types.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from simlab.appliance import running
from simlab.rehearsal import ledger

ROOT = Path(__file__).resolve().parents[2]
CLINICIANS = 10
PATIENCE_S = 240  # a busy machine; on an idle one everything takes about half a minute
OF_THE_TESTS = ("PG", "SIMLAB_", "DJANGO_", "PYTEST_", "COV_")


@pytest.fixture
def stack() -> Iterator[running.State]:
    folder = Path(tempfile.mkdtemp(prefix="simlab-chaos-"))
    folder.chmod(0o755)  # as root the database runs as nobody, who must be able to walk here
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_TESTS)}
    words = [sys.executable, "manage.py", "demo", "--data", str(folder), "--port", str(port), "--no-rehearsal"]
    log = (folder.parent / f"{folder.name}.log").open("w")
    demo = subprocess.Popen(words, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        until(lambda: running.find(folder) is not None or demo.poll() is not None, PATIENCE_S, "the demo to start")
        yield running.read(folder)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)
        Path(log.name).unlink()


def until(met: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)


def kill_web_worker(state: running.State) -> None:
    parent = state.programs["web server"]
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)


def kill_program(name: str) -> Callable[[running.State], None]:
    return lambda state: os.kill(state.programs[name], signal.SIGKILL)


KILLS = {
    "a web worker": kill_web_worker,
    "the database": kill_program("database"),
    "the Celery worker": kill_program("worker"),
    "the whole web server": kill_program("web server"),
    "the database once more": kill_program("database"),
}


@pytest.mark.slow
def test_acknowledged_messages_survive_kill_9_and_the_run_goes_on(stack: running.State):
    data = Path(stack.variables["SIMLAB_DATA"])
    env = {**os.environ, **stack.variables}
    words = [sys.executable, "manage.py", "rehearse", "demo", "--clinicians", str(CLINICIANS), "--report"]
    with (data / "rehearse.log").open("w+") as said:
        run = subprocess.Popen(words, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        try:
            for count, (what, kill) in enumerate(KILLS.items()):
                n = 80 + 120 * count
                until(lambda n=n: len(lines(data)) >= n, PATIENCE_S, f"the ledger to grow before {what} dies")
                assert run.poll() is None, f"the run was over before {what} was killed"
                kill(running.read(data))
            code = run.wait(PATIENCE_S)
        finally:
            run.kill()
            run.wait()
        said.seek(0)
        assert code == 0, said.read()
    assert "Report: /studies/" in (data / "rehearse.log").read_text()
    check_ledger(data, stack)


def lines(data: Path) -> list[dict]:
    found = list((data / "datasets").glob("*/ledger-*.jsonl"))
    if not found:
        return []
    whole = found[0].read_text().rpartition("\n")[0]  # the last line may be half written
    return [json.loads(line) for line in whole.splitlines()]


def check_ledger(data: Path, stack: running.State) -> None:
    """The ledger of what was acknowledged is the table of events, line for line; what was refused is not in it."""
    path = next((data / "datasets").glob("*/ledger-*.jsonl"))
    noted = ledger.read(path)
    acknowledged = Counter((one["sitting"], one["uuid"]) for one in noted if one["status"] == "acknowledged")
    refused = {one["uuid"] for one in noted if one["code"] == "unknown-encounter"}
    answers = sum(one["status"] == "acknowledged" and one["kind"] == "answer" for one in noted)
    of_study = "JOIN sittings_participant p ON p.id = s.participant_id WHERE p.study_id = %s"
    events = (
        "SELECT e.sitting_id::text, e.uuid::text FROM sittings_event e "
        f"JOIN sittings_sitting s ON s.id = e.sitting_id {of_study}"
    )
    decisions = (
        "SELECT d.encounter_id, d.stage FROM sittings_decision d JOIN sittings_encounter c ON c.id = d.encounter_id "
        f"JOIN sittings_sitting s ON s.id = c.sitting_id {of_study}"
    )
    where = {
        "host": stack.variables["PGHOST"],
        "user": stack.variables["PGUSER"],
        "dbname": stack.variables["PGDATABASE"],
    }
    with psycopg.connect(**where) as connection:
        stored = Counter(connection.execute(events, [path.parent.name]).fetchall())
        decided = connection.execute(decisions, [path.parent.name]).fetchall()
    assert set(acknowledged.values()) == set(stored.values()) == {1}
    assert stored.keys() == acknowledged.keys()
    assert refused.isdisjoint(uuid for _, uuid in stored)
    assert len(refused) > 0
    assert len(set(decided)) == len(decided) == answers
