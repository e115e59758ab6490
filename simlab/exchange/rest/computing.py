"""What needs the packages of the statistics: read at the first such request, since reading them takes seconds."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from simlab.analyses.actions import cancel_analysis, request_analysis
from simlab.analyses.actions_power import cancel_power, request_power
from simlab.analyses.models import AnalysisRun
from simlab.analyses.powermodels import PowerStudy
from simlab.analyses.reading import shown
from simlab.rehearsal.grid import Grid
from simlab.rehearsal.presets import preset
from simlab.stats import datafile
from simlab.studies.models import Study

__all__ = ["ask_for_power", "cancel_analysis", "cancel_power", "parquet_of", "request_analysis", "result_of"]


def ask_for_power(*, study: Study, truth: str, by: UUID, now: datetime, **grid: Any) -> PowerStudy:
    return request_power(study=study, grid=Grid(**grid), truth=preset(truth), truth_name=truth, by=by, now=now)


def result_of(run: AnalysisRun) -> dict[str, Any]:
    """The whole result of a finished run; in letters while it is blinded."""
    return shown(run).result


def parquet_of(run: AnalysisRun) -> tuple[str, bytes]:
    """Name and content of the frozen table behind a finished run; in letters while it is blinded."""
    told = shown(run)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.parquet"
        datafile.write(told.table(), path)
        return ("data-blinded.parquet" if told.blinded else "data.parquet"), path.read_bytes()
