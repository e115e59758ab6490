"""Separation: data for which a logistic coefficient has no finite estimate, found before anything is fitted."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize

from simlab.stats.intervals import Array


def cells(y: object, labels: Sequence[object] | np.ndarray) -> list[str]:
    """Cells (arm × phase, say) in which every outcome is 0 or every outcome is 1, each as one phrase.

    y: n outcomes of 0 or 1; labels: n cell labels.
    """
    places: dict[object, int] = {}
    member = np.fromiter((places.setdefault(label, len(places)) for label in labels), dtype=np.intp)
    size = np.bincount(member)
    right = np.bincount(member, np.asarray(y, dtype=np.float64))
    return [
        f"{name}: {'100 %' if right[place] else '0 %'} of {size[place]}"
        for name, place in sorted((_text(label), place) for label, place in places.items())
        if right[place] in (0, size[place])
    ]


def _text(label: object) -> str:
    return " × ".join(str(part) for part in label) if isinstance(label, tuple) else str(label)


def separated(y: object, x: object, names: Sequence[str]) -> str | None:
    """Say which coefficients run to infinity, or None if every one has a finite estimate.

    Exact: a linear programme looks for a direction that predicts no outcome wrongly and some rightly (Albert and
    Anderson 1984; Konis 2007). It concerns the fixed effects, so it holds for the mixed model too: along such a
    direction the likelihood rises for any random effects.
    """
    outcome, fixed = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    patterns, signs = _patterns(outcome, fixed)
    if (signs == 0).all():
        return None
    mixed = patterns[signs == 0]
    pure = patterns[signs != 0] * signs[signs != 0, None]
    if mixed.size and np.linalg.matrix_rank(mixed) == fixed.shape[1]:
        return None
    answer = optimize.linprog(
        -pure.sum(axis=0),
        A_ub=-pure,
        b_ub=np.zeros(len(pure)),
        A_eq=mixed if len(mixed) else None,
        b_eq=np.zeros(len(mixed)) if len(mixed) else None,
        bounds=[(-1, 1)] * fixed.shape[1],
        method="highs",
    )
    if answer.x is None or answer.fun is None or answer.fun > -1e-7:
        return None
    guilty = [name for name, value in zip(names, answer.x, strict=True) if abs(value) > 1e-7]
    return "separation: no finite estimate for " + ", ".join(guilty)


def _patterns(y: Array, x: Array) -> tuple[Array, Array]:
    """Distinct rows of x with the sign of their outcomes: 1 all right, −1 all wrong, 0 both."""
    # A random projection names each distinct row by one number; sorting numbers is ten times faster than rows.
    key = x @ np.random.default_rng(7).normal(size=x.shape[1])
    _, first, member = np.unique(key, return_index=True, return_inverse=True)
    total = np.bincount(member)
    right = np.bincount(member, y)
    return x[first], np.where(right == total, 1.0, np.where(right == 0, -1.0, 0.0))
