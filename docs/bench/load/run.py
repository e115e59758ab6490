"""How many decisions a second: `python docs/bench/load/run.py [--otree FOLDER] [--closed S] [--open S]`.

It starts a SimLab of its own (`manage.py demo` in a folder that is thrown away), makes people, and sends their
decisions over HTTP from this same machine: closed loop (50 people who never pause), then open loop (100 decisions a
second due, whoever is served or not, each page also telling what was seen). With --otree FOLDER, the virtual
environment of an oTree (`python3 -m venv FOLDER; FOLDER/bin/pip install otree==6.0.15 psycopg2-binary`), the closed
loop is run on oTree too, on the same database server, just before and just after. At the end the tables are compared
with what was acknowledged. It prints one line of JSON a part.
"""

import argparse
import asyncio
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

import psycopg

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import client  # noqa: E402

from simlab.appliance import running  # noqa: E402

KEY = "load"


def say(part: str, **facts: object) -> None:
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"part": part, **facts, "load_average": load}), flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(met, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            sys.exit(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)


def start_simlab(folder: Path) -> tuple[subprocess.Popen, running.State]:
    words = [sys.executable, "manage.py", "demo", "--data", str(folder), "--port", str(free_port()), "--no-rehearsal"]
    log = (folder.parent / "demo.log").open("w")
    demo = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log)
    wait_for(lambda: running.find(folder) is not None or demo.poll() is not None, 240, "SimLab to start")
    state = running.read(folder)
    if state is None:
        sys.exit((folder.parent / "demo.log").read_text())
    return demo, state


def make_people(state: running.State, count: int, file: Path, *more: str) -> list[dict]:
    env = {**os.environ, **state.variables, "DJANGO_SETTINGS_MODULE": "simlab.config.settings"}
    words = [sys.executable, str(Path(__file__).with_name("people.py")), str(count), str(file), *more]
    subprocess.run(words, cwd=ROOT, env=env, check=True)
    return [json.loads(line) for line in file.read_text().splitlines()]


def check_tables(state: running.State, people: list) -> dict:
    """Every acknowledged message once, numbered without a gap; every sitting's own count."""
    where = {"host": "PGHOST", "user": "PGUSER", "dbname": "PGDATABASE"}
    with psycopg.connect(**{name: state.variables[key] for name, key in where.items()}) as connection:
        rows = connection.execute(
            "SELECT sitting_id::text, count(*), count(DISTINCT uuid), max(seq), count(DISTINCT seq) "
            "FROM sittings_event GROUP BY 1"
        ).fetchall()
    stored = {row[0]: row[1:] for row in rows}
    told = {one.sitting: one.acked for one in people if one.acked}
    lost = sum(max(0, n - stored.get(sitting, (0,))[0]) for sitting, n in told.items())
    doubled = sum(row[0] - row[1] for row in stored.values())
    gaps = sum(row[2] - row[3] for row in stored.values())
    return {"acknowledged": sum(told.values()), "lost": lost, "doubled": doubled, "gaps": gaps}


def otree(venv: Path, state: running.State, work: Path, seconds: float, users: int, count: int) -> None:
    port, database = free_port(), f"otree_{time.time_ns()}"
    where = {"host": state.variables["PGHOST"], "user": state.variables["PGUSER"]}
    with psycopg.connect(**where, dbname=state.variables["PGDATABASE"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    app = work / database
    shutil.copytree(Path(__file__).parent / "otree", app)
    (app / "_static").mkdir()
    url = f"postgres://{where['user']}@/{database}?host={where['host']}"
    env = {**os.environ, "PATH": f"{venv / 'bin'}:{os.environ['PATH']}", "OTREE_PRODUCTION": "1", "DATABASE_URL": url}
    env |= {"OTREE_AUTH_LEVEL": "STUDY", "OTREE_ADMIN_PASSWORD": KEY, "OTREE_REST_KEY": KEY}
    with (app / "otree.log").open("w") as log:
        subprocess.run(["otree", "resetdb", "--noinput"], cwd=app, env=env, stdout=log, stderr=log, check=True)
        words = ["otree", "prodserver", f"127.0.0.1:{port}"]
        server = subprocess.Popen(words, cwd=app, env=env, stdout=log, stderr=log, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(base), 60, "oTree to start")
        people = [client.OTree(base, f"/InitializeParticipant/{code}") for code in _participants(base, count)]
        say("oTree closed", users=users, **asyncio.run(client.closed(people, users, seconds, 3.0)).summary())
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _answers(base: str) -> bool:
    try:
        return urllib.request.urlopen(base, timeout=5).status < 500  # noqa: S310  this machine
    except OSError:
        return False


def _participants(base: str, count: int) -> list[str]:
    made = _rest(f"{base}/api/sessions", {"session_config_name": "vignettes", "num_participants": count})
    return [one["code"] for one in _rest(f"{base}/api/sessions/{made['code']}", {}, "GET")["participants"]]


def _rest(url: str, body: dict, method: str = "POST") -> dict:
    headers = {"otree-rest-key": KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        return dict(json.loads(answer.read()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--otree", type=Path, help="the virtual environment that holds oTree")
    parser.add_argument("--closed", type=float, default=30, help="seconds of each closed loop")
    parser.add_argument("--open", type=float, default=600, help="seconds of the open loop")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--rate", type=float, default=100, help="decisions due a second")
    parser.add_argument("--at-once", type=int, default=300, help="people who are there during the open loop")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    work = Path(tempfile.mkdtemp(prefix="simlab-load-"))
    work.chmod(0o755)  # as root the database runs as nobody, who must be able to walk here
    demo, state = start_simlab(work / "simlab")
    try:
        quick = given.users + int(given.closed * 400 / 96)
        slow = given.at_once + int((given.open + 30) * given.rate / 96) + 20
        rows = make_people(state, quick + (slow if given.open else 0), work / "people.jsonl")
        users = [client.SimLab(state.url, row, apart=n >= quick) for n, row in enumerate(rows)]
        if given.otree:
            otree(given.otree, state, work, given.closed, given.users, given.users + int(given.closed * 120 / 96))
        done = asyncio.run(client.closed(users[:quick], given.users, given.closed, 5.0))
        say("SimLab closed", users=given.users, **done.summary())
        if given.otree:
            otree(given.otree, state, work, given.closed, given.users, given.users + int(given.closed * 120 / 96))
        if given.open:
            done = asyncio.run(client.opened(users[quick:], given.at_once, given.rate, given.open, 30.0))
            say("SimLab open", due_per_s=given.rate, people=given.at_once, **done.summary())
        say("tables", **check_tables(state, users))
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
