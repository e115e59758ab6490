"""Scores of ranked differentials from the rank at which the reference stands.

A rank counts from 1. None means that an answer was given and the reference was not in it: that scores 0. A case that
was not answered is missing and must not be passed in.
"""

import math
from collections.abc import Sequence

Rank = int | None


def top_k(ranks: Sequence[Rank], k: int) -> float | None:
    """Share of answers with the reference among the first k. None without answers."""
    return sum(r is not None and r <= k for r in ranks) / len(ranks) if ranks else None


def mean_reciprocal_rank(ranks: Sequence[Rank]) -> float | None:
    """Mean of 1/rank, 0 where the reference is not listed. None without answers."""
    return sum(0.0 if r is None else 1 / r for r in ranks) / len(ranks) if ranks else None


def ndcg(relevance: Sequence[float], ideal: Sequence[float], k: int | None = None) -> float | None:
    """Discounted gain of a list over that of the best list; relevance in the order answered, ideal in any order.

    None when nothing is relevant.
    """
    best = _gain(sorted(ideal, reverse=True)[:k])
    return _gain(relevance[:k]) / best if best > 0 else None


def _gain(relevance: Sequence[float]) -> float:
    return sum(value / math.log2(place + 2) for place, value in enumerate(relevance))


def rank_in(answers: Sequence[str], accepted: set[str]) -> Rank:
    """Rank of the first accepted answer; repeated answers collapse before ranking."""
    distinct = list(dict.fromkeys(answers))
    return next((place for place, answer in enumerate(distinct, start=1) if answer in accepted), None)
