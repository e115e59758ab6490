"""The cases of the packs that no form holds: what practice is taken from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simlab.engine.pack import Pack

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol


def spare_cases(protocol: "Protocol", packs: Mapping[str, Pack]) -> list[tuple[str, str]]:
    """Pack and id of each case with right advice that no form lists, in order; none where forms are drawn from all."""
    chosen = [packs[name] for name in protocol.cases.packs]
    listed = {(pack.id, case) for pack in chosen for members in pack.forms.values() for case in members}
    if not listed:
        return []
    held = [(pack.id, case.id) for pack in chosen for case in pack.cases.values() if case.right]
    return sorted(key for key in held if key not in listed)
