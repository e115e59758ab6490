"""Who meets which case with which advice where, drawn whole for every slot at launch.

Forms rotate over phases by Latin square within arm and stratum. Which cases carry wrong advice is dealt from shuffled
decks within arm, stratum and form, so that each case is wrong equally often; where they stand follows the protocol's
error schedule. Advice items of one kind are dealt in turn for each case. `ordering.py` has what happens in one phase.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from simlab.engine.allocation import SlotPlan
from simlab.engine.chosen import packs_as_asked
from simlab.engine.draw import Draws
from simlab.engine.latin import latin_square
from simlab.engine.ordering import Placed, phase_plan
from simlab.engine.pack import Pack
from simlab.engine.planned import Book, CaseKey, PlannedEncounter
from simlab.engine.protocol import Protocol
from simlab.engine.spare import spare_cases

__all__ = ["PlannedEncounter", "draw_encounters", "practice_cases", "resolve_forms"]


def resolve_forms(protocol: Protocol, packs: Mapping[str, Pack], seed: bytes | str) -> dict[str, tuple[str, ...]]:
    """The cases of every form of the protocol, as case ids (see `draw_encounters` for their packs).

    Where the packs list forms, a form is the listed one, or a draw of the asked size from it. Where they list none,
    disjoint sets are drawn from the cases that hold both right and wrong advice.
    """
    forms = _forms(protocol, packs_as_asked(protocol, packs), Draws(seed))
    return {form: tuple(case for _, case in members) for form, members in forms.items()}


def draw_encounters(
    protocol: Protocol, packs: Mapping[str, Pack], seed: bytes | str, slots: Sequence[SlotPlan]
) -> list[PlannedEncounter]:
    """The plan of every slot, in the order of slots, phases, sittings and positions.

    Check the protocol against its packs first (`protocol.check_against_pack`). Raises ValueError when a case lacks the
    advice that the schedule needs.
    """
    draws = Draws(seed).child("encounters")
    packs = packs_as_asked(protocol, packs)
    forms = _forms(protocol, packs, Draws(seed))
    practice = practice_cases(protocol, packs, seed)
    book = Book(protocol, packs, draws)
    square = _form_square(protocol, draws.child("forms"))
    encounters: list[PlannedEncounter] = []
    for slot in sorted(slots, key=lambda slot: (slot.stratum, slot.ordinal)):
        row, _ = book.row(("row", slot.arm, slot.stratum), len(square))
        for phase, names in zip(protocol.phases, square[row], strict=True):
            cases = [Placed(form, key) for form in names for key in forms[form]]
            encounters += phase_plan(book, slot, phase, cases, practice[phase])
    return encounters


def practice_cases(protocol: Protocol, packs: Mapping[str, Pack], seed: bytes | str) -> dict[str, tuple[CaseKey, ...]]:
    """The cases each phase begins with for practice, the same for everybody: spare ones, which no form holds.

    Raises ValueError when there are too few.
    """
    packs = packs_as_asked(protocol, packs)
    wanted = {phase: rules.practice for phase, rules in protocol.phases.items()}
    if not any(wanted.values()):
        return dict.fromkeys(protocol.phases, ())
    spare = Draws(seed).child("practice").shuffle(spare_cases(protocol, packs))
    if len(spare) < sum(wanted.values()):
        raise ValueError(f"{sum(wanted.values())} practice cases are wanted and only {len(spare)} are in no form")
    hands = iter(spare)
    return {phase: tuple(next(hands) for _ in range(count)) for phase, count in wanted.items()}


def _form_square(protocol: Protocol, draws: Draws) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The orders in which a person may meet the forms, one row each: for every phase, the forms it takes."""
    names = list(protocol.cases.forms)
    if protocol.cases.rotate == "latin-square":
        shuffled = draws.shuffle(names)
        return tuple(_by_phase(protocol, [shuffled[index] for index in row]) for row in latin_square(len(names)))
    named = {phase.form for phase in protocol.phases.values()}
    spare = iter(form for form in names if form not in named)
    return (
        tuple(
            (phase.form,) if phase.form else tuple(next(spare) for _ in range(phase.forms))
            for phase in protocol.phases.values()
        ),
    )


def _by_phase(protocol: Protocol, row: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    places = iter(row)
    return tuple(tuple(next(places) for _ in range(phase.forms)) for phase in protocol.phases.values())


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
