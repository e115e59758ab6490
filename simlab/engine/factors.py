"""Factorial designs: arms made of one level of each factor, and what a level changes.

A level may change how advice is given, and what is shown of a case. It acts in every phase in which its arm is advised;
what it changes of a case acts in all of them.
"""

import itertools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from simlab.engine.case import Line
from simlab.engine.caseview import NoiseLevel
from simlab.engine.nudge import AdvicePolicy
from simlab.engine.parsing import Part, document
from simlab.engine.phases import Name, Reveal, Shown
from simlab.engine.spelling import RateText, SpanText

# What a level may change of a way of advising: the fields of `AdvicePolicy` of the same names.
OF_ADVICE = ("label", "stated_source", "confidence", "explanation", "strength", "when", "wrong")


class Level(Part):
    """One level of a factor; a field that is left out leaves things as they are.

    `advice` puts another way of advising, `none` or `reconsider` in the place of the one the phase names.
    """

    advice: Name | None = None
    label: Line | None = None
    stated_source: str | None = None
    confidence: str | None = None
    explanation: Any = None
    strength: str | None = None
    when: str | None = None
    wrong: RateText | None = None
    record_faults: Shown | None = None
    noise: Shown | None = None
    record_noise: NoiseLevel | None = None
    reveal: Reveal | None = None
    interruptions: Shown | None = None
    time_limit: SpanText | None = None

    @property
    def of_advice(self) -> dict[str, Any]:
        """The fields of a way of advising that this level sets, in the spelling of the file."""
        whole = document(self)
        return {key: value for key, value in whole.items() if key.replace("-", "_") in OF_ADVICE and value is not None}


Factor = Annotated[dict[Name, Level], Field(min_length=2, max_length=6)]
Factors = Mapping[str, Mapping[str, Level]]


def crossed(factors: Factors) -> dict[str, tuple[str, ...]]:
    """Arm → its level of each factor, for every combination: “ai-explained” has the levels ai and explained."""
    return {"-".join(levels): levels for levels in itertools.product(*(factor for factor in factors.values()))}


def levels_of(factors: Factors, arm: str) -> list[Level]:
    """The levels of an arm, in the order of the factors; none when the study has no factors."""
    names = crossed(factors).get(arm, ()) if factors else ()
    return [factor[name] for factor, name in zip(factors.values(), names, strict=True)] if names else []


def with_levels(policy: AdvicePolicy, levels: list[Level]) -> AdvicePolicy:
    """The way of advising as the levels change it. Raises ValidationError when it does not allow a value."""
    changes = {key: value for level in levels for key, value in level.of_advice.items()}
    if not changes:
        return policy
    whole = policy.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return AdvicePolicy.model_validate({**whole, **changes})


OF_CASES = Literal["record_faults", "noise", "record_noise", "reveal", "interruptions", "time_limit"]


def setting(levels: list[Level], name: OF_CASES, otherwise: Any) -> Any:
    """What the levels say of the case; the last that says anything counts, else the phase."""
    said = [getattr(level, name) for level in levels if getattr(level, name) is not None]
    return said[-1] if said else otherwise
