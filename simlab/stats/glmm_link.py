"""Link functions of the mixed model for right or wrong: log-likelihood of a row and its derivatives in eta."""

from typing import Protocol

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from simlab.stats.intervals import Array

_LOG_ROOT = 0.5 * np.log(2 * np.pi)


class Link(Protocol):
    """eta and y have n elements; y is 0 or 1."""

    @property
    def name(self) -> str: ...

    def rows(self, eta: Array, y: Array) -> tuple[float, Array, Array]:
        """−log likelihood, its negative first derivative and its second derivative in eta (n each)."""

    def bend(self, eta: Array, y: Array, slope: Array, weight: Array) -> Array:
        """The third derivative of the −log likelihood, given the first two as `rows` has them."""

    def probability(self, eta: Array) -> Array:
        """P(y = 1)."""


class Logit:
    """log(p / (1 − p)) = eta."""

    name = "logit"

    def rows(self, eta: Array, y: Array) -> tuple[float, Array, Array]:
        # exp(−|eta|) once gives the likelihood, the probability and the weight without overflow.
        small = np.exp(-np.abs(eta))
        share = 1 / (1 + small)
        value = float(np.maximum(eta, 0).sum() - np.log(share).sum() - y @ eta)
        other = small * share
        return value, y - np.where(eta >= 0, share, other), share * other

    def bend(self, eta: Array, y: Array, slope: Array, weight: Array) -> Array:
        bent: Array = weight * (1 - 2 * (y - slope))
        return bent

    def probability(self, eta: Array) -> Array:
        made: Array = expit(eta)
        return made


class Probit:
    """p = Φ(eta): equal-variance signal detection (DeCarlo 1998). Second derivatives are observed, as glmmTMB's are."""

    name = "probit"

    def rows(self, eta: Array, y: Array) -> tuple[float, Array, Array]:
        turn = 2 * y - 1
        z = turn * eta
        log_p = log_ndtr(z)
        ratio = np.exp(-0.5 * z * z - _LOG_ROOT - log_p)  # φ/Φ, without overflow far out
        return -float(log_p.sum()), turn * ratio, ratio * (z + ratio)

    def bend(self, eta: Array, y: Array, slope: Array, weight: Array) -> Array:
        turn = 2 * y - 1
        z, ratio = turn * eta, turn * slope
        bent: Array = turn * (ratio * (1 - weight) - weight * (z + ratio))
        return bent

    def probability(self, eta: Array) -> Array:
        made: Array = ndtr(eta)
        return made


LOGIT, PROBIT = Logit(), Probit()
LINKS: dict[str, Link] = {"logit": LOGIT, "probit": PROBIT}
