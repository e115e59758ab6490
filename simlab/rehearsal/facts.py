"""From a case file to what a virtual clinician's world needs of it; the same for a data set and for a bot's key."""

from typing import Any

from simlab.engine import scoring
from simlab.engine.answerwords import label_of
from simlab.engine.casefile import Advice, Case
from simlab.engine.modelanswers import answers_by_label
from simlab.rehearsal.clinician import ADVICE_MIDDLE
from simlab.rehearsal.encounters import AdviceFacts, CaseFacts
from simlab.rehearsal.truth import Truth

NOTHING_ELSE = "Other diagnosis"
"""The wrong answer to a case whose file names no plausible one."""


def suggested(advice: Advice, case: Case) -> str:
    """What a piece of advice says: its diagnosis, else the label of the answer it suggests."""
    if advice.diagnosis:
        return advice.diagnosis.term
    return label_of(case.question, advice.answer or {}, scoring.synonyms_of([case.reference.diagnosis]))


def answers_of(case: Case) -> dict[str, dict[str, Any]]:
    """Answers by label, the right one first; empty for a ranked differential, whose answers are terms.

    Advised answers come before made-up ones, since a clinician may end on what was advised.
    """
    if case.question.kind == "ranked-differential":
        return {}
    made = answers_by_label(case.question, case.reference.diagnosis)
    right = next(iter(made))
    advised = {suggested(advice, case): dict(advice.answer or {}) for advice in case.wrong}
    return {right: made[right], **advised, **{label: parts for label, parts in made.items() if label != right}}


def reference_of(case: Case) -> str:
    """The label of a right answer."""
    return next(iter(answers_of(case)), case.reference.diagnosis.term)


def wrong_terms(case: Case) -> tuple[str, ...]:
    """Plausible wrong answers: the differential in its order, then diagnoses of wrong advice not yet among them."""
    answers = answers_of(case)
    if answers:
        return tuple(answers)[1:] or (NOTHING_ELSE,)
    right = set(scoring.synonyms_of([case.reference.diagnosis]))
    named = [term.term for term in case.reference.differential or ()]
    named += [suggested(advice, case) for advice in case.wrong]
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
        reference=reference_of(case),
        wrong=wrong_terms(case),
        difficulty=difficulty,
        competences=tuple(case.competences),
    )


def advice_facts(advice: Advice, case: Case) -> AdviceFacts:
    term = suggested(advice, case)
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
    if term in wrong:
        return wrong.index(term) + 1
    names = [scoring.normalise(one) for one in wrong]
    name = scoring.normalise(term)
    return names.index(name) + 1 if name in names else 1
