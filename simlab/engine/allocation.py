"""The allocation list: permuted blocks of mixed sizes within strata, drawn whole before anybody enrols."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from simlab.engine.draw import Draws
from simlab.engine.protocol import Protocol

if TYPE_CHECKING:
    from simlab.engine.schedule import PlannedEncounter


@dataclass(frozen=True, order=True)
class SlotPlan:
    """One place in the list of a stratum. `ordinal` and `block` count from 1."""

    stratum: str
    ordinal: int
    arm: str
    block: int


def draw_slots(
    protocol: Protocol, seed: bytes | str, *, strata: Sequence[str] | None = None, per_stratum: int
) -> list[SlotPlan]:
    """The whole list: for each stratum, complete blocks until there are at least `per_stratum` slots.

    Every block holds the arms exactly in their ratio; block sizes are drawn from the protocol's. The list of a stratum
    does not depend on which other strata exist. Strata default to all of the protocol's. A single arm needs no chance.
    """
    if per_stratum < 1:
        raise ValueError("per_stratum must be at least 1")
    sizes = protocol.allocation.sizes if protocol.allocation else (sum(protocol.arms.values()),)
    draws = Draws(seed).child("allocation")
    slots: list[SlotPlan] = []
    for stratum in protocol.strata if strata is None else strata:
        slots += _stratum(protocol.arms, sizes, stratum, per_stratum, draws.child(stratum))
    return slots


def commitment(slots: Sequence[SlotPlan], encounters: Sequence["PlannedEncounter"], salt: bytes | str) -> str:
    """SHA-256 (hex) of the salt and of both lists in canonical order, published before the first allocation.

    Whoever is later shown slots, planned encounters and salt can check that nothing was changed: neither who is in
    which arm, nor which case comes when, nor which advice with it. The salt keeps the lists from being guessed.
    Canonical: a JSON pair [slots, encounters] without spaces; each row the values of its fields in their order; slots
    sorted by stratum and ordinal, encounters by stratum, ordinal, phase, sitting and position.
    """
    places = sorted(encounters, key=lambda e: (e.stratum, e.ordinal, e.phase, e.sitting, e.position))
    rows = [[list(asdict(row).values()) for row in listed] for listed in (sorted(slots), places)]
    raw = salt.encode() if isinstance(salt, str) else bytes(salt)
    listing = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(b"simlab/allocation/2\0" + len(raw).to_bytes(4, "big") + raw + listing).hexdigest()


def _stratum(arms: dict[str, int], sizes: Sequence[int], stratum: str, wanted: int, draws: Draws) -> list[SlotPlan]:
    slots: list[SlotPlan] = []
    ratio = sum(arms.values())
    block = 0
    while len(slots) < wanted:
        block += 1
        size = sizes[draws.integer(len(sizes))]
        members = [arm for arm, weight in arms.items() for _ in range(weight * size // ratio)]
        for arm in draws.shuffle(members):
            slots.append(SlotPlan(stratum, len(slots) + 1, arm, block))
    return slots
