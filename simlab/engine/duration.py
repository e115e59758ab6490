"""About how long a sitting takes, before anybody has sat one."""

from typing import TYPE_CHECKING

from simlab.engine.points import point
from simlab.engine.spelling import NO_ADVICE, RECONSIDER, span

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

LONG = 30.0
# Minutes a case: reading and answering, and what a second look or advice adds. Assumed; a pilot replaces them.
ONE_ANSWER, SECOND_LOOK, ADVICE = 2.0, 0.4, 0.6


def minutes_of_case(protocol: "Protocol", arm: str, phase: str, condition: str = "") -> float:
    """About how long one case takes; a time limit caps it."""
    kind = protocol.advice_kind(arm, phase, condition)
    extra = {NO_ADVICE: 0.0, RECONSIDER: SECOND_LOOK}.get(kind, ADVICE)
    limit = protocol.time_limit(arm, phase)
    minutes = ONE_ANSWER + extra
    return min(minutes, limit.total_seconds() / 60) if limit else minutes


def minutes_of_sitting(protocol: "Protocol", arm: str, phase: str) -> float:
    """About how long the longest sitting of a phase takes: its cases, and a minute for each questionnaire."""
    rules = protocol.phases[phase]
    size = max(protocol.cases.forms.values(), default=0)
    cases = min(rules.cases or size, size) * rules.forms
    each = -(-cases // rules.sittings) + max(rules.practice, rules.probes)
    conditions = protocol.mixture(arm, phase)
    if conditions is None:
        minutes = each * minutes_of_case(protocol, arm, phase)
    else:
        parts = (share * minutes_of_case(protocol, arm, phase, kind) for kind, share in conditions.shares.items())
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
