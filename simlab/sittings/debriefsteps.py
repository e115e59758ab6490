"""What a debrief tells beyond the answers: the expert's reasoning, what was asked for, and what the advice did."""

from collections.abc import Mapping
from typing import Any

from simlab.engine.case import Advice, Case
from simlab.sittings import nudges
from simlab.sittings.models import Encounter
from simlab.sittings.pace import LONGEST_MIN
from simlab.sittings.reading import asked_in


def reasoning(case: Case) -> list[dict[str, Any]]:
    """The way to the answer, step by step, from what the authors of the case marked: `title` and `points` each."""
    key = [f"{item.label}: {item.text}" for stage in case.stages for item in stage.items if item.key]
    faults = [f"{fault.where}: {fault.consequence}" for fault in case.record.faults]
    todo = case.reference.management
    net = case.reference.safety_net
    steps = {
        "What decides this case": key,
        "What is wrong in the record": faults,
        "What has to be done": [one.text for one in todo if one.essential],
        "What does harm": [one.text for one in todo if one.killer],
        "What the patient is told to watch for": [net] if net else [],
    }
    return [{"title": title, "points": points} for title, points in steps.items() if points]


def asked(encounter: Encounter, case: Case) -> dict[str, Any] | None:
    """What was asked for and which deciding finding was not; None where everything was shown at once."""
    got = asked_in(encounter.sitting, encounter)
    if got is None:
        return None
    items = {item.id: item for stage in case.stages for item in stage.items}
    return {
        "got": [{"label": items[name].label, "key": items[name].key} for name in got.items],
        "missed": [
            {"label": item.label, "text": item.text} for item in items.values() if item.key and item.id not in got.items
        ],
        "key": got.key,
        "key_of": got.key_of,
        "beside": got.beside,
        "cost": got.cost,
        "of": len(items),
    }


def effect(case: Case, advice: Advice, answers: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Whether the answers before and after went with the advice; None while there is no final answer.

    `before` is None where the advice stood there from the start. Rightness is told beside the answers.
    """
    if not answers.get("final"):
        return None
    agreed = {stage: nudges.follows(case, advice, told["answer"]) if told else None for stage, told in answers.items()}
    return {"before": agreed.get("initial"), "after": agreed["final"]}


def sources(case: Case, shown: list[Advice]) -> list[dict[str, str]]:
    """What can be read on: the guideline with what it is good for here, and the sources that the advice quoted."""
    found = []
    if case.guideline:
        one = case.guideline
        found.append({"title": one.title, "by": one.publisher, "url": one.url, "note": one.note})
    for advice in shown:
        if advice.excerpt:
            url = advice.excerpt.url or ""
            found.append({"title": advice.excerpt.source, "by": "quoted by the suggestion", "url": url, "note": ""})
        if advice.link:
            found.append(
                {"title": advice.link.label, "by": "linked by the suggestion", "url": advice.link.url, "note": ""}
            )
    return found


def minutes(encounter: Encounter) -> float:
    """Time spent on a case: from its opening to its closing, at most LONGEST_MIN; 0 while it is open."""
    if encounter.closed_at is None:
        return 0.0
    return min((encounter.closed_at - encounter.opened_at).total_seconds() / 60, LONGEST_MIN)
