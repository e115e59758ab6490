"""Cumulative logit mixed model for ordered answers (Likert, confidence in bands, triage), clinicians and cases crossed.

Maximum likelihood by Laplace approximation, as `ordinal::clmm` does. One effect moves all thresholds alike
(proportional odds). A category nobody chose has no threshold and is left out; a coefficient without a finite estimate
is never given a standard error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simlab.stats import glmm, glmm_design
from simlab.stats.glmm import EXTREME, RandomEffect
from simlab.stats.glmm_design import Factor, Rows
from simlab.stats.glmm_optimum import Optimum, climb
from simlab.stats.intervals import Array, CannotFit
from simlab.stats.ordinal_laplace import OrdinalLaplace

FEW_ANSWERS = 5  # in a category; with fewer its thresholds rest on little
MOST_CATEGORIES = 12


@dataclass(frozen=True)
class OrdinalFit:
    """beta, se (k): log odds of a higher answer. cuts, cuts_se (C − 1): thresholds between `categories` (C).

    joint_vcov covers (beta, theta, cuts); NaN where the model is separated or the fit failed. `counts`: answers in each
    category; `sparse`: one sentence for each category with fewer than FEW_ANSWERS.
    """

    names: tuple[str, ...]
    categories: tuple[float, ...]
    counts: tuple[int, ...]
    beta: Array
    se: Array
    cuts: Array
    cuts_se: Array
    theta: Array
    joint_vcov: Array
    effects: tuple[RandomEffect, ...]
    loglik: float
    n_used: int
    n_dropped: int
    converged: bool
    verdict: str
    singular: tuple[str, ...]
    separation: str | None
    sparse: tuple[str, ...]
    rows: Rows


def fit(answers: object, x: object, factors: Sequence[Factor], *, names: Sequence[str]) -> OrdinalFit:
    """Fit n ordered answers (numbers; their order is all that counts).

    x: n × k fixed effects without an intercept, which the thresholds hold; k may be 0. Raises CannotFit for fewer than
    two categories in use, more than MOST_CATEGORIES, aliased columns or a factor with one level.
    """
    given = np.asarray(answers, dtype=np.float64)
    fixed = np.asarray(x, dtype=np.float64).reshape(given.size, len(names))
    # The constant column is there for the check of aliased columns alone.
    rows = glmm_design.prepare(given, np.column_stack([np.ones(given.size), fixed]), factors, ["(thresholds)", *names])
    categories, y = np.unique(rows.y, return_inverse=True)
    if not 2 <= len(categories) <= MOST_CATEGORIES:
        raise CannotFit(
            f"The answers use {len(categories)} different values; an ordinal model takes 2 to {MOST_CATEGORIES}: "
            "give bands."
        )
    rows = replace(rows, y=np.ravel(y).astype(np.float64), x=rows.x[:, 1:], names=rows.names[1:])
    model = OrdinalLaplace(rows, len(categories))
    apart = _apart(rows, len(categories))
    optimum = climb(model, None, model.start(), model.metric()) if apart is None else _nothing(model)
    return _describe(rows, model, optimum, categories, apart or _runaway(rows, optimum.psi))


def _nothing(model: OrdinalLaplace) -> Optimum:
    psi = model.start()
    return Optimum(psi, np.full((psi.size, psi.size), np.nan), -model.value(psi), False, "separation")


def _apart(rows: Rows, categories: int) -> str | None:
    """A group, told by a column of 0 and 1, that only ever gave one of the two outermost answers."""
    for place, name in enumerate(rows.names):
        column = rows.x[:, place]
        if set(np.unique(column)) == {0.0, 1.0}:
            for group, words in ((column == 1, name), (column == 0, f"not {name}")):
                for end, called in ((0, "lowest"), (categories - 1, "highest")):
                    if (rows.y[group] == end).all():
                        return f"separation: every answer of {words} is in the {called} category"
    return None


def _runaway(rows: Rows, psi: Array) -> str | None:
    beta = psi[: rows.x.shape[1]]
    reach = np.abs(beta) * rows.x.std(axis=0)
    if reach.size and reach.max() > EXTREME:
        return f"separation: the coefficient {rows.names[int(reach.argmax())]} has run away"
    at = beta.size
    for coded in rows.factors:
        lower = coded.cholesky(psi[at : at + len(coded.free)])
        at += len(coded.free)
        if np.sqrt((lower**2).sum(axis=1)).max() > EXTREME:
            return f"separation: the variance of {coded.name} has run away"
    return None


def _describe(rows: Rows, model: OrdinalLaplace, optimum: Optimum, categories: Array, apart: str | None) -> OrdinalFit:
    k, psi = model.k, optimum.psi
    head = psi.size - model.categories + 1
    turn = np.eye(psi.size)
    turn[head:, head:] = model.turn(psi)
    joint = turn @ optimum.vcov @ turn.T if apart is None else np.full_like(optimum.vcov, np.nan)
    se = np.sqrt(np.diag(joint))
    effects = glmm.effects_at(model, optimum)
    singular = glmm.singularities(effects)
    converged = optimum.converged and apart is None and bool(np.isfinite(se[:k]).all() and np.isfinite(se[head:]).all())
    counts = tuple(int(n) for n in np.bincount(rows.y.astype(np.intp), minlength=model.categories))
    sparse = tuple(
        f"Category {value:g} has fewer than {FEW_ANSWERS} answers ({n}): its thresholds rest on little."
        for value, n in zip(categories, counts, strict=True)
        if n < FEW_ANSWERS
    )
    return OrdinalFit(
        rows.names, tuple(float(c) for c in categories), counts, psi[:k], se[:k], model.cuts(psi), se[head:],
        psi[k:head], joint, effects, optimum.loglik, rows.y.size, rows.n_dropped, converged,
        _verdict(optimum, apart, singular, converged), singular, apart, sparse, rows,
    )  # fmt: skip


def _verdict(optimum: Optimum, apart: str | None, singular: tuple[str, ...], converged: bool) -> str:
    if apart is not None:
        return f"{apart}; no standard error can be shown; join categories or compare proportions"
    if not converged:
        return f"did not converge: {optimum.reason}"
    return "; ".join(["converged", *(["singular: " + ", ".join(singular)] if singular else [])])
