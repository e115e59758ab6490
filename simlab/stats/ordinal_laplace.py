"""Cumulative logit of ordered answers as a link of the mixed model's Laplace likelihood, with thresholds to estimate.

P(answer ≤ c) = expit(τ_c − eta). With F the logistic function at the two thresholds around an answer, the slope of the
log-likelihood in eta is F_a + F_b − 1 and its weight f_a + f_b, so the likelihood has one mode in the random effects.
The parameters of the search are (beta, theta, τ_1, logs of the steps between thresholds), so thresholds stay in order.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simlab.stats.glmm_design import Rows
from simlab.stats.glmm_laplace import Laplace, Mode
from simlab.stats.glmm_optimum import FIRST_SD
from simlab.stats.glmm_terms import column
from simlab.stats.intervals import Array


class Cumulative:
    """The link at given thresholds (C − 1); y holds categories 0 to C − 1."""

    name = "cumulative logit"

    def __init__(self, cuts: Array) -> None:
        self.cuts = cuts

    def _around(self, eta: Array, y: Array) -> tuple[Array, Array]:
        """Distances to the threshold above and to the one below, infinite for the outermost categories."""
        place = y.astype(np.intp)
        padded = np.concatenate([[-np.inf], self.cuts, [np.inf]])
        return padded[place + 1] - eta, padded[place] - eta

    def rows(self, eta: Array, y: Array) -> tuple[float, Array, Array]:
        above, below = self._around(eta, y)
        slope = expit(above) + expit(below) - 1
        weight = expit(above) * expit(-above) + expit(below) * expit(-below)
        return -float(self._log(above, below).sum()), slope, weight

    @staticmethod
    def _log(above: Array, below: Array) -> Array:
        """Log of the difference of two logistic functions, without cancellation."""
        made: Array = -np.logaddexp(0, -above) - np.logaddexp(0, below) + np.log(-np.expm1(below - above))
        return made

    def bend(self, eta: Array, y: Array, slope: Array, weight: Array) -> Array:
        above, below = self._around(eta, y)
        made: Array = -_second(above) - _second(below)
        return made

    def probability(self, eta: Array) -> Array:
        """P(not the lowest category)."""
        made: Array = expit(eta - self.cuts[0])
        return made

    def by_cut(self, eta: Array, y: Array) -> list[tuple[NDArray[np.intp], Array, Array, Array]]:
        """For each threshold: the rows it bounds, and there the derivatives in it of log-likelihood, slope, weight."""
        above, below = self._around(eta, y)
        log = self._log(above, below)
        made = []
        for place in range(len(self.cuts)):
            top, bottom = y == place, y == place + 1
            rows = np.flatnonzero(top | bottom)
            sign = np.where(top[rows], 1.0, -1.0)
            x = np.where(top[rows], above[rows], below[rows])
            density = expit(x) * expit(-x)
            made.append((rows, sign * density * np.exp(-log[rows]), density, _second(x)))
        return made


def _second(x: Array) -> Array:
    """Derivative of the logistic density; 0 at infinity."""
    made: Array = expit(x) * expit(-x) * (expit(-x) - expit(x))
    return made


class OrdinalLaplace(Laplace):
    """The Laplace likelihood in psi = (beta, theta, τ_1, log steps)."""

    link: Cumulative

    def __init__(self, rows: Rows, categories: int) -> None:
        super().__init__(rows)
        self.categories = categories
        self.link = Cumulative(self.cuts(self.start()))

    @property
    def size(self) -> int:
        return super().size + self.categories - 1

    def cuts(self, psi: Array) -> Array:
        """Thresholds from the end of psi."""
        tail = psi[psi.size - self.categories + 1 :]
        return np.cumsum(np.concatenate([tail[:1], np.exp(tail[1:])]))

    def turn(self, psi: Array) -> Array:
        """Derivatives of the thresholds in the end of psi, (C − 1) × (C − 1)."""
        tail = psi[psi.size - self.categories + 1 :]
        steps = np.concatenate([[1.0], np.exp(tail[1:])])
        made: Array = np.tril(np.ones((len(tail), len(tail)))) * steps
        return made

    def start(self) -> Array:
        """No effects, the same SD for every random term, and thresholds from the shares of the categories."""
        shares = np.bincount(self.y.astype(np.intp), minlength=self.categories) / self.y.size
        below = np.cumsum(shares)[:-1]
        cuts = np.log(below / (1 - below))
        theta = [coded.theta(FIRST_SD * np.eye(coded.width)) for coded in self.coded]
        return np.concatenate([np.zeros(self.k), *theta, cuts[:1], np.log(np.diff(cuts))])

    def metric(self) -> Array:
        """P such that steps of P z with |z| = 1 are about one standard error."""
        n = self.y.size
        spread = np.var(self.x, axis=0) if self.k else np.zeros(0)
        scales = [FIRST_SD / np.sqrt(coded.count) for coded in self.coded for _ in coded.free]
        tail = np.full(self.categories - 1, 2 / np.sqrt(n))
        return np.diag(np.concatenate([np.sqrt(4 / (n * np.maximum(spread, 1e-6))), scales, tail]))

    def mode(self, psi: Array) -> Mode:
        self.link.cuts = self.cuts(psi)
        return super().mode(psi)

    def value_and_gradient(self, psi: Array) -> tuple[float, Array]:
        self.evaluations += 1
        mode = self.mode(psi)
        lowers = self.cholesky(psi)
        by_cut = self._by_cut(mode, lowers) @ self.turn(psi)
        value = mode.value + 0.5 * mode.factorised.logdet
        return value, np.concatenate([self._gradient(mode, lowers), by_cut])

    def gradients(self, points: Array) -> Array:
        return np.stack([self.value_and_gradient(point)[1] for point in points])  # each point has thresholds of its own

    def _by_cut(self, mode: Mode, lowers: list[Array]) -> Array:
        """Gradient in the thresholds: through the likelihood, the log determinant, and the mode."""
        scaled = [[column(t, lower, b) for b in range(t.width)] for t, lower in zip(self.terms, lowers, strict=True)]
        leverage = np.zeros_like(self.y)
        for columns, products in zip(scaled, self._own(mode.factorised, scaled), strict=True):
            for turned, product in zip(columns, products, strict=True):
                leverage += turned * product
        push = 0.5 * leverage * self.link.bend(mode.eta, self.y, mode.slope, mode.weight)
        right = [term.totals(push) @ lower for term, lower in zip(self.terms, lowers, strict=True)]
        carried = np.zeros_like(self.y)
        for term, lower, x in zip(self.terms, lowers, self.solve(mode.factorised, right), strict=True):
            carried += term.rows(x @ lower.T)
        made = np.empty(self.categories - 1)
        for place, (rows, in_value, in_slope, in_weight) in enumerate(self.link.by_cut(mode.eta, self.y)):
            made[place] = float(-in_value.sum() + 0.5 * (leverage[rows] @ in_weight) + carried[rows] @ in_slope)
        return made
