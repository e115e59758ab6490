import os
from pathlib import Path

import psycopg
import pytest

from simlab.appliance import testing


def test_servers_of_the_tests_answer_and_leave_nothing_behind(monkeypatch):
    monkeypatch.delenv("SIMLAB_DATABASE_URL", raising=False)
    monkeypatch.setenv("SIMLAB_BROKER_URL", "memory://")  # the broker has tests of its own
    with testing.throw_away_servers() as variables:
        folder = Path(variables["SIMLAB_DATA"])
        with psycopg.connect(host=variables["PGHOST"], user=variables["PGUSER"], dbname="simlab") as connection:
            assert connection.execute("show fsync").fetchone() == ("off",)
        assert "SIMLAB_BROKER_URL" not in variables
    assert not folder.exists()


def test_servers_that_are_named_are_used_and_not_started(monkeypatch):
    monkeypatch.setenv("SIMLAB_DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv("SIMLAB_BROKER_URL", "memory://")
    with testing.throw_away_servers() as variables:
        assert "PGHOST" not in variables
        assert os.listdir(variables["SIMLAB_DATA"])


@pytest.mark.parametrize(
    "words, added",
    [
        ([], ["-n", "2", "--dist", "worksteal"]),
        (["-n", "0"], []),
        (["-n4"], []),
        (["--pdb"], []),
        (["-q"], ["-n", "2", "--dist", "worksteal"]),
    ],
)
def test_two_processes_unless_something_else_is_asked(words, added):
    assert testing._in_parallel(words) == added
