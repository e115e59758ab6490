"""The debrief: everyone who was shown wrong advice receives the correction, when it can do no harm to the study."""

import datetime
from collections.abc import Mapping
from typing import Any

from simlab.engine import casesigning, journey, scoring
from simlab.engine.answerwords import further_words, reference_words, words_of
from simlab.engine.case import Advice
from simlab.engine.casefile import Case, document
from simlab.engine.errors import Refused
from simlab.engine.formscores import score_answer, score_further
from simlab.engine.protocol import Protocol
from simlab.sittings import debriefsteps, nudges
from simlab.sittings.adjudication import judged_of
from simlab.sittings.models import Encounter, Participant
from simlab.sittings.progress import progress_of
from simlab.studies.reading import case_of, document_of, pictures_of_case, synonyms_of

SHOWN = ("rendered", "seen")
NOT_YET = "The debrief opens when you have finished your last part, when you leave the study, or when the study ends."


def debrief(participant: Participant, now: datetime.datetime) -> dict:
    """Every case met, own answers beside the reference, wrong advice marked and corrected.

    Raises Refused before time.
    """
    progress = progress_of(participant, now)
    if not progress.debriefed:
        raise Refused("debrief-not-yet", NOT_YET)
    met = _met(participant, progress.debriefed)
    names, judged = synonyms_of(participant.study), judged_of(participant.study)
    return {
        "study": participant.study,
        "document": getattr(document_of(participant.study, "debrief"), "text", ""),
        "cases": [_case(encounter, progress.protocol, names, judged) for encounter in met],
    }


def _met(participant: Participant, phases: tuple[str, ...]) -> list[Encounter]:
    """Cases with at least one answer; a case that was only opened would be spoilt, not debriefed."""
    return list(
        Encounter.objects.filter(sitting__participant=participant, sitting__phase__in=phases, decisions__isnull=False)
        .select_related(
            "sitting__participant__study__protocol", "sitting__participant__slot", "planned__advice_version"
        )
        .prefetch_related("decisions", "exposures")
        .order_by("opened_at", "position")
        .distinct()
    )


def _case(
    encounter: Encounter, protocol: Protocol, names: scoring.Synonyms, judged: Mapping[str, Mapping[str, bool]]
) -> dict:
    case = case_of(encounter.planned.case_version_id)
    names = {**names, **scoring.synonyms_of([case.reference.diagnosis])}
    answers = {
        decision.stage: _told(case, decision.answer, names, judged.get(case.id))
        for decision in encounter.decisions.all()
    }
    shown = _shown(encounter, case)
    advices = [_advice(case, advice, answers) for advice in shown]
    return {
        "phase": encounter.sitting.phase,
        "phase_label": protocol.phase_label(encounter.sitting.phase),
        "sitting": encounter.sitting.number,
        "encounter": encounter.pk,
        "position": encounter.position,
        "title": case.title,
        "case_version": encounter.planned.case_version_id,
        "kind": case.question.kind,
        "question": case.question.prompt,
        "first": answers.get("initial"),
        "last": answers.get("final"),
        "reference": {
            "diagnosis": document(case.reference.diagnosis),
            "differential": [document(term) for term in case.reference.differential],
            "words": reference_words(case.question, case.reference.diagnosis.term),
        },
        "advices": advices,
        "advice": advices[0] if advices else None,
        "advice_was_wrong": any(not advice["correct"] for advice in advices),
        "was_altered": encounter.event == "tampered" and bool(advices),
        "text": case.debrief or "",
        "reasoning": debriefsteps.reasoning(case),
        "asked": debriefsteps.asked(encounter, case),
        "sources": debriefsteps.sources(case, shown),
        "minutes": debriefsteps.minutes(encounter),
        "day": encounter.opened_at.date(),
        "signed": casesigning.signed(case),
        "themes": [case.specialty, *case.competences],
        "pictures": pictures_of_case(encounter.planned.case_version_id),
    }


def _told(
    case: Case, answer: Mapping[str, Any], names: scoring.Synonyms, judged: Mapping[str, bool] | None
) -> dict[str, Any]:
    scored = score_answer(case.question, case.reference.diagnosis, answer, names, judged)
    scores = score_further(case.question, case.reference.diagnosis, answer)
    return {
        "answer": answer,
        "words": words_of(case.question, answer),
        "further": [{**one, "score": scores[str(one["id"])].score} for one in further_words(case.question, answer)],
        "confidence": answer["confidence"],
        "score": scored.score,
        "correct": scored.correct,
        "rank": scored.rank,
    }


def _shown(encounter: Encounter, case: Case) -> list[Advice]:
    """The advice that stood on the page, of every adviser; what was offered and never shown needs no correction."""
    place = nudges.place_of(encounter.sitting, encounter.planned)
    seen = {exposure.shown_as for exposure in encounter.exposures.all() if exposure.kind in SHOWN}
    if encounter.event != "down" and journey.shows_to_all(nudges.state_of(encounter.sitting, encounter)):
        seen.add("first")  # also where the page could not tell that it had shown it
    ids = [place.advice_id(shown_as) for shown_as in ("first", "second") if shown_as in seen]
    return [case.advice_by_id(advice_id) for advice_id in ids if advice_id]


def _advice(case: Case, advice: Advice, answers: Mapping[str, Any]) -> dict:
    return {
        "summary": advice.summary,
        "said": advice.diagnosis.term if advice.diagnosis else "; ".join(words_of(case.question, advice.answer or {})),
        "correct": advice.correct,
        "rationale": advice.rationale or "",
        "against": list(advice.findings_against),
        "error_type": advice.error_type,
        "effect": debriefsteps.effect(case, advice, answers),
    }
