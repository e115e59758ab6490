"""From a case file to what a virtual clinician's world needs of it; the same for a data set and for a bot's key."""

from simlab.engine import scoring
from simlab.engine.casefile import Advice, Case
from simlab.rehearsal.clinician import ADVICE_MIDDLE
from simlab.rehearsal.encounters import AdviceFacts, CaseFacts
from simlab.rehearsal.truth import Truth

NOTHING_ELSE = "Other diagnosis"
"""The wrong answer to a case whose file names no plausible one."""


def suggested(advice: Advice) -> str:
    """What a piece of advice says in a few words: its diagnosis, else its summary."""
    return advice.diagnosis.term if advice.diagnosis else advice.summary


def wrong_terms(case: Case) -> tuple[str, ...]:
    """Plausible wrong answers: the differential in its order, then diagnoses of wrong advice not yet among them."""
    right = set(scoring.synonyms_of([case.reference.diagnosis]))
    named = [term.term for term in case.reference.differential or ()] + [suggested(advice) for advice in case.wrong]
    found: dict[str, str] = {}
    for term in named:
        if scoring.normalise(term) not in right:
            found.setdefault(scoring.normalise(term), term)
    return tuple(found.values()) or (NOTHING_ELSE,)


def case_facts(case: Case, truth: Truth) -> CaseFacts:
    difficulty = truth.cases.unknown_difficulty if case.difficulty is None else case.difficulty
    return CaseFacts(
        case_id=case.id,
        specialty=case.specialty or "",
        reference=case.reference.diagnosis.term,
        wrong=wrong_terms(case),
        difficulty=difficulty,
        competences=tuple(case.competences),
    )


def advice_facts(advice: Advice, case: Case) -> AdviceFacts:
    term = suggested(advice)
    return AdviceFacts(
        advice_id=advice.id,
        correct=advice.correct,
        error_type=advice.error_type,
        term=term,
        answer=answer_number(advice.correct, term, wrong_terms(case)),
        confidence=ADVICE_MIDDLE if advice.confidence is None else advice.confidence,
    )


def answer_number(correct: bool, term: str, wrong: tuple[str, ...]) -> int:
    """The number of an advised diagnosis among a case's answers: 0 is the reference."""
    if correct:
        return 0
    names = [scoring.normalise(one) for one in wrong]
    name = scoring.normalise(term)
    return names.index(name) + 1 if name in names else 1
