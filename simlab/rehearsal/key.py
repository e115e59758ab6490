"""The answer key of a bot: what it may know of cases and advice, since a page never says what is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simlab.engine.casefile import Advice, Case
from simlab.engine.modelanswers import on_scale
from simlab.rehearsal.facts import advice_facts, answers_of, case_facts
from simlab.rehearsal.truth import Truth


@dataclass(frozen=True)
class CaseKey:
    """One case: its reference, the plausible wrong answers in their order, its difficulty (share right, 0..1) and the
    competences it asks for."""

    case_id: str
    reference: str
    wrong: tuple[str, ...]
    difficulty: float
    competences: tuple[str, ...] = ()
    kind: str = "ranked-differential"
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by label; none for a ranked differential

    def answer(self, labels: Sequence[str], confidence: int, scale: str) -> dict[str, Any]:
        """What a browser would send for labels in order of rank; `scale` is the study's, for confidence."""
        sure = on_scale(confidence, scale)
        if not self.answers:
            differential = [{"term": term, "icd10": None} for term in labels]
            return {"differential": differential, "confidence": sure, "management": None}
        return {"kind": self.kind, **self.answers[labels[0]], "confidence": sure}


@dataclass(frozen=True)
class AdviceKey:
    """One piece of advice: whether it is right, its diagnosis, and its confidence (0..1)."""

    correct: bool
    term: str
    confidence: float


@dataclass(frozen=True)
class Key:
    """Cases by the version named in a step, advice by the uuid on its card."""

    cases: Mapping[str, CaseKey]
    advice: Mapping[str, AdviceKey]


def case_key(case: Case, truth: Truth) -> CaseKey:
    facts = case_facts(case, truth)
    return CaseKey(
        facts.case_id,
        facts.reference,
        facts.wrong,
        facts.difficulty,
        facts.competences,
        kind=case.question.kind,
        answers=answers_of(case),
    )


def advice_key(advice: Advice, case: Case) -> AdviceKey:
    facts = advice_facts(advice, case)
    return AdviceKey(facts.correct, facts.term, facts.confidence)
