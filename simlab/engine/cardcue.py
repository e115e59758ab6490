"""Can a card be known for right or wrong by its looks? Length, wording and confidence, judged out of sample.

A judge learns from the cards of all other cases and then rates those of the case left out (a case and its twin are left
out together). The area under its ROC curve is 0.5 when looks tell nothing.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance
from typing import TYPE_CHECKING

from simlab.engine.casetexts import card_words
from simlab.engine.casetwins import family

if TYPE_CHECKING:
    from simlab.engine.case import Case

HIGHEST = 0.6
FEWEST_CASES = 20  # with fewer an AUC of 0.6 is met by chance far too often to be told
FEWEST_CARDS = 3  # a word on fewer cards is not learnt


@dataclass(frozen=True)
class Look:
    """What can be seen of a card, and what it is."""

    family: str
    correct: bool
    words: frozenset[str]
    length: float
    confidence: float


Judge = Callable[[Look, Sequence[Look]], float]


def looks(cases: Sequence["Case"]) -> list[Look]:
    """The cards of authored cases that may be shown. Twins are left out: their cards are the originals'."""
    return [
        Look(family(case), one.correct, _words(card_words(one)), float(len(card_words(one))), one.confidence or 0.0)
        for case in cases
        if case.origin == "authored" and case.twin_of is None
        for one in case.advice
        if not one.unusable
    ]


def cue_aucs(cards: Sequence[Look]) -> dict[str, float]:
    """Out-of-sample AUC of four judges: by wording, by length, by confidence, and by all three together."""
    judges: dict[str, Judge] = {"wording": _by_words, "length": _by("length"), "confidence": _by("confidence")}
    rated = {name: [(card.correct, _rating(card, cards, judge)) for card in cards] for name, judge in judges.items()}
    together = [(card.correct, sum(rated[name][index][1] for name in judges)) for index, card in enumerate(cards)]
    return {name: auc(ratings) for name, ratings in {**rated, "all three": together}.items()}


def cue_faults(cases: Sequence["Case"]) -> list[str]:
    """A sentence for each judge that does better than HIGHEST; none for a pack too small to tell."""
    cards = looks(cases)
    if len({card.family for card in cards}) < FEWEST_CASES:
        return []
    return [
        f"right and wrong cards can be told apart by {name}: an area under the curve of {area:.2f}, and "
        f"{HIGHEST:g} is the limit."
        for name, area in cue_aucs(cards).items()
        if area > HIGHEST
    ]


def auc(ratings: Sequence[tuple[bool, float]]) -> float:
    """The chance that a right card is rated above a wrong one, ties counting half (Mann and Whitney 1947)."""
    right = [value for correct, value in ratings if correct]
    wrong = [value for correct, value in ratings if not correct]
    if not right or not wrong:
        return 0.5
    return sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / (len(right) * len(wrong))


def _rating(card: Look, cards: Sequence[Look], judge: Judge) -> float:
    return judge(card, [other for other in cards if other.family != card.family])


def _by_words(card: Look, others: Sequence[Look]) -> float:
    """Naive Bayes over words, one added to every count: the log odds that the card is right."""
    right = [other.words for other in others if other.correct]
    wrong = [other.words for other in others if not other.correct]
    total = 0.0
    for word in sorted(card.words):
        in_right, in_wrong = sum(word in seen for seen in right), sum(word in seen for seen in wrong)
        if in_right + in_wrong >= FEWEST_CARDS:
            total += math.log((in_right + 1) / (len(right) + 2)) - math.log((in_wrong + 1) / (len(wrong) + 2))
    return total


def _by(name: str) -> Judge:
    """Naive Bayes with a normal distribution for each of right and wrong."""

    def judge(card: Look, others: Sequence[Look]) -> float:
        value = getattr(card, name)
        return sum(
            sign * _log_normal(value, [getattr(other, name) for other in others if other.correct is kind])
            for sign, kind in ((1, True), (-1, False))
        )

    return judge


def _log_normal(value: float, sample: Sequence[float]) -> float:
    if len(sample) < 2:
        return 0.0
    variance = pvariance(sample) or 1e-9
    return -0.5 * (math.log(variance) + (value - fmean(sample)) ** 2 / variance)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.casefold()))
