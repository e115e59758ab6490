"""Generalisability of scores: where their variance comes from, and how many cases a dependable score needs.

Persons and cases are crossed and both random, with one score a person and case; not all need be there. Variance
components are by restricted maximum likelihood, which for complete data is the analysis of variance unless a component
would be negative; such a component is zero and is said to be (Brennan 2001).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.stats import lmm
from simlab.stats.glmm_design import Factor
from simlab.stats.intervals import Array, CannotFit

WANTED = 0.8
MOST_CASES = 1000


@dataclass(frozen=True)
class Components:
    """Variances of persons, of cases, and of what is left (person by case and error); `singular` names zeros."""

    person: float
    case: float
    residual: float
    persons: int
    cases: int
    n_used: int
    converged: bool
    verdict: str
    singular: tuple[str, ...]


@dataclass(frozen=True)
class Dependability:
    """With so many cases: relative (Eρ², for ranking persons) and absolute (Φ, for a standard), and the absolute SE of
    measurement on the scale of the scores. None where scores do not vary."""

    cases: int
    relative: float | None
    absolute: float | None
    error: float


def components(scores: Array) -> Components:
    """From scores (persons × cases), NaN where a case was not given. Raises CannotFit with fewer than two of each."""
    person, case = np.nonzero(np.isfinite(scores))
    if len(set(person.tolist())) < 2 or len(set(case.tolist())) < 2:
        raise CannotFit("Variance components of scores need two persons and two cases.")
    y = scores[person, case]
    if np.ptp(y) == 0:
        raise CannotFit("All scores are equal: there is no variance to tell apart.")
    factors = [Factor("person", person), Factor("case", case)]
    fit = lmm.fit(y, np.ones((y.size, 1)), factors, names=["(intercept)"])
    sd = {effect.name: float(effect.sd[0]) for effect in fit.effects}
    return Components(
        sd["person"] ** 2, sd["case"] ** 2, fit.sigma**2, len(set(person.tolist())), len(set(case.tolist())), y.size,
        fit.converged, fit.verdict, fit.singular,
    )  # fmt: skip


def dependability(parts: Components, cases: int) -> Dependability:
    """Of the mean over so many cases."""
    relative = parts.residual / cases
    absolute = (parts.residual + parts.case) / cases
    shares = [parts.person / (parts.person + e) if parts.person + e > 0 else None for e in (relative, absolute)]
    return Dependability(cases, shares[0], shares[1], math.sqrt(absolute))


def cases_for(parts: Components, wanted: float = WANTED, *, absolute: bool = True) -> int | None:
    """Fewest cases with a coefficient of at least `wanted`; None when MOST_CASES are not enough."""
    if parts.person <= 0:
        return None
    error = parts.residual + (parts.case if absolute else 0.0)
    needed = max(1, math.ceil(wanted / (1 - wanted) * error / parts.person - 1e-9))
    return needed if needed <= MOST_CASES else None


def study(parts: Components, cases: Sequence[int]) -> list[Dependability]:
    """A D-study: the same coefficients for several numbers of cases."""
    return [dependability(parts, n) for n in cases]
