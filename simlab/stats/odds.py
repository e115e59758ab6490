"""Coefficients of a logistic mixed model read as odds ratios."""

import math

import numpy as np

from simlab.stats import marginal
from simlab.stats.glmm import GlmmFit
from simlab.stats.intervals import Array, Interval, symmetric
from simlab.stats.marginal import Freedom


def odds_ratio(fit: GlmmFit, weights: Array, *, level: float, df: Freedom = "least") -> Interval:
    """exp(weights · beta), for clinicians and cases as they are in the model (conditional); limits from the logit."""
    gradient = np.concatenate([weights, np.zeros(len(fit.theta))])
    freedom, name = marginal.degrees_of_freedom(fit, gradient, df)
    se = float(np.sqrt(gradient @ fit.joint_vcov @ gradient))
    log = symmetric(float(weights @ fit.beta), se, freedom, level, "", "")
    low, high = (None if limit is None else math.exp(limit) for limit in (log.low, log.high))
    method = f"mixed logistic model, clinicians and cases random (conditional odds), {name}"
    return Interval(math.exp(log.value), low, high, None, freedom, level, method, "odds ratio", log.p)
