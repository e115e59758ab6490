"""Models of time to decision with times cut short: proportional hazards and accelerated failure time.

Covariances are clustered on clinicians by the jackknife's influences (Lin and Wei 1989), as R's `survival` has them:
they speak of other clinicians on these cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from simlab.stats.intervals import Array, CannotFit, Codes, Interval, symmetric
from simlab.stats.prepare import Mask

MOST_STEPS = 50
SETTLED = 1e-10
EXTREME = 10.0  # log ratio; beyond it the estimate has run away

Law = Literal["log-normal", "Weibull"]


@dataclass(frozen=True)
class SurvivalFit:
    """Coefficients (k) on the log scale with a clustered covariance (k × k); `naive` takes decisions as independent."""

    names: tuple[str, ...]
    beta: Array
    se: Array
    naive: Array
    vcov: Array
    loglik: float
    clusters: int
    n_used: int
    converged: bool
    verdict: str
    method: str
    singular: tuple[str, ...] = ()

    def ratio(self, name: str, *, level: float = 0.95, df: float | None = None) -> Interval:
        """exp of a coefficient: limits and p from the log scale."""
        place = self.names.index(name)
        log = symmetric(float(self.beta[place]), float(self.se[place]), df, level, "", "")
        low, high = (None if limit is None else float(np.exp(limit)) for limit in (log.low, log.high))
        law = "normal interval" if df is None else f"t with clinicians − 1 = {df:g} df"
        return Interval(float(np.exp(log.value)), low, high, None, df, level, f"{self.method}, {law}", "ratio", log.p)


def cox(seconds: Array, decided: Array, x: Array, clusters: Codes, *, names: Sequence[str]) -> SurvivalFit:
    """Proportional hazards by Efron's partial likelihood. x: n × k without an intercept; clusters: n codes from 0."""
    if not (decided > 0).any():
        raise CannotFit("No decision was made before its time was cut short.")
    order = np.lexsort((-decided, seconds))
    risk = _RiskSets(seconds[order], decided[order] > 0, x[order])
    beta = np.zeros(x.shape[1])
    value, score, information = risk.at(beta)
    settled = False
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(information, score)
        tried = risk.at(beta + step)
        while tried[0] < value - 1e-9 * abs(value) and np.abs(step).max() > 1e-12:
            step = step / 2
            tried = risk.at(beta + step)
        beta = beta + step
        value, score, information = tried
        if np.abs(step).max() < SETTLED:
            settled = True
            break
    naive = np.asarray(np.linalg.inv(information), dtype=np.float64)
    vcov = _clustered(risk.residuals(beta) @ naive, clusters[order])
    method = "proportional hazards, Efron's ties, covariance clustered on clinician"
    return _fit(names, beta, naive, vcov, value, clusters, settled, method)


@dataclass(frozen=True)
class Proportionality:
    """Score test of a log hazard ratio that moves with time, 1 df; decisions are taken as independent."""

    statistic: float
    p: float


def proportionality(seconds: Array, decided: Array, x: Array, beta: float) -> Proportionality | None:
    """Whether the hazard ratio of one column (n) stays the same over time, as R's `cox.zph` tests it (survival 3).

    Score test of an interaction with 1 − the Kaplan–Meier estimate just before each decision (Grambsch and Therneau
    1994). None where all decisions came at one time.
    """
    order = np.lexsort((-decided, seconds))
    risk = _RiskSets(seconds[order], decided[order] > 0, x[order, None])
    score, information = risk.steps(np.array([beta]))
    g = risk.before()
    g = g - float(g @ risk.deaths) / float(risk.deaths.sum())
    spread = float(g**2 @ information - (g @ information) ** 2 / information.sum())
    if spread <= 0:
        return None
    statistic = float((g @ score) ** 2 / spread)
    return Proportionality(statistic, float(stats.chi2.sf(statistic, 1)))


