"""How advice is given: when, how much of it is wrong, and what its card shows."""

from typing import Annotated, Literal

from pydantic import Field

from simlab.engine import spelling
from simlab.engine.case import Line
from simlab.engine.parsing import Part
from simlab.engine.spelling import RateText

Structure = Literal["unaided", "two-stage", "reconsider", "concurrent"]


class AdvicePolicy(Part):
    """One way of advising, by its name under `advice` in the protocol."""

    when: Literal["after-commit", "with-case"] = "after-commit"
    source: Literal["bank"] = "bank"
    wrong: RateText
    first_wrong_after: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    longest_run: Annotated[int, Field(ge=1, le=200, strict=True)] | None = None
    confidence: Literal["percent", "none"] = "percent"
    explanation: Literal["none", "rationale", "findings"] = "rationale"
    strength: Literal["dismissible"] = "dismissible"
    label: Line = "AI suggestion"

    @property
    def structure(self) -> Structure:
        return "two-stage" if self.when == "after-commit" else "concurrent"

    @property
    def rate(self) -> spelling.WrongRate:
        return spelling.wrong_rate(self.wrong)

    @property
    def show(self) -> frozenset[str]:
        """The parts of the advice that its card shows, for `card.card`."""
        parts = {"none": set(), "rationale": {"rationale"}, "findings": {"rationale", "findings"}}[self.explanation]
        return frozenset(parts | ({"confidence"} if self.confidence == "percent" else set()) | {"link"})
