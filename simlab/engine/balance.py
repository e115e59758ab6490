"""Is the drawn study balanced as promised? Counted from the lists themselves, whatever drew them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from simlab.engine.allocation import SlotPlan
from simlab.engine.nudge import AdvicePolicy
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol
from simlab.engine.schedule import PlannedEncounter
from simlab.engine.stated import stated


@dataclass(frozen=True)
class Check:
    """One promise, and whether it holds. `detail` says what was counted, `worst` is the worst deviation found."""

    name: str
    holds: bool
    detail: str
    worst: int = 0


@dataclass(frozen=True)
class FormCount:
    arm: str
    stratum: str
    phase: str
    form: str
    people: int


@dataclass(frozen=True)
class CaseCount:
    """How often a case was planned in an arm and phase: in all, with right advice, with wrong advice."""

    arm: str
    phase: str
    pack: str
    case_id: str
    planned: int
    right: int
    wrong: int


@dataclass(frozen=True)
class Balance:
    """The report: `arms` maps (stratum, arm) to slots."""

    checks: tuple[Check, ...]
    arms: dict[tuple[str, str], int]
    forms: tuple[FormCount, ...]
    cases: tuple[CaseCount, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)


def balance(
    protocol: Protocol,
    packs: Mapping[str, Pack],
    slots: Sequence[SlotPlan],
    encounters: Sequence[PlannedEncounter],
) -> Balance:
    """The balance report of a drawn allocation list and its plan of encounters.

    Practice and probes are left out of every count, but a probe must be a case that the person met before.
    """
    wrong = _wrong_items(packs)
    everything, encounters = encounters, [one for one in encounters if one.purpose == "case"]
    forms, cases = _form_counts(encounters), _case_counts(encounters, wrong)
    checks = (
        _blocks(protocol, slots),
        _no_repeats(everything),
        _rotation(protocol, forms),
        _error_schedule(protocol, encounters, wrong),
        _even_errors(protocol, encounters, wrong),
        _even_conditions(protocol, encounters),
        _even_places(protocol, encounters),
        _confidence(protocol, encounters, wrong),
    )
    return Balance(checks, dict(Counter((slot.stratum, slot.arm) for slot in slots)), forms, cases)


WrongItems = set[tuple[str, str, str]]  # pack, case, advice


def _wrong_items(packs: Mapping[str, Pack]) -> WrongItems:
    return {
        (pack.id, case.id, advice.id)
        for pack in packs.values()
        for case in pack.cases.values()
        for advice in case.wrong
    }


def _is_wrong(encounter: PlannedEncounter, wrong: WrongItems) -> bool:
    return (encounter.pack, encounter.case_id, encounter.advice_id) in wrong


def _form_counts(encounters: Iterable[PlannedEncounter]) -> tuple[FormCount, ...]:
    people = {(one.arm, one.stratum, one.phase, one.form, one.ordinal) for one in encounters}
    counts = Counter(key[:4] for key in people)
    return tuple(FormCount(*key, number) for key, number in sorted(counts.items()))


def _case_counts(encounters: Iterable[PlannedEncounter], wrong: WrongItems) -> tuple[CaseCount, ...]:
    counts: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in encounters:
        count = counts[one.arm, one.phase, one.pack, one.case_id]
        count[0] += 1
        if one.advice_id is not None:
            count[2 if _is_wrong(one, wrong) else 1] += 1
    return tuple(CaseCount(*key, *count) for key, count in sorted(counts.items()))


def _blocks(protocol: Protocol, slots: Sequence[SlotPlan]) -> Check:
    if protocol.allocation and (protocol.allocation.method != "blocks" or protocol.population.allocate_by == "site"):
        return Check("blocks", True, "the protocol does not allocate people in blocks")
    total = sum(protocol.arms.values())
    blocks: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for slot in slots:
        blocks[slot.stratum, slot.block][slot.arm] += 1
    uneven = sum(
        any(members[arm] * total != members.total() * weight for arm, weight in protocol.arms.items())
        for members in blocks.values()
    )
    return Check("blocks", uneven == 0, f"{uneven} of {len(blocks)} blocks miss the ratio of the arms", uneven)


def _people(encounters: Sequence[PlannedEncounter]) -> list[list[PlannedEncounter]]:
    def person(one: PlannedEncounter) -> tuple[str, int]:
        return one.stratum, one.ordinal

    return [list(plan) for _, plan in groupby(sorted(encounters, key=person), key=person)]


def _no_repeats(encounters: Sequence[PlannedEncounter]) -> Check:
    people = _people(encounters)
    repeats = 0
    for plan in people:
        once = [(one.pack, one.case_id) for one in plan if one.purpose != "probe"]
        probes = {(one.pack, one.case_id) for one in plan if one.purpose == "probe"}
        repeats += len(set(once)) < len(once) or not probes <= set(once)
    return Check("no-repeats", repeats == 0, f"{repeats} of {len(people)} people would meet a case twice", repeats)


def _rotation(protocol: Protocol, forms: Sequence[FormCount]) -> Check:
    if protocol.cases.rotate == "fixed":
        return Check("rotation", True, "the forms are fixed by the protocol")
    cells: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for count in forms:
        cells[count.arm, count.stratum, count.phase][count.form] += count.people
    gaps = {cell: _gap(counts[form] for form in protocol.cases.forms) for cell, counts in cells.items()}
    # An odd number of forms rotates through two squares, so a form may lead by two until both are complete; and by as
    # many times that as the phase takes forms.
    once = 1 if len(protocol.cases.forms) % 2 == 0 else 2
    holds = all(gap <= once * protocol.phases[phase].forms for (_, _, phase), gap in gaps.items())
    widest = max(gaps.values(), default=0)
    return Check("rotation", holds, f"within arm, stratum and phase the forms differ by at most {widest}", widest)


def _error_schedule(protocol: Protocol, encounters: Sequence[PlannedEncounter], wrong: WrongItems) -> Check:
    broken = aided = 0
    for plan in _people(encounters):
        ways: dict[tuple[str, str], list[PlannedEncounter]] = defaultdict(list)
        for one in sorted(plan, key=lambda one: (one.phase, one.sitting, one.position)):
            ways[one.phase, one.condition].append(one)
        for (phase, condition), ordered in ways.items():
            policy = protocol.policy(plan[0].arm, phase, condition)
            if policy is None or not policy.is_advice:
                broken += any(one.advice_id is not None for one in ordered)
                continue
            aided += 1
            broken += not _keeps(policy, [_is_wrong(one, wrong) for one in ordered])
    return Check("error-schedule", broken == 0, f"{broken} of {aided} advised phases break the error schedule", broken)


def _keeps(policy: AdvicePolicy, pattern: Sequence[bool]) -> bool:
    rate = policy.rate
    counts = [sum(pattern[begin : begin + rate.of]) for begin in range(0, len(pattern), rate.of)]
    longest = max((len(list(run)) for is_wrong, run in groupby(pattern) if is_wrong), default=0)
    run_holds = policy.longest_run is None or longest <= policy.longest_run
    return set(counts) == {rate.wrong} and run_holds and not any(pattern[: policy.first_wrong_after])


def _even_errors(protocol: Protocol, encounters: Sequence[PlannedEncounter], wrong: WrongItems) -> Check:
    """Where everybody meets all cases of a form the decks make this exact; where not, it is as even as it was drawn."""
    groups: dict[tuple[str, str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    exact = protocol.cases.order == "random"
    for one in encounters:
        if one.advice_id is not None:
            groups[one.arm, one.stratum, one.phase, one.form][one.pack, one.case_id] += _is_wrong(one, wrong)
            exact = exact and protocol.phases[one.phase].cases is None and not one.condition
    widest = max((_gap(group.values()) for group in groups.values()), default=0)
    detail = f"within arm, stratum, phase and form the cases differ by at most {widest} in how often they are wrong"
    return Check("even-errors", widest <= 1 or not exact, detail, widest)


def _even_conditions(protocol: Protocol, encounters: Sequence[PlannedEncounter]) -> Check:
    """Within arm, stratum, phase and form, each case under each condition."""
    groups: dict[tuple[str, ...], Counter[tuple[str, str]]] = defaultdict(Counter)
    cases: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    for one in encounters:
        if one.condition:
            place = (one.arm, one.stratum, one.phase, one.form)
            cases[place].add((one.pack, one.case_id))
            groups[*place, one.condition][one.pack, one.case_id] += 1
    widest = max((_gap(group[case] for case in cases[place[:-1]]) for place, group in groups.items()), default=0)
    detail = f"the cases differ by at most {widest} in how often they come under a condition"
    share = max((max(conditions.shares.values()) for conditions in protocol.conditions.values()), default=0)
    exact = all(phase.forms == 1 and phase.cases is None for phase in protocol.phases.values())
    return Check("even-conditions", widest <= share or not exact, detail, widest)


def _even_places(protocol: Protocol, encounters: Sequence[PlannedEncounter]) -> Check:
    """Within arm, phase and form, each case at each place; promised only for a balanced order."""
    groups: dict[tuple[str, str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for one in encounters:
        groups[one.arm, one.stratum, one.phase, one.form][one.case_id, f"{one.sitting}.{one.position}"] += 1
    widest = max((_gap(group.values()) for group in groups.values()), default=0)
    promised = protocol.cases.order == "balanced"
    detail = f"the cases differ by at most {widest} in how often they stand at a place"
    whole = all(phase.forms == 1 and phase.cases is None for phase in protocol.phases.values())
    return Check("even-places", not promised or not whole or widest <= 2, detail, widest)


def _confidence(protocol: Protocol, encounters: Sequence[PlannedEncounter], wrong: WrongItems) -> Check:
    """The share of right advice at each level of a drawn confidence: the level itself where it is calibrated, and the
    same at all levels where it is independent of the truth. Four standard errors and a per cent of rounding are left.
    """
    counts: dict[tuple[str, int, int, int], list[bool]] = defaultdict(list)
    for one in encounters:
        policy = protocol.policy(one.arm, one.phase, one.condition)
        if policy is None or one.advice_id is None:
            continue
        right = not _is_wrong(one, wrong)
        level = stated(policy, right, stratum=one.stratum, ordinal=one.ordinal, phase=one.phase, case_id=one.case_id)
        if level is not None:
            counts[policy.confidence, policy.rate.wrong, policy.rate.of, level].append(right)
    if not counts:
        return Check("confidence", True, "no card states a drawn confidence")
    off, worst = 0, 0.0
    for (kind, errors, of, level), rights in counts.items():
        expected = level / 100 if kind == "calibrated" else 1 - errors / of
        gap = abs(sum(rights) / len(rights) - expected)
        off += gap > 4 * math.sqrt(expected * (1 - expected) / len(rights)) + 0.01
        worst = max(worst, gap)
    detail = f"at {off} of {len(counts)} levels of stated confidence the share of right advice is not as declared"
    return Check("confidence", off == 0, f"{detail}; it is off by at most {worst:.0%}", round(100 * worst))


def _gap(counts: Iterable[int]) -> int:
    numbers = list(counts)
    return max(numbers) - min(numbers) if numbers else 0
