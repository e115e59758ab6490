"""Events after allocation that touch the primary comparison, and how each may be handled (ICH E9(R1), section 3).

Only what this package does can be asked for; anything else is refused with the reason.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Strategy = Literal["treatment-policy", "while-on-treatment", "hypothetical", "composite-failure", "exclude"]

_MISSING: dict[str, str] = {
    "hypothetical": "left out; the model reads them as they would have been answered (missing at random)",
    "composite-failure": "scored as wrong",
    "exclude": "clinicians with one in either phase of the comparison are left out",
}
# Every event, in words, with what can be done about it; the first is the default.
EVENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "drop_out": ("Cases never opened (drop-out)", _MISSING),
    "time_out": ("Cases that ran out of time", _MISSING),
    "skipped_case": ("Cases skipped", _MISSING),
    "late_retention": (
        "Decisions made after the window of their phase",
        {"treatment-policy": "used whenever they were made", "exclude": "left out"},
    ),
    "advice_not_shown": (
        "Advice that was planned but not shown",
        {
            "treatment-policy": "clinicians are compared as allocated, whatever they were shown",
            "exclude": "clinicians who decided without a piece of it are left out",
        },
    ),
    "outside_help": (
        "Help from outside during a case",
        {
            "treatment-policy": "decisions are used whether or not there was any",
            "exclude": "clinicians who told of any in a phase up to the comparison are left out",
        },
    ),
    "ai_between_phases": (
        "Use of AI between phases",
        {
            "treatment-policy": "decisions are used whether or not there was any",
            "exclude": "clinicians who told of any in a phase up to the comparison are left out",
        },
    ),
}
# Events that only the participants can tell of, by their column in the table.
TOLD = {"outside_help": "told of help from outside", "ai_between_phases": "told of using AI between phases"}
_WHY_NOT: Mapping[str, str] = {
    "drop_out": "there is no answer that could be used as it was given",
    "time_out": "there is no answer that could be used as it was given",
    "skipped_case": "there is no answer that could be used as it was given",
    "late_retention": "an answer given late is an answer all the same",
    "advice_not_shown": "what clinicians would have done with it is not modelled",
    "outside_help": "what clinicians would have answered without it is not modelled",
    "ai_between_phases": "what clinicians would have answered without it is not modelled",
}


def _strategy(event: str) -> object:
    return Field(json_schema_extra={"enum": list(EVENTS[event][1])}, description=EVENTS[event][0])


class Intercurrent(BaseModel):
    """The strategy for each event; the defaults use what was answered, as allocated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drop_out: Annotated[Strategy, _strategy("drop_out")] = "hypothetical"
    time_out: Annotated[Strategy, _strategy("time_out")] = "hypothetical"
    skipped_case: Annotated[Strategy, _strategy("skipped_case")] = "hypothetical"
    late_retention: Annotated[Strategy, _strategy("late_retention")] = "treatment-policy"
    advice_not_shown: Annotated[Strategy, _strategy("advice_not_shown")] = "treatment-policy"
    outside_help: Annotated[Strategy, _strategy("outside_help")] = "treatment-policy"
    ai_between_phases: Annotated[Strategy, _strategy("ai_between_phases")] = "treatment-policy"

    @model_validator(mode="after")
    def _only_what_is_done(self) -> "Intercurrent":
        for event, (_, done) in EVENTS.items():
            asked = getattr(self, event)
            if asked not in done:
                raise ValueError(
                    f"{event} cannot be handled by {asked!r}: {_WHY_NOT[event]}; write one of {', '.join(done)}"
                )
        return self

    def words(self, event: str) -> str:
        """What is done about the event, in words."""
        return EVENTS[event][1][getattr(self, event)]
