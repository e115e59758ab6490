"""From a likelihood with its gradient to the optimum, its Hessian and a joint covariance."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from simlab.stats.glmm_laplace import CLOSE, ROUGH, Laplace
from simlab.stats.intervals import Array

FIRST_SD = 0.5  # logits; where the search for each SD begins
LOOSE = 1e-2  # gradient, in units of about one standard error, at which the search hands over to Newton steps
NEARLY = 2e-2  # such a step, after which a new Hessian serves better than another step with one that has changed
TIGHT = 2e-5  # Newton step, in standard errors, at which the optimum is reached
DRIFT = 2e-5  # relative change of the Hessian over the last steps; after a larger one it is computed again
STEP = 1e-4  # standard errors, for differences of the gradient
AT_ZERO = 2e-3  # logits; a variance parameter this small is tried at exactly zero
NOTHING = 1e-7  # logits; and this small it is zero: the likelihood is level there, and tells no difference
MOST_PASSES = 6


@dataclass(frozen=True)
class Prior:
    """A weak prior, to be declared in the plan and named in the report.

    N(0, beta_sd²) on every coefficient but the intercept, in logits; half-normal(sd_scale) on each random-effect SD
    where `sd_scale` is given. The estimate is then the posterior mode and the SE its curvature.
    """

    beta_sd: float = 2.5
    sd_scale: float | None = None

    def sentence(self) -> str:
        """For the report."""
        text = f"weak prior: coefficients N(0, {self.beta_sd:g}²)"
        return text if self.sd_scale is None else text + f", SDs half-normal({self.sd_scale:g})"


@dataclass(frozen=True)
class Optimum:
    """psi = (beta, theta) with its joint covariance; loglik without the prior; `reason` says why not converged."""

    psi: Array
    vcov: Array
    loglik: float
    converged: bool
    reason: str


def climb(model: Laplace, prior: Prior | None, start: Array | None = None, metric: Array | None = None) -> Optimum:
    """Preconditioned BFGS to near the optimum, then Newton steps with the Hessian from gradient differences."""
    target = Target(model, prior)
    psi = first_guess(model) if start is None else np.array(start, dtype=np.float64)
    metric = first_metric(model, psi) if metric is None else metric
    model.tolerance = ROUGH
    psi = _search(target, psi, metric, LOOSE)
    model.tolerance = CLOSE
    psi = _upright(model, psi)
    reason = "the search did not settle"
    for attempt in range(MOST_PASSES):
        hessian, gradient = _hessian(target, psi, metric)
        curvature, axes = np.linalg.eigh(hessian)
        if curvature[0] < -1e-4 * curvature[-1]:
            psi = _search(target, _downhill(target, psi, metric @ axes[:, 0]), metric, LOOSE * 0.1 ** (attempt + 1))
            reason = "the likelihood is not curved downwards at the best point found"
            continue
        psi, drift, reached = _newton(target, psi, gradient, metric, curvature, axes)
        psi = _settle_zeros(model, target, psi)
        if reached and drift < DRIFT:
            return Optimum(psi, _covariance(metric, curvature, axes), -model.value(psi), True, "")
        if not reached:
            psi = _search(target, psi, metric, LOOSE * 0.1 ** (attempt + 1))
        psi = _upright(model, psi)
    return Optimum(psi, np.full((psi.size, psi.size), np.nan), -model.value(psi), False, reason)


def give_up(model: Laplace) -> Optimum:
    """The first guess, for data in which some coefficient has no finite estimate."""
    psi = first_guess(model)
    return Optimum(psi, np.full((psi.size, psi.size), np.nan), -model.value(psi), False, "separation")


class Target:
    """−log likelihood (− log prior) with its gradient."""

    def __init__(self, model: Laplace, prior: Prior | None) -> None:
        self.model = model
        self.pull = np.zeros((0, 0))
        if prior is not None:
            pull = np.where(np.ptp(model.x, axis=0) > 0, prior.beta_sd**-2.0, 0.0)
            spread = 0.0 if prior.sd_scale is None else prior.sd_scale**-2.0
            self.pull = np.concatenate([pull, np.full(model.size - model.k, spread)])

    def __call__(self, psi: Array) -> tuple[float, Array]:
        value, gradient = self.model.value_and_gradient(psi)
        if not self.pull.size:
            return value, gradient
        pull = self.pull * psi
        return value + 0.5 * float(pull @ psi), gradient + pull

    def value(self, psi: Array) -> float:
        """−log likelihood (− log prior) alone."""
        value = self.model.value(psi)
        return value + 0.5 * float((self.pull * psi) @ psi) if self.pull.size else value

    def gradients(self, points: Array) -> Array:
        """The gradient at each of `points`, (P, size), close to where the target was asked last."""
        gradients = self.model.gradients(points)
        return gradients + self.pull * points if self.pull.size else gradients


def first_guess(model: Laplace) -> Array:
    """A few steps of logistic regression without random effects, and the same SD for every random term."""
    beta = np.zeros(model.k)
    for _ in range(5):
        p = 0.5 * (1 + np.tanh(0.5 * (model.x @ beta)))
        information = (model.x * (p * (1 - p))[:, None]).T @ model.x
        information[np.diag_indices(model.k)] *= 1.001
        beta = beta + np.linalg.solve(information, model.x.T @ (model.y - p))
    theta = [coded.theta(FIRST_SD * np.eye(coded.width)) for coded in model.coded]
    return np.concatenate([beta, *theta])


def first_metric(model: Laplace, psi: Array) -> Array:
    """P such that steps of P z with |z| = 1 are about one standard error."""
    p = 0.5 * (1 + np.tanh(0.5 * (model.x @ psi[: model.k])))
    information = (model.x * (0.5 * p * (1 - p))[:, None]).T @ model.x
    information[np.diag_indices(model.k)] += 1e-6
    metric = np.zeros((psi.size, psi.size))
    metric[: model.k, : model.k] = np.linalg.inv(np.linalg.cholesky(information)).T
    scales = [FIRST_SD / np.sqrt(coded.count) for coded in model.coded for _ in coded.free]
    metric[np.arange(model.k, psi.size), np.arange(model.k, psi.size)] = scales
    return metric


def _search(target: Target, psi: Array, metric: Array, tolerance: float) -> Array:
    def along(z: Array) -> tuple[float, Array]:
        value, gradient = target(psi + metric @ z)
        return value, metric.T @ gradient

    answer = optimize.minimize(
        along, np.zeros(psi.size), jac=True, method="BFGS", options={"gtol": tolerance, "maxiter": 200}
    )
    found: Array = psi + metric @ answer.x
    return found


def _hessian(target: Target, psi: Array, metric: Array) -> tuple[Array, Array]:
    """Hessian in the units of the metric by differences of the gradient, exact to about 1e-10; and the gradient."""
    centre = target(psi)[1]
    hessian = (target.gradients(psi + STEP * metric.T) - centre) @ metric / STEP
    symmetric: Array = 0.5 * (hessian + hessian.T)
    return symmetric, centre


def _downhill(target: Target, psi: Array, axis: Array) -> Array:
    """The lowest of a few points along an axis, to leave a saddle; the axis is about one standard error long."""
    tried = [psi + length * axis for length in (-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0)]
    return min(tried, key=target.value)


def _newton(
    target: Target, psi: Array, gradient: Array, metric: Array, curvature: Array, axes: Array
) -> tuple[Array, float, bool]:
    """Steps with one Hessian: the new psi, how much the Hessian seems to have changed, and whether it settled.

    With an exact Hessian a second step would be nothing; its length beside the first one's is half the change. Where
    the Hessian has changed and the steps are short, the caller does better with a new one.
    """
    sound = curvature > 1e-8 * curvature[-1]
    inverse = np.where(sound, 1 / np.where(sound, curvature, 1.0), 0.0)
    drift, previous = 0.0, np.inf
    for _ in range(4):
        uphill = axes.T @ (metric.T @ gradient)
        length = float(np.sqrt(np.sum(inverse * uphill**2)))
        if length > 4 * previous or length > 3:
            return psi, drift, False
        psi = psi - metric @ (axes @ (inverse * uphill))
        if np.isfinite(previous):
            drift = max(drift, 2 * length / previous)
        if length < TIGHT or (length < NEARLY and drift >= DRIFT):
            return psi, drift, True
        previous = length
        gradient = target(psi)[1]
    return psi, drift, previous < 10 * TIGHT


def _covariance(metric: Array, curvature: Array, axes: Array) -> Array:
    """Inverse Hessian; a flat direction (two variance parameters that only matter together) gets none."""
    sound = curvature > 1e-8 * curvature[-1]
    half = metric @ axes[:, sound] / np.sqrt(curvature[sound])
    vcov: Array = half @ half.T
    return vcov


def _settle_zeros(model: Laplace, target: Target, psi: Array) -> Array:
    """Put a vanishing variance parameter at exactly zero where the likelihood is no worse for it."""
    at, best = model.k, None
    for coded in model.coded:
        for place, (row, column) in enumerate(coded.free):
            if row == column and 0 < abs(psi[at + place]) < AT_ZERO:
                tried = psi.copy()
                tried[at + place] = 0.0
                if abs(psi[at + place]) < NOTHING:
                    psi = tried
                    continue
                best = target.value(psi) if best is None else best
                value = target.value(tried)
                if value <= best + 1e-6:
                    psi, best = tried, value
        at += len(coded.free)
    return psi


def _upright(model: Laplace, psi: Array) -> Array:
    """Columns of each L with a diagonal of at least zero: (−L) means the same model."""
    psi, at = psi.copy(), model.k
    turned = False
    for coded, lower in zip(model.coded, model.cholesky(psi), strict=True):
        sign = np.where(np.diag(lower) < 0, -1.0, 1.0)
        turned = turned or bool((sign < 0).any())
        psi[at : at + len(coded.free)] = coded.theta(lower * sign)
        at += len(coded.free)
    if turned:
        model.reset()
    return psi
