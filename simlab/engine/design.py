"""What kind of study a protocol says it is: `design`. The word changes nothing; the check holds the study to it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from simlab.engine.parsing import Part, nearest
from simlab.engine.phases import Name
from simlab.engine.spelling import NO_ADVICE, RECONSIDER, SpanText, span
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

Finding = tuple[FieldPath, str, str]


class Design(Part):
    """`periods` are the phases in which arms change over; `washout` is the least time between two of them."""

    kind: Literal["parallel", "crossover", "stepped", "factorial", "within-person"]
    periods: tuple[Name, ...] = ()
    washout: SpanText | None = None


def design_findings(protocol: "Protocol") -> Iterator[Finding]:
    design = protocol.design
    if design is None:
        return
    unknown = [period for period in design.periods if period not in protocol.phases]
    if unknown:
        path: FieldPath = ("design", "periods", design.periods.index(unknown[0]))
        yield path, f"there is no phase “{unknown[0]}”.", nearest(unknown[0], protocol.phases)
        return
    changing = design.kind in ("crossover", "stepped")
    if changing != bool(design.periods):
        remedy = "Add “periods: [first, second]”." if changing else "Remove “periods”."
        yield ("design", "kind"), f"a {design.kind} design {'needs' if changing else 'has no'} periods.", remedy
    elif design.washout and design.kind != "crossover":
        yield ("design", "washout"), "only a crossover has a washout.", "Remove it."
    else:
        yield from _KINDS[design.kind](protocol, design)


def _parallel(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    if len(protocol.arms) < 2:
        yield ("design", "kind"), "a parallel design compares arms, and there is one.", "Add an arm."


def _crossover(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    rows = {arm: [protocol.advice_kind(arm, period) for period in design.periods] for arm in protocol.arms}
    first = next(iter(rows.values()))
    for arm, row in rows.items():
        if sorted(row) != sorted(first):
            message = f"the arm “{arm}” does not work in the same ways as the others."
            yield ("phases", design.periods[0], "advice"), message, "Give every arm each way once, in another order."
            return
    for index, period in enumerate(design.periods):
        if len({row[index] for row in rows.values()}) < len(set(first)):
            message = f"not every way of working occurs in the period “{period}”, so period and way are mixed up."
            yield ("phases", period, "advice"), message, "Let some arm begin with each way."
            return
    yield from _washed_out(protocol, design)


def _washed_out(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    if design.washout is None:
        message = "a crossover without washout cannot tell an effect from what is left of the one before."
        yield ("design", "kind"), message, "Add “washout:”, for example 28d."
        return
    for period in design.periods[1:]:
        opening = protocol.opening(period)
        if opening is None or opening.delay < span(design.washout):
            message = f"the period “{period}” opens before the washout of {design.washout} is over."
            remedy = f"Write “opens: {design.washout} after …”, or shorten the washout."
            yield ("phases", period, "opens" if protocol.phases[period].opens else "advice"), message, remedy


def _stepped(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    steps = []
    for arm in protocol.arms:
        kinds = [protocol.advice_kind(arm, period) for period in design.periods]
        advised = [kind not in (NO_ADVICE, RECONSIDER) for kind in kinds]
        if advised != sorted(advised) or advised[0] or not advised[-1]:
            message = f"the arm “{arm}” does not go over to advice once and for good."
            remedy = "Begin without advice, end with it, and change once."
            yield ("phases", design.periods[0], "advice"), message, remedy
            return
        steps.append(advised.index(True))
    if len(set(steps)) < len(steps):
        message = "two arms go over to advice at the same step."
        yield ("phases", design.periods[0], "advice"), message, "Let each arm change at a step of its own."


def _factorial(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    if len(protocol.factors) < 2:
        message = "a factorial design crosses at least two factors."
        yield ("design", "kind"), message, "Add “factors:” with two or more."


def _within_person(protocol: "Protocol", design: Design) -> Iterator[Finding]:
    if not any(protocol.mixture(arm, phase) for arm in protocol.arms for phase in protocol.phases):
        message = "no phase shares ways of working out over the cases of a person."
        yield ("design", "kind"), message, "Name an entry of “conditions” as the advice of a phase."


_KINDS = {
    "parallel": _parallel,
    "crossover": _crossover,
    "stepped": _stepped,
    "factorial": _factorial,
    "within-person": _within_person,
}
