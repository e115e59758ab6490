"""The phases of a study and the cases they take: `phases`, `cases` and `conditions` of a protocol."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from simlab.engine import spelling
from simlab.engine.case import Line
from simlab.engine.caseview import NoiseLevel
from simlab.engine.errors import Mistaken
from simlab.engine.interruption import Interruption
from simlab.engine.parsing import Part
from simlab.engine.spelling import OpensText, SpanText

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
Count = Annotated[int, Field(ge=1, le=200, strict=True)]
Few = Annotated[int, Field(ge=0, le=10, strict=True)]
FormName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,8}$")]
Shown = Literal["shown", "hidden"]
Reveal = Literal["at-once", "asked"]


class Cases(Part):
    """`forms` names each form and its number of cases. `rotate: fixed` gives every person the same form in a phase.

    `order: balanced` puts each case equally often at each place and after each other one; `fixed` keeps the order of
    the form; `interleaved` never puts two cases of one specialty together where it can. `chosen` writes the forms out
    by ids of cases, in the place of those of the pack.
    """

    packs: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")], ...], Field(min_length=1)
    ]
    forms: Annotated[dict[FormName, Count], Field(min_length=1)]
    rotate: Literal["latin-square", "fixed"] = "latin-square"
    order: Literal["random", "balanced", "fixed", "interleaved"] = "random"
    chosen: dict[
        FormName,
        Annotated[
            tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")], ...], Field(min_length=1)
        ],
    ] = {}


class Conditions(Part):
    """Ways of working that are shared out over the cases of one person, so many of each in turn."""

    shares: Annotated[dict[Name, Count], Field(min_length=2)]
    order: Literal["mixed", "blocked"] = "mixed"

    @property
    def total(self) -> int:
        return sum(self.shares.values())


def _advice_words(value: Any) -> Any:
    """`none`, `reconsider` or the name of an advice policy, for all arms or arm by arm."""
    words = value.values() if isinstance(value, dict) else [value]
    if not all(isinstance(word, str) for word in words) or value == {}:
        raise Mistaken("the advice of this phase cannot be read.", "Write “none”, or one “arm: kind” for each arm.")
    return value


class Phase(Part):
    """One stretch of a study. `sittings` share its cases out evenly; `every` is the least time between two.

    `remind`: how long after each sitting opens a mail says so, to whoever gave an address and has not sat it.
    """

    label: Line | None = None
    opens: OpensText | None = None
    window: SpanText | None = None
    remind: Annotated[tuple[SpanText, ...], Field(max_length=10)] = ()
    sittings: Annotated[int, Field(ge=1, le=52, strict=True)] = 1
    every: SpanText | None = None
    form: str | None = None
    forms: Annotated[int, Field(ge=1, le=20, strict=True)] = 1
    cases: Count | None = None
    practice: Few = 0
    probes: Few = 0
    time_limit: SpanText | None = None
    sitting_limit: SpanText | None = None
    queue: bool = False
    record_faults: Shown = "shown"
    noise: Shown = "shown"
    record_noise: NoiseLevel = "none"
    reveal: Reveal = "at-once"
    budget: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    interruptions: Annotated[tuple[Interruption, ...], Field(max_length=40)] = ()
    advice: Annotated[
        Any,
        AfterValidator(_advice_words),
        Field(
            json_schema_extra={
                "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
            }
        ),
    ]

    @property
    def opening(self) -> spelling.Opening | None:
        return spelling.opening(self.opens) if self.opens else None
