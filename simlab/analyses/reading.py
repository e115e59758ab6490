"""Questions to analyses: what a run may be called."""

from typing import Literal

from simlab.analyses.models import AnalysisRun
from simlab.stats.planfile import plan_hash
from simlab.studies.reading import protocol_of

Label = Literal["confirmatory", "exploratory"]


def label_of(run: AnalysisRun) -> Label:
    """Confirmatory only for the plan that the study's protocol, locked at launch, holds; anything else is exploratory.

    Worked out each time and never stored, so that no run can be renamed.
    """
    protocol = run.study.protocol
    if protocol is None or protocol.locked_at is None or run.protocol_sha256 != protocol.sha256:
        return "exploratory"
    return "confirmatory" if run.plan_sha256 == plan_hash(protocol_of(run.study).plan()) else "exploratory"
