"""Writes of this app: ask for a run, carry it out once, cancel it; keep a rehearsal with its truth."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pandas as pd
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from simlab.analyses.extract import analysis_table
from simlab.analyses.heartbeat import SILENCE, beating
from simlab.analyses.models import AnalysisRun, Dataset, Figure, Rehearsal, RunState
from simlab.stats import blinding, datafile, figures, plans
from simlab.stats.blinded_table import blind_plan, blind_table
from simlab.stats.errors import BadPlan, BadTable
from simlab.stats.planfile import parse, plan_hash
from simlab.stats.result import dump
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of

Clock = Callable[[], datetime]

MOST_ATTEMPTS = 3
GIVEN_UP = f"The worker died {MOST_ATTEMPTS} times over this report, perhaps for want of memory. Its log says more."


class CancelledError(Exception):
    """The run was cancelled, or taken over, while it was being worked on."""


@transaction.atomic
def request_analysis(*, study: Study, by: UUID | None, now: datetime, plan: dict | None = None) -> AnalysisRun:
    """Queue a run of the study's own plan, or of another one. One under way is returned instead."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    plan = plan or protocol_of(study).plan()
    parse(plan)
    digest = plan_hash(plan)
    going = study.analysis_runs.filter(state__in=[RunState.QUEUED, RunState.RUNNING], plan_sha256=digest).first()
    if going:
        return going
    run = AnalysisRun.objects.create(
        study=study,
        plan=plan,
        plan_sha256=digest,
        protocol_sha256=study.protocol.sha256,
        requested_by_id=by,
        requested_at=now,
        message="Waiting for a worker",
    )
    # If and only if the row is there in the end, whatever transaction this is part of.
    transaction.on_commit(partial(_queue, run.pk))
    return run


def _queue(run_id: UUID) -> None:
    from simlab.analyses.tasks import run_analysis  # the task imports this module

    run_analysis.delay(str(run_id))


def execute(*, run_id: UUID, clock: Clock) -> None:
    """Carry a run out, once, whoever calls how often. What went wrong is on the row, in words."""
    run = _claim(run_id, clock())
    if run is None:
        return
    try:
        with beating(run):
            _work(run, clock)
    except CancelledError:
        return
    except (BadTable, BadPlan) as fault:
        _fail(run, str(fault), clock())
    except Exception as fault:
        # The person who waits must see that it ended; the worker's log has the rest.
        _fail(run, f"The analysis stopped: {type(fault).__name__}: {fault}", clock())
        raise


def _claim(run_id: UUID, now: datetime) -> AnalysisRun | None:
    """Compare and set: whoever changes the one row works, all others leave. A dead worker's run is taken over."""
    silent = Q(state=RunState.RUNNING, beat_at__lt=now - SILENCE)
    free = AnalysisRun.objects.filter(Q(state=RunState.QUEUED) | silent, pk=run_id)
    claimed = free.update(
        state=RunState.RUNNING,
        started_at=now,
        beat_at=now,
        step=0,
        steps=0,
        attempts=F("attempts") + 1,
        message="Reading the data",
    )
    return AnalysisRun.objects.select_related("study__protocol").get(pk=run_id) if claimed == 1 else None


def _work(run: AnalysisRun, clock: Clock) -> None:
    table = _given(run) if run.dataset_id else analysis_table(run.study)
    if table.empty:
        raise BadTable("the study", "has no participants yet", "invite clinicians, or rehearse it")
    dataset = freeze_dataset(study=run.study, table=table, now=clock())

    def report(step: int, steps: int, message: str) -> None:
        now = clock()
        mine = AnalysisRun.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
        if not mine.update(step=step, steps=steps, message=message[:200], beat_at=now):
            raise CancelledError

    before = _same_before(run, dataset)
    if before is None:
        result = plans.run(table, run.plan, report)
        drawings = _drawings(run, result, table)
        _finish(run, dataset, dump(result).decode(), result["code_version"], drawings, clock())
    else:
        copies = [_copied(run, figure) for figure in before.figures.all()]
        _finish(run, dataset, before.result_json, before.code_version, copies, clock())


def _given(run: AnalysisRun) -> pd.DataFrame:
    """The data that the run was asked for with, as a simulated study has them."""
    return datafile.read(Path(settings.DATA_DIR) / run.dataset.path)


def _same_before(run: AnalysisRun, dataset: Dataset) -> AnalysisRun | None:
    """A finished run of the same plan and code on the same data: its result is this one's, byte for byte."""
    same = AnalysisRun.objects.finished().filter(dataset=dataset, plan_sha256=run.plan_sha256)
    return same.filter(code_version=plans.code_version()).first()


