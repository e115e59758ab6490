"""The same protocol in other sizes: more or fewer cases a form, more or less wrong advice.

A form is cut to its first cases, or filled up with cases such as those it has: copies under new names, which a truth
gives traits of their own. So one may ask what 48 cases would bring before the 48 are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simlab.engine.casefile import Case, Pack
from simlab.engine.protocol import Protocol, check_against_pack
from simlab.engine.protocolchecks import protocol_faults
from simlab.rehearsal.truth import BadTruth


@dataclass(frozen=True)
class Sized:
    """A protocol of another size with the packs that hold its cases; ``invented`` counts the cases that are copies."""

    protocol: Protocol
    packs: Mapping[str, Pack]
    invented: int


def sized(protocol: Protocol, packs: Mapping[str, Pack], cases: int | None, wrong: int | None) -> Sized:
    """The protocol with ``cases`` in every form and ``wrong`` of them advised wrongly; None leaves either as it is.

    Raises BadTruth naming what the protocol's own rules forbid.
    """
    made, held = protocol, dict(packs)
    if cases is not None and set(protocol.cases.forms.values()) != {cases}:
        held, forms = _with_forms_of(protocol, packs, cases), dict.fromkeys(protocol.cases.forms, cases)
        made = made.model_copy(update={"cases": made.cases.model_copy(update={"forms": forms})})
        made = made.model_copy(update={"advice": {name: _rated(one, cases, None) for name, one in made.advice.items()}})
    if wrong is not None:
        size = min(made.cases.forms.values())
        made = made.model_copy(update={"advice": {name: _rated(one, size, wrong) for name, one in made.advice.items()}})
    _refuse_faults(made, held)
    return Sized(made, held, sum(len(held[name].cases) - len(packs[name].cases) for name in packs))


def _rated(policy, cases: int, wrong: int | None):  # type: ignore[no-untyped-def]
    """A way of advising with its share of wrong advice kept, or set, for so many cases; one without advice as it is."""
    if not getattr(policy, "wrong", None):
        return policy
    rate = policy.rate
    if wrong is not None and wrong > cases:
        message = f"{wrong} of {cases} breaks a rule of the protocol: there is no more wrong advice than cases"
        raise BadTruth("the grid", message, "choose a smaller number")
    if wrong is None:
        if cases % rate.of == 0:
            return policy
        wrong = round(cases * rate.wrong / rate.of)
    return policy.model_copy(update={"wrong": f"{wrong} of {cases}"})


def _with_forms_of(protocol: Protocol, packs: Mapping[str, Pack], size: int) -> dict[str, Pack]:
    made = dict(packs)
    for name, pack in packs.items():
        mine = {form: members for form, members in pack.forms.items() if form in protocol.cases.forms}
        cases, forms = dict(pack.cases), dict(pack.forms)
        for form, members in mine.items():
            extra = [_another(cases, members[n % len(members)]) for n in range(max(0, size - len(members)))]
            forms[form] = (*members[:size], *extra)
        if not mine and not pack.forms:
            wanted = size * len(protocol.cases.forms)
            able = pack.contrast_cases
            for n in range(max(0, wanted - len(able)) if able else 0):
                _another(cases, able[n % len(able)])
        made[name] = pack.model_copy(update={"cases": cases, "forms": forms})
    return made


def _another(cases: dict[str, Case], like: str) -> str:
    """Add a copy of a case under a new name, and say its name."""
    number = 2
    while f"{like}-{number}" in cases:
        number += 1
    name = f"{like}-{number}"
    cases[name] = cases[like].model_copy(update={"id": name})
    return name


def _refuse_faults(protocol: Protocol, packs: Mapping[str, Pack]) -> None:
    faults = protocol_faults(protocol, protocol.origin) or check_against_pack(protocol, packs)
    if faults:
        raise BadTruth(
            "the grid", f"a study of this size breaks a rule of the protocol ({faults[0]})", "choose another"
        )
