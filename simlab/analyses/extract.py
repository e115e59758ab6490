"""From the tables of a study to the analysis table: the one file that knows both.

Verdicts (right or wrong, agreed or not) and durations are derived here, each time, from the facts that are stored.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd

from simlab.engine import journey, scoring
from simlab.engine.asking import ASKED, asked_for
from simlab.engine.case import Advice, Case
from simlab.engine.formscores import Scored, score_answer, score_further, truth_label
from simlab.engine.interruption import interrupted_ms
from simlab.engine.protocol import Protocol
from simlab.engine.stated import stated
from simlab.engine.timing import Durations, Mark, durations, until_exposure
from simlab.sittings.adjudication import judged_of
from simlab.sittings.models import Decision, Encounter, Event, Exposure, Participant, Sitting
from simlab.sittings.responses import events_of, questionnaires_of
from simlab.stats import columns
from simlab.studies.models import AdviceVersion, PlannedEncounter, Study
from simlab.studies.reading import case_of, packs_of, protocol_of

Names = dict[str, str]  # every name of a condition → its preferred name
SHOWN = (Exposure.Kind.RENDERED, Exposure.Kind.SEEN)


@dataclass(frozen=True)
class _Facts:
    """Everything the rows are made of, read in a fixed number of queries and keyed for look-up."""

    encounters: dict[UUID, dict[str, Any]]  # by planned encounter
    answers: dict[UUID, dict[str, dict]]  # by encounter, by stage
    shown: set[UUID]  # encounters in which advice was rendered
    marks: dict[UUID, list[Mark]]  # by encounter
    judged: dict[str, dict[str, bool]]  # what raters found of answers in free text, by case and text
    over: set[tuple[int, str, int]]  # sittings that ended, where time may run out
    menus: dict[tuple[str, str], tuple[bool, int | None]]  # by arm and phase: findings are asked for, with what budget


def analysis_table(study: Study) -> pd.DataFrame:
    """One row a planned encounter of everybody who was allocated, one row a person who was not; checked.

    Ten queries whatever the size. A study that nobody has opened yet gives a table with no rows.
    """
    people = list(Participant.objects.filter(study=study).select_related("slot").order_by("created_at", "pk"))
    rows = [*_not_allocated(people), *_allocated(study, [p for p in people if p.slot_id])]
    if not rows:
        return columns.empty()
    return columns.check(pd.DataFrame(rows, columns=list(columns.NAMES)))


def _not_allocated(people: Iterable[Participant]) -> Iterator[dict[str, Any]]:
    for person in people:
        if person.slot_id is None:
            # Somebody who withdrew before being allocated has arrived and no more, as far as the flow goes.
            state = person.state if person.state in columns.NEVER_ALLOCATED else "arrived"
            yield {**_person(person), "status": state}


def _allocated(study: Study, people: list[Participant]) -> Iterator[dict[str, Any]]:
    facts = _facts(study)
    synonyms = {name: one for pack in packs_of(study).values() for name, one in pack.synonyms().items()}
    advice = _advice(study)
    protocol = protocol_of(study)
    by_slot = {person.slot_id: person for person in people}
    phases = {name: index for index, name in enumerate(protocol.phase_names)}
    asked, told = questionnaires_of(study), events_of(study)
    for planned in _planned(study):
        person = by_slot[planned["slot_id"]]
        # Whoever left and did not leave their answers was allocated, and is missing from there on.
        encounter = facts.encounters.get(planned["id"]) if person.is_usable else None
        case = case_of(planned["case_version_id"])
        names = synonyms | scoring.synonyms_of([case.reference.diagnosis])
        row = {**_person(person), **_place(planned, phases, case, names), **_content(planned, advice, case, names)}
        row["arm"] = person.slot.arm
        row["status"] = _status(planned, encounter, facts) if person.is_usable else "missing"
        row["questionnaire"] = asked.pop((person.pk, planned["phase"]), None)
        row["outside_help"] = _told(told, person.pk, planned["phase"], "outside-help")
        row["ai_between_phases"] = _told(told, person.pk, planned["phase"], "ai-between-phases")
        if encounter and planned["condition"]:
            structure = journey.structure_for(protocol, row["arm"], planned["phase"], planned["condition"])
            encounter["sitting__structure"] = structure
        if encounter:
            row |= _what_happened(person, encounter, facts, row, case, names)
        row |= _as_drawn(protocol, person, planned, row)
        if encounter and encounter["event"] == "tampered":
            row |= _as_printed(protocol, row["arm"], planned)
        yield row


def _told(told: dict[tuple[UUID, str], dict[str, bool]], person: UUID, phase: str, event: str) -> bool | None:
    """What a participant told of an event in this phase or over the whole study; None where they were never asked."""
    given = [told[key][event] for key in ((person, phase), (person, "")) if event in told.get(key, {})]
    return any(given) if given else None


def _as_drawn(
    protocol: Protocol, person: Participant, planned: dict[str, Any], row: dict[str, Any]
) -> dict[str, float]:
    """The confidence on the card where the protocol draws it."""
    policy = protocol.policy(row["arm"], planned["phase"], planned["condition"])
    if policy is None or row.get("advice_id") is None:
        return {}
    place = {"stratum": person.slot.stratum, "ordinal": person.slot.ordinal, "phase": planned["phase"]}
    sure = stated(policy, row["advice_correct"], **place, case_id=row["case"])
    return {} if sure is None else {"advice_confidence": sure / 100}


def _as_printed(protocol: Protocol, arm: str, planned: dict[str, Any]) -> dict[str, float]:
    """The confidence on a card that was tampered with by design, where it is not the planned one."""
    policy = protocol.policy(arm, planned["phase"], planned["condition"])
    event = policy.event_at(planned["sitting"], planned["position"]) if policy else None
    told = event.altered.confidence if event and event.altered else None
    return {} if told is None else {"advice_confidence": told / 100}


def _status(planned: dict[str, Any], encounter: dict[str, Any] | None, facts: _Facts) -> str:
    """Who answered and was then asked for reasons has completed the case, whether or not they were given.

    A case that was never opened ran out of time when its sitting did.
    """
    if encounter is None:
        return "timed-out" if (planned["slot_id"], planned["phase"], planned["sitting"]) in facts.over else "missing"
    if "final" in facts.answers.get(encounter["id"], {}):
        return "complete"
    if encounter["timed_out"]:
        return "timed-out"
    return "complete" if encounter["closed_at"] else "missing"


def _over(study: Study) -> set[tuple[int, str, int]]:
    """Slot, phase and number of the sittings that are complete in phases whose sittings have a limit."""
    limited = [phase for phase in protocol_of(study).phases if protocol_of(study).sitting_limit(phase)]
    if not limited:
        return set()
    done = Sitting.objects.filter(participant__study=study, phase__in=limited, completed_at__isnull=False)
    return set(done.values_list("participant__slot_id", "phase", "number"))


def _facts(study: Study) -> _Facts:
    encounters = Encounter.objects.filter(sitting__participant__study=study)
    found = encounters.values("id", "planned_id", "opened_at", "closed_at", "event", "sitting__structure", "timed_out")
    answers: dict[UUID, dict[str, dict]] = defaultdict(dict)
    for encounter, stage, answer in Decision.objects.filter(encounter__in=encounters).values_list(
        "encounter_id", "stage", "answer"
    ):
        answers[encounter][stage] = answer
    # A nudge that is no advice has no advice version.
    advised = Exposure.objects.filter(encounter__in=encounters, kind__in=SHOWN, advice_version__isnull=False)
    shown = advised.values_list("encounter_id", flat=True)
    by_planned = {row["planned_id"]: row for row in found}
    return _Facts(by_planned, answers, set(shown), _marks(encounters), judged_of(study), _over(study), _menus(study))


def _menus(study: Study) -> dict[tuple[str, str], tuple[bool, int | None]]:
    protocol = protocol_of(study)
    return {
        (arm, phase): (protocol.view(arm, phase).asked, rules.budget)
        for arm in protocol.arms
        for phase, rules in protocol.phases.items()
    }


def _marks(encounters) -> dict[UUID, list[Mark]]:
    marks: dict[UUID, list[Mark]] = defaultdict(list)
    events = Event.objects.filter(encounter__in=encounters).order_by("lease", "seq")
    wanted = events.values_list("encounter_id", "kind", "payload", "t_mono_ms", "t_origin_ms")
    for place, (encounter, kind, body, mono, origin) in enumerate(wanted.iterator()):
        name = body.get("name", kind) if kind == "event" else kind
        state = body.get({"answer": "stage", "exposure": "kind"}.get(kind, "state"), body.get("item", ""))
        marks[encounter].append(Mark(name, mono, origin, str(state), place))
    return marks


def _planned(study: Study) -> Iterator[dict[str, Any]]:
    planned = PlannedEncounter.objects.filter(slot__participant__study=study, purpose="case")
    wanted = ("id", "slot_id", "phase", "sitting", "position", "form", "case_version_id", "advice_version_id")
    return planned.order_by("slot_id", "pk").values(*wanted, "condition").iterator()


def _advice(study: Study) -> dict[UUID, AdviceVersion]:
    used = AdviceVersion.objects.filter(
        pk__in=PlannedEncounter.objects.filter(slot__study=study).values("advice_version")
    )
    return {version.pk: version for version in used}


def _person(person: Participant) -> dict[str, Any]:
    return {
        "participant": str(person.pk),
        "site": person.site or None,
        "stratum": person.stratum or None,
        "grade": person.grade or None,
        "advice_shown": False,
        "virtual": person.virtual,
    }


def _place(planned: dict[str, Any], phases: dict[str, int], case: Case, names: Names) -> dict[str, Any]:
    return {
        "phase": planned["phase"],
        "phase_index": phases[planned["phase"]],
        "sitting": planned["sitting"],
        "position": planned["position"],
        "form": planned["form"],
        "case": case.id,
        "specialty": case.specialty,
        "truth": truth_label(case.question, case.reference.diagnosis, names),
        "answer_kind": answer_kind(case.question.kind),
    }


def answer_kind(kind: str) -> str:
    """The form of the answer; percentages over several hypotheses are not the one quantity that the table means."""
    return "probabilities" if kind == "probability" else kind


def _content(planned: dict[str, Any], advice: dict[UUID, AdviceVersion], case: Case, names: Names) -> dict[str, Any]:
    """The advice that was meant for this place; whether it was shown is known only from the exposures."""
    version = advice.get(planned["advice_version_id"])
    if version is None:
        return {}
    content = Advice.model_validate(version.content)
    return {
        "advice_id": version.advice_id,
        "advice_correct": version.correct,
        "advice_error_type": version.error_type or None,
        "advice_confidence": content.confidence,
        "advice": _advised(content, case, names),
    }


def _advised(advice: Advice, case: Case, names: Names) -> str:
    """The label of what was advised, as if somebody had answered it."""
    if advice.diagnosis:
        return scoring.canonical(advice.diagnosis.term, names)
    return score_answer(case.question, case.reference.diagnosis, advice.answer or {}, names).label


def _what_happened(
    person: Participant,
    encounter: dict[str, Any],
    facts: _Facts,
    row: dict[str, Any],
    case: Case,
    names: Names,
) -> dict[str, Any]:
    answers = facts.answers.get(encounter["id"], {})
    if encounter["sitting__structure"].startswith("at-submit") and "initial" not in answers and "final" in answers:
        answers = {"initial": answers["final"], **answers}  # the safety net agreed and said nothing
    made: dict[str, Any] = {
        "structure": journey.analysed_as(encounter["sitting__structure"]),
        "advice_shown": encounter["id"] in facts.shown,
        "day": _days(person.enrolled_at, encounter["opened_at"]),
    }
    for stage in ("initial", "final"):
        if stage in answers:
            scored = score_answer(
                case.question, case.reference.diagnosis, answers[stage], names, facts.judged.get(case.id)
            )
            made |= _verdicts(stage, answers[stage], scored, row.get("advice"))
            made["score"] = scored.score
            further = score_further(case.question, case.reference.diagnosis, answers[stage])
            made["further_scores"] = json.dumps({name: one.score for name, one in further.items()}) if further else None
    if "initial" in answers and "final" in answers:
        made["changed"] = made["initial"] != made["final"]
    marks = facts.marks.get(encounter["id"], [])
    made["interrupted_s"] = _seconds(interrupted_ms(marks))
    made |= _asking(facts, encounter, row, case, marks)
    return made | _seeking(encounter["sitting__structure"], encounter["event"], marks) | _times(durations(marks))


def _asking(
    facts: _Facts, encounter: dict[str, Any], row: dict[str, Any], case: Case, marks: list[Mark]
) -> dict[str, Any]:
    """What was asked for where findings wait in menus; nothing elsewhere."""
    asks, budget = facts.menus.get((row["arm"], row["phase"]), (False, None))
    if not asks:
        return {}
    got = asked_for(case, [mark.state for mark in marks if mark.name == ASKED], budget)
    return {"items_asked": len(got.items), "key_items_share": got.key_share, "ask_cost": got.cost}


def _seeking(structure: str, event: str, marks: list[Mark]) -> dict[str, Any]:
    """Whether advice that waits to be asked for was, and when; what befell it; how much of the page was opened."""
    # On a phone the answer is opened like a part of the case; that is no evidence.
    items = [mark for mark in marks if mark.name == "opened-item" and mark.state != "answer"]
    opened = len(items) + sum((mark.name, mark.state) == ("exposure", "opened") for mark in marks)
    made: dict[str, Any] = {"items_opened": opened, "advice_event": event or None}
    if structure.removesuffix("+reasons") in ("on-demand", "asked-after"):
        made["advice_sought"] = any((mark.name, mark.state) == ("exposure", "requested") for mark in marks)
        made["time_to_advice_s"] = _seconds(until_exposure(marks, "requested"))
    return made


def _verdicts(stage: str, answer: dict, scored: Scored, advice: str | None) -> dict[str, Any]:
    made = {
        stage: scored.label,
        f"{stage}_correct": scored.correct,
        f"{stage}_rank": scored.rank,
        f"{stage}_confidence": answer["confidence"] / 100,
    }
    if advice is not None:
        made[f"{stage}_agrees"] = scored.label == advice
    return made


def _times(spent: Durations) -> dict[str, float | None]:
    return {
        "time_total_s": _seconds(spent.total_ms),
        "time_active_s": _seconds(spent.active_ms),
        "time_initial_s": _seconds(spent.initial_ms),
        "time_after_advice_s": _seconds(spent.after_advice_ms),
        "hidden_s": _seconds(spent.hidden_ms),
    }


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _days(start: datetime, then: datetime) -> float:
    return (then - start).total_seconds() / 86400
