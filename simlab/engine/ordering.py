"""The cases of one person in one phase, in their order, each with its way of working and its advice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from simlab.engine.allocation import SlotPlan
from simlab.engine.chosen import interleaved
from simlab.engine.draw import Draws
from simlab.engine.errorschedule import Rules, draw_pattern
from simlab.engine.nudge import AdvicePolicy
from simlab.engine.phases import Conditions
from simlab.engine.planned import Book, CaseKey, PlannedEncounter


@dataclass(frozen=True)
class Placed:
    """A case of a form."""

    form: str
    key: CaseKey

    @property
    def name(self) -> str:
        return "/".join(self.key)


@dataclass(frozen=True)
class Met:
    """A case as it will be met."""

    case: Placed
    advice: str | None
    condition: str = ""
    purpose: str = "case"


def phase_plan(
    book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed], practice: Sequence[CaseKey]
) -> list[PlannedEncounter]:
    """The encounters of a phase: practice first, the cases shared out over the sittings, probes at the very end."""
    rules = book.protocol.phases[phase]
    draws = book.draws.child("order", slot.stratum, slot.ordinal, phase)
    met = _in_order(book, slot, phase, _some(book, slot, phase, cases), draws)
    first = [_practised(book, slot, phase, key) for key in practice]
    sittings = _shared_out(met, rules.sittings)
    sittings[0] = [*first, *sittings[0]]
    sittings[-1] = [*sittings[-1], *_probes(met, rules.probes, draws.child("probes"))]
    return [
        PlannedEncounter(
            slot.stratum,
            slot.ordinal,
            slot.arm,
            phase,
            sitting,
            position,
            one.case.form,
            *one.case.key,
            one.advice,
            one.condition,
            one.purpose,
        )
        for sitting, cases_of in enumerate(sittings, start=1)
        for position, one in enumerate(cases_of, start=1)
    ]


def _some(book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed]) -> Sequence[Placed]:
    """The cases of the form that this person meets: all, or a block of an incomplete design."""
    wanted = book.protocol.phases[phase].cases
    if wanted is None or wanted >= len(cases):
        return cases
    blocks = book.blocks(len(cases), wanted)
    index, _ = book.row(("block", slot.arm, slot.stratum, phase, _forms(cases)), len(blocks))
    return [cases[number] for number in blocks[index]]


def _in_order(book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed], draws: Draws) -> list[Met]:
    conditions = book.protocol.mixture(slot.arm, phase)
    if conditions is not None:
        return _mixed(book, slot, phase, cases, conditions, draws)
    policy = book.protocol.policy(slot.arm, phase)
    return _sequence(book, slot, phase, cases, policy, draws)


def _sequence(
    book: Book,
    slot: SlotPlan,
    phase: str,
    cases: Sequence[Placed],
    policy: AdvicePolicy | None,
    draws: Draws,
    condition: str = "",
) -> list[Met]:
    """The cases of one way of working in their order."""
    if book.protocol.cases.order == "balanced" and not condition:
        return _balanced(book, slot, phase, cases, policy)
    if book.protocol.cases.order in ("fixed", "interleaved") and not condition:
        return _listed(book, cases, policy, draws)
    if policy is None or not policy.is_advice:
        return [Met(case, None, condition) for case in draws.shuffle(list(cases))]
    pattern = draw_pattern(_rules(policy), len(cases), draws)
    dealt = _wrong_cases(book, slot, phase, cases, sum(pattern), draws, condition)
    wrong = iter(draws.shuffle([case for case in cases if case.name in dealt]))
    right = iter(draws.shuffle([case for case in cases if case.name not in dealt]))
    chosen = [(next(wrong if is_wrong else right), is_wrong) for is_wrong in pattern]
    return [Met(case, book.advice(case.key, correct=not is_wrong), condition) for case, is_wrong in chosen]


def _wrong_cases(
    book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed], count: int, draws: Draws, condition: str
) -> set[str]:
    """Which cases hold wrong advice, each form's share from its own deck, so that every case is wrong equally often.

    Where the set of cases changes from person to person, those that were wrong least often are taken.
    """
    by_form: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        by_form[case.form].append(case.name)
    if condition or book.protocol.phases[phase].cases is not None:
        name = ("wrong", slot.arm, slot.stratum, phase, condition)
        return set(book.least(name, [case.name for case in cases], count, draws.child("wrong")))
    dealt: set[str] = set()
    for form, names in by_form.items():
        share = count * len(names) // len(cases)
        dealt |= set(book.deal(("wrong", slot.arm, slot.stratum, phase, form), names, share))
    return dealt


def _balanced(
    book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed], policy: AdvicePolicy | None
) -> list[Met]:
    """A row of a Williams square over the cases. All people of one round of the square share the places of wrong
    advice, so that after a round every case was wrong equally often."""
    square = book.square(len(cases))
    name = ("williams", slot.arm, slot.stratum, phase, "+".join(sorted(case.name for case in cases)))
    index, rounds = book.row(name, len(square))
    ordered = [cases[number] for number in square[index]]
    if policy is None or not policy.is_advice:
        return [Met(case, None) for case in ordered]
    pattern = draw_pattern(_rules(policy), len(cases), book.draws.child("pattern", *name, rounds))
    return [
        Met(case, book.advice(case.key, correct=not is_wrong)) for case, is_wrong in zip(ordered, pattern, strict=True)
    ]


def _listed(book: Book, cases: Sequence[Placed], policy: AdvicePolicy | None, draws: Draws) -> list[Met]:
    """The order of the form, or themes in turn. The places of wrong advice follow the schedule and so choose the cases:
    how often each is wrong is even by chance only."""
    ordered = list(cases)
    if book.protocol.cases.order == "interleaved":
        ordered = interleaved(cases, lambda one: book.case(one.key).specialty, draws.child("themes"))
    if policy is None or not policy.is_advice:
        return [Met(case, None) for case in ordered]
    pattern = draw_pattern(_rules(policy), len(cases), draws)
    return [
        Met(case, book.advice(case.key, correct=not is_wrong)) for case, is_wrong in zip(ordered, pattern, strict=True)
    ]


def _mixed(
    book: Book, slot: SlotPlan, phase: str, cases: Sequence[Placed], conditions: Conditions, draws: Draws
) -> list[Met]:
    """Ways of working over the cases of one person: by a Latin square, so that each case has each way equally often."""
    kinds = [kind for kind, share in conditions.shares.items() for _ in range(share)]
    turn, _ = book.row(("condition", slot.arm, slot.stratum, phase, _forms(cases)), len(kinds))
    members: dict[str, list[Placed]] = {kind: [] for kind in conditions.shares}
    for number, case in enumerate(cases):
        members[kinds[(number + turn) % len(kinds)]].append(case)
    queues = {}
    for kind, of in members.items():
        policy = book.protocol.policy(slot.arm, phase, kind)
        queues[kind] = iter(_sequence(book, slot, phase, of, policy, draws.child("condition", kind), kind))
    if conditions.order == "blocked":
        square = book.square(len(members))
        row, _ = book.row(("condition order", slot.arm, slot.stratum, phase), len(square))
        names = list(members)
        return [met for number in square[row] for met in queues[names[number]]]
    places = draws.shuffle([kind for kind, of in members.items() for _ in of])
    return [next(queues[kind]) for kind in places]


def _practised(book: Book, slot: SlotPlan, phase: str, key: CaseKey) -> Met:
    """A case to become familiar with: in the way of working of the phase, with right advice."""
    conditions = book.protocol.mixture(slot.arm, phase)
    condition = next(iter(conditions.shares)) if conditions else ""
    policy = book.protocol.policy(slot.arm, phase, condition)
    advised = policy is not None and policy.is_advice
    advice = book.advice(key, correct=True) if advised else None
    return Met(Placed("practice", key), advice, condition, "practice")


def _probes(met: Sequence[Met], count: int, draws: Draws) -> list[Met]:
    """Cases of the first half once more, just as they were met."""
    again = draws.shuffle(list(met[: max(count, len(met) // 2)]))[:count]
    return [Met(one.case, one.advice, one.condition, "probe") for one in again]


def _shared_out(met: Sequence[Met], sittings: int) -> list[list[Met]]:
    """The cases sitting by sitting; earlier sittings take the odd ones."""
    each, odd = divmod(len(met), sittings)
    shares, start = [], 0
    for sitting in range(sittings):
        end = start + each + (1 if sitting < odd else 0)
        shares.append(list(met[start:end]))
        start = end
    return shares


def _rules(policy: AdvicePolicy) -> Rules:
    return Rules(policy.rate.wrong, policy.rate.of, policy.first_wrong_after, policy.longest_run)


def _forms(cases: Sequence[Placed]) -> str:
    return "+".join(dict.fromkeys(case.form for case in cases))
