"""Inverse-probability-of-staying weights: those who stayed stand also for those like them who left.

The regression of the answers is weighted; its covariance is clustered on clinician and case (Cameron, Gelbach and
Miller 2011). It can know that the weights were estimated (Robins, Rotnitzky and Zhao 1995), which makes it smaller:
with few who left too small, so that plans take the weights as known.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from simlab.stats.intervals import Array, CannotFit, Codes, Interval, symmetric

MOST_STEPS = 100
FEWEST_LEAVING = 5
LARGEST_WEIGHT = 20.0


@dataclass(frozen=True)
class Staying:
    """The model of staying: probability (people), design z (people × k), whether stayed, and its coefficients."""

    probability: Array
    z: Array
    stayed: Array
    alpha: Array

    @property
    def influence(self) -> Array:
        """What each person moves the coefficients by, (people × k)."""
        score = self.z * (self.stayed - self.probability)[:, None]
        information = (self.z * (self.probability * (1 - self.probability))[:, None]).T @ self.z
        return np.asarray(np.linalg.solve(information, score.T).T, dtype=np.float64)


def staying(stayed: Array, z: Array) -> Staying:
    """Logistic regression of staying on what was known before. stayed: 0 or 1 by person; z with the intercept column.

    Raises CannotFit when fewer than FEWEST_LEAVING left or stayed, or when what was known tells them wholly apart.
    """
    left = int((stayed == 0).sum())
    if min(left, len(stayed) - left) < FEWEST_LEAVING:
        word = "left" if left < FEWEST_LEAVING else "stayed"
        raise CannotFit(f"fewer than {FEWEST_LEAVING} clinicians {word}, too few to learn who does")
    alpha = logistic(stayed, z, np.ones(len(stayed)))
    return Staying(expit(z @ alpha), z, stayed, alpha)


def logistic(y: Array, x: Array, weights: Array) -> Array:
    """Weighted logistic regression by Newton's method. Raises CannotFit when it runs away."""
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        p = expit(x @ beta)
        information = (x * (weights * p * (1 - p))[:, None]).T @ x
        try:
            step = np.linalg.solve(information, x.T @ (weights * (y - p)))
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        if np.abs(beta).max() > 25:
            break
        if np.abs(step).max() < 1e-11:
            return beta
    raise CannotFit("a logistic regression of the weighted analysis ran away: some group is all alike")


@dataclass(frozen=True)
class Weighted:
    """Weighted logistic coefficients (k), their covariance (k × k) and the number of clusters of the smaller factor."""

    beta: Array
    vcov: Array
    clusters: int
    largest_weight: float

    def difference(self, one: Array, other: Array, *, level: float, method: str) -> Interval:
        """Probability at x = one minus that at x = other, by the delta method, t with the fewest clusters − 1."""
        p, q = expit(one @ self.beta), expit(other @ self.beta)
        slope = p * (1 - p) * one - q * (1 - q) * other
        se = float(np.sqrt(slope @ self.vcov @ slope))
        return symmetric(float(p - q), se, float(self.clusters - 1), level, method, "risk difference")


def weighted(
    y: Array,
    x: Array,
    person: Codes,
    model: Staying,
    after: Array,
    *,
    cases: Codes | None,
    units: Codes | None = None,
    estimated: bool = True,
) -> Weighted:
    """Regression of n answers in which those of `after` (1 for the phase that some had left) are weighted.

    person: n places in the model of staying; cases: n codes, None to cluster on people alone; units: what was
    allocated (people unless given), by person; estimated: whether the covariance knows that the weights are. It carries
    the factor G/(G − 1) of its clusters.
    """
    weight = np.where(after > 0, 1 / model.probability[person], 1.0)
    beta = logistic(y, x, weight)
    p = expit(x @ beta)
    bread = np.linalg.inv((x * (weight * p * (1 - p))[:, None]).T @ x)
    scores = x * (weight * (y - p))[:, None]
    people = len(model.stayed)
    by_person = _summed(scores, person, people)
    later = _summed(scores * (after > 0)[:, None], person, people)
    # How the weighted equations move with the coefficients of staying: d(1/π)/dα = −(1 − π)/π z.
    moved = -(later * (1 - model.probability)[:, None]).T @ model.z
    corrected = by_person + model.influence @ moved.T if estimated else by_person
    unit = np.arange(people) if units is None else units
    own = _summed(corrected, unit, int(unit.max()) + 1)
    middle = _outer(own)
    clusters = len(np.unique(unit))
    if cases is not None:
        by_case = _outer(_summed(scores, cases, int(cases.max()) + 1))
        clusters = min(clusters, len(np.unique(cases)))
        both = middle + by_case - _outer(scores)
        # With few clusters the subtraction can go below zero; the sum without it is never too small.
        middle = both if float(np.linalg.eigvalsh(both)[0]) > 0 else middle + by_case
    vcov = bread @ middle @ bread * clusters / (clusters - 1)
    return Weighted(beta, vcov, clusters, float(weight.max()))


def _summed(rows: Array, codes: Codes, count: int) -> Array:
    made: Array = np.column_stack([np.bincount(codes, column, count) for column in rows.T])
    return made


def _outer(rows: Array) -> Array:
    made: Array = rows.T @ rows
    return made
