"""Writes of power studies: ask for one, work on it batch by batch, finish it once, cancel it, look at one study of it.

Any number of workers may work on one study. Each takes a batch by compare-and-set, computes it and takes the next. A
batch of a worker that died is taken again by another. The result counts complete batches only (`power.enough`), so
that it does not depend on who computed what.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from simlab.analyses.actions import MOST_ATTEMPTS, CancelledError, freeze_dataset, start_rehearsal
from simlab.analyses.models import AnalysisRun
from simlab.analyses.powermodels import PowerChunk, PowerState, PowerStudy
from simlab.rehearsal import dataset, power
from simlab.rehearsal.grid import Grid, grid_from, identity
from simlab.rehearsal.replicate import Simulator, target_of
from simlab.rehearsal.truth import Truth, truth_from
from simlab.stats import plans
from simlab.stats.errors import BadInput
from simlab.stats.planfile import plan_hash
from simlab.studies import actions as study_actions
from simlab.studies.models import Study
from simlab.studies.reading import packs_of, protocol_of

Clock = Callable[[], datetime]

SILENCE = timedelta(seconds=60)
"""A batch whose worker said nothing for so long is taken over. A replicate takes seconds at most."""

LANES = 16
"""Tasks in the queue at a time for one study: as many workers can help, and a report waits behind so few."""

GIVEN_UP = f"A batch killed its worker {MOST_ATTEMPTS} times, perhaps for want of memory. Its log says more."


@transaction.atomic
def request_power(
    *, study: Study, grid: Grid, truth: Truth, truth_name: str, by: UUID | None, now: datetime
) -> PowerStudy:
    """Queue a power study. The same question of the same study under way is returned instead.

    Raises BadInput where the protocol, the truth or a size of the grid cannot be simulated.
    """
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    protocol = protocol_of(study)
    _refuse_what_cannot_run(study, grid, truth)
    asked = identity(grid, truth, protocol.hash)
    going = study.power_studies.filter(state__in=[PowerState.QUEUED, PowerState.RUNNING], asked_sha256=asked).first()
    if going:
        return going
    made = PowerStudy.objects.create(
        study=study,
        grid=grid.document(),
        truth=truth.document(),
        truth_name=truth_name,
        protocol_sha256=study.protocol.sha256,
        asked_sha256=asked,
        requested_by_id=by,
        requested_at=now,
    )
    places = ((cell, batch) for cell in range(len(grid.cells())) for batch in range(grid.batches))
    PowerChunk.objects.bulk_create([PowerChunk(power=made, cell=cell, batch=batch) for cell, batch in places])
    transaction.on_commit(partial(_queue, made.pk, LANES))
    return made


def _refuse_what_cannot_run(study: Study, grid: Grid, truth: Truth) -> None:
    protocol, packs = protocol_of(study), packs_of(study)
    target_of(protocol)
    seen = set()
    for number, cell in enumerate(grid.cells()):
        if (cell.cases, cell.wrong) not in seen:
            Simulator(protocol, packs, truth, grid, number)
            seen.add((cell.cases, cell.wrong))


def _queue(power_id: UUID, lanes: int) -> None:
    from simlab.analyses.tasks import work_on_power  # the task imports this module

    for _ in range(lanes):
        work_on_power.delay(str(power_id))


def work(*, power_id: UUID, clock: Clock) -> bool:
    """Take one batch, compute it, keep it; True when there may be another. What went wrong is on the row, in words."""
    going = PowerStudy.objects.filter(pk=power_id, state__in=[PowerState.QUEUED, PowerState.RUNNING])
    going.filter(state=PowerState.QUEUED).update(state=PowerState.RUNNING, code_version=plans.code_version())
    chunk = _claim(power_id, clock()) if going.exists() else None
    if chunk is None:
        return False
    try:
        _compute(chunk, clock)
    except CancelledError:
        return False
    except BadInput as fault:
        _fail(power_id, str(fault), clock())
        return False
    except Exception as fault:
        # The person who waits must see that it ended; the worker's log has the rest.
        _fail(power_id, f"The simulation stopped: {type(fault).__name__}: {fault}", clock())
        raise
    return True


def _free(now: datetime) -> Q:
    silent = Q(state=PowerChunk.State.RUNNING, beat_at__lt=now - SILENCE)
    return Q(state=PowerChunk.State.OPEN) | silent


def _claim(power_id: UUID, now: datetime) -> PowerChunk | None:
    """Compare and set: whoever changes the row has the batch. Early batches of all cells come first."""
    mine = PowerChunk.objects.filter(_free(now), power_id=power_id)
    for pk in list(mine.order_by("batch", "cell").values_list("pk", flat=True)[: 4 * LANES]):
        claimed = PowerChunk.objects.filter(_free(now), pk=pk)
        if claimed.update(state=PowerChunk.State.RUNNING, started_at=now, beat_at=now, attempts=F("attempts") + 1):
            return PowerChunk.objects.select_related("power__study__protocol").get(pk=pk)
    return None


@lru_cache(maxsize=4)
def _study(power_id: UUID) -> power.Study:
    """The simulators of a power study, kept between the batches that one worker computes."""
    row = PowerStudy.objects.select_related("study__protocol").get(pk=power_id)
    return power.Study(protocol_of(row.study), packs_of(row.study), truth_from(row.truth), grid_from(row.grid))


def _compute(chunk: PowerChunk, clock: Clock) -> None:
    mine = PowerChunk.objects.filter(pk=chunk.pk, state=PowerChunk.State.RUNNING, started_at=chunk.started_at)

    def tell() -> None:
        going = PowerStudy.objects.filter(pk=chunk.power_id, state=PowerState.RUNNING).exists()
        if not going or not mine.update(beat_at=clock()):
            raise CancelledError

    study = _study(chunk.power_id)
    found = study.batch(chunk.cell, chunk.batch, tell)
    mine.update(
        state=PowerChunk.State.DONE,
        runs=len(found),
        shown=sum(one.shown for one in found),
        outcomes=[one.document() for one in found],
    )
    _settle(chunk.power_id, chunk.cell, study)
    finish_if_settled(power_id=chunk.power_id, now=clock())


def _settle(power_id: UUID, cell: int, study: power.Study) -> None:
    """When the batches of a cell are enough, its open ones are not needed."""
    if power.enough(study.grid, _prefix(power_id, cell)) is not None:
        still = PowerChunk.objects.filter(power_id=power_id, cell=cell, state=PowerChunk.State.OPEN)
        still.update(state=PowerChunk.State.NOT_NEEDED)


def _done(power_id: UUID):
    return PowerChunk.objects.filter(power_id=power_id, state=PowerChunk.State.DONE)


def _prefix(power_id: UUID, cell: int) -> list:
    rows = dict(_done(power_id).filter(cell=cell).values_list("batch", "outcomes"))
    return power.prefix({(cell, batch): power.outcomes(found) for batch, found in rows.items()}, cell)


def finish_if_settled(*, power_id: UUID, now: datetime) -> bool:
    """Keep the result once every cell is settled; whoever is second changes nothing."""
    waits = PowerChunk.objects.filter(power_id=power_id, state=PowerChunk.State.OPEN)
    if waits.exists():
        return False
    study = _study(power_id)
    rows = _done(power_id).values_list("cell", "batch", "outcomes")
    batches = {(cell, batch): power.outcomes(found) for cell, batch, found in rows}
    cells = range(len(study.grid.cells()))
    if any(power.enough(study.grid, power.prefix(batches, cell)) is None for cell in cells):
        return False
    text = power.dump(study.result(batches))
    mine = PowerStudy.objects.filter(pk=power_id, state=PowerState.RUNNING)
    return mine.update(state=PowerState.DONE, result_json=text, finished_at=now) == 1


def _fail(power_id: UUID, error: str, now: datetime) -> None:
    going = PowerStudy.objects.filter(pk=power_id, state__in=[PowerState.QUEUED, PowerState.RUNNING])
    going.update(state=PowerState.FAILED, error=error, finished_at=now)


def requeue_silent_power(*, now: datetime) -> int:
    """Set workers again on studies that have batches to be taken and nobody at work; harmless for one that has."""
    queued = 0
    for row in PowerStudy.objects.filter(state__in=[PowerState.QUEUED, PowerState.RUNNING]):
        chunks = PowerChunk.objects.filter(power=row)
        if chunks.filter(_free(now), attempts__gte=MOST_ATTEMPTS).exists():
            _fail(row.pk, GIVEN_UP, now)
            continue
        at_work = chunks.filter(state=PowerChunk.State.RUNNING, beat_at__gte=now - SILENCE).exists()
        waiting = row.requested_at < now - SILENCE
        if waiting and not at_work and not finish_if_settled(power_id=row.pk, now=now):
            _queue(row.pk, LANES)
            queued += 1
    return queued


def cancel_power(*, power_study: PowerStudy, now: datetime) -> bool:
    """Stop a study that is not over; its workers notice at their next replicate. False when it was over already."""
    going = PowerStudy.objects.filter(pk=power_study.pk, state__in=[PowerState.QUEUED, PowerState.RUNNING])
    return going.update(state=PowerState.CANCELLED, finished_at=now) == 1


@transaction.atomic
def request_example(*, power_study: PowerStudy, cell: int, by: UUID | None, now: datetime) -> AnalysisRun:
    """One simulated study of a cell, with the whole report that its plan asks for.

    The study is a twin: what is simulated never stands among what people did.
    """
    row = PowerStudy.objects.select_for_update(no_key=True, of=("self",)).select_related("study").get(pk=power_study.pk)
    seed = f"power {row.pk} cell {cell}"
    simulator = _study(row.pk).simulator(cell)
    number = simulator.grid.seed
    twin = study_actions.make_twin(study=row.study, seed=seed, by=None, now=now, per_stratum=4)
    table = dataset.simulate(simulator.protocol, simulator.packs, simulator.truth, simulator.cell.clinicians, number)
    start_rehearsal(
        twin=twin, truth=simulator.truth.document(), seed=number, clinicians=simulator.cell.clinicians, now=now
    )
    frozen = freeze_dataset(study=twin, table=table, now=now)
    plan = protocol_of(twin).plan()
    run = AnalysisRun.objects.create(
        study=twin,
        plan=plan,
        plan_sha256=plan_hash(plan),
        protocol_sha256=twin.protocol.sha256,
        dataset=frozen,
        requested_by_id=by,
        requested_at=now,
        message="Waiting for a worker",
    )
    transaction.on_commit(partial(_queue_run, run.pk))
    return run


def _queue_run(run_id: UUID) -> None:
    from simlab.analyses.tasks import run_analysis  # the task imports the actions

    run_analysis.delay(str(run_id))
