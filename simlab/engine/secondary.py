"""What a protocol may ask for under `analysis.secondary`, and what it may settle about it under `analysis.options`.

Each name is an analysis of `python -m simlab.stats run`; `docs/analysing.md` says what each does.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

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
    "discernment",
    "losses",
    "automation",
    "weight-of-advice",
    "seeking",
    "detection",
    "scores",
    "time-parts",
    "skill",
    "learning",
    "monitoring",
    "questionnaires",
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


class SkillOptions(Part):
    """Learning, retention and watching for competence. Rates are shares of failures among unaided decisions."""

    guessing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    acceptable: Annotated[float, Field(gt=0, lt=1)] = 0.10
    unacceptable: Annotated[float, Field(gt=0, lt=1)] = 0.20
    loss_limit: Annotated[float, Field(gt=0)] = 2.197
    competence_limit: Annotated[float, Field(gt=0)] = 1.25
    streak: Annotated[int, Field(ge=1, strict=True)] = 3

    @model_validator(mode="after")
    def _in_order(self) -> "SkillOptions":
        if self.unacceptable <= self.acceptable:
            raise Mistaken("unacceptable is not above acceptable.", "Give the rate of failures that is to be noticed.")
        return self


class Options(Part):
    """One block for each further analysis that has something to settle."""

    skill: SkillOptions = SkillOptions()
    survival: SurvivalOptions = SurvivalOptions()
    missing_data: MissingDataOptions = MissingDataOptions()
