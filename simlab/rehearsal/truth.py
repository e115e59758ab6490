"""The truth that virtual clinicians are made with: one frozen value, read from ``truth.yaml``.

All quantities on the logit scale are log-odds of the reference diagnosis standing first. A truth file says of itself
whether its values are assumed, fitted to data, or calibrated to a published figure, and where that stands.
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
    """Unaided skill: SD between persons and the mean of each grade, both on the logit scale.

    A person is better at some competences than at others, by ``competence_sd``; ``competences`` are means. A case asks
    for the average over the competences that its file names.
    """

    sd: NotNegative
    grades: dict[str, float] = Field(default_factory=dict)
    competence_sd: NotNegative = 0.0
    competences: dict[str, float] = Field(default_factory=dict)


class Cases(Part):
    """Spread of a case round the logit of the difficulty in its file, and SD of its pull towards any advice.

    ``unknown_difficulty`` stands in where a file gives none. ``discrimination_sd`` is the SD of log discrimination:
    0 is the Rasch model, more the two-parameter model (Birnbaum 1968).
    """

    sd: NotNegative
    discrimination_sd: NotNegative = 0.0
    unknown_difficulty: Share = 0.6
    advice_slope_sd: NotNegative = 0.0
    pace_sd: NotNegative = 0.0


class Practice(Part):
    """Learning and deskilling per case on the logit scale, and how each fades over days.

    ``forgetting`` is exponential, with the half-lives, or power, (1 + days) ** -exponent; a share ``floor`` never fades
    (Wixted and Carpenter 2007 for the power form). Skill is lost with each case ``aided``, or only where advice was
    ``followed`` against one's own answer or in place of one: practice that was missed.
    """

    forgetting: Literal["exponential", "power"] = "exponential"
    exponent: Positive = 0.2
    floor: Share = 0.0
    loss_counts: Literal["aided", "followed"] = "aided"
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

    ``after_commit`` is added where an answer was given before the advice was seen: who has committed moves less.

    Trust learns: of wrong advice that contradicts a right answer a share ``noticed`` is seen to be wrong, and costs
    ``trust_loss`` each; every other piece of advice adds ``trust_gain``; both fade with ``trust_half_life_days``.
    """

    after_commit: float = 0.0
    noticed: Share = 0.0
    trust_loss: NotNegative = 0.0
    trust_gain: NotNegative = 0.0
    trust_half_life_days: Positive = 3650.0

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
    """Seconds of one stage: ``shift`` plus a log-normal of this median and log-SD; or, ex-Gaussian, ``shift`` plus a
    normal of this median and SD in seconds plus an exponential of mean ``tail`` (Luce 1986)."""

    form: Literal["log-normal", "ex-gaussian"] = "log-normal"
    tail: NotNegative = 0.0
    shift: NotNegative
    median: Positive
    sd: NotNegative


class Times(Part):
    """Seconds at work by stage, how persons differ, what advice that disagrees costs, and time with the page hidden.

    ``speed_accuracy`` is what a log second more than usual adds to the log-odds to be right.
    """

    speed_accuracy: float = 0.0
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


class ArmLoss(Part):
    """What allocation to an arm adds: the chance to stay away from each phase after the first that ``phases`` does not
    name, from those it names, and for every week between two sittings."""

    phases: dict[str, Share] = Field(default_factory=dict)
    each_phase: Share = 0.0
    per_week: Share = 0.0


class DropOut(Part):
    """Chance to stay away before each phase, and to stop half-way through a sitting; who leaves does not return.

    ``each_phase`` holds for phases after the first that ``phases`` does not name; ``per_week`` for every week between
    two sittings; ``arms`` for those allocated to an arm, on top of the rest, whether or not they have had advice.
    """

    arms: dict[str, ArmLoss] = Field(default_factory=dict)

    phases: dict[str, Loss] = Field(default_factory=dict)
    each_phase: Loss = Loss()
    per_week: Loss = Loss()
    within_sitting: Share = 0.0


class Fatigue(Part):
    """What every further case of one sitting costs: log-odds to be right, and log seconds (negative: hurrying)."""

    skill_per_case: float = 0.0
    pace_per_case: float = 0.0


class Care(Part):
    """Answers that are nobody's judgement.

    Of a share of persons so many answers are ``inattentive``: any answer of the case, in a fifth of the time. Of a
    second share so many are ``pasted``, right with chance ``pasted_right``, the page being hidden meanwhile.
    """

    inattentive_persons: Share = 0.0
    inattentive_answers: Share = 0.5
    pasting_persons: Share = 0.0
    pasted_answers: Share = 0.5
    pasted_right: Share = 0.85


class Calibrated(Part):
    """A published figure that this truth gives back: ``figure`` is the true value's name, ``knob`` what was solved."""

    figure: str
    published: float
    low: float | None = None
    high: float | None = None
    knob: str
    source: str


class Truth(Part):
    """Everything the virtual clinicians of a rehearsal are made with."""

    simlab: Literal["truth/1"]
    title: str
    basis: Literal["assumed", "fitted", "calibrated"]
    source: str = ""
    calibrated: tuple[Calibrated, ...] = ()
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
    fatigue: Fatigue = Fatigue()
    care: Care = Care()

    @model_validator(mode="after")
    def _shares_of_arrivals_fit(self) -> Self:
        if self.arrivals.declined + self.arrivals.ineligible >= 1.0:
            raise ValueError("declined and ineligible arrivals together leave nobody")
        return self

    @model_validator(mode="after")
    def _says_what_it_was_calibrated_to(self) -> Self:
        if (self.basis == "calibrated") != bool(self.calibrated):
            raise ValueError("a calibrated truth names its published figures under calibrated, and no other does")
        return self

    @property
    def learns_from_answers(self) -> bool:
        """Whether what a person did before changes what they do next, so that encounters must be taken in order."""
        trust = self.reliance.trust_loss > 0 or self.reliance.trust_gain > 0
        return trust or (self.practice.loss_counts == "followed" and self.practice.loss_per_aided_case > 0)

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
