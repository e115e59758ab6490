"""Questions to power studies: how far each cell is, and whether a study was rehearsed at all."""

from typing import Any

from django.db.models import Count, Q, Sum

from simlab.analyses.models import Rehearsal
from simlab.analyses.powermodels import PowerChunk, PowerState, PowerStudy
from simlab.rehearsal.grid import grid_from
from simlab.studies.models import Study


def cells_so_far(power: PowerStudy) -> list[dict[str, Any]]:
    """For every cell the replicates done, those that showed the claim, and the batches still to come."""
    waiting = Q(state__in=[PowerChunk.State.OPEN, PowerChunk.State.RUNNING])
    rows = power.chunks.order_by().values("cell").annotate(
        runs_done=Sum("runs"), claims=Sum("shown"), waiting=Count("pk", filter=waiting)
    )  # fmt: skip
    found = {row["cell"]: row for row in rows}
    return [
        {"runs": found[cell]["runs_done"], "shown": found[cell]["claims"], "open": found[cell]["waiting"]}
        for cell in range(len(grid_from(power.grid).cells()))
    ]


def was_rehearsed(study: Study) -> bool:
    """Whether a rehearsal or a simulation of this very protocol has ended."""
    sha256 = study.protocol.sha256
    ended = Rehearsal.objects.filter(study__parent=study, study__protocol__sha256=sha256, finished_at__isnull=False)
    simulated = PowerStudy.objects.filter(study=study, protocol_sha256=sha256, state=PowerState.DONE)
    return ended.exists() or simulated.exists()
