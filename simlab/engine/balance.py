"""Is the drawn study balanced as promised? Counted from the lists themselves, whatever drew them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from simlab.engine.allocation import SlotPlan
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol
from simlab.engine.schedule import PlannedEncounter


@dataclass(frozen=True)
class Check:
    """One promise, and whether it holds. `detail` says what was counted."""

    name: str
    holds: bool
    detail: str


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
    """The balance report of a drawn allocation list and its plan of encounters."""
    wrong = _wrong_items(packs)
    forms, cases = _form_counts(encounters), _case_counts(encounters, wrong)
    checks = (
        _blocks(protocol, slots),
        _no_repeats(encounters),
        _rotation(protocol, forms),
        _error_schedule(protocol, encounters, wrong),
        _even_errors(encounters, wrong),
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
    return Check("blocks", uneven == 0, f"{uneven} of {len(blocks)} blocks miss the ratio of the arms")


def _people(encounters: Sequence[PlannedEncounter]) -> list[list[PlannedEncounter]]:
    def person(one: PlannedEncounter) -> tuple[str, int]:
        return one.stratum, one.ordinal

    return [list(plan) for _, plan in groupby(sorted(encounters, key=person), key=person)]


def _no_repeats(encounters: Sequence[PlannedEncounter]) -> Check:
    people = _people(encounters)
    repeats = sum(len({(one.pack, one.case_id) for one in plan}) < len(plan) for plan in people)
    return Check("no-repeats", repeats == 0, f"{repeats} of {len(people)} people would meet a case twice")


def _rotation(protocol: Protocol, forms: Sequence[FormCount]) -> Check:
    if protocol.cases.rotate == "fixed":
        return Check("rotation", True, "the forms are fixed by the protocol")
    cells: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for count in forms:
        cells[count.arm, count.stratum, count.phase][count.form] += count.people
    gaps = [_gap(cell[form] for form in protocol.cases.forms) for cell in cells.values()]
    # An odd number of forms rotates through two squares, so a form may lead by two until both are complete.
    allowed = 1 if len(protocol.cases.forms) % 2 == 0 else 2
    widest = max(gaps, default=0)
    return Check("rotation", widest <= allowed, f"within arm, stratum and phase the forms differ by at most {widest}")


def _error_schedule(protocol: Protocol, encounters: Sequence[PlannedEncounter], wrong: WrongItems) -> Check:
    broken = aided = 0
    for plan in _people(encounters):
        for phase in protocol.phases:
            policy = protocol.policy(plan[0].arm, phase)
            if policy is None or not policy.is_advice:
                broken += any(one.phase == phase and one.advice_id is not None for one in plan)
                continue
            aided += 1
            ordered = sorted((one for one in plan if one.phase == phase), key=lambda one: (one.sitting, one.position))
            pattern = [_is_wrong(one, wrong) for one in ordered]
            rate = policy.rate
            counts_hold = all(
                sum(pattern[begin : begin + rate.of]) == rate.wrong for begin in range(0, len(pattern), rate.of)
            )
            longest = max((len(list(run)) for is_wrong, run in groupby(pattern) if is_wrong), default=0)
            run_holds = policy.longest_run is None or longest <= policy.longest_run
            broken += not (counts_hold and run_holds and not any(pattern[: policy.first_wrong_after]))
    return Check("error-schedule", broken == 0, f"{broken} of {aided} advised phases break the error schedule")


def _even_errors(encounters: Sequence[PlannedEncounter], wrong: WrongItems) -> Check:
    groups: dict[tuple[str, str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for one in encounters:
        if one.advice_id is not None:
            groups[one.arm, one.stratum, one.phase, one.form][one.pack, one.case_id] += _is_wrong(one, wrong)
    widest = max((_gap(group.values()) for group in groups.values()), default=0)
    detail = f"within arm, stratum, phase and form the cases differ by at most {widest} in how often they are wrong"
    return Check("even-errors", widest <= 1, detail)


def _gap(counts: Iterable[int]) -> int:
    numbers = list(counts)
    return max(numbers) - min(numbers) if numbers else 0
