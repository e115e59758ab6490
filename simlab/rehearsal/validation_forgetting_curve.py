"""Forgetting to a floor: do loss and half-life come back, and how often does the curve say that it cannot be told?"""

import numpy as np

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import exponential
from simlab.stats.exponential import Curves, Shares
from simlab.stats.forgetting_curve import HALF_LIFE_RATIO, LOSS_DIFFERENCE, half_life, line
from simlab.stats.intervals import Interval

PEOPLE, DECISIONS, DAYS = 120, 24, (0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
LOSS, HALF_LIFE = (0.25, 0.35), (14.0, 9.0)  # control, exposed
STUDY = f"{PEOPLE} clinicians asked {len(DAYS)} times in {DAYS[-1]:g} days, {DECISIONS} decisions a time"


def _fit(rng: np.random.Generator) -> Curves:
    person = np.repeat(np.arange(PEOPLE), len(DAYS))
    time, arm = np.tile(np.array(DAYS), PEOPLE), person % 2
    fading = 1 - 0.5 ** (time / np.array(HALF_LIFE)[arm])
    share = 0.82 + rng.normal(0, 0.05, PEOPLE)[person] - np.array(LOSS)[arm] * fading
    right = rng.binomial(DECISIONS, np.clip(share, 0, 1)) / DECISIONS
    data = Shares(right, np.full(len(time), float(DECISIONS)), time, arm.astype(np.int64), person.astype(np.int64))
    return exponential.fit(data, ("control", "exposed"))


def _replicate(found: Interval, log: bool) -> Replicate:
    ends = (found.value, found.low, found.high)
    if None in ends:
        return WITHHELD
    value, low, high = (float(np.log(end)) if log else float(end) for end in ends if end is not None)
    return Replicate(value, low, high)


def _loss(rng: np.random.Generator) -> Replicate:
    fit = _fit(rng)
    return _replicate(line(fit, LOSS_DIFFERENCE, level=0.95, scale=""), False) if fit.converged else WITHHELD


def _half_life(rng: np.random.Generator) -> Replicate:
    fit = _fit(rng)
    return _replicate(half_life(fit, HALF_LIFE_RATIO, level=0.95, shift=0.0), True) if fit.converged else WITHHELD


CHECKS = (
    Check("forgetting-curve/loss", "Forgetting to a floor: difference in loss", STUDY, _loss, LOSS[1] - LOSS[0], 0.0),
    Check("forgetting-curve/half-life", "Forgetting to a floor: ratio of half-lives (log)", STUDY, _half_life,
          float(np.log(HALF_LIFE[1] / HALF_LIFE[0])), 0.0),
)  # fmt: skip