class _RiskSets:
    """Sums over those at risk, and over ties, at every event; rows come in order of time, events before others."""

    def __init__(self, seconds: Array, events: Mask, x: Array) -> None:
        self.x, self.events = x, events
        times, self.group = np.unique(seconds[events], return_inverse=True)
        self.deaths = np.bincount(self.group)
        self.first = np.searchsorted(seconds, times, side="left")
        self.last = np.searchsorted(times, seconds, side="right")  # events up to and with a row's own time
        # m = 0 … d − 1 within each time: Efron takes m/d of the tied away.
        start = np.repeat(np.cumsum(self.deaths) - self.deaths, self.deaths)
        self.of = np.repeat(np.arange(len(times)), self.deaths)
        self.share = (np.arange(len(self.of)) - start) / self.deaths[self.of]

    def _sums(self, values: Array) -> Array:
        """Σ over the risk set less the share of the tied, for each event, (events × columns)."""
        reverse = np.cumsum(values[::-1], axis=0)[::-1]
        tied = np.zeros((len(self.deaths), values.shape[1]))
        np.add.at(tied, self.group, values[self.events])
        found: Array = reverse[self.first][self.of] - self.share[:, None] * tied[self.of]
        return found

    def _means(self, beta: Array) -> tuple[Array, Array, Array]:
        hazard = np.exp(self.x @ beta)
        total = self._sums(hazard[:, None])[:, 0]
        return hazard, total, self._sums(self.x * hazard[:, None]) / total[:, None]

    def at(self, beta: Array) -> tuple[float, Array, Array]:
        """Log partial likelihood, score (k) and information (k × k)."""
        hazard, total, mean = self._means(beta)
        k = len(beta)
        outer = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), k * k)
        second = (self._sums(outer * hazard[:, None]) / total[:, None]).sum(axis=0).reshape(k, k)
        died = self.x[self.events]
        value = float((died @ beta).sum() - np.log(total).sum())
        return value, died.sum(axis=0) - mean.sum(axis=0), second - mean.T @ mean

    def steps(self, beta: Array) -> tuple[Array, Array]:
        """Score and information of one coefficient, by time of decision."""
        hazard, total, mean = self._means(beta)
        second = self._sums(self.x**2 * hazard[:, None])[:, 0] / total
        groups = len(self.deaths)
        died = np.bincount(self.group, self.x[self.events, 0], groups)
        score = died - np.bincount(self.of, mean[:, 0], groups)
        information = np.bincount(self.of, second - mean[:, 0] ** 2, groups)
        return np.asarray(score, dtype=np.float64), np.asarray(information, dtype=np.float64)

    def before(self) -> Array:
        """1 − the Kaplan–Meier estimate just before each time of decision."""
        left = np.cumprod(1 - self.deaths / (len(self.x) - self.first))
        made: Array = 1 - np.concatenate([[1.0], left[:-1]])
        return made

    def residuals(self, beta: Array) -> Array:
        """Score residuals (n × k) in the order of the rows."""
        hazard, total, mean = self._means(beta)
        groups = len(self.deaths)
        rate = np.bincount(self.of, 1 / total, groups)
        rate_tied = np.bincount(self.of, (1 - self.share) / total, groups)
        made = np.empty_like(self.x)
        for j in range(self.x.shape[1]):
            drift = np.bincount(self.of, mean[:, j] / total, groups)
            drift_tied = np.bincount(self.of, (1 - self.share) * mean[:, j] / total, groups)
            so_far, drifted = (np.concatenate([[0.0], np.cumsum(v)])[self.last] for v in (rate, drift))
            made[:, j] = -hazard * (self.x[:, j] * so_far - drifted)
            own = np.bincount(self.of, mean[:, j], groups) / self.deaths
            died, at = self.x[self.events, j], self.group
            kept = died * (rate - rate_tied)[at] - (drift - drift_tied)[at]
            made[self.events, j] += died - own[at] + hazard[self.events] * kept
        return made


