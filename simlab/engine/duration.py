"""About how long a sitting takes, before anybody has sat one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from simlab.engine.points import point
from simlab.engine.spelling import NO_ADVICE, RECONSIDER, span

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

LONG = 30.0
FEWEST = 20  # cases of one way of working, before their median takes the place of the assumption


@dataclass(frozen=True)
class Pace:
    """Minutes a case: reading and answering, and what a second look or advice adds; `cases` it was measured on.

    The defaults are assumed; a pilot replaces them.
    """

    one_answer: float = 2.0
    second_look: float = 0.4
    advice: float = 0.6
    cases: int = 0


ASSUMED = Pace()


def pace_from(minutes: Mapping[str, Sequence[float]]) -> Pace:
    """The pace that people showed: `minutes` maps unaided, reconsider and advised to the minutes of cases so sat.

    A way with fewer than twenty cases keeps what was assumed for it.
    """
    known = {way: median(times) for way, times in minutes.items() if len(times) >= FEWEST}
    first = known.get("unaided", ASSUMED.one_answer)
    return Pace(
        one_answer=first,
        second_look=max(known["reconsider"] - first, 0.0) if "reconsider" in known else ASSUMED.second_look,
        advice=max(known["advised"] - first, 0.0) if "advised" in known else ASSUMED.advice,
        cases=sum(len(minutes[way]) for way in known),
    )


def minutes_of_case(protocol: "Protocol", arm: str, phase: str, condition: str = "", pace: Pace = ASSUMED) -> float:
    """About how long one case takes; a time limit caps it."""
    kind = protocol.advice_kind(arm, phase, condition)
    extra = {NO_ADVICE: 0.0, RECONSIDER: pace.second_look}.get(kind, pace.advice)
    limit = protocol.time_limit(arm, phase)
    minutes = pace.one_answer + extra
    return min(minutes, limit.total_seconds() / 60) if limit else minutes


def minutes_of_sitting(protocol: "Protocol", arm: str, phase: str, pace: Pace = ASSUMED) -> float:
    """About how long the longest sitting of a phase takes: its cases, and a minute for each questionnaire."""
    rules = protocol.phases[phase]
    size = max(protocol.cases.forms.values(), default=0)
    cases = min(rules.cases or size, size) * rules.forms
    each = -(-cases // rules.sittings) + max(rules.practice, rules.probes)
    conditions = protocol.mixture(arm, phase)
    if conditions is None:
        minutes = each * minutes_of_case(protocol, arm, phase, pace=pace)
    else:
        parts = (share * minutes_of_case(protocol, arm, phase, kind, pace) for kind, share in conditions.shares.items())
        minutes = each * sum(parts) / conditions.total
    minutes += _questionnaires(protocol, phase, each)
    whole = rules.sitting_limit and span(rules.sitting_limit).total_seconds() / 60
    return min(minutes, whole) if whole else minutes


def _questionnaires(protocol: "Protocol", phase: str, cases: int) -> float:
    ends = {"before": protocol.phase_names[0], "after": protocol.phase_names[-1]}
    minutes = 0.0
    for text, names in protocol.instruments.items():
        at = point(text)
        if (at.phase or ends[at.side]) == phase:
            minutes += len(names) * (cases / 4 if at.each == "case" else 1)
    return minutes
