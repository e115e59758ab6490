"""Exponential forgetting to a floor: share right = a + b − d (1 − e^(−kt)), by arm, with b for each clinician.

The level b is added, so given the rates the model is linear and its likelihood exact: nothing is approximated (compare
Lindstrom and Bates 1990, whose method `nlme` uses; the two agree here). Shares of n decisions have variance σ²/n.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from simlab.stats.intervals import Array, CannotFit, Codes

LARGEST_RATIO = 30.0  # SD of levels in units of σ, the search's limit
FEWEST_TIMES = 4  # three numbers an arm need a fourth time to be checked against
WIDEST_LOG_RATE = 1.0  # SE of log k; beyond it the half-life is not known within a factor of seven either way


@dataclass(frozen=True)
class Curves:
    """Coefficients by arm (arms × 3: a, d, log k) with covariance (3·arms × 3·arms), σ and the SD of levels.

    `singular` is empty for `modelling`: what does not identify is not converged, and `verdict` says why.
    """

    coefficients: Array
    vcov: Array
    sigma: float
    level_sd: float
    loglik: float
    n_used: int
    clusters: int
    converged: bool
    verdict: str
    singular: tuple[str, ...] = ()

    @property
    def se(self) -> Array:
        """Standard errors (arms × 3)."""
        return np.asarray(np.sqrt(np.diag(self.vcov)).reshape(self.coefficients.shape), dtype=np.float64)


@dataclass(frozen=True)
class Shares:
    """Shares right (N) of n decisions at time t since advice ended, by arm and clinician (codes from 0)."""

    share: Array
    n: Array
    time: Array
    arm: Codes
    clinician: Codes

    @property
    def arms(self) -> int:
        return int(self.arm.max()) + 1


def fit(data: Shares, arm_names: tuple[str, ...]) -> Curves:
    """Maximum likelihood. Raises CannotFit where there are too few times to ask; else the verdict says what holds."""
    for place, name in enumerate(arm_names):
        times = len(np.unique(data.time[data.arm == place].round(0)))
        if times < FEWEST_TIMES:
            raise CannotFit(
                f"the {name} arm was asked at {times} times after advice; a curve of three numbers needs "
                f"{FEWEST_TIMES} to be checked against"
            )
    low, high = _bounds(data.time)
    best = min((_search(data, start, low, high) for start in _starts(data.arms, low, high)), key=lambda one: one.fun)
    rates, ratio = best.x[:-1], best.x[-1]
    _, linear, sigma2 = _profile(data, rates, ratio)
    coefficients = np.column_stack([linear.reshape(data.arms, 2), rates])
    information = _information(data, coefficients, ratio) / sigma2
    vcov = np.full_like(information, np.nan)
    scale = np.sqrt(np.diag(information))
    regular = bool((scale > 0).all()) and np.linalg.cond(information / np.outer(scale, scale)) < 1e8
    if regular:
        vcov = np.asarray(np.linalg.inv(information), dtype=np.float64)
    why = _unidentified(coefficients, vcov, regular, (low, high), arm_names)
    return Curves(
        coefficients, vcov, float(np.sqrt(sigma2)), float(abs(ratio) * np.sqrt(sigma2)), -float(best.fun),
        len(data.share), int(data.clinician.max()) + 1, not why, why or "converged",
    )  # fmt: skip


def _bounds(time: Array) -> tuple[float, float]:
    """Log rates whose half-lives are four times the longest time and a quarter of the shortest one above zero."""
    longest, shortest = float(time.max()), float(time[time > 0].min())
    return float(np.log(np.log(2) / (4 * longest))), float(np.log(np.log(2) / (shortest / 4)))


def _starts(arms: int, low: float, high: float) -> list[Array]:
    return [np.append(np.full(arms, low + share * (high - low)), 1.0) for share in (0.3, 0.5, 0.7)]


def _search(data: Shares, start: Array, low: float, high: float) -> optimize.OptimizeResult:
    def target(psi: Array) -> float:
        return _profile(data, psi[:-1], float(psi[-1]))[0]

    bounds = optimize.Bounds([*[low] * data.arms, 0.0], [*[high] * data.arms, LARGEST_RATIO])
    options = {"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500}
    return optimize.minimize(target, start, method="L-BFGS-B", bounds=bounds, options=options)  # type: ignore[call-overload,no-any-return]


def _design(data: Shares, rates: Array) -> Array:
    lost = 1 - np.exp(-np.exp(rates[data.arm]) * data.time)
    x = np.zeros((len(data.share), 2 * data.arms))
    x[np.arange(len(lost)), 2 * data.arm] = 1.0
    x[np.arange(len(lost)), 2 * data.arm + 1] = -lost
    return x


def _whitened(data: Shares, ratio: float, columns: Array) -> Array:
    """V⁻¹ columns for V = diag(1/n) + ratio² per clinician, by Sherman and Morrison."""
    weighted = columns * data.n[:, None]
    total = np.bincount(data.clinician, data.n)
    shrink = ratio**2 / (1 + ratio**2 * total)
    sums = np.column_stack([np.bincount(data.clinician, column) for column in weighted.T])
    found: Array = weighted - data.n[:, None] * (shrink[:, None] * sums)[data.clinician]
    return found


def _profile(data: Shares, rates: Array, ratio: float) -> tuple[float, Array, float]:
    """−log likelihood with a, d and σ² at their best, those (2·arms), and σ²."""
    x = _design(data, rates)
    white = _whitened(data, ratio, x)
    linear = np.asarray(np.linalg.lstsq(x.T @ white, white.T @ data.share, rcond=None)[0], dtype=np.float64)
    left = data.share - x @ linear
    count = len(left)
    sigma2 = float(left @ _whitened(data, ratio, left[:, None])[:, 0]) / count
    logdet = float(np.log1p(ratio**2 * np.bincount(data.clinician, data.n)).sum() - np.log(data.n).sum())
    return float(0.5 * (count * np.log(2 * np.pi * sigma2) + logdet + count)), linear, sigma2


def _information(data: Shares, coefficients: Array, ratio: float) -> Array:
    """Jᵀ V⁻¹ J for (a, d, log k) of each arm, in units of 1/σ²."""
    a, d, rate = coefficients.T
    fading = np.exp(-np.exp(rate[data.arm]) * data.time)
    slope = np.zeros((len(fading), 3 * len(a)))
    at = np.arange(len(fading))
    slope[at, 3 * data.arm] = 1.0
    slope[at, 3 * data.arm + 1] = fading - 1
    slope[at, 3 * data.arm + 2] = -d[data.arm] * fading * data.time * np.exp(rate[data.arm])
    found: Array = slope.T @ _whitened(data, ratio, slope)
    return found


def _unidentified(
    coefficients: Array, vcov: Array, regular: bool, bounds: tuple[float, float], names: tuple[str, ...]
) -> str:
    """Why the curve is not told by these data, in words; empty when it is."""
    for place, ((a, d, rate), name) in enumerate(zip(coefficients, names, strict=True)):
        if d <= 0:
            return f"the {name} arm lost nothing, so there is no rate of forgetting"
        if min(rate - bounds[0], bounds[1] - rate) < 1e-3:
            end = "slower than the study is long" if rate - bounds[0] < 1e-3 else "faster than the first time"
            return f"forgetting of the {name} arm looks {end}; its rate is at the limit of the search"
        if not 0 < a - d < 1:
            return f"the floor of the {name} arm is at its bound ({100 * (a - d):.0f} %): times do not reach it"
        if regular and np.sqrt(vcov[3 * place + 2, 3 * place + 2]) > WIDEST_LOG_RATE:
            return f"the half-life of the {name} arm is not known within a factor of seven"
    return "" if regular else "the information is singular: levels, losses and rates cannot be told apart"
