"""Rasch and two-parameter logistic models of right and wrong answers, by marginal maximum likelihood.

A person of ability θ is right on item i with log odds a_i(θ − b_i). Rasch: every a is 1 and θ ~ N(0, σ²) with σ
estimated; 2PL: θ ~ N(0, 1) and every a is estimated (Bock and Aitkin 1981). An item that was not put to a person is
left out of that person's likelihood, which is right for forms given by design.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize
from scipy.special import expit, logsumexp

from simlab.stats.intervals import Array, CannotFit

Model = Literal["rasch", "2pl"]

# Equal steps: on a smooth integrand the error falls exponentially, and 0.1 is fine for posteriors of 100 items.
NODES = np.linspace(-6.0, 6.0, 121)
_LOG_WEIGHTS = -0.5 * NODES**2 - logsumexp(-0.5 * NODES**2)
EXTREME = 12.0  # logits; an intercept or slope beyond this has run away
SMALL_SD = 1e-3  # logits; below this a spread of ability is reported as zero
MOST_STEPS = 50
FEWEST_PERSONS = 2


@dataclass(frozen=True)
class Answers:
    """`right` (persons × items): 1 right, 0 wrong, NaN not asked. `forms`: the form of each item, where there are."""

    persons: tuple[str, ...]
    items: tuple[str, ...]
    right: Array
    forms: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class ItemModel:
    """A fitted model. Arrays follow `items`; SEs are from the observed information, NaN where there is none.

    `vcov` covers (difficulty, slope) of 2PL, 2I × 2I, or (difficulty, sd) of Rasch, (I + 1) × (I + 1).
    `left_out`: items without a finite difficulty, and why.
    """

    model: Model
    items: tuple[str, ...]
    slope: Array
    slope_se: Array
    difficulty: Array
    difficulty_se: Array
    sd: float
    sd_se: float
    vcov: Array
    loglik: float
    n_used: int
    persons: int
    left_out: tuple[tuple[str, str], ...]
    converged: bool
    verdict: str
    singular: tuple[str, ...]
    separation: str | None

    def probability(self, ability: Array) -> Array:
        """Chance of a right answer, abilities (m) × items."""
        made: Array = expit(self.slope * (np.asarray(ability, dtype=np.float64)[:, None] - self.difficulty))
        return made


def fit(answers: Answers, model: Model = "rasch") -> ItemModel:
    """Fit the model to N × I answers. Raises CannotFit where fewer than two items or persons can be used."""
    kept, left_out = usable(answers)
    marginal = _Marginal(answers.right[:, kept], model)
    psi, reached = _climb(marginal)
    information = marginal.information(psi)
    return _describe(tuple(answers.items[i] for i in kept), marginal, psi, information, reached, left_out)


def usable(answers: Answers) -> tuple[list[int], tuple[tuple[str, str], ...]]:
    """Places of the items that have a finite difficulty, and (item, reason) of the others."""
    kept, left_out = [], []
    for place, item in enumerate(answers.items):
        given = answers.right[:, place][np.isfinite(answers.right[:, place])]
        if not given.size:
            left_out.append((item, "never answered"))
        elif given.min() == given.max():
            left_out.append((item, "always right" if given[0] else "always wrong"))
        else:
            kept.append(place)
    persons = int(np.isfinite(answers.right[:, kept]).any(axis=1).sum()) if kept else 0
    if len(kept) < 2 or persons < FEWEST_PERSONS:
        raise CannotFit(f"{len(kept)} items are answered both rightly and wrongly, by {persons} persons; a model of "
                        "items needs two of each.")  # fmt: skip
    return kept, tuple(left_out)


class _Marginal:
    """−log marginal likelihood of psi = (intercepts d, slope of each item or one SD), log odds = d + s·z, z ~ N(0, 1).

    Rasch has one s for all items, the SD of ability.
    """

    def __init__(self, right: Array, model: Model) -> None:
        right = right[np.isfinite(right).any(axis=1)]
        self.asked = np.isfinite(right).astype(np.float64)
        self.right = np.where(np.isfinite(right), right, 0.0)
        self.model = model
        self.count = right.shape[1]

    def start(self) -> Array:
        share = self.right.sum(axis=0) / self.asked.sum(axis=0)
        d = 1.2 * np.log(share / (1 - share))
        return np.concatenate([d, np.ones(1 if self.model == "rasch" else self.count)])

    def _at(self, psi: Array) -> tuple[Array, Array, Array]:
        """Log odds (items × nodes), log-likelihood by person (N), posterior of the nodes (N × nodes)."""
        d, s = psi[: self.count], psi[self.count :]
        eta = d[:, None] + s[:, None] * NODES  # one SD is spread over the items
        joint = self.right @ eta - self.asked @ np.logaddexp(0, eta) + _LOG_WEIGHTS
        by_person = logsumexp(joint, axis=1)
        return eta, by_person, np.exp(joint - by_person[:, None])

    def value_and_gradient(self, psi: Array) -> tuple[float, Array]:
        eta, by_person, posterior = self._at(psi)
        surplus = self.right.T @ posterior - (self.asked.T @ posterior) * expit(eta)
        return -float(by_person.sum()), -np.concatenate([surplus.sum(axis=1), self._shared(surplus @ NODES)])

    def _shared(self, by_item: Array) -> Array:
        return by_item.sum(keepdims=True) if self.model == "rasch" else by_item

    def information(self, psi: Array) -> Array:
        """Observed information: the complete-data one less what is not known of the abilities (Louis 1982)."""
        eta, _, posterior = self._at(psi)
        p, asked = expit(eta), self.asked.T @ posterior
        k = self.count
        full = np.zeros((2 * k, 2 * k))
        weight = asked * p * (1 - p)
        item = np.arange(k)
        for a, b, power in ((0, 0, 0), (0, k, 1), (k, 0, 1), (k, k, 2)):
            full[item + a, item + b] = weight @ NODES**power
        mean = np.zeros((len(posterior), 2 * k))
        for q, z in enumerate(NODES):
            residual = self.right - self.asked * p[:, q]
            weighted = residual * posterior[:, q : q + 1]
            crossed = residual.T @ weighted
            full[:k, :k] -= crossed
            full[:k, k:] -= z * crossed
            full[k:, :k] -= z * crossed
            full[k:, k:] -= z * z * crossed
            mean[:, :k] += weighted
            mean[:, k:] += z * weighted
        full += mean.T @ mean
        if self.model == "2pl":
            return full
        fold = np.zeros((2 * k, k + 1))
        fold[item, item] = 1.0
        fold[k:, k] = 1.0
        folded: Array = fold.T @ full @ fold
        return folded


def _climb(marginal: _Marginal) -> tuple[Array, bool]:
    """Quasi-Newton to near the optimum, then Newton steps with the observed information."""
    bound = [(-30.0, 30.0)] * marginal.start().size
    found = optimize.minimize(marginal.value_and_gradient, marginal.start(), jac=True, method="L-BFGS-B", bounds=bound,
                              options={"maxiter": 500, "maxcor": 30, "ftol": 1e-13})  # fmt: skip
    psi = np.asarray(found.x, dtype=np.float64)
    for _ in range(MOST_STEPS):
        value, gradient = marginal.value_and_gradient(psi)
        try:
            step = np.linalg.solve(marginal.information(psi), gradient)
        except np.linalg.LinAlgError:
            return psi, False
        if abs(float(gradient @ step)) < 1e-12:
            return psi, True
        length = 1.0
        while marginal.value_and_gradient(psi - length * step)[0] > value + 1e-9 and length > 1e-4:
            length /= 2
        if length <= 1e-4 or np.abs(psi).max() > 2 * EXTREME:
            return psi, False
        psi = psi - length * step
    return psi, False


def _describe(
    items: tuple[str, ...],
    marginal: _Marginal,
    psi: Array,
    information: Array,
    reached: bool,
    left_out: tuple[tuple[str, str], ...],
) -> ItemModel:
    k, rasch = marginal.count, marginal.model == "rasch"
    d, s = psi[:k], psi[k:]
    if s.sum() < 0:  # θ and −θ are one model
        s = -s
        flip = np.concatenate([np.ones(k), -np.ones(len(s))])
        information = information * np.outer(flip, flip)
    singular = ("ability: variance 0",) if rasch and s[0] < SMALL_SD else ()
    apart = _runaway(items, d, s, rasch)
    vcov = _inverse(information, singular != ()) if apart is None else np.full_like(information, np.nan)
    if rasch:
        turn = np.diag(np.concatenate([-np.ones(k), np.ones(1)]))
        difficulty, slope, sd = -d, np.ones(k), float(s[0])
    else:
        with np.errstate(divide="ignore"):
            difficulty, slope, sd = -d / s, s, 1.0
            turn = np.block([[np.diag(-1 / s), np.diag(d / s**2)], [np.zeros((k, k)), np.eye(k)]])
    vcov = turn @ vcov @ turn.T
    with np.errstate(invalid="ignore"):
        se = np.sqrt(np.diag(vcov))
    converged = reached and apart is None and bool(np.isfinite(se[:k]).all())
    return ItemModel(
        marginal.model, items, slope, np.zeros(k) if rasch else se[k:], difficulty, se[:k], sd,
        float(se[k]) if rasch else 0.0, vcov, -marginal.value_and_gradient(psi)[0], int(marginal.asked.sum()),
        len(marginal.asked), left_out, converged, _verdict(converged, apart, singular), singular, apart,
    )  # fmt: skip


def _runaway(items: tuple[str, ...], d: Array, s: Array, rasch: bool) -> str | None:
    worst = int(np.argmax(np.abs(d)))
    if abs(d[worst]) > EXTREME:
        return f"separation: the difficulty of {items[worst]} has run away"
    steepest = int(np.argmax(np.abs(s)))
    if abs(s[steepest]) > EXTREME:
        what = "the spread of ability" if rasch else f"the slope of {items[steepest]}"
        return f"separation: {what} has run away"
    return None


def _inverse(information: Array, without_spread: bool) -> Array:
    """The covariance; where the spread of ability is zero, that of the difficulties given no spread."""
    made = np.full_like(information, np.nan)
    kept = slice(0, len(information) - 1) if without_spread else slice(None)
    held = information[kept, kept]
    if np.linalg.eigvalsh(held)[0] > 0:
        made[kept, kept] = np.linalg.inv(held)
    return made


def _verdict(converged: bool, apart: str | None, singular: tuple[str, ...]) -> str:
    if apart is not None:
        return f"{apart}; no standard error can be shown; give more persons or use the Rasch model"
    said = "converged" if converged else "did not converge: the likelihood has no single peak that could be found"
    return "; ".join([said, *(f"singular: {s}" for s in singular)])
