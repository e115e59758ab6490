"""Rows in, coded design out: the shared front door of the mixed models.

A random factor (clinician, case) has a vector of random terms, an intercept and any slopes, whose covariance is
L Lᵀ with L lower triangular ("full") or diagonal. The free elements of L, raw and unlogged, are the model's
`theta`: a variance of zero is then an ordinary interior point with a finite curvature, not a run to minus infinity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import linalg

from simlab.stats.glmm_link import LOGIT, Link
from simlab.stats.intervals import Array, CannotFit, Codes

LARGEST_CROSSING = 40_000_000  # elements of the dense clinician × case block; 320 MB a copy


@dataclass(frozen=True)
class Factor:
    """A random factor: one label per row, an intercept, and slopes (name → one number per row)."""

    name: str
    labels: Sequence[object] | np.ndarray
    slopes: Mapping[str, object] = field(default_factory=dict)
    covariance: str = "full"


@dataclass(frozen=True)
class Coded:
    """A factor after coding: `codes` (n) into `levels` (L), `z` (n × q) with ones first."""

    name: str
    terms: tuple[str, ...]
    levels: tuple[object, ...]
    codes: Codes
    z: Array
    free: tuple[tuple[int, int], ...]  # (row, column) of each free element of L, in theta's order

    @property
    def width(self) -> int:
        return len(self.terms)

    @property
    def count(self) -> int:
        return len(self.levels)

    def cholesky(self, theta: Array) -> Array:
        """L (q × q) from this factor's part of theta."""
        lower = np.zeros((self.width, self.width))
        for (row, column), value in zip(self.free, theta, strict=True):
            lower[row, column] = value
        return lower

    def theta(self, lower: Array) -> Array:
        """This factor's part of theta from L."""
        return np.array([lower[place] for place in self.free])

    def theta_names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}: L[{self.terms[row]}, {self.terms[column]}]" for row, column in self.free)


@dataclass(frozen=True)
class Rows:
    """Complete rows of a model: y (n), x (n × k) and one to three coded factors, larger first."""

    y: Array
    x: Array
    names: tuple[str, ...]
    factors: tuple[Coded, ...]
    n_dropped: int
    link: Link = LOGIT


def prepare(y: object, x: object, factors: Sequence[Factor], names: Sequence[str]) -> Rows:
    """Drop incomplete rows, code the labels and check that the model can be estimated.

    y: n outcomes; x: n × k with the intercept column; labels and slopes: n each.
    Raises CannotFit naming the column or factor at fault.
    """
    outcome = np.asarray(y, dtype=np.float64)
    fixed = np.asarray(x, dtype=np.float64)
    if fixed.ndim != 2 or fixed.shape != (outcome.size, len(names)):
        raise CannotFit(
            f"x has shape {fixed.shape}; give one row per outcome and one column per name: "
            f"({outcome.size}, {len(names)})."
        )
    if len(factors) not in (1, 2, 3):
        raise CannotFit(f"{len(factors)} random factors were given; this model takes one to three.")
    labels = [_labels(factor, outcome.size) for factor in factors]
    slopes = [_slopes(factor, outcome.size) for factor in factors]
    keep = np.isfinite(outcome) & np.isfinite(fixed).all(axis=1)
    for missing, slope in zip((pair[1] for pair in labels), slopes, strict=True):
        keep &= ~missing & np.isfinite(slope).all(axis=1)
    if not keep.any():
        raise CannotFit("No complete row is left; look for missing outcomes, labels or covariates.")
    everything = bool(keep.all())
    if not everything:
        outcome, fixed = outcome[keep], fixed[keep]
    _refuse_aliased(fixed, names)
    coded = [
        _code(factor, pair[0] if everything else pair[0][keep], slope if everything else slope[keep])
        for factor, pair, slope in zip(factors, labels, slopes, strict=True)
    ]
    coded.sort(key=lambda item: -item.count * item.width)
    for other in coded[1:]:
        if (crossing := coded[0].count * coded[0].width * other.count * other.width) > LARGEST_CROSSING:
            raise CannotFit(
                f"{coded[0].name} × {other.name} has {crossing:,} combinations, more than "
                f"{LARGEST_CROSSING:,}; use clustered standard errors for data of this shape."
            )
    return Rows(outcome, fixed, tuple(names), tuple(coded), int(keep.size - keep.sum()))


def _labels(factor: Factor, n: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.asarray(factor.labels)
    if labels.shape != (n,):
        raise CannotFit(f"{factor.name} has {labels.size} labels for {n} rows; give one label per row.")
    if labels.dtype.kind in "iub":
        return labels, np.zeros(n, dtype=bool)
    if labels.dtype.kind == "f":
        return labels, np.isnan(labels)
    if labels.dtype.kind == "U":
        return labels, np.zeros(n, dtype=bool)
    return labels, np.asarray(pd.isna(labels), dtype=bool)


def _slopes(factor: Factor, n: int) -> Array:
    columns = [np.ones(n)]
    for name, values in factor.slopes.items():
        column = np.asarray(values, dtype=np.float64)
        if column.shape != (n,):
            raise CannotFit(f"The slope {name} of {factor.name} has {column.size} values for {n} rows.")
        columns.append(column)
    return np.column_stack(columns)


def _code(factor: Factor, labels: np.ndarray, z: Array) -> Coded:
    levels, codes = _levels(labels)
    if levels.size < 2:
        raise CannotFit(f"{factor.name} has one level only; leave this random factor out.")
    width = z.shape[1]
    if factor.covariance not in ("full", "diagonal"):
        raise CannotFit(f'covariance of {factor.name} is "{factor.covariance}"; write "full" or "diagonal".')
    for position, name in enumerate(factor.slopes, start=1):
        if np.ptp(z[:, position]) == 0:
            raise CannotFit(f"The slope {name} of {factor.name} never varies; leave it out.")
    free = tuple(
        (row, column)
        for row in range(width)
        for column in range(row + 1)
        if factor.covariance == "full" or row == column
    )
    terms = ("intercept", *factor.slopes)
    return Coded(factor.name, terms, tuple(levels.tolist()), codes, z, free)


def _levels(labels: np.ndarray) -> tuple[np.ndarray, Codes]:
    """Distinct labels in order, objects as text, and the place of each row's label among them."""
    if labels.dtype.kind != "O":
        found, codes = np.unique(labels, return_inverse=True)
        return found, codes.astype(np.int64)
    # Text is sorted once a level and not once a row: a million rows have a few thousand levels.
    codes, distinct = pd.factorize(labels)
    found, place = np.unique(np.array([str(label) for label in distinct]), return_inverse=True)
    return found, place.astype(np.int64)[codes]


def _refuse_aliased(x: Array, names: Sequence[str]) -> None:
    """Refuse columns that are sums of others; a silent generalised inverse would hide an empty cell."""
    gram = x.T @ x
    scale = np.sqrt(np.diag(gram))
    if (scale == 0).any():
        raise CannotFit(f"Column {names[int(np.argmin(scale))]} is zero in every row; leave it out.")
    triangle, order = linalg.qr(gram / np.outer(scale, scale), mode="r", pivoting=True)
    rank = int((np.abs(np.diag(triangle)) > 1e-9).sum())
    if rank < len(names):
        lost = ", ".join(names[place] for place in sorted(order[rank:]))
        raise CannotFit(
            f"Column {lost} is fixed by the other columns (an empty cell or a repeated column); leave it out."
        )
