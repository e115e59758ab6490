"""Checks of ordered answers: the difference in mean answer between arms, on the scale that is reported."""

import numpy as np
from scipy.special import expit

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import ordinal, ordinal_marginal
from simlab.stats.glmm_design import Factor
from simlab.stats.marginal import NODES, WEIGHTS, Cell

_CLINICIANS, _CASES = 40, 16
_CUTS = np.array([-1.0, 0.2, 1.3])
_SD_CLINICIAN, _SD_CASE, _SD_EFFECT = 0.7, 0.6, 0.4
_STUDY = f"{_CLINICIANS} clinicians in two arms × {_CASES} cases, four steps; an effect that differs between cases"


def _mean(effect: float, variance: float) -> float:
    below = [float(expit(cut - effect - np.sqrt(variance) * NODES) @ WEIGHTS) for cut in _CUTS]
    return len(_CUTS) + 1 - sum(below)


def _truth(effect: float) -> float:
    base = _SD_CLINICIAN**2 + _SD_CASE**2
    return _mean(effect, base + _SD_EFFECT**2) - _mean(0.0, base)


def _simulated(effect: float, rng: np.random.Generator) -> Replicate:
    clinician, case = np.divmod(np.arange(_CLINICIANS * _CASES), _CASES)
    arm = (clinician % 2).astype(float)
    own = rng.normal(0, _SD_CLINICIAN, _CLINICIANS)[clinician] + rng.normal(0, _SD_CASE, _CASES)[case]
    eta = own + arm * (effect + rng.normal(0, _SD_EFFECT, _CASES)[case])
    answers = np.digitize(eta + rng.logistic(size=eta.size), _CUTS) + 1.0
    factors = [Factor("clinician", clinician), Factor("case", case, {"arm": arm})]
    fit = ordinal.fit(answers, arm[:, None], factors, names=["arm"])
    if not fit.converged:
        return WITHHELD
    one, other = (
        Cell(str(x), np.array([x]), {"clinician": np.ones(1), "case": np.array([1.0, x])}) for x in (1.0, 0.0)
    )
    found = ordinal_marginal.mean_difference(fit, one, other)
    return Replicate(found.value, found.low, found.high, found.se)


def _null(rng: np.random.Generator) -> Replicate:
    return _simulated(0.0, rng)


def _effect(rng: np.random.Generator) -> Replicate:
    return _simulated(0.7, rng)


CHECKS = (
    Check("ordinal/null", "ordered answers", f"{_STUDY} and is zero on average", _null, truth=_truth(0.0), null=0.0),
    Check("ordinal/effect", "ordered answers", f"{_STUDY}, 0.7 log odds on average", _effect,
          truth=_truth(0.7), null=0.0),
)  # fmt: skip
