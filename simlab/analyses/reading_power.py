"""Questions to power studies: how far each cell is."""

from typing import Any

from django.db.models import Count, Q, Sum

from simlab.analyses.powermodels import PowerChunk, PowerStudy
from simlab.rehearsal.grid import grid_from


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
