"""What a second adviser says about a case on which a first has spoken.

Both draw from the same bank. Nothing is drawn by chance here: the first adviser's advice was, and the second agrees or
disagrees with it as the protocol says.
"""

import hashlib

from simlab.engine.case import Advice, Case
from simlab.engine.scoring import canonical, synonyms_of


def second_opinion(case: Case, first: Advice, *, stance: str, key: str) -> Advice:
    """The advice of the second adviser: “agrees” suggests what `first` does, “disagrees” something else.

    `key` names the place, so that several items of a bank take turns between places. ValueError when the bank holds
    nothing that disagrees.
    """
    terms = [term for term in (case.reference.diagnosis, *(one.diagnosis for one in case.advice)) if term]
    names = synonyms_of(terms)
    said = canonical(first.suggested, names)
    usable = [advice for advice in case.advice if not advice.unusable and advice.id != first.id]
    agreeing = [advice for advice in usable if canonical(advice.suggested, names) == said]
    others = [advice for advice in usable if advice not in agreeing]
    if stance == "agrees":
        return _turn(agreeing, key) if agreeing else first
    opposite = [advice for advice in others if advice.correct != first.correct]
    if not others:
        raise ValueError(f"no advice of the case {case.id} disagrees with {first.id}")
    return _turn(opposite or others, key)


def _turn(bank: list[Advice], key: str) -> Advice:
    ordered = sorted(bank, key=lambda advice: advice.id)
    return ordered[int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(ordered)]
