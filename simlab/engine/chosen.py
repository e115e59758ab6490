"""Cases that a protocol names itself, in the place of the forms of its pack; and orders that follow a list."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from simlab.engine.draw import Draws
from simlab.engine.pack import Pack

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

Finding = tuple[tuple[str | int, ...], str, str]
Item = TypeVar("Item")


def packs_as_asked(protocol: "Protocol", packs: Mapping[str, Pack]) -> Mapping[str, Pack]:
    """The packs with the forms that the protocol writes out, where it does; else as they are."""
    if not protocol.cases.chosen:
        return packs
    chosen = dict(protocol.cases.chosen)
    return {name: pack.model_copy(update={"forms": chosen}) for name, pack in packs.items()}


def choice_faults(protocol: "Protocol") -> Iterator[Finding]:
    """What does not hold within the document: one pack, one list for each form, nothing twice."""
    chosen, forms = protocol.cases.chosen, protocol.cases.forms
    if not chosen:
        return
    if len(protocol.cases.packs) > 1:
        yield ("cases", "chosen"), "cases can be chosen from one pack only.", "Name one pack."
    if set(chosen) != set(forms):
        yield ("cases", "chosen"), "the chosen cases are not those of the forms.", "Write one list for each form."
    met: set[str] = set()
    for form, members in chosen.items():
        again = next((case for place, case in enumerate(members) if case in met or case in members[:place]), None)
        if again:
            yield ("cases", "chosen", form), f"the case “{again}” is chosen twice.", "Take one of the two out."
        if form in forms and forms[form] != len(members):
            message = f"form {form} asks for {forms[form]} cases and {len(members)} are chosen."
            yield ("cases", "forms", form), message, f"Write {len(members)}."
        met |= set(members)


def unknown_cases(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    pack = packs[protocol.cases.packs[0]]
    for form, members in protocol.cases.chosen.items():
        for place, case in enumerate(members):
            if case not in pack.cases:
                path = ("cases", "chosen", form, place)
                yield path, f"the pack {pack.id} holds no case “{case}”.", "Choose one of its cases."


def interleaved(items: Sequence[Item], theme: Callable[[Item], str], draws: Draws) -> list[Item]:
    """The items in an order by chance in which neighbours differ in theme wherever the numbers allow it.

    At each place comes the theme with most items left, other than the last one; by chance among equals.
    """
    left: dict[str, list[Item]] = defaultdict(list)
    for item in draws.shuffle(items):
        left[theme(item)].append(item)
    ordered: list[Item] = []
    last = None
    while left:
        others = [name for name in draws.shuffle(sorted(left)) if name != last] or list(left)
        last = max(others, key=lambda name: len(left[name]))
        ordered.append(left[last].pop())
        if not left[last]:
            del left[last]
    return ordered
