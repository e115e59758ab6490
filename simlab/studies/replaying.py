"""Is the allocation on record the one that seed and protocol give? Everything is drawn again and compared."""

from collections.abc import Iterator
from itertools import chain, zip_longest

from simlab.engine.allocation import SlotPlan, commitment, draw_slots
from simlab.engine.externallist import without_list
from simlab.engine.minimisation import choose, uniforms
from simlab.engine.protocol import Protocol
from simlab.engine.schedule import PlannedEncounter as EncounterPlan
from simlab.engine.schedule import draw_encounters
from simlab.studies.models import TWINS, MinimisedChoice, PlannedEncounter, Slot, Stratum, Study
from simlab.studies.reading import packs_of, protocol_of


def first_difference(study: Study) -> str | None:
    """One sentence about the first thing that is not as drawn; None when all is equal.

    A list made elsewhere cannot be drawn again: then its places are taken as they are, and the commitment alone tells
    whether they were changed.
    """
    protocol = protocol_of(study)
    slots = slots_on_record(study)
    return next(_differences(study, protocol, slots), None)


def _differences(study: Study, protocol: Protocol, slots: list[SlotPlan]) -> Iterator[str]:
    yield from _unlike("place", _drawn(study, protocol, slots), slots)
    encounters = encounters_on_record(study)
    again = draw_encounters(protocol, packs_of(study), study.allocation_seed, slots)
    yield from _unlike("planned case", sorted(again), sorted(encounters))
    if commitment(slots, encounters, study.allocation_salt) != study.allocation_commitment:
        yield "The commitment is not that of the lists on record with the salt on record."
    yield from _claims(study)
    if protocol.is_minimised:
        yield from _choices(study, protocol)


def unlike_drawn(study: Study, protocol: Protocol) -> str | None:
    """The first place or planned case that another protocol would have drawn differently; None when there is none."""
    slots = slots_on_record(study)
    again = draw_encounters(protocol, packs_of(study), study.allocation_seed, slots)
    found = chain(
        _unlike("place", _drawn(study, protocol, slots), slots),
        _unlike("planned case", sorted(again), sorted(encounters_on_record(study))),
    )
    return next(found, None)


def slots_on_record(study: Study) -> list[SlotPlan]:
    rows = Slot.objects.filter(study=study).values_list("stratum", "ordinal", "arm", "block")
    return sorted(SlotPlan(*row) for row in rows)


def encounters_on_record(study: Study) -> list[EncounterPlan]:
    wanted = ("slot__stratum", "slot__ordinal", "slot__arm", "phase", "sitting", "position", "form")
    content = ("case_version__pack", "case_version__case_id", "advice_version__advice_id", "condition", "purpose")
    rows = PlannedEncounter.objects.filter(slot__study=study).values_list(*wanted, *content)
    return [EncounterPlan(*row) for row in rows.iterator()]


def _drawn(study: Study, protocol: Protocol, slots: list[SlotPlan]) -> list[SlotPlan]:
    if protocol.allocation and protocol.allocation.method == "list":
        if study.kind not in TWINS:
            return slots
        protocol = without_list(protocol)
    sizes = Stratum.objects.filter(study=study).order_by("name").values_list("name", "size")
    drawn = [
        slot
        for name, size in sizes
        for slot in draw_slots(protocol, study.allocation_seed, strata=[name], per_stratum=size)
    ]
    return sorted(drawn)


def _unlike(what: str, drawn: list, found: list) -> Iterator[str]:
    for expected, there in zip_longest(drawn, found):
        if expected != there:
            yield f"The first {what} that differs: drawn {expected}, on record {there}."
            return


def _claims(study: Study) -> Iterator[str]:
    """Places are taken in their order, and the counters say how many."""
    for counter in Stratum.objects.filter(study=study).order_by("name"):
        taken = Slot.objects.filter(study=study, stratum=counter.name, participant__isnull=False)
        ordinals = sorted(taken.values_list("ordinal", flat=True))
        if ordinals != list(range(1, counter.claimed + 1)):
            yield f"In the list “{counter.name}” {counter.claimed} places were given out, but {ordinals} are taken."


def _choices(study: Study, protocol: Protocol) -> Iterator[str]:
    """Each choice of a minimisation again, from the people before it."""
    before: dict[str, dict[str, int]] = {}
    for row in MinimisedChoice.objects.filter(study=study).select_related("slot").order_by("number"):
        counts = {level: {**dict.fromkeys(protocol.arms, 0), **before.get(level, {})} for level in row.counts}
        made = choose(protocol.arms, protocol.allocation.preferred, counts, uniforms(study.allocation_seed, row.number))
        on_record = (row.slot.arm, row.draw, row.cutoff, row.pick, tuple(row.eligible), row.counts)
        again = (made.arm, made.draw, made.cutoff, made.pick, made.eligible, made.counts)
        if on_record != again:
            yield f"The first choice that differs is number {row.number}: again {again}, on record {on_record}."
            return
        for level in row.counts:
            before.setdefault(level, {})[made.arm] = before.get(level, {}).get(made.arm, 0) + 1
