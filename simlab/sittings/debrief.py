"""The debrief: everyone who was shown wrong advice receives the correction, when it can do no harm to the study."""

import datetime

from simlab.engine.casefile import Case, document
from simlab.engine.errors import Refused
from simlab.engine.protocol import Protocol
from simlab.sittings.models import Encounter, Participant
from simlab.sittings.progress import progress_of
from simlab.studies.reading import case_of, document_of, pictures_of_case

NOT_YET = "The debrief opens when you have finished your last part, when you leave the study, or when the study ends."


def debrief(participant: Participant, now: datetime.datetime) -> dict:
    """Every case met, own answers beside the reference, wrong advice marked and corrected.

    Raises Refused before time.
    """
    progress = progress_of(participant, now)
    if not progress.debriefed:
        raise Refused("debrief-not-yet", NOT_YET)
    return {
        "study": participant.study,
        "document": getattr(document_of(participant.study, "debrief"), "text", ""),
        "cases": [_case(encounter, progress.protocol) for encounter in _met(participant, progress.debriefed)],
    }


def _met(participant: Participant, phases: tuple[str, ...]) -> list[Encounter]:
    """Cases with at least one answer; a case that was only opened would be spoilt, not debriefed."""
    return list(
        Encounter.objects.filter(sitting__participant=participant, sitting__phase__in=phases, decisions__isnull=False)
        .select_related("sitting", "planned__advice_version")
        .prefetch_related("decisions")
        .order_by("opened_at")
        .distinct()
    )


def _case(encounter: Encounter, protocol: Protocol) -> dict:
    case = case_of(encounter.planned.case_version_id)
    answers = {decision.stage: decision.answer for decision in encounter.decisions.all()}
    advice = _advice(encounter, case)
    return {
        "phase": encounter.sitting.phase,
        "phase_label": protocol.phase_label(encounter.sitting.phase),
        "sitting": encounter.sitting.number,
        "position": encounter.position,
        "title": case.title,
        "case_version": encounter.planned.case_version_id,
        "own_initial": answers.get("initial"),
        "own_final": answers.get("final"),
        "reference": {
            "diagnosis": document(case.reference.diagnosis),
            "differential": [document(term) for term in case.reference.differential],
        },
        "advice": advice,
        "advice_was_wrong": bool(advice) and not advice["correct"],
        "text": case.debrief or "",
        "pictures": pictures_of_case(encounter.planned.case_version_id),
        "guideline": document(case.guideline) if case.guideline else None,
    }


def _advice(encounter: Encounter, case: Case) -> dict | None:
    """The advice that was shown. At the stage of the first answer it had not been shown yet."""
    version = encounter.planned.advice_version
    if version is None or encounter.stage == "initial":
        return None
    advice = case.advice_by_id(version.advice_id)
    return {
        "summary": advice.summary,
        "diagnosis": document(advice.diagnosis),
        "correct": advice.correct,
        "rationale": advice.rationale or "",
        "error_type": advice.error_type,
    }
