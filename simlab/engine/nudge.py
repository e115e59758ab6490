"""How a nudge is given: when, how loudly, what its card shows, and what is asked afterwards.

Each axis of a nudge is a field of `AdvicePolicy`; `nudgechecks.py` says which of them cannot stand together. A nudge is
advice that may be wrong (`nudge: advice`), or something that is neither right nor wrong: a link to a guideline, a
checklist, a comparison with peers, a reminder.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from simlab.engine import spelling
from simlab.engine.case import Line, Slug
from simlab.engine.errors import Mistaken
from simlab.engine.parsing import Part, nearest
from simlab.engine.spelling import RateText

EXPLANATIONS = (
    "rationale",
    "findings",
    "weights",
    "highlights",
    "similar",
    "counterfactual",
    "excerpt",
    "heat-map",
    "data-quality",
)
CALLS = Annotated[int, Field(ge=1, le=50, strict=True)]
Seconds = Annotated[int, Field(ge=1, le=600, strict=True)]
Share100 = Annotated[int, Field(ge=0, le=100, strict=True)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]

# Codes of http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes and what they say on the page.
REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
REASONS = {
    "patient-ineligible": "It does not apply to this patient",
    "need-more-info": "I would need more information",
    "limited-time": "There was too little time to weigh it",
    "does-not-align-latest-evidence": "It does not fit the evidence as I know it",
    "recipient-does-not-trust": "I do not trust it",
    "risk-benefit-ratio": "The risk would outweigh the benefit",
    "action-completed": "I had already thought of it",
}
# The same question for those who followed it, in codes of our own: the standard has none.
FOLLOWING_SYSTEM = "https://simlab.invalid/following-reasons"
FOLLOWING = {
    "fits-the-findings": "It fits the findings",
    "same-as-mine": "It was what I thought already",
    "well-explained": "It was well explained",
    "trusts-the-source": "I trust where it comes from",
    "no-better-idea": "I had no better idea",
    "safer": "It was the safer choice",
    "limited-time": "There was too little time to weigh it",
}


def _explanations(value: Any) -> Any:
    """One word, or a list of parts of the explanation."""
    words = value if isinstance(value, list | tuple) else [value]
    for word in words:
        if word not in ("none", *EXPLANATIONS):
            raise Mistaken(f"“{word}” is not a kind of explanation.", nearest(str(word), ("none", *EXPLANATIONS)))
    if not words or len(set(words)) < len(words):
        raise Mistaken("the explanation names nothing, or one part twice.", "Name each part once, or write “none”.")
    return tuple(words) if isinstance(value, list | tuple) else value


class SecondAdviser(Part):
    """Another adviser on the same case; its advice comes from the same bank. Two at most."""

    label: Line
    stance: Literal["agrees", "disagrees"]
    order: Literal["together", "in-turn"] = "together"


class Altered(Part):
    """What a tampered card says instead. The condition that is suggested stays as it was planned."""

    summary: Annotated[Line, StringConstraints(max_length=139)] | None = None
    rationale: Short | None = None
    confidence: Share100 | None = None
    label: Line | None = None


class CaseEvent(Part):
    """Something that befalls the advice at one place of the phase: it is down, slow, or was tampered with."""

    at: Annotated[int, Field(ge=1, le=200, strict=True)]
    sitting: Annotated[int, Field(ge=1, le=52, strict=True)] = 1
    kind: Literal["down", "slow", "tampered"]
    seconds: Seconds | None = None
    altered: Altered | None = None


class AdvicePolicy(Part):
    """One way of advising, by its name under `advice` in the protocol."""

    nudge: Literal["advice", "guideline", "checklist", "peers", "reminder"] = "advice"
    when: Literal["after-commit", "with-case", "after-reflection", "before-history", "at-submit"] = "after-commit"
    delivery: Literal["pushed", "on-demand"] = "pushed"
    delay: Seconds | None = None
    source: Literal["bank", "chat"] = "bank"
    calls: CALLS | None = None
    wrong: RateText | None = None
    first_wrong_after: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    longest_run: Annotated[int, Field(ge=1, le=200, strict=True)] | None = None
    confidence: Literal["percent", "independent", "calibrated", "none"] = "percent"
    accuracy: Annotated[Line, StringConstraints(max_length=160)] | None = None
    model_card: Short | None = None
    explanation: Annotated[
        Any,
        AfterValidator(_explanations),
        Field(
            json_schema_extra={
                "anyOf": [
                    {"enum": ["none", *EXPLANATIONS]},
                    {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(EXPLANATIONS)}},
                ]
            }
        ),
    ] = "rationale"
    display: Literal["inline", "banner", "panel"] = "inline"
    preselected: bool = False
    reasons: Literal["none", "always", "on-override"] = "none"
    asymmetric: bool = False
    strength: Literal["dismissible", "hard-stop"] = "dismissible"
    stated_source: Literal["ai", "guideline", "colleague", "unlabelled"] = "ai"
    label: Line = "AI suggestion"
    second: SecondAdviser | None = None
    beside: Slug | None = None
    events: tuple[CaseEvent, ...] = ()
    text: Annotated[Line, StringConstraints(max_length=139)] | None = None
    items: Annotated[tuple[Line, ...], Field(max_length=12)] = ()

    @property
    def is_advice(self) -> bool:
        """Whether the policy draws advice from the bank, which may be right or wrong."""
        return self.nudge == "advice" and self.source == "bank"

    @property
    def is_chat(self) -> bool:
        return self.source == "chat"

    @property
    def structure(self) -> str:
        """How answers and advice follow one another: a key of `journey.FIRST_STAGE`."""
        after = self.when != "with-case"
        if not self.is_advice:
            return {"with-case": "unaided", "before-history": "primed"}.get(self.when, "reconsider")
        alone = {"after-reflection": "reflection", "before-history": "early", "at-submit": "at-submit"}
        if self.when in alone:
            made = alone[self.when]
        elif self.delivery == "on-demand":
            made = "asked-after" if after else "on-demand"
        elif self.delay:
            made = "delayed-after" if after else "delayed"
        elif self.second and self.second.order == "in-turn":
            made = "in-turn"
        else:
            made = "two-stage" if after else "concurrent"
        return made if self.reasons == "none" else f"{made}+reasons"

    @property
    def rate(self) -> spelling.WrongRate:
        """How much advice is wrong; ValueError for a nudge that is neither right nor wrong."""
        if self.wrong is None:
            raise ValueError("this way of nudging has no wrong advice")
        return spelling.wrong_rate(self.wrong)

    @property
    def explains(self) -> frozenset[str]:
        """The parts of the explanation. The single word “findings” means the rationale too."""
        if isinstance(self.explanation, str):
            parts = {"none": set(), "findings": {"rationale", "findings"}}.get(self.explanation, {self.explanation})
            return frozenset(parts)
        return frozenset(self.explanation)

    @property
    def show(self) -> frozenset[str]:
        """The parts of the advice that its card shows, for `card.card`."""
        return self.explains | ({"confidence"} if self.confidence != "none" else set()) | {"link"}

    def event_at(self, sitting: int, position: int) -> CaseEvent | None:
        """What befalls the advice at this case, if anything."""
        return next((event for event in self.events if (event.sitting, event.at) == (sitting, position)), None)
