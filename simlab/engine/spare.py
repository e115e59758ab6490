"""The cases of the packs that no form holds: what practice is taken from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simlab.engine.casetwins import family
from simlab.engine.pack import Pack

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol


def spare_cases(protocol: "Protocol", packs: Mapping[str, Pack]) -> list[tuple[str, str]]:
    """Pack and id of each case with right advice that no form lists, in order; none where forms are drawn from all.

    A form that only lengthens or shortens one of the protocol's does not count: its further cases are free. A case is
    not spare when its twin is listed, and a twin never is.
    """
    chosen = [packs[name] for name in protocol.cases.packs]
    if not any(pack.forms for pack in chosen):
        return []
    return sorted((pack.id, case) for pack in chosen for case in _spare_of(pack, set(protocol.cases.forms)))


def _spare_of(pack: Pack, asked: set[str]) -> list[str]:
    met = {case for form in asked for case in pack.forms.get(form, ())}
    listed = {
        family(pack.cases[case])
        for form, members in pack.forms.items()
        if form in asked or met.isdisjoint(members)
        for case in members
    }
    return [case.id for case in pack.cases.values() if case.right and case.twin_of is None and case.id not in listed]
