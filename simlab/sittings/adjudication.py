"""Answers in people's own words that nobody has judged yet, and what raters found of them.

Raters see a text, its case and the reference, and nothing of the person, the arm, the phase or the advice; the same
text is judged once for all who wrote it. Two agree, or a third decides.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simlab.engine import scoring
from simlab.engine.case import Case
from simlab.engine.formscores import score_answer
from simlab.engine.questions import FreeText, RankedDifferential
from simlab.people.models import User
from simlab.sittings.models import Decision, Participant, Rating, Verdict
from simlab.studies.models import Study
from simlab.studies.reading import case_of, synonyms_of

NEEDED = 2


@dataclass(frozen=True)
class Item:
    """One text for one case: how often it was given, its ratings by rater, and the verdict that is in use."""

    case: Case
    text: str
    answers: int
    ratings: Mapping[int, bool]
    verdict: bool | None

    @property
    def settled(self) -> bool | None:
        """What the raters found together; None while two have not agreed."""
        votes = Counter(self.ratings.values())
        return next((right for right, n in votes.items() if n >= NEEDED), None)

    @property
    def is_disputed(self) -> bool:
        return len(self.ratings) >= NEEDED and self.settled is None


def judged_of(study: Study) -> dict[str, dict[str, bool]]:
    """The verdicts in use, by case and normalised text: what scoring takes beside the case file."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for case_id, text, right in Verdict.objects.filter(study=study).values_list("case_id", "text", "right"):
        found[case_id][text] = right
    return found


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def items_of(study: Study) -> list[Item]:
    """Every text that a case file does not settle by itself. The order is that of a hash, and tells nothing."""
    cases, counts = _unknown_texts(study)
    ratings: dict[tuple[str, str], dict[int, bool]] = defaultdict(dict)
    for case_id, text, rater, right in Rating.objects.filter(study=study).values_list(
        "case_id", "text", "rater_id", "right"
    ):
        ratings[case_id, text][rater] = right
    judged = judged_of(study)
    items = [
        Item(cases[case_id], text, n, ratings[case_id, text], judged.get(case_id, {}).get(text))
        for (case_id, text), n in counts.items()
    ]
    return sorted(items, key=lambda item: sha256_of(f"{item.case.id}/{item.text}"))


def next_for(items: list[Item], rater: User) -> Item | None:
    """The next text for this rater: what two disagree about, then what lacks a second, then a first."""
    open_ = [item for item in items if item.verdict is None and item.settled is None and rater.pk not in item.ratings]
    return max(open_, key=lambda item: len(item.ratings), default=None)


def pairs_of(items: list[Item]) -> list[tuple[bool, bool]]:
    """The first two ratings of each text that has two, in the order of the raters' ids."""
    both = (sorted(item.ratings.items()) for item in items if len(item.ratings) >= NEEDED)
    return [(two[0][1], two[1][1]) for two in both]


def _unknown_texts(study: Study) -> tuple[dict[str, Case], Counter[tuple[str, str]]]:
    names = synonyms_of(study)
    cases: dict[str, Case] = {}
    counts: Counter[tuple[str, str]] = Counter()
    people = Participant.objects.usable().filter(study=study)
    given = Decision.objects.filter(encounter__sitting__participant__in=people)
    for version, answer in given.values_list("encounter__planned__case_version_id", "answer"):
        case = case_of(version)
        for text in set(_texts(case, answer, names)):
            cases.setdefault(case.id, case)
            counts[case.id, text] += 1
    return cases, counts


def _texts(case: Case, answer: Mapping[str, Any], names: scoring.Synonyms) -> Iterator[str]:
    """The normalised texts of an answer that the case file and the list of conditions know nothing of."""
    reference = case.reference.diagnosis
    own = {**names, **scoring.synonyms_of([reference])}
    if isinstance(case.question, FreeText):
        if score_answer(case.question, reference, answer, own).correct is None:
            yield scoring.normalise(answer["text"])
    elif isinstance(case.question, RankedDifferential):
        for entry in answer["differential"]:
            if (text := scoring.normalise(entry["term"])) not in own:
                yield text
