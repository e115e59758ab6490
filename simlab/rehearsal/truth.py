"""The truth that virtual clinicians are made with: one frozen value, read from ``truth.yaml``.

All quantities on the logit scale are log-odds of the reference diagnosis standing first. A truth file says of itself
whether its values are assumed or fitted; the files shipped with SimLab are assumed.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simlab.stats.errors import BadInput

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class BadTruth(BadInput):
    """A truth that cannot be used: the place names the file and, where one is at fault, the field."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"))


class Arrivals(Part):
    """Who comes through the door: shares that decline or are not eligible, and the mix of grades of the rest."""

    declined: Share = 0.0
    ineligible: Share = 0.0
    grades: dict[str, Positive] = Field(min_length=1)


class Skill(Part):
    """Unaided skill: SD between persons and the mean of each grade, both on the logit scale."""

    sd: NotNegative
    grades: dict[str, float] = Field(default_factory=dict)


class Cases(Part):
    """Spread of a case round the logit of the difficulty in its file, and SD of its pull towards any advice.

    ``unknown_difficulty`` stands in where a case file gives none.
    """

    sd: NotNegative
    unknown_difficulty: Share = 0.6
    advice_slope_sd: NotNegative = 0.0
    pace_sd: NotNegative = 0.0


class Practice(Part):
    """Learning and deskilling per case on the logit scale, and the half-life in days with which each fades."""

    learning_per_case: float = 0.0
    learning_half_life_days: Positive = 3650.0
    loss_per_aided_case: NotNegative = 0.0
    recovery_half_life_days: Positive = 3650.0


class Answers(Part):
    """How wrong answers spread over the plausible ones, and how often the reference is still listed lower down."""

    spread: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.7
    listed: Share = 0.5


class Reliance(Part):
    """Log-odds to follow advice that disagrees with one's own answer, and what happens otherwise.

    ``own_confidence`` and ``advice_confidence`` are per unit (0 to 1) round 0.6 and 0.8; ``right`` is added when the
    advice is right; ``person_sd`` is the SD of trust between persons. ``third`` is the share of those who do not
    follow that move to another answer; ``contrary`` the share that leaves an answer the advice agreed with.
    """

    base: float
    own_confidence: float
    advice_confidence: float
    right: float
    person_sd: NotNegative
    third: Share = 0.0
    contrary: Share = 0.0


class Reconsider(Part):
    """A second look without advice: the share of right answers that is lost and of wrong answers that changes."""

    lost: Share = 0.0
    changed: Share = 0.0
    put_right: Share = 0.5


class Confidence(Part):
    """Stated confidence: logit = bias + slope x logit(chance to be right) + person + noise; then shifts by advice."""

    bias: float = 0.0
    slope: float = 1.0
    person_sd: NotNegative = 0.0
    noise: NotNegative = 0.0
    agreement: float = 0.0
    disagreement: float = 0.0


class Time(Part):
    """Shifted log-normal seconds of one stage: ``shift`` plus a log-normal of this median and log-SD."""

    shift: NotNegative
    median: Positive
    sd: NotNegative


class Times(Part):
    """Seconds at work by stage, how persons differ, what advice that disagrees costs, and time with the page hidden."""

    first: Time
    after_advice: Time
    reconsider: Time
    person_sd: NotNegative = 0.0
    disagreement: Positive = 1.0
    with_advice: Positive = 1.0
    hidden_share: Share = 0.0
    hidden_median: Positive = 20.0


class Loss(Part):
    """Chance to stay away from a phase: of those who have had advice so far, and of those who have had none."""

    advised: Share = 0.0
    unaided: Share = 0.0


class DropOut(Part):
    """Chance to stay away before each phase, and to stop half-way through a sitting; who leaves does not return."""

    phases: dict[str, Loss] = Field(default_factory=dict)
    within_sitting: Share = 0.0


class Truth(Part):
    """Everything the virtual clinicians of a rehearsal are made with."""

    simlab: Literal["truth/1"]
    title: str
    basis: Literal["assumed", "fitted"]
    arrivals: Arrivals
    skill: Skill
    cases: Cases
    practice: Practice
    answers: Answers = Answers()
    reliance: Reliance
    reconsider: Reconsider = Reconsider()
    confidence: Confidence
    times: Times
    drop_out: DropOut = DropOut()

    @model_validator(mode="after")
    def _shares_of_arrivals_fit(self) -> Self:
        if self.arrivals.declined + self.arrivals.ineligible >= 1.0:
            raise ValueError("declined and ineligible arrivals together leave nobody")
        return self

    def document(self) -> dict[str, Any]:
        """Return the plain JSON form, to be stored beside the data it made."""
        return self.model_dump(mode="json", by_alias=True)

    def changed(self, **parts: dict[str, Any]) -> "Truth":
        """Return a copy with some fields replaced: ``changed(practice={"loss_per_aided_case": 0})``."""
        updates = {name: getattr(self, name).model_copy(update=fields) for name, fields in parts.items()}
        return self.model_copy(update=updates)


def truth_from(document: Any, place: str = "truth") -> Truth:
    """Check a plain document and return its Truth; raises BadTruth naming the first field at fault."""
    try:
        return Truth.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadTruth(f"{place}, {field}", first["msg"], "correct it") from error


def load_truth(path: Path | str) -> Truth:
    """Read ``truth.yaml``; raises BadTruth naming the file and the field."""
    path = Path(path)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadTruth(str(path), "cannot be read", "put a truth.yaml beside study.yaml") from error
    except yaml.YAMLError as error:
        raise BadTruth(str(path), f"is not valid YAML ({str(error).splitlines()[0]})", "correct the file") from error
    return truth_from(document, str(path))
