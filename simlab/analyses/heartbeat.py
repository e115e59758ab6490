"""A sign of life from a worker, so that the run of a dead one can be told from a long one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from simlab.analyses.models import AnalysisRun, RunState

EVERY = timedelta(seconds=10)
SILENCE = timedelta(seconds=60)  # several beats missed: the worker is dead, or as good as dead


@contextmanager
def beating(run: AnalysisRun) -> Iterator[None]:
    """While the body works, say so on the run's row every few seconds (from a thread with its own connection)."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(run, stop), daemon=True, name=f"heartbeat-{run.pk}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(run: AnalysisRun, stop: threading.Event) -> None:
    try:
        while not stop.wait(EVERY.total_seconds()):
            # The start too: a worker that was thought dead must not speak for the one that took over.
            mine = AnalysisRun.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
            mine.update(beat_at=Now())
    finally:
        connection.close()
