"""What a plan may settle about its further analyses; every block has defaults."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class SurvivalOptions(BaseModel):
    """Time to decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_seconds: (
        Annotated[float, Field(gt=0, allow_inf_nan=False, description="Time at which a case is cut short, in seconds")]
        | None
    ) = None


class SkillOptions(BaseModel):
    """Learning, retention and watching for competence. Rates are shares of failures among unaided decisions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    guessing: Annotated[float, Field(ge=0, lt=1, description="Share right by guessing alone")] = 0.0
    acceptable: Annotated[float, Field(gt=0, lt=1, description="Rate of failures of a competent clinician")] = 0.10
    unacceptable: Annotated[float, Field(gt=0, lt=1, description="Rate of failures to be noticed")] = 0.20
    loss_limit: Annotated[float, Field(gt=0, description="Limit of the CUSUM that watches for loss")] = 2.197
    competence_limit: Annotated[float, Field(gt=0, description="Limit of the LC-CUSUM")] = 1.25
    streak: Annotated[int, Field(ge=1, description="Right answers in a row that count as having learned")] = 3

    @model_validator(mode="after")
    def _in_order(self) -> "SkillOptions":
        if self.unacceptable <= self.acceptable:
            raise ValueError("the unacceptable rate of failures must be above the acceptable one")
        return self


class MissingDataOptions(BaseModel):
    """Missing decisions of the primary comparison."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    imputations: Annotated[int, Field(ge=5, le=200)] = 20
    deltas: Annotated[
        tuple[Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)], ...],
        Field(
            min_length=1, max_length=20, description="Steps of the tipping point: logits by which the missing are worse"
        ),
    ] = (0.5, 1.0, 1.5, 2.0, 3.0)

    @field_validator("deltas")
    @classmethod
    def _rising(cls, deltas: tuple[float, ...]) -> tuple[float, ...]:
        if list(deltas) != sorted(set(deltas)):
            raise ValueError("deltas do not rise; write each step once, from small to large")
        return deltas


Answer = Annotated[str, Field(min_length=1, max_length=200)]


def ordinal_lacks(settled: "OrdinalOptions") -> str | None:
    """What the outcome needs and has not, in words."""
    if settled.outcome in ("final", "initial") and len({label.casefold() for label in settled.order}) < 2:
        return "an answer as outcome needs order: its values from the lowest to the highest"
    if settled.outcome == "questionnaire" and settled.questionnaire is None:
        return "questionnaire as outcome needs questionnaire: the name of one"
    if settled.reversed and settled.highest is None:
        return "reversed items need highest: the highest step of their scale"
    return None


class OrdinalOptions(BaseModel):
    """Ordered answers: which, and the borders of bands where values are not steps already."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["final_confidence", "initial_confidence", "final", "initial", "questionnaire"] = "final_confidence"
    order: Annotated[
        tuple[Answer, ...],
        Field(max_length=12, description="Answers from the lowest to the highest, where the outcome is an answer"),
    ] = ()
    questionnaire: Annotated[Answer | None, Field(description="Whose items are read, where that is the outcome")] = None
    reversed: Annotated[tuple[int, ...], Field(description="Numbers of its items that count the other way")] = ()
    highest: Annotated[int | None, Field(ge=2, le=100, description="The highest step of a reversed item")] = None
    borders: (
        Annotated[
            tuple[Annotated[float, Field(allow_inf_nan=False)], ...],
            Field(
                min_length=1,
                max_length=11,
                description="Where one band ends and the next begins; a border belongs to the band above",
            ),
        ]
        | None
    ) = None

    @field_validator("borders")
    @classmethod
    def _rising(cls, borders: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if borders is not None and list(borders) != sorted(set(borders)):
            raise ValueError("borders do not rise; write each border once, from low to high")
        return borders

    @model_validator(mode="after")
    def _complete(self) -> "OrdinalOptions":
        if why := ordinal_lacks(self):
            raise ValueError(why)
        return self


class HeterogeneityOptions(BaseModel):
    """Whether the effect differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modifiers: Annotated[
        tuple[Literal["grade", "baseline", "difficulty"], ...],
        Field(description="What the effect may differ by; without any, all are looked at and called exploratory"),
    ] = ()


class InterimOptions(BaseModel):
    """Looks at the primary comparison before the end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participants: Annotated[int, Field(ge=2, description="Participants with the primary outcome at the planned end")]
    looks: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1)], ...],
        Field(min_length=2, max_length=10, description="Information fractions of the looks; the last is 1"),
    ]
    spending: Literal["obrien-fleming", "pocock", "kim-demets", "hwang-shih-decani", "haybittle-peto"] = (
        "obrien-fleming"
    )
    parameter: Annotated[
        float | None,
        Field(
            allow_inf_nan=False,
            description="rho of Kim-DeMets, gamma of Hwang-Shih-DeCani, the fixed limit of Haybittle-Peto",
        ),
    ] = None
    futility: Annotated[
        float | None, Field(gt=0, lt=1, description="Chance of success under the trend below which one may stop")
    ] = None
    expected: Annotated[
        float | None, Field(gt=-1, lt=1, description="Difference of proportions that the study was sized for")
    ] = None

    @field_validator("looks")
    @classmethod
    def _rising(cls, looks: tuple[float, ...]) -> tuple[float, ...]:
        if list(looks) != sorted(set(looks)) or looks[-1] != 1:
            raise ValueError("looks must rise and end with 1")
        return looks


class ReadersOptions(BaseModel):
    """A reader study: which answer is the condition looked for, and what is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Annotated[
        Answer | Annotated[tuple[Answer, ...], Field(min_length=1, max_length=100)] | None,
        Field(description="Answer that makes a case positive, or several of which each does"),
    ] = None
    modality: Literal["arm", "phase", "answer"] = "arm"
    covariance: Literal["jackknife", "delong", "bootstrap"] = "jackknife"
    detect: Annotated[float | None, Field(gt=0, lt=1, description="Difference in AUC that a next study is to find")] = (
        None
    )

    @property
    def targets(self) -> tuple[str, ...]:
        """The answers that make a case positive; none where the plan names none."""
        return (self.target,) if isinstance(self.target, str) else self.target or ()


class Options(BaseModel):
    """One block for each analysis that has something to settle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skill: SkillOptions = SkillOptions()
    survival: SurvivalOptions = SurvivalOptions()
    missing_data: MissingDataOptions = MissingDataOptions()
    heterogeneity: HeterogeneityOptions = HeterogeneityOptions()
    ordinal: OrdinalOptions = OrdinalOptions()
    interim: InterimOptions | None = None
    readers: ReadersOptions = ReadersOptions()
