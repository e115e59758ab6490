"""Scores of questionnaires from items as they were answered; None is an item left out.

Items are stored and scores worked out from them. Item wordings are not here: some are licensed.
"""

from collections.abc import Mapping, Sequence

Item = float | None


# How many items a questionnaire has; `tlx-weights` are the times that each load was chosen, 15 in all.
ITEMS: Mapping[str, int] = {
    "sus": 10,
    "tlx": 6,
    "tlx-weights": 6,
    "jian": 12,
    "trust-in-automation": 19,
    "merritt-trust": 6,
    "merritt-propensity": 6,
    "perceived-accuracy": 1,
}


def sus(items: Sequence[Item]) -> float | None:
    """System Usability Scale, 0 to 100, from 10 items of 1 to 5; None when any is missing."""
    _expect(items, 10, 1, 5)
    given = _complete(items)
    if given is None:
        return None
    return 2.5 * sum(x - 1 if place % 2 == 0 else 5 - x for place, x in enumerate(given))


def tlx_raw(items: Sequence[Item]) -> float | None:
    """NASA-TLX without weights: mean of 6 ratings of 0 to 100, Performance running from good to poor."""
    _expect(items, 6, 0, 100)
    given = _complete(items)
    return None if given is None else sum(given) / 6


def tlx_weighted(items: Sequence[Item], weights: Sequence[int]) -> float | None:
    """NASA-TLX with weights from 15 choices between pairs; raises ValueError unless they add up to 15."""
    _expect(items, 6, 0, 100)
    if len(weights) != 6 or sum(weights) != 15:
        raise ValueError(f"six weights that add up to 15 are needed; these add up to {sum(weights)}")
    given = _complete(items)
    return None if given is None else sum(w * x for w, x in zip(weights, given, strict=True)) / 15


def trust_jian(items: Sequence[Item]) -> dict[str, float | None]:
    """Jian and others 2000, 12 items of 1 to 7: one mean with the first five reversed, and the two halves.

    The single factor is contested, so all three are given.
    """
    _expect(items, 12, 1, 7)
    turned = [None if x is None else 8 - x for x in items[:5]]
    return {"trust": _mean([*turned, *items[5:]]), "distrust items": _mean(items[:5]), "trust items": _mean(items[5:])}


_TIA_REVERSED = frozenset({5, 7, 10, 15, 16})
_TIA: Mapping[str, tuple[int, ...]] = {
    "reliability and competence": (1, 6, 10, 13, 15, 19),
    "understanding and predictability": (2, 7, 11, 16),
    "familiarity": (3, 17),
    "intention of developers": (4, 8),
    "propensity to trust": (5, 12, 18),
    "trust in automation": (9, 14),
}

TIA_SCALES = tuple(_TIA)


def trust_in_automation(items: Sequence[Item]) -> dict[str, float | None]:
    """Körber 2018, 19 items of 1 to 5: mean of each subscale; None when more than half of its items are missing."""
    _expect(items, 19, 1, 5)
    turned = {n: (6 - x if n in _TIA_REVERSED else x) if x is not None else None for n, x in enumerate(items, start=1)}
    return {scale: _mean([turned[n] for n in numbers], at_least=0.5) for scale, numbers in _TIA.items()}


def merritt(items: Sequence[Item]) -> float | None:
    """Trust (Merritt 2011) or propensity to trust (2013), 6 items of 1 to 5: mean; None when any is missing."""
    _expect(items, 6, 1, 5)
    return _mean(items)


def trust_calibration(perceived: float, actual: float) -> float:
    """Perceived minus actual accuracy of the AI, both 0 to 100: above 0 is too much trust."""
    return perceived - actual


def _expect(items: Sequence[Item], count: int, lowest: float, highest: float) -> None:
    if len(items) != count:
        raise ValueError(f"{count} items are needed; {len(items)} were given")
    for number, x in enumerate(items, start=1):
        if x is not None and not lowest <= x <= highest:
            raise ValueError(f"item {number} is {x:g}; it must be from {lowest:g} to {highest:g}")


def _complete(items: Sequence[Item]) -> list[float] | None:
    given = [x for x in items if x is not None]
    return given if len(given) == len(items) else None


def _mean(items: Sequence[Item], at_least: float = 1.0) -> float | None:
    given = [x for x in items if x is not None]
    return sum(given) / len(given) if given and len(given) >= at_least * len(items) else None
