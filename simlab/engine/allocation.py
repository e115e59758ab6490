"""The allocation list, drawn whole before anybody enrols: permuted blocks of mixed sizes, or simple draws."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from simlab.engine.draw import Draws
from simlab.engine.protocol import Protocol

if TYPE_CHECKING:
    from simlab.engine.planned import PlannedEncounter


_SLOT = attrgetter("stratum", "ordinal", "arm", "block")
_PLACE = attrgetter("stratum", "ordinal", "arm", "phase", "sitting", "position", "form", "pack", "case_id", "advice_id")


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
    """The whole list: at least `per_stratum` slots in each stratum (see `Protocol.lists`, the default).

    Every block holds the arms exactly in their ratio; block sizes are drawn from the protocol's. The list of a stratum
    does not depend on which other strata exist. Simple allocation draws each slot alone. With allocation by site a
    stratum is a site and all its slots are of one arm; for a minimisation it is an arm, whose slots are taken in turn.
    A single arm needs no chance. An external list is read, not drawn: ValueError.
    """
    if per_stratum < 1:
        raise ValueError("per_stratum must be at least 1")
    if protocol.allocation and protocol.allocation.method == "list":
        raise ValueError("this protocol takes its allocation list from outside")
    draws = Draws(seed).child("allocation")
    wanted = protocol.lists if strata is None else strata
    if protocol.is_minimised:
        return [SlotPlan(arm, place, arm, 1) for arm in wanted for place in range(1, per_stratum + 1)]
    if protocol.population.allocate_by == "site":
        arms = site_arms(protocol, draws)
        return [SlotPlan(site, place, arms[site], 1) for site in wanted for place in range(1, per_stratum + 1)]
    return [slot for stratum in wanted for slot in _list(protocol, stratum, per_stratum, draws.child(stratum))]


def site_arms(protocol: Protocol, draws: Draws) -> dict[str, str]:
    """The arm of every site: the sites in an order of chance, met by a list of arms drawn as for people."""
    sites = draws.child("sites").shuffle(list(protocol.population.sites))
    slots = _list(protocol, "sites", len(sites), draws.child("arms of sites"))
    return {site: slot.arm for site, slot in zip(sites, slots, strict=False)}


def _list(protocol: Protocol, stratum: str, wanted: int, draws: Draws) -> list[SlotPlan]:
    if protocol.allocation and protocol.allocation.method == "simple":
        return _simple(protocol.arms, stratum, wanted, draws)
    sizes = protocol.allocation.sizes if protocol.allocation else (sum(protocol.arms.values()),)
    return _stratum(protocol.arms, sizes, stratum, wanted, draws)


def _simple(arms: dict[str, int], stratum: str, wanted: int, draws: Draws) -> list[SlotPlan]:
    tickets = [arm for arm, weight in arms.items() for _ in range(weight)]
    return [SlotPlan(stratum, place, tickets[draws.integer(len(tickets))], 1) for place in range(1, wanted + 1)]


def commitment(slots: Sequence[SlotPlan], encounters: Sequence["PlannedEncounter"], salt: bytes | str) -> str:
    """SHA-256 (hex) of the salt and of both lists in canonical order, published before the first allocation.

    Whoever is later shown slots, planned encounters and salt can check that nothing was changed: neither who is in
    which arm, nor which case comes when, nor which advice with it. The salt keeps the lists from being guessed.
    Canonical: a JSON pair [slots, encounters] without spaces; each row the values of its fields in their order, the
    last two of an encounter (condition, purpose) only where they are not the usual; slots sorted by stratum, ordinal,
    encounters by stratum, ordinal, phase, sitting and position.
    """
    places = sorted(encounters, key=lambda e: (e.stratum, e.ordinal, e.phase, e.sitting, e.position))
    rows = [[_SLOT(slot) for slot in sorted(slots)], [_values(place) for place in places]]
    raw = salt.encode() if isinstance(salt, str) else bytes(salt)
    listing = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(b"simlab/allocation/2\0" + len(raw).to_bytes(4, "big") + raw + listing).hexdigest()


def _values(place: "PlannedEncounter") -> tuple[str | int | None, ...]:
    values = _PLACE(place)
    return values if (place.condition, place.purpose) == ("", "case") else (*values, place.condition, place.purpose)


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
