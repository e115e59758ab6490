"""What a protocol may ask for under `analysis.secondary`, and what it may settle about it under `analysis.options`.

Each name is an analysis of `python -m simlab.stats run`; `docs/analysing.md` says what each does.
"""

from typing import Annotated, Literal

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
    "ordinal",
    "interim",
    "readers",
    "missing-data",
    "heterogeneity",
    "trust",
    "forgetting-curve",
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
        raise Mistaken("the numbers do not rise.", "Write each step once, from small to large.")
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


class HeterogeneityOptions(Part):
    """What the effect may differ by; without any, all are looked at and called exploratory."""

    modifiers: tuple[Literal["grade", "baseline", "difficulty"], ...] = ()


Answer = Annotated[str, Field(min_length=1, max_length=200)]


class OrdinalOptions(Part):
    """Ordered answers: which, and the borders of bands where values are not steps already.

    Answers (as in triage) have their `order`; of a questionnaire each item is an answer, some of them `reversed`.
    """

    outcome: Literal["final_confidence", "initial_confidence", "final", "initial", "questionnaire"] = "final_confidence"
    order: Annotated[tuple[Answer, ...], Field(max_length=12)] = ()
    questionnaire: Answer | None = None
    reversed: tuple[Annotated[int, Field(ge=1, strict=True)], ...] = ()
    highest: Annotated[int, Field(ge=2, le=100, strict=True)] | None = None
    borders: Annotated[tuple[float, ...], Field(min_length=1, max_length=11), AfterValidator(_rising)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> "OrdinalOptions":
        if self.outcome in ("final", "initial") and len({label.casefold() for label in self.order}) < 2:
            raise Mistaken("the outcome is an answer without an order.", "Add “order:” from the lowest to the highest.")
        if self.outcome == "questionnaire" and self.questionnaire is None:
            raise Mistaken("the outcome is a questionnaire, and none is named.", "Add “questionnaire:” with its name.")
        if self.reversed and self.highest is None:
            raise Mistaken("reversed items need their highest step.", "Add “highest:”, for example 7.")
        return self


def _to_the_end(looks: tuple[float, ...]) -> tuple[float, ...]:
    if list(looks) != sorted(set(looks)) or looks[-1] != 1:
        raise Mistaken("the looks do not rise to 1.", "Write each information fraction once; the last is 1.")
    return looks


class InterimOptions(Part):
    """Looks at the primary comparison before the end; `participants` is how many the last of them has."""

    participants: Annotated[int, Field(ge=2, strict=True)]
    looks: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1)], ...],
        Field(min_length=2, max_length=10),
        AfterValidator(_to_the_end),
    ]
    spending: Literal["obrien-fleming", "pocock", "kim-demets", "hwang-shih-decani", "haybittle-peto"] = (
        "obrien-fleming"
    )
    parameter: float | None = None
    futility: Annotated[float, Field(gt=0, lt=1)] | None = None
    expected: Annotated[float, Field(gt=-1, lt=1)] | None = None


class ReadersOptions(Part):
    """A reader study: the answer that makes a case positive, or several of which each does, and what is compared."""

    target: Answer | Annotated[tuple[Answer, ...], Field(min_length=1, max_length=100)] | None = None
    modality: Literal["arm", "phase", "answer"] = "arm"
    covariance: Literal["jackknife", "delong", "bootstrap"] = "jackknife"
    detect: Annotated[float, Field(gt=0, lt=1)] | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else self.target or ()


class Options(Part):
    """One block for each further analysis that has something to settle."""

    skill: SkillOptions = SkillOptions()
    survival: SurvivalOptions = SurvivalOptions()
    missing_data: MissingDataOptions = MissingDataOptions()
    ordinal: OrdinalOptions = OrdinalOptions()
    interim: InterimOptions | None = None
    readers: ReadersOptions = ReadersOptions()
    heterogeneity: HeterogeneityOptions = HeterogeneityOptions()
