"""The answer key of a bot: what it may know of cases and advice, since a page never says what is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simlab.engine.casefile import Advice, Case
from simlab.engine.modelanswers import on_scale, right_answer, wrong_answers
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
    also: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})  # right and wrong answers to the further questions

    def answer(self, labels: Sequence[str], confidence: int, scale: str) -> dict[str, Any]:
        """What a browser would send for labels in order of rank; `scale` is the study's, for confidence."""
        sure = on_scale(confidence, scale)
        right, wrong = self.also
        further = {"also": dict(right if labels[0] == self.reference else wrong)} if right else {}
        if not self.answers:
            differential = [{"term": term, "icd10": None} for term in labels]
            return {"differential": differential, "confidence": sure, "management": None, **further}
        return {"kind": self.kind, **self.answers[labels[0]], "confidence": sure, **further}


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
        also=(
            {str(one.id): right_answer(one, case.reference.diagnosis) for one in case.question.also},
            {str(one.id): wrong_answers(one)[0] for one in case.question.also},
        ),
    )


def advice_key(advice: Advice, case: Case) -> AdviceKey:
    facts = advice_facts(advice, case)
    return AdviceKey(facts.correct, facts.term, facts.confidence)
