"""Questions to analyses: what a run may be called, and what of it may be seen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from django.conf import settings

from simlab.analyses.models import AnalysisRun, Figure
from simlab.stats import blinding, datafile
from simlab.stats.blinded_table import blind_plan, blind_table
from simlab.stats.planfile import plan_hash
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of

Label = Literal["confirmatory", "exploratory", "blinded", "interim", "rehearsal", "demonstration", "training"]
_NO_TRIAL: dict[str, Label] = {
    Study.Kind.REHEARSAL: "rehearsal", Study.Kind.PREVIEW: "rehearsal", Study.Kind.DEMONSTRATION: "demonstration",
    Study.Kind.TRAINING: "training",
}  # fmt: skip


def label_of(run: AnalysisRun) -> Label:
    """Confirmatory only for the plan that the study's protocol, locked at launch, holds, on data that were final.

    Worked out each time and never stored, so that no run can be renamed.
    """
    study, protocol = run.study, run.study.protocol
    if protocol is None or protocol.locked_at is None or run.protocol_sha256 != protocol.sha256:
        return "exploratory"
    if run.plan_sha256 != plan_hash(protocol_of(study).plan()):
        return "exploratory"
    if study.kind in _NO_TRIAL:
        return _NO_TRIAL[study.kind]
    if study.hides_arms:
        return "blinded"
    early = study.locked_at is not None and run.finished_at is not None and run.finished_at < study.locked_at
    return "interim" if study.is_concealed or early else "confirmatory"


@dataclass(frozen=True)
class Shown:
    """What may be seen of a finished run at this moment, in one place for pages, papers and files.

    `plan` is the plan as locked, which everybody may read; `own_plan` is the one in whose arms `result` speaks.
    """

    run: AnalysisRun
    blinded: bool
    result: dict[str, Any]
    plan: dict[str, Any]
    own_plan: dict[str, Any]
    figures: dict[str, Figure]

    def table(self) -> pd.DataFrame:
        """The rows behind the result, in letters where it is."""
        whole = whole_table(self.run)
        return blind_table(whole, self.plan, secret=self.run.study.allocation_salt) if self.blinded else whole


def shown(run: AnalysisRun) -> Shown:
    """All of a run; of a trial whose arms are hidden, the blinded part. Nothing else reads a result for a person.

    Raises BadPlan when the arms cannot be hidden, so that nothing is shown.
    """
    blinded = run.study.hides_arms
    result, own = run.result, run.plan
    if blinded:
        secret = run.study.allocation_salt
        result, own = blinding.blind(result, run.plan, secret=secret), blind_plan(run.plan, secret=secret)
    drawn = {figure.name: figure for figure in run.figures.filter(blinded=blinded)}
    return Shown(run, blinded, result, run.plan, own, drawn)


def whole_table(run: AnalysisRun) -> pd.DataFrame:
    """The frozen table with its arms; not for the eyes of those who must not know them."""
    return datafile.read(Path(settings.DATA_DIR) / run.dataset.path)
