"""What somebody asked for of a case whose findings wait in menus, and what that cost.

One pure function for everybody: the page that shows what was got, the analysis table, and those who teach.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simlab.engine.case import Case, Item

ASKED = "asked"
"""The name of the event by which a finding is asked for; its `item` is the id."""


@dataclass(frozen=True)
class Asked:
    """`items`: the ids that were got, in the order of asking, each once. `beside` of them do not decide the case.

    `key` of the `key_of` findings that decide the case were got; `cost` is the sum over `items`; `left` what the
    budget has left, None without one.
    """

    items: tuple[str, ...]
    cost: int
    key: int
    key_of: int
    beside: int
    left: int | None = None

    @property
    def key_share(self) -> float | None:
        """Share of the deciding findings that were got; None where the case marks none."""
        return self.key / self.key_of if self.key_of else None


def asked_for(case: Case, wanted: Iterable[str], budget: int | None = None) -> Asked:
    """What was got of a case by asking for `wanted` (ids of items, in order).

    What is asked again costs nothing. What is not in the case, or costs more than is left of the budget, is not got.
    """
    menu = {item.id: item for stage in case.stages for item in stage.items}
    got: dict[str, Item] = {}
    spent = 0
    for name in wanted:
        item = menu.get(name)
        if item is None or name in got or (budget is not None and spent + item.cost > budget):
            continue
        got[name] = item
        spent += item.cost
    key = sum(item.key for item in got.values())
    return Asked(
        items=tuple(got),
        cost=spent,
        key=key,
        key_of=sum(item.key for item in menu.values()),
        beside=len(got) - key,
        left=None if budget is None else budget - spent,
    )