def _drawings(run: AnalysisRun, result: dict, table: pd.DataFrame) -> list[Figure]:
    """Every figure; of a trial under way each once more as it may be seen before the arms are known."""
    made = [_figure(run, place, drawn) for place, drawn in enumerate(figures.draw(result, table, run.plan))]
    if not run.study.hides_arms:
        return made
    # A result that cannot be blinded stops the run here, where somebody reads why.
    secret = run.study.allocation_salt
    told = blinding.blind(result, run.plan, secret=secret)
    rows, plan = blind_table(table, run.plan, secret=secret), blind_plan(run.plan, secret=secret)
    lettered = figures.draw(told, rows, plan) if len(rows) else []
    return made + [_figure(run, place, drawn, blinded=True) for place, drawn in enumerate(lettered)]


def _figure(run: AnalysisRun, place: int, drawn: figures.Figure, *, blinded: bool = False) -> Figure:
    return Figure(
        blinded=blinded,
        run=run,
        name=drawn.name,
        title=drawn.title,
        position=place,
        svg=drawn.svg.decode(),
        csv=drawn.csv,
        alt=drawn.alt,
    )


def _copied(run: AnalysisRun, figure: Figure) -> Figure:
    figure.pk = None
    figure.run = run
    figure._state.adding = True
    return figure


@transaction.atomic
def _finish(run: AnalysisRun, dataset: Dataset, text: str, code: str, drawings: list[Figure], now: datetime) -> None:
    mine = AnalysisRun.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
    saved = mine.update(
        state=RunState.DONE,
        dataset=dataset,
        result_json=text,
        code_version=code,
        message="Finished",
        finished_at=now,
    )
    if not saved:
        raise CancelledError
    Figure.objects.bulk_create(drawings)


def _fail(run: AnalysisRun, error: str, now: datetime) -> None:
    mine = AnalysisRun.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
    mine.update(state=RunState.FAILED, error=error, message="Failed", finished_at=now)


def requeue_silent_runs(*, now: datetime) -> int:
    """Queue again what a dead worker or a lost broker left behind; harmless for a run that is only waiting.

    A run whose worker died each time is given up: it may be what kills them.
    """
    waiting = Q(state=RunState.QUEUED, requested_at__lt=now - SILENCE)
    silent = Q(state=RunState.RUNNING, beat_at__lt=now - SILENCE)
    AnalysisRun.objects.filter(silent, attempts__gte=MOST_ATTEMPTS).update(
        state=RunState.FAILED, error=GIVEN_UP, message="Failed", finished_at=now
    )
    left = list(AnalysisRun.objects.filter(waiting | silent).values_list("pk", flat=True))
    for run_id in left:
        _queue(run_id)
    return len(left)


def cancel_analysis(*, run: AnalysisRun, now: datetime) -> bool:
    """Stop a run that is not over; its worker notices at the next step. False when it was over already."""
    going = AnalysisRun.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.RUNNING])
    return going.update(state=RunState.CANCELLED, message="Cancelled", finished_at=now) == 1


def freeze_dataset(*, study: Study, table: pd.DataFrame, now: datetime) -> Dataset:
    """Write the table to the data folder under the hash of its rows; the same rows are stored once."""
    digest = datafile.data_hash(table)
    path = Path(str(study.pk)) / f"{digest}.parquet"
    target = Path(settings.DATA_DIR) / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        # A reader must never find half a file, nor two workers write the same one.
        half = target.with_suffix(f".{uuid4().hex}.part")
        datafile.write(table, half)
        half.replace(target)
    dataset, _ = Dataset.objects.get_or_create(
        study=study,
        sha256=digest,
        defaults={"path": str(path), "rows": len(table), "columns": list(table.columns), "created_at": now},
    )
    return dataset


def start_rehearsal(*, twin: Study, truth: dict, seed: int, clinicians: int, now: datetime) -> Rehearsal:
    """Note the truth that the virtual clinicians are made with, before the first of them arrives."""
    return Rehearsal.objects.create(study=twin, truth=truth, seed=seed, clinicians=clinicians, started_at=now)


def finish_rehearsal(*, rehearsal: Rehearsal, summary: dict, now: datetime) -> Rehearsal:
    rehearsal.summary = summary
    rehearsal.finished_at = now
    rehearsal.save(update_fields=["summary", "finished_at"])
    return rehearsal
