"""The events that a protocol must settle for its primary comparison, and what the statistics can do about each.

`simlab/stats/intercurrent.py` carries it out; a test keeps the two lists equal.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from simlab.engine.errors import Mistaken
from simlab.engine.parsing import Part

_NO_ANSWER = ("hypothetical", "composite-failure", "exclude")
# Event → strategies that can be carried out; the first is the default.
DONE: Mapping[str, tuple[str, ...]] = {
    "drop-out": _NO_ANSWER,
    "time-out": _NO_ANSWER,
    "skipped-case": _NO_ANSWER,
    "late-retention": ("treatment-policy", "exclude"),
    "advice-not-shown": ("treatment-policy", "exclude"),
    "outside-help": ("treatment-policy", "exclude"),
    "ai-between-phases": ("treatment-policy", "exclude"),
}


def _known(event: str) -> Callable[[str], str]:
    def check(strategy: str) -> str:
        if strategy not in DONE[event]:
            can = DONE[event]
            remedy = f"Write “{can[0]}”." if len(can) == 1 else f"Write {', '.join(can[:-1])} or {can[-1]}."
            raise Mistaken(f"“{strategy}” is not among what can be done about {event.replace('-', ' ')}.", remedy)
        return strategy

    return check


def _schema(event: str) -> object:
    return Field(json_schema_extra={"enum": list(DONE[event])})


class Intercurrent(Part):
    """One strategy for each event; a key left out takes the default."""

    drop_out: Annotated[str, AfterValidator(_known("drop-out")), _schema("drop-out")] = "hypothetical"
    time_out: Annotated[str, AfterValidator(_known("time-out")), _schema("time-out")] = "hypothetical"
    skipped_case: Annotated[str, AfterValidator(_known("skipped-case")), _schema("skipped-case")] = "hypothetical"
    late_retention: Annotated[str, AfterValidator(_known("late-retention")), _schema("late-retention")] = (
        "treatment-policy"
    )
    advice_not_shown: Annotated[str, AfterValidator(_known("advice-not-shown")), _schema("advice-not-shown")] = (
        "treatment-policy"
    )
    outside_help: Annotated[str, AfterValidator(_known("outside-help")), _schema("outside-help")] = "treatment-policy"
    ai_between_phases: Annotated[str, AfterValidator(_known("ai-between-phases")), _schema("ai-between-phases")] = (
        "treatment-policy"
    )
