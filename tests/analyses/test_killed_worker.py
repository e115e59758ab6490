"""A worker process is killed in the middle of a report; after a silence another takes the run over and ends it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from simlab.analyses import actions
from simlab.analyses.heartbeat import SILENCE
from simlab.analyses.models import AnalysisRun, RunState
from tests.factories import NOW, a_participant, a_study, sit_through

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600
# A worker as it is, but that it stays at its second step, so that it can be killed there.
WORKER = """
import sys, time, uuid, django
django.setup()
from django.utils import timezone
from simlab.analyses import actions
real = actions.plans.run
def slow(table, plan, report):
    def tell(step, steps, words):
        report(step, steps, words)
        if step == 2:
            time.sleep(600)
    return real(table, plan, tell)
actions.plans.run = slow
actions.execute(run_id=uuid.UUID(sys.argv[1]), clock=timezone.now)
"""


@pytest.fixture
def worker(settings, tmp_path):
    """Starts such a worker on the database of the tests."""
    started = []

    def start(run):
        env = {**os.environ, "PGDATABASE": connection.settings_dict["NAME"], "SIMLAB_DATA": str(tmp_path)}
        words = [sys.executable, "-c", WORKER, str(run.pk)]
        started.append(subprocess.Popen(words, cwd=ROOT, env=env, stderr=subprocess.PIPE))
        return started[-1]

    settings.DATA_DIR = tmp_path / "datasets"
    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_run_of_a_killed_worker_is_taken_over_and_gives_the_whole_report(worker, monkeypatch):
    monkeypatch.setattr(actions, "_queue", lambda run_id: None)
    study = a_study()
    for _ in range(2):
        sit_through(a_participant(study), NOW)
    run = actions.request_analysis(study=study, by=None, now=NOW)
    process = worker(run)
    until_it_is_at_work(process, run)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    run.refresh_from_db()
    assert (run.state, run.attempts, run.result_json) == (RunState.RUNNING, 1, "")
    actions.execute(run_id=run.pk, clock=lambda: run.beat_at + SILENCE / 2)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING, "taken over before it was silent for long enough"

    later = run.beat_at + SILENCE + timedelta(seconds=1)
    assert actions.requeue_silent_runs(now=later) == 1
    actions.execute(run_id=run.pk, clock=lambda: later)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == (RunState.DONE, 2, "")
    assert run.figures.filter(name="flow").count() == 1


def until_it_is_at_work(process, run):
    end = time.monotonic() + PATIENCE_S
    while AnalysisRun.objects.get(pk=run.pk).step < 2:
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < end, "the worker did not get to its second step"
        time.sleep(0.1)
