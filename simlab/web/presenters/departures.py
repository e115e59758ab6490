"""What did not go as the protocol says, in words and as a table: counts that the data tell, amendments, unblinding."""

from typing import Any

from simlab.stats.deviations import Deviation
from simlab.web.presenters.about import About, listed
from simlab.web.words import counted, day, percent, sentence

ONLY_TOLD = (
    "The platform does not see help from outside during a case, nor use of AI between phases. Where participants were "
    "asked about them in the study, those who told of any are counted here; of the others nothing is known."
)


def departures_of(about: About) -> dict[str, Any]:
    """Paragraphs and a table; the table is None when nothing departed or nobody was allocated."""
    found = [one for one in about.deviations if one.n]
    said = [amended(about), *unblinded(about), *unsigned(about), *never(about.deviations)]
    if about.blinded:
        said.append("Whether planned advice was shown is withheld, since only one arm may have had any.")
    return {"title": "Deviations from the protocol", "paragraphs": [*said, ONLY_TOLD], "table": table(found, about)}


def amended(about: About) -> str:
    if not about.amendments:
        return "The protocol was not amended after the launch."
    told = [f"version {one.number} on {day(one.made_on)}" for one in about.amendments]
    return f"The protocol was amended {counted(len(told), 'time')} after the launch: {listed(told)}."


def unblinded(about: About) -> list[str]:
    if about.unblinded is None:
        return []
    when, why = about.unblinded
    return [f"The study was unblinded before its lock, on {day(when)}. The reason given: {why.rstrip('.')}."]


def unsigned(about: About) -> list[str]:
    """Cases without a clinician's signature in a trial, and why its owner launched it all the same."""
    if about.unsigned is None:
        return []
    cases, why = about.unsigned
    lacking = counted(cases, "case")
    return [f"The study was launched with {lacking} that no clinician had signed. The reason given: {why.rstrip('.')}."]


def never(deviations: list[Deviation]) -> list[str]:
    """Kinds that were looked for everywhere and found nowhere."""
    kinds = dict.fromkeys(one.kind for one in deviations)
    absent = [kind for kind in kinds if not any(one.n for one in deviations if one.kind == kind)]
    return [f"Looked for and not found: {listed([kind[:1].lower() + kind[1:] for kind in absent])}."] if absent else []


def table(found: list[Deviation], about: About) -> dict[str, Any] | None:
    """One row a kind and phase, one column an arm: how many of how many that could."""
    if not found:
        return None
    places = dict.fromkeys((one.kind, one.unit, one.phase) for one in found)
    arms = list(about.arms or about.protocol.arms)
    by = {(one.kind, one.phase, one.arm): one for one in about.deviations}
    heads = [("What", False), ("Phase", False), *((sentence(arm), True) for arm in arms)]
    return {
        "title": "Departures from the protocol by phase and arm, of all that could depart",
        "labelled": True,
        "columns": [{"text": text, "numeric": numeric} for text, numeric in heads],
        "rows": [
            [f"{kind} ({unit})", phase, *(cell(by.get((kind, phase, arm))) for arm in arms)]
            for kind, unit, phase in places
        ],
    }


def cell(one: Deviation | None) -> str:
    if one is None or not one.of:
        return "–"
    return f"{one.n:,} of {one.of:,} ({percent(one.n / one.of)})"
