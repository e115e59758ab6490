"""A worker of a power study is killed in the middle: no cell is lost, none is doubled, and the bytes are the same."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from simlab.analyses import actions_power
from simlab.analyses.powermodels import PowerStudy
from simlab.rehearsal import power
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.presets import preset, suited
from simlab.studies.reading import packs_of, protocol_of
from tests.factories import NOW, a_study

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 900
GRID = {"clinicians": [8, 12, 16], "batch": 4, "most": 16, "precision": 0.1, "seed": 9}
WORKER = """
import sys, time
from datetime import timedelta
from uuid import UUID
import django
django.setup()
from django.utils import timezone
from simlab.analyses import actions_power
from simlab.analyses.powermodels import PowerStudy
actions_power.SILENCE = timedelta(seconds=15)
asked = UUID(sys.argv[1])
while not PowerStudy.objects.get(pk=asked).is_over:
    if not actions_power.work(power_id=asked, clock=timezone.now):
        actions_power.requeue_silent_power(now=timezone.now())
        time.sleep(0.3)
"""


def worker(made: PowerStudy) -> subprocess.Popen:
    """A process of its own on the database of this test, which takes batches as a Celery worker would."""
    where = connection.settings_dict
    env = {name: value for name, value in os.environ.items() if name != "SIMLAB_DATABASE_URL"}
    env |= {"PGHOST": where["HOST"], "PGPORT": str(where["PORT"]), "PGUSER": where["USER"]}
    env |= {"PGPASSWORD": where["PASSWORD"], "PGDATABASE": where["NAME"], "PYTHONPATH": str(ROOT)}
    env["DJANGO_SETTINGS_MODULE"] = "simlab.config.settings"
    return subprocess.Popen([sys.executable, "-c", WORKER, str(made.pk)], cwd=ROOT, env=env)


def until(met, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE_S} s for {what}")
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_of_a_worker_loses_no_cell_and_doubles_none(monkeypatch):
    monkeypatch.setattr(actions_power, "_queue", lambda power, lanes: None)
    study = a_study()
    truth, grid = suited(preset("assumed"), protocol_of(study)), grid_from(GRID)
    made = actions_power.request_power(study=study, grid=grid, truth=truth, truth_name="x", by=None, now=NOW)
    workers = [worker(made), worker(made)]
    try:
        begun = made.chunks.filter(state="running")
        until(lambda: made.chunks.filter(state="done").exists() and begun.count() == 2, "two workers to be at work")
        os.kill(workers[0].pid, signal.SIGKILL)
        workers[0].wait()
        assert not PowerStudy.objects.get(pk=made.pk).is_over, "the study was over before the worker was killed"
        until(lambda: PowerStudy.objects.get(pk=made.pk).is_over, "the other worker to finish")
    finally:
        for one in workers:
            one.kill()
            one.wait()
    made.refresh_from_db()
    assert (made.state, made.error) == ("done", "")
    assert set(Counter(made.chunks.values_list("cell", "batch")).values()) == {1}
    assert not made.chunks.filter(state__in=["open", "running"]).exists()
    assert made.chunks.filter(attempts__gt=1).exists(), "nobody took over the batch of the dead worker"
    alone = power.Study(protocol_of(study), packs_of(study), truth, grid)
    assert made.result_json == power.dump(alone.run())
