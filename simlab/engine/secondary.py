"""What a protocol may ask for under `analysis.secondary`, and what it may settle about it under `analysis.options`.

Each name is an analysis of `python -m simlab.stats run`; `docs/analysing.md` says what each does.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from simlab.engine.errors import Mistaken
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
    "missing-data",
)


class SurvivalOptions(Part):
    """Time to decision: the limit at which a case is cut short."""

    limit_seconds: Annotated[float, Field(gt=0)] | None = None


def _rising(deltas: tuple[float, ...]) -> tuple[float, ...]:
    if list(deltas) != sorted(set(deltas)):
        raise Mistaken("the deltas do not rise.", "Write each step once, from small to large.")
    return deltas


class MissingDataOptions(Part):
    """Missing decisions: how many imputations, and the logits by which the missing are made worse, step by step."""

    imputations: Annotated[int, Field(ge=5, le=200, strict=True)] = 20
    deltas: Annotated[
        tuple[Annotated[float, Field(gt=0, le=10)], ...], Field(min_length=1, max_length=20), AfterValidator(_rising)
    ] = (0.5, 1.0, 1.5, 2.0, 3.0)


class Options(Part):
    """One block for each further analysis that has something to settle."""

    survival: SurvivalOptions = SurvivalOptions()
    missing_data: MissingDataOptions = MissingDataOptions()
