"""Models that need no random effects: GEE, regression with one- and two-way clustered covariance, wild cluster
bootstrap and randomisation inference.

A covariance clustered on clinicians alone speaks of these cases only: where arms share cases and the effect varies
between them it rejects a true null in one study of four. Cluster on clinician and case, or say so.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import statsmodels.api as sm
from numpy.random import Generator
from scipy.special import expit

from simlab.stats.intervals import Array, CannotFit, Codes, Interval, symmetric

Family = Literal["binomial", "gaussian"]
Labels = Sequence[object] | np.ndarray
FEW_CLUSTERS = 12  # below this Rademacher weights give too few distinct samples, so Webb's six points are used


@dataclass(frozen=True)
class RobustFit:
    """Coefficients with a robust covariance. beta, se (k), vcov (k × k); df: clusters of the smaller factor − 1."""

    names: tuple[str, ...]
    beta: Array
    se: Array
    vcov: Array
    df: float
    clusters: tuple[int, ...]
    n_used: int
    n_dropped: int
    family: Family
    method: str
    converged: bool

    def coefficient(self, name: str, *, level: float = 0.95) -> Interval:
        """One coefficient, log odds or outcome units, with a t interval."""
        place = self.names.index(name)
        scale = "log odds" if self.family == "binomial" else "outcome"
        return symmetric(float(self.beta[place]), float(self.se[place]), self.df, level, self.method, scale)


def gee(
    y: object,
    x: object,
    clusters: Labels,
    *,
    names: Sequence[str],
    family: Family = "binomial",
    corr: Literal["exchangeable", "independence"] = "exchangeable",
) -> RobustFit:
    """Generalised estimating equations with the sandwich covariance. x: n × k with the intercept; clusters: n."""
    outcome, fixed, (codes,), dropped = _complete(y, x, [clusters], names)
    order = np.argsort(codes, kind="stable")
    structure = sm.cov_struct.Exchangeable() if corr == "exchangeable" else sm.cov_struct.Independence()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is read from the result
        result = sm.GEE(
            outcome[order], fixed[order], groups=codes[order], family=_family(family), cov_struct=structure
        ).fit(maxiter=200, ctol=1e-10)
    count = int(codes.max()) + 1
    method = f"GEE, {corr} working correlation, sandwich covariance, t with clusters − 1 = {count - 1} df"
    return _robust(
        names,
        result.params,
        result.cov_params(),
        [count],
        outcome.size,
        dropped,
        family,
        method,
        bool(result.converged),
    )


def clustered(
    y: object, x: object, clinician: Labels, case: Labels | None, *, names: Sequence[str], family: Family = "binomial"
) -> RobustFit:
    """Regression with covariance clustered on clinician, or on clinician and case (Cameron, Gelbach, Miller 2011).

    Small-sample factor as `sandwich::vcovCL(type = "HC1")`.
    """
    labels = [clinician] if case is None else [clinician, case]
    outcome, fixed, codes, dropped = _complete(y, x, labels, names)
    groups = codes[0] if case is None else np.column_stack(codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is read from the result
        result = sm.GLM(outcome, fixed, family=_family(family)).fit(
            tol=1e-12, cov_type="cluster", cov_kwds={"groups": groups}
        )
    counts = [int(code.max()) + 1 for code in codes]
    ways = "clinician" if case is None else "clinician and case"
    method = (
        f"{'logistic' if family == 'binomial' else 'linear'} regression, covariance clustered on {ways}, "
        f"t with fewest clusters − 1 = {min(counts) - 1} df"
    )
    return _robust(
        names, result.params, result.cov_params(), counts, outcome.size, dropped, family, method, bool(result.converged)
    )


def standardised_difference(
    fit: RobustFit, x_one: object, x_other: object, *, level: float = 0.95, df: float | None = None
) -> Interval:
    """Mean prediction over the rows of x_one minus that over x_other, (m × k) each, by the delta method."""
    one, slope_one = _mean_prediction(fit, np.asarray(x_one, dtype=np.float64))
    other, slope_other = _mean_prediction(fit, np.asarray(x_other, dtype=np.float64))
    slope = slope_one - slope_other
    scale = "risk difference" if fit.family == "binomial" else "outcome"
    return symmetric(
        one - other,
        float(np.sqrt(slope @ fit.vcov @ slope)),
        fit.df if df is None else df,
        level,
        f"{fit.method}; standardised, delta method",
        scale,
    )


def _mean_prediction(fit: RobustFit, rows: Array) -> tuple[float, Array]:
    rows = np.atleast_2d(rows)
    eta = rows @ fit.beta
    if fit.family == "gaussian":
        return float(eta.mean()), rows.mean(axis=0)
    p = expit(eta)
    return float(p.mean()), (rows * (p * (1 - p))[:, None]).mean(axis=0)


@dataclass(frozen=True)
class Wild:
    """Wild cluster bootstrap test of one coefficient: estimate, its clustered t, and the two-sided p."""

    value: float
    t: float
    p: float
    clusters: int
    replicates: int
    method: str


def wild_cluster_p(
    y: object, x: object, clusters: Labels, *, names: Sequence[str], test: str, rng: Generator, replicates: int = 1999
) -> Wild:
    """Test coefficient `test` of a linear (probability) model with the null imposed (Cameron, Gelbach, Miller 2008).

    Everything is reduced to one row per cluster first, so replicates cost clusters × k, not rows.
    """
    outcome, fixed, (codes,), _ = _complete(y, x, [clusters], names)
    place, count = list(names).index(test), int(codes.max()) + 1
    bread = np.linalg.inv(fixed.T @ fixed)
    lever = fixed @ bread[place]  # the coefficient is lever · y
    reduced = np.delete(fixed, place, axis=1)
    residual = outcome - reduced @ np.linalg.lstsq(reduced, outcome, rcond=None)[0]
    pull = np.bincount(codes, lever * residual, count)
    scores = _by_cluster(fixed * residual[:, None], codes, count)
    loads = _by_cluster(fixed * lever[:, None], codes, count) @ bread

    def statistic(weights: Array) -> Array:
        """t of each row of weights, (replicates × clusters)."""
        moved = weights * pull - (weights @ scores) @ loads.T
        found: Array = (weights @ pull) / np.sqrt((moved**2).sum(axis=1))
        return found

    observed = float(statistic(np.ones((1, count)))[0])
    drawn = statistic(_weights(rng, replicates, count))
    p = float((1 + np.sum(np.abs(drawn) >= abs(observed) - 1e-12)) / (1 + replicates))
    correction = np.sqrt(count / (count - 1) * (outcome.size - 1) / (outcome.size - fixed.shape[1]))
    kind = "Webb" if count < FEW_CLUSTERS else "Rademacher"
    return Wild(
        float(lever @ outcome),
        observed / correction,
        p,
        count,
        replicates,
        f"wild cluster bootstrap-t of a linear model, null imposed, {kind} weights, {count} clusters",
    )


def _weights(rng: Generator, replicates: int, count: int) -> Array:
    if count < FEW_CLUSTERS:
        points = np.sqrt([1.5, 1.0, 0.5])
        return rng.choice(np.concatenate([-points, points]), size=(replicates, count))
    return rng.choice(np.array([-1.0, 1.0]), size=(replicates, count))


def _by_cluster(rows: Array, codes: Codes, count: int) -> Array:
    return np.column_stack([np.bincount(codes, column, count) for column in rows.T])


@dataclass(frozen=True)
class Randomisation:
    """Randomisation test: the observed statistic and its two-sided p over draws of the allocation."""

    observed: float
    p: float
    draws: int
    method: str


def randomisation_test(
    statistic: Callable[[Mapping[str, str]], float],
    arm_of: Mapping[str, str],
    strata: Mapping[str, str] | None = None,
    *,
    rng: Generator,
    draws: int = 1999,
) -> Randomisation:
    """Redraw the arms of participants within strata and see how often |statistic| is as large (Fisher's sharp null).

    statistic: from participant → arm to a number that is 0 under no effect. The number of each arm in a stratum is
    kept, as blocked allocation keeps it.
    """
    people = sorted(arm_of)
    if len(set(arm_of.values())) < 2:
        raise CannotFit("Only one arm was allocated; a randomisation test needs two.")
    stratum = [(strata or {}).get(person, "") for person in people]
    arms = np.array([arm_of[person] for person in people])
    members = [np.flatnonzero(np.array([own == name for own in stratum])) for name in sorted(set(stratum))]
    observed = float(statistic(dict(arm_of)))
    extreme = 0
    for _ in range(draws):
        drawn = arms.copy()
        for place in members:
            drawn[place] = rng.permutation(arms[place])
        value = statistic(dict(zip(people, drawn.tolist(), strict=True)))
        extreme += abs(value) >= abs(observed) - 1e-12
    return Randomisation(
        observed,
        (1 + extreme) / (1 + draws),
        draws,
        f"randomisation test, {draws} redrawn allocations within {len(members)} strata",
    )


def _family(family: Family) -> object:
    return sm.families.Binomial() if family == "binomial" else sm.families.Gaussian()


def _robust(
    names: Sequence[str],
    beta: Array,
    vcov: Array,
    counts: list[int],
    n_used: int,
    dropped: int,
    family: Family,
    method: str,
    converged: bool,
) -> RobustFit:
    vcov = np.asarray(vcov, dtype=np.float64)
    return RobustFit(
        tuple(names),
        np.asarray(beta, dtype=np.float64),
        np.sqrt(np.diag(vcov)),
        vcov,
        float(min(counts) - 1),
        tuple(counts),
        n_used,
        dropped,
        family,
        method,
        converged,
    )


def _complete(
    y: object, x: object, labels: list[Labels], names: Sequence[str]
) -> tuple[Array, Array, list[Codes], int]:
    outcome, fixed = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if fixed.ndim != 2 or fixed.shape != (outcome.size, len(names)):
        raise CannotFit(f"x has shape {fixed.shape}; give ({outcome.size}, {len(names)}), one column per name.")
    keep = np.isfinite(outcome) & np.isfinite(fixed).all(axis=1)
    for column in labels:
        keep &= np.array([label is not None and label == label for label in column], dtype=bool)
    codes = []
    for column in labels:
        found = np.unique(np.asarray(column)[keep].astype(str), return_inverse=True)[1].astype(np.int64)
        if found.size == 0 or found.max() < 1:
            raise CannotFit("A clustered covariance needs at least two clusters with complete rows.")
        codes.append(found)
    return outcome[keep], fixed[keep], codes, int((~keep).sum())
