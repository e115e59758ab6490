"""Who meets which case with which advice where, drawn whole for every slot at launch.

Forms rotate over phases by Latin square within arm and stratum. Which cases carry wrong advice is dealt from shuffled
decks within arm, stratum and form, so that each case is wrong equally often; where they stand follows the protocol's
error schedule. Advice items of one kind are dealt in turn for each case.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simlab.engine.allocation import SlotPlan
from simlab.engine.case import Case
from simlab.engine.draw import Deck, Draws
from simlab.engine.errorschedule import Rules, draw_pattern
from simlab.engine.latin import latin_square
from simlab.engine.nudge import AdvicePolicy
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol


@dataclass(frozen=True, order=True)
class PlannedEncounter:
    """One case that one slot will meet. `sitting` and `position` (within the sitting) count from 1."""

    stratum: str
    ordinal: int
    arm: str
    phase: str
    sitting: int
    position: int
    form: str
    pack: str
    case_id: str
    advice_id: str | None


CaseKey = tuple[str, str]  # pack id, case id
Deal = Callable[[Sequence[str], int], list[str]]


def resolve_forms(protocol: Protocol, packs: Mapping[str, Pack], seed: bytes | str) -> dict[str, tuple[str, ...]]:
    """The cases of every form of the protocol, as case ids (see `draw_encounters` for their packs).

    Where the packs list forms, a form is the listed one, or a draw of the asked size from it. Where they list none,
    disjoint sets are drawn from the cases that hold both right and wrong advice.
    """
    return {form: tuple(case for _, case in members) for form, members in _forms(protocol, packs, Draws(seed)).items()}


def draw_encounters(
    protocol: Protocol, packs: Mapping[str, Pack], seed: bytes | str, slots: Sequence[SlotPlan]
) -> list[PlannedEncounter]:
    """The plan of every slot, in the order of slots, phases, sittings and positions.

    Check the protocol against its packs first (`protocol.check_against_pack`). Raises ValueError when a case lacks the
    advice that the schedule needs.
    """
    draws = Draws(seed).child("encounters")
    forms = _forms(protocol, packs, Draws(seed))
    book = _Book(protocol, packs, draws)
    encounters: list[PlannedEncounter] = []
    for slot in sorted(slots, key=lambda slot: (slot.stratum, slot.ordinal)):
        row = book.form_order(slot)
        for phase, form in zip(protocol.phases, row, strict=True):
            encounters += _phase(book, slot, phase, form, forms[form])
    return encounters


class _Book:
    """The decks that keep counts even from person to person. Each deck has its own stream of draws."""

    def __init__(self, protocol: Protocol, packs: Mapping[str, Pack], draws: Draws) -> None:
        self.protocol = protocol
        self.packs = packs
        self.draws = draws
        self._decks: dict[tuple[str, ...], Deck] = {}
        self._square = _form_square(protocol, draws.child("forms"))

    def deal(self, name: tuple[str, ...], items: Sequence[str], count: int = 1) -> list[str]:
        if name not in self._decks:
            self._decks[name] = Deck(items, self.draws.child("deck", *name))
        return self._decks[name].deal(count)

    def form_order(self, slot: SlotPlan) -> tuple[str, ...]:
        rows = [str(index) for index in range(len(self._square))]
        return self._square[int(self.deal(("row", slot.arm, slot.stratum), rows)[0])]

    def case(self, key: CaseKey) -> Case:
        return self.packs[key[0]].cases[key[1]]


def _form_square(protocol: Protocol, draws: Draws) -> tuple[tuple[str, ...], ...]:
    """The orders in which a person may meet the forms, one row each; columns are phases."""
    names = list(protocol.cases.forms)
    if protocol.cases.rotate == "latin-square":
        shuffled = draws.shuffle(names)
        return tuple(
            tuple(shuffled[index] for index in row[: len(protocol.phases)]) for row in latin_square(len(names))
        )
    named = {phase.form for phase in protocol.phases.values()}
    spare = iter(form for form in names if form not in named)
    return (tuple(phase.form or next(spare) for phase in protocol.phases.values()),)


def _phase(book: _Book, slot: SlotPlan, phase: str, form: str, cases: Sequence[CaseKey]) -> list[PlannedEncounter]:
    policy = book.protocol.policy(slot.arm, phase)
    draws = book.draws.child("order", slot.stratum, slot.ordinal, phase)
    if policy is None or not policy.is_advice:
        order: list[tuple[CaseKey, str | None]] = [(key, None) for key in draws.shuffle(list(cases))]
    else:
        order = _advised(book, slot, phase, form, cases, policy, draws)
    places = _places(len(order), book.protocol.sittings(phase))
    return [
        PlannedEncounter(slot.stratum, slot.ordinal, slot.arm, phase, sitting, position, form, *key, advice)
        for (sitting, position), (key, advice) in zip(places, order, strict=True)
    ]


def _advised(
    book: _Book,
    slot: SlotPlan,
    phase: str,
    form: str,
    cases: Sequence[CaseKey],
    policy: AdvicePolicy,
    draws: Draws,
) -> list[tuple[CaseKey, str | None]]:
    """The cases in order, each with its advice: the pattern of right and wrong first, then the cases into it."""
    rules = Rules(policy.rate.wrong, policy.rate.of, policy.first_wrong_after, policy.longest_run)
    pattern = draw_pattern(rules, len(cases), draws)
    by_name = {"/".join(key): key for key in cases}
    dealt = set(book.deal(("wrong", slot.arm, slot.stratum, phase, form), list(by_name), sum(pattern)))
    wrong = iter(draws.shuffle([key for name, key in by_name.items() if name in dealt]))
    right = iter(draws.shuffle([key for name, key in by_name.items() if name not in dealt]))
    chosen = [(next(wrong if is_wrong else right), is_wrong) for is_wrong in pattern]
    return [(key, _advice(book, key, correct=not is_wrong)) for key, is_wrong in chosen]


def _advice(book: _Book, key: CaseKey, *, correct: bool) -> str:
    case = book.case(key)
    bank = [advice.id for advice in (case.right if correct else case.wrong)]
    if not bank:
        raise ValueError(f"the case {case.id} of the pack {key[0]} has no {'right' if correct else 'wrong'} advice")
    return book.deal(("advice", *key, str(correct)), bank)[0]


def _places(cases: int, sittings: int) -> list[tuple[int, int]]:
    """Sitting and position of each case; earlier sittings take the odd ones."""
    each, odd = divmod(cases, sittings)
    sizes = [each + (1 if sitting < odd else 0) for sitting in range(sittings)]
    return [(sitting + 1, position + 1) for sitting, size in enumerate(sizes) for position in range(size)]


def _forms(protocol: Protocol, packs: Mapping[str, Pack], draws: Draws) -> dict[str, list[CaseKey]]:
    chosen = [packs[name] for name in protocol.cases.packs]
    listed: dict[str, list[CaseKey]] = defaultdict(list)
    for pack in chosen:
        for form, members in pack.forms.items():
            listed[form] += [(pack.id, case) for case in members]
    draws = draws.child("cases of forms")
    if listed:
        return {form: _sample(listed[form], size, draws.child(form)) for form, size in protocol.cases.forms.items()}
    pool = draws.shuffle([(pack.id, case) for pack in chosen for case in pack.contrast_cases])
    forms: dict[str, list[CaseKey]] = {}
    for form, size in protocol.cases.forms.items():
        forms[form], pool = sorted(pool[:size]), pool[size:]
        if len(forms[form]) < size:
            raise ValueError(f"form {form} asks for {size} cases and only {len(forms[form])} are left")
    return forms


def _sample(members: list[CaseKey], size: int, draws: Draws) -> list[CaseKey]:
    if size > len(members):
        raise ValueError(f"a form asks for {size} cases and holds {len(members)}")
    return members if size == len(members) else sorted(draws.shuffle(members)[:size])
