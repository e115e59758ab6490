"""`manage.py test`: the tests against a PostgreSQL and a Valkey of their own, in a folder that is thrown away."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simlab.appliance.bootstrap import ROOT
from simlab.appliance.postgres import Postgres
from simlab.appliance.pytest_settings import DEFAULTS
from simlab.appliance.valkey import Valkey

PROCESSES = 2


def test(arguments: list[str]) -> int:
    """Runs pytest with the arguments given. Returns pytest's exit code."""
    with throw_away_servers() as variables:
        command = [sys.executable, "-m", "pytest", *_in_parallel(arguments), *arguments]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}).returncode


def _in_parallel(arguments: list[str]) -> list[str]:
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb", "-p=no:xdist")) for word in arguments)
    return [] if chosen else ["-n", str(PROCESSES), "--dist", "worksteal"]


@contextmanager
def throw_away_servers() -> Iterator[dict[str, str]]:
    """Yields the environment variables of servers that are stopped and erased afterwards.

    Servers named in SIMLAB_DATABASE_URL and SIMLAB_BROKER_URL are used instead, when they are.
    """
    home = Path(tempfile.mkdtemp(prefix="simlab-test-"))
    home.chmod(0o755)  # as root the database runs as nobody, who must be able to walk here
    for name in ("static", "datasets"):
        (home / name).mkdir()
    servers = []
    variables = {**DEFAULTS, "SIMLAB_DATA": str(home)}
    try:
        if not os.environ.get("SIMLAB_DATABASE_URL"):
            servers.append(Postgres(home, fast=True))
        if not os.environ.get("SIMLAB_BROKER_URL"):
            servers.append(Valkey(home, fast=True))
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
            variables |= server.variables()
        yield variables
    finally:
        for server in reversed(servers):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
