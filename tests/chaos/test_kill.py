"""Servers are killed while virtual clinicians sit behind a broken network: what was acknowledged is in the tables once.

It has a stack of its own, started by the very command that a newcomer types. The long form kills at least twenty times
and goes on until 50,000 messages are acknowledged: `SIMLAB_CHAOS=50000 python3 manage.py test tests/chaos/test_kill.py
-q -s`.
"""

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
from tests.chaos.proxy import FAULTS, Proxy

ROOT = Path(__file__).resolve().parents[2]
LONG = int(os.environ.get("SIMLAB_CHAOS", "0"))
CLINICIANS = 60
KILL_EVERY = 150  # messages
PATIENCE_S = 900  # a busy machine; on an idle one everything takes about half a minute
GAPS = (
    "SELECT min(e.seq), max(e.seq), count(*) FROM (SELECT sitting_id, lease, seq FROM sittings_event UNION "
    "SELECT sitting_id, lease, seq FROM sittings_quarantine WHERE reason = 'unknown-encounter') e "
    "JOIN sittings_sitting s ON s.id = e.sitting_id JOIN sittings_participant p ON p.id = s.participant_id "
    "WHERE p.study_id = %s GROUP BY e.sitting_id, e.lease"
)
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


KILLS_LONG = 20


@pytest.mark.slow
def test_acknowledged_messages_survive_kill_9_and_a_broken_network(stack: running.State, capsys):
    data = Path(stack.variables["SIMLAB_DATA"])
    manage(stack, "load_study", "tests/content/chaos", "--owner", "researcher@demo.invalid", "--kind", "demonstration",
           "--places", "400", "--launch")  # fmt: skip
    with Proxy(int(stack.url.rsplit(":", 1)[1].strip("/")), seed=5) as network:
        killed = rounds = 0
        while not rounds or acknowledged_in(data) < LONG or (LONG and killed < KILLS_LONG):
            rounds += 1
            killed += one_run(stack, data, network, rounds)
    assert all(network.befell[fault] for fault in FAULTS), network.befell
    told = check_ledgers(data, stack)
    with capsys.disabled():
        print(f"\n{told} messages acknowledged in {rounds} runs, {killed} kills; {dict(network.befell)}")


def manage(stack: running.State, *words: str) -> None:
    env = {**os.environ, **stack.variables}
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True)


def one_run(stack: running.State, data: Path, network: Proxy, seed: int) -> int:
    """Sixty virtual clinicians sit the whole study while servers die. Returns how many did."""
    env = {**os.environ, **stack.variables}
    words = [sys.executable, "manage.py", "rehearse", "chaos", "--clinicians", str(CLINICIANS), "--seed", str(seed),
             "--truth", "protocols/demo/truth.yaml", "--url", f"http://127.0.0.1:{network.port}"]  # fmt: skip
    before, killed = acknowledged_in(data), 0
    with (data / "rehearse.log").open("w+") as said:
        run = subprocess.Popen(words, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        try:
            for what, kill in KILLS.items():
                enough = before + KILL_EVERY * (killed + 1)
                until(lambda n=enough: acknowledged_in(data) >= n or run.poll() is not None, PATIENCE_S, what)
                assert run.poll() is None, f"the run was over before {what} was killed"
                kill(running.read(data))
                killed += 1
            code = run.wait(PATIENCE_S)
        finally:
            run.kill()
            run.wait()
        said.seek(0)
        assert code == 0, said.read()
    return killed


def acknowledged_in(data: Path) -> int:
    return sum(path.read_bytes().count(b'"acknowledged"') for path in (data / "datasets").glob("*/ledger-*.jsonl"))


def check_ledgers(data: Path, stack: running.State) -> int:
    return sum(check_ledger(path, stack) for path in (data / "datasets").glob("*/ledger-*.jsonl"))


def check_ledger(path: Path, stack: running.State) -> int:
    """What was acknowledged is the table of events, line for line and in order; what was refused is not in it."""
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
        numbers = connection.execute(GAPS, [path.parent.name]).fetchall()
        decided = connection.execute(decisions, [path.parent.name]).fetchall()
    assert set(acknowledged.values()) == set(stored.values()) == {1}
    assert stored.keys() == acknowledged.keys()
    assert refused.isdisjoint(uuid for _, uuid in stored)
    assert len(refused) > 0
    assert len(set(decided)) == len(decided) == answers
    # No gap in the order: the numbers of a sitting and lease run from one.
    assert all(first == 1 and last == count for first, last, count in numbers)
    return sum(acknowledged.values())
