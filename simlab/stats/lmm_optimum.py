"""The search for the linear mixed model's variance parameters, and their covariance."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from simlab.stats.intervals import Array
from simlab.stats.lmm_profile import LinearModel, Profile

FIRST_RATIO = 0.7  # random-effect SD over residual SD where the search begins
TIGHT = 1e-10  # expected fall of the deviance at which the search ends
AT_ZERO = 2e-3  # ratio; a variance parameter this small is tried at exactly zero
STEP = 1e-3


def climb(model: LinearModel) -> tuple[Array, bool]:
    """theta and whether it settled: BFGS, then Newton steps. A variance of zero is an interior point of theta."""
    coded = model.engine.coded
    theta = np.concatenate([FIRST_RATIO * factor.theta(np.eye(factor.width)) for factor in coded])
    scale = np.concatenate([np.full(len(factor.free), 0.5 / np.sqrt(factor.count)) for factor in coded])
    for _ in range(6):
        theta = _upright(model, _bfgs(model, theta, scale))
        theta, settled = _polish(model, theta)
        theta = _settle_zeros(model, theta)
        if settled:
            return theta, True
    return theta, False


def _bfgs(model: LinearModel, theta: Array, scale: Array) -> Array:
    def along(z: Array) -> tuple[float, Array]:
        profile = model.profile(theta + scale * z)
        return model.deviance(profile), scale * model.gradient(profile, profile.rss / model.spare)

    answer = optimize.minimize(
        along, np.zeros(theta.size), jac=True, method="BFGS", options={"gtol": 2e-2, "maxiter": 200}
    )
    found: Array = theta + scale * answer.x
    return found


def _polish(model: LinearModel, theta: Array) -> tuple[Array, bool]:
    """Newton steps with one Hessian; away from a saddle where there is one."""

    def gradient(at: Array) -> Array:
        profile = model.profile(at)
        return model.gradient(profile, profile.rss / model.spare)

    curvature, axes = np.linalg.eigh(_jacobian(gradient, theta))
    if curvature[0] < -1e-4 * abs(curvature[-1]):
        return theta + 0.1 * axes[:, 0], False
    sound = curvature > 1e-7 * curvature[-1]
    for _ in range(6):
        uphill = (axes.T @ gradient(theta))[sound]
        fall = float(np.sum(uphill**2 / curvature[sound]))
        if fall > 1:
            return theta, False
        theta = theta - axes[:, sound] @ (uphill / curvature[sound])
        if fall < TIGHT:
            return theta, True
    return theta, False


def _jacobian(gradient: Callable[[Array], Array], theta: Array) -> Array:
    """Of a gradient by fourth-order central differences, made symmetric."""
    result = np.empty((theta.size, theta.size))
    for j in range(theta.size):
        step = np.zeros(theta.size)
        step[j] = STEP
        near = gradient(theta + step) - gradient(theta - step)
        result[j] = (8 * near - (gradient(theta + 2 * step) - gradient(theta - 2 * step))) / (12 * STEP)
    return 0.5 * (result + result.T)


def parameter_vcov(model: LinearModel, profile: Profile, theta: Array, sigma: float) -> Array:
    """Covariance of (theta, sigma): twice the inverse Hessian of the deviance that is not profiled."""
    size = theta.size
    hessian = np.empty((size + 1, size + 1))
    hessian[:size, :size] = _jacobian(lambda at: model.gradient(model.profile(at), sigma**2), theta)
    hessian[:size, size] = hessian[size, :size] = -2 * model.rss_gradient(profile) / sigma**3
    hessian[size, size] = -2 * model.spare / sigma**2 + 6 * profile.rss / sigma**4
    curvature, axes = np.linalg.eigh(hessian)
    sound = curvature > 1e-8 * curvature[-1]
    half = axes[:, sound] / np.sqrt(curvature[sound])
    vcov: Array = 2 * half @ half.T
    return vcov


def _settle_zeros(model: LinearModel, theta: Array) -> Array:
    """Put a vanishing ratio at exactly zero where the deviance is no worse for it."""
    at = 0
    for coded in model.engine.coded:
        for place, (row, column) in enumerate(coded.free):
            if row == column and 0 < abs(theta[at + place]) < AT_ZERO:
                tried = theta.copy()
                tried[at + place] = 0.0
                if model.deviance(model.profile(tried)) <= model.deviance(model.profile(theta)) + 1e-6:
                    theta = tried
        at += len(coded.free)
    return theta


def _upright(model: LinearModel, theta: Array) -> Array:
    """Columns of each L with a diagonal of at least zero: (−L) means the same model."""
    parts = []
    for coded, lower in zip(model.engine.coded, model.lowers(theta), strict=True):
        parts.append(coded.theta(lower * np.where(np.diag(lower) < 0, -1.0, 1.0)))
    return np.concatenate(parts)