def accelerated(
    seconds: Array, decided: Array, x: Array, clusters: Codes, *, names: Sequence[str], law: Law = "log-normal"
) -> SurvivalFit:
    """log time = x β + σ ε, ε normal or extreme-value (Weibull). x: n × k with the intercept; times above 0.

    exp(β) is a ratio of times. The last name of the fit is "log scale", log σ.
    """
    log, events = np.log(seconds), decided > 0
    if events.sum() <= x.shape[1]:
        raise CannotFit("Fewer decisions than coefficients were made before their time was cut short.")
    psi = np.append(np.linalg.lstsq(x[events], log[events], rcond=None)[0], 0.0)
    psi[-1] = np.log(max(float(np.std(log[events] - x[events] @ psi[:-1])), 1e-3))
    value, score, hessian = _accelerated_at(psi, log, events, x, law)
    settled = False
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(_upright(-hessian), score.sum(axis=0))
        step = step / max(1.0, float(np.abs(step).max()))  # a start far off must not leave the numbers' range
        tried = _accelerated_at(psi + step, log, events, x, law)
        while not tried[0] >= value - 1e-9 * abs(value) and np.abs(step).max() > 1e-12:
            step = step / 2
            tried = _accelerated_at(psi + step, log, events, x, law)
        psi = psi + step
        value, score, hessian = tried
        if np.abs(step).max() < SETTLED:
            settled = True
            break
    naive = np.asarray(np.linalg.inv(-hessian), dtype=np.float64)
    vcov = _clustered(score @ naive, clusters)
    method = f"accelerated failure time, {law}, covariance clustered on clinician"
    # Densities are of log time; R's `survreg` gives that of time itself.
    value -= float(log[events].sum())
    return _fit([*names, "log scale"], psi, naive, vcov, value, clusters, settled, method)


def _accelerated_at(psi: Array, log: Array, events: Mask, x: Array, law: Law) -> tuple[float, Array, Array]:
    """Log likelihood of log time, score by row (n × k + 1) and Hessian, by the derivatives of g = log f or log S."""
    scale = float(np.exp(psi[-1]))
    z = (log - x @ psi[:-1]) / scale
    if law == "log-normal":
        hazard = np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z))
        value = np.where(events, stats.norm.logpdf(z), stats.norm.logsf(z))
        first = np.where(events, -z, -hazard)
        second = np.where(events, -1.0, -hazard * (hazard - z))
    else:
        grown = np.exp(z)
        value, first, second = np.where(events, z, 0.0) - grown, np.where(events, 1.0, 0.0) - grown, -grown
    score = np.column_stack([-x * (first / scale)[:, None], -(first * z) - events])
    within = (x * second[:, None]).T @ x / scale**2
    across = x.T @ (first + z * second) / scale
    corner = float(np.sum(z * first + z**2 * second))
    hessian = np.block([[within, across[:, None]], [across[None, :], np.array([[corner]])]])
    return float(value.sum() - events.sum() * psi[-1]), score, hessian


def _upright(information: Array) -> Array:
    """The information, lifted where a start far off makes it indefinite."""
    least = float(np.linalg.eigvalsh(information)[0])
    lifted: Array = information if least > 0 else information + (1e-3 - least) * np.eye(len(information))
    return lifted


def _clustered(influence: Array, clusters: Codes) -> Array:
    by: Array = np.column_stack([np.bincount(clusters, column) for column in influence.T])
    found: Array = by.T @ by
    return found


def _fit(
    names: Sequence[str],
    beta: Array,
    naive: Array,
    vcov: Array,
    loglik: float,
    clusters: Codes,
    settled: bool,
    method: str,
) -> SurvivalFit:
    ran = [name for name, b in zip(names, beta, strict=True) if not abs(b) < EXTREME and name != "intercept"]
    sound = settled and not ran and bool(np.isfinite(vcov).all())
    verdict = "converged" if sound else f"{ran[0]} has run away" if ran else "did not converge"
    count = int(clusters.max()) + 1
    se, plain = np.sqrt(np.diag(vcov)), np.sqrt(np.diag(naive))
    return SurvivalFit(tuple(names), beta, se, plain, vcov, loglik, count, len(clusters), sound, verdict, method)
