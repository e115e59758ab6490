"""What a protocol may ask for under `analysis.secondary`, and what it may settle about it under `analysis.options`.

Each name is an analysis of `python -m simlab.stats run`; `docs/analysing.md` says what each does.
"""

from typing import Annotated

from pydantic import Field

from simlab.engine.parsing import Part

SECONDARY = (
    "accuracy",
    "reliance",
    "time",
    "complementarity",
    "calibration",
    "differential",
    "survival",
    "items",
    "equating",
)


class SurvivalOptions(Part):
    """Time to decision: the limit at which a case is cut short."""

    limit_seconds: Annotated[float, Field(gt=0)] | None = None


class Options(Part):
    """One block for each further analysis that has something to settle."""

    survival: SurvivalOptions = SurvivalOptions()
