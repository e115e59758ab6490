"""What the trainees of a cohort answered, in a number of queries that does not grow with people or cases.

A table of facts and verdicts, one row a case that was answered. The analysis table holds more, but reads every message
of every sitting; here the database joins the answers, and each distinct answer to a case is scored once.
"""

import json
from functools import lru_cache
from typing import Any

import pandas as pd
from django.db import connection

from simlab.engine import scoring
from simlab.engine.case import Advice, Case
from simlab.engine.formscores import Scored, score_answer
from simlab.sittings.adjudication import judged_of
from simlab.studies.models import AdviceVersion, CaseVersion, Study
from simlab.studies.reading import synonyms_of
from simlab.teaching.models import Cohort, Trainee
from simlab.teaching.reading import participants_of, trainees_by_participant

COLUMNS = (
    "participant", "study", "encounter", "case_version", "advice_version", "at", "seconds", "phase",
    "structure", "advised", "first_answer", "last_answer", "first_confidence", "confidence",
)  # fmt: skip

# By hand, since the join of two answers to one row and their confidence taken out are beyond the query builder.
# The participants are those the firewall of teaching lets through.
ANSWERED = """
SELECT p.id::text, p.study_id::text, e.id::text, pe.case_version_id::text,
       pe.advice_version_id::text, extract(epoch FROM e.opened_at)::float8,
       extract(epoch FROM coalesce(f.given_at, i.given_at) - e.opened_at)::float8, s.phase, s.structure,
       pe.advice_version_id IS NOT NULL AND EXISTS (
           SELECT 1 FROM sittings_exposure x
           WHERE x.encounter_id = e.id AND x.advice_version_id IS NOT NULL AND x.kind IN ('rendered', 'seen')),
       (i.answer - 'confidence')::text, (coalesce(f.answer, i.answer) - 'confidence')::text,
       (i.answer ->> 'confidence')::float8 / 100, (coalesce(f.answer, i.answer) ->> 'confidence')::float8 / 100
FROM sittings_encounter e
JOIN sittings_sitting s ON s.id = e.sitting_id
JOIN sittings_participant p ON p.id = s.participant_id
JOIN studies_plannedencounter pe ON pe.id = e.planned_id AND pe.purpose = 'case'
LEFT JOIN sittings_decision i ON i.encounter_id = e.id AND i.stage = 'initial'
LEFT JOIN sittings_decision f ON f.encounter_id = e.id AND f.stage = 'final'
WHERE p.id = ANY(%s) AND p.withdrawal IN ('', 'keep') AND e.closed_at IS NOT NULL
  AND (i.id IS NOT NULL OR f.id IS NOT NULL)
ORDER BY e.opened_at, e.id
"""


def responses_of(whom: Cohort | Trainee) -> pd.DataFrame:
    """Every case that was answered, in the order in which they were opened, with COLUMNS and verdicts.

    case, title, specialty, competences; first, last: labels of the answers; first_right, right, score; advice: the
    label of what was advised; advice_right; followed. Confidences are 0 to 1, `at` is seconds since 1970. None where
    not known. `first` is None where one answer only was asked for.
    """
    people = list(participants_of(whom))
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, [[person.pk for person in people]])
        rows = cursor.fetchall()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.insert(0, "trainee", table["participant"].map(trainees_by_participant(whom)))
    studies = {str(person.study_id): person.study for person in people}
    return _judged(table, studies)


def _judged(table: pd.DataFrame, studies: dict[str, Study]) -> pd.DataFrame:
    cases = _cases(tuple(sorted(table["case_version"].unique())))
    advice = _advice(tuple(sorted(table["advice_version"].dropna().unique())))
    held = {name: _Scorer(study, cases) for name, study in studies.items()}
    given = list(zip(
        table["study"], table["case_version"], table["advice_version"], table["structure"], table["first_answer"],
        table["last_answer"], table["advised"], strict=True,
    ))  # fmt: skip
    # Many trainees give the same answer to the same case.
    known = {row: _verdicts(row, held, cases, advice) for row in set(given)}
    made = [known[row] for row in given]
    names = ("case", "title", "specialty", "competences", "first", "last", "first_right", "right", "score", "advice",
             "advice_right", "followed")  # fmt: skip
    verdicts = pd.DataFrame(made, columns=list(names), index=table.index, dtype=object)
    return pd.concat([table.drop(columns=["first_answer", "last_answer"]), verdicts], axis=1)


def _verdicts(
    row: tuple[Any, ...], held: dict[str, "_Scorer"], cases: dict[str, Case], advice: dict[str, tuple[bool, Advice]]
) -> tuple[Any, ...]:
    study, version, advised_by, structure, first, last, shown = row
    names, case = held[study], cases[version]
    ended = names.scored(version, last)
    # Where the advice speaks up only when it differs, an answer it said nothing about is both first and last.
    begun = names.scored(version, first or last) if first or structure.startswith("at-submit") else None
    told = advice.get(advised_by) if shown else None
    label = names.advised(version, advised_by, told[1]) if told else None
    return (
        case.id, case.title, case.specialty, case.competences or (case.specialty,),
        begun.label if begun else None, ended.label, begun.correct if begun else None, ended.correct, ended.score,
        label, told[0] if told else None, None if label is None else ended.label == label,
    )  # fmt: skip


class _Scorer:
    """Scores the answers of one study, each distinct one once: with its synonyms and what raters found there."""

    def __init__(self, study: Study, cases: dict[str, Case]) -> None:
        self.cases, self.synonyms, self.judged = cases, synonyms_of(study), judged_of(study)
        self.known: dict[tuple[str, str], Scored] = {}

    def scored(self, version: str, answer: str) -> Scored:
        key = version, answer
        if key not in self.known:
            self.known[key] = self._score(version, json.loads(answer))
        return self.known[key]

    def _score(self, version: str, answer: dict[str, Any]) -> Scored:
        case, names = self.cases[version], self._names(version)
        return score_answer(case.question, case.reference.diagnosis, answer, names, self.judged.get(case.id))

    def _names(self, version: str) -> dict[str, str]:
        return self.synonyms | scoring.synonyms_of([self.cases[version].reference.diagnosis])

    def advised(self, version: str, advice_version: str, advice: Advice) -> str:
        key = version, advice_version
        if key not in self.known:
            label = scoring.canonical(advice.diagnosis.term, self._names(version)) if advice.diagnosis else None
            self.known[key] = Scored(None, None, label) if label else self._score(version, advice.answer or {})
        return self.known[key].label


@lru_cache(maxsize=16)
def _cases(versions: tuple[str, ...]) -> dict[str, Case]:
    """Versions never change. All in one query, whatever their number."""
    found = CaseVersion.objects.filter(pk__in=versions).values_list("pk", "content")
    return {str(pk): Case.model_validate(content) for pk, content in found}


@lru_cache(maxsize=16)
def _advice(versions: tuple[str, ...]) -> dict[str, tuple[bool, Advice]]:
    found = AdviceVersion.objects.filter(pk__in=versions).values_list("pk", "correct", "content")
    return {str(pk): (right, Advice.model_validate(content)) for pk, right, content in found}
