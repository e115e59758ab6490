"""Checks of interim looks: a trial that stops at a boundary leaves out a true null no more often than alpha."""

import numpy as np

from simlab.rehearsal.validation import Check, Law, Replicate
from simlab.stats import boundaries, interim

_LOOKS = (0.3, 0.6, 1.0)
_SPENDING: tuple[boundaries.Spending, ...] = ("obrien-fleming", "pocock", "haybittle-peto")
_Z = {kind: [look.z for look in boundaries.boundaries(_LOOKS, 0.05, kind)] for kind in _SPENDING}


def _trial(kind: boundaries.Spending, rng: np.random.Generator) -> Replicate:
    """200 differences with mean 0 and SD 1, looked at three times; the interval of the look at which it stopped uses
    that look's boundary (a repeated confidence interval: Jennison and Turnbull 2000, chapter 9)."""
    values = rng.normal(size=200)
    for fraction, z in zip(_LOOKS, _Z[kind], strict=True):
        held = values[: round(fraction * 200)]
        value, se = float(held.mean()), 1 / np.sqrt(len(held))
        if abs(value) / se >= z:
            break
    return Replicate(value, float(value - z * se), float(value + z * se), float(se))


def _fleming(rng: np.random.Generator) -> Replicate:
    return _trial("obrien-fleming", rng)


def _pocock(rng: np.random.Generator) -> Replicate:
    return _trial("pocock", rng)


def _haybittle(rng: np.random.Generator) -> Replicate:
    return _trial("haybittle-peto", rng)


def _predicted(rng: np.random.Generator) -> str | None:
    """Conditional power is the share of trials, continued from here, that end beyond the last boundary."""
    z, fraction, drift, last = float(rng.normal(1, 1)), float(rng.uniform(0.2, 0.8)), float(rng.normal(2, 1)), 1.97
    end = z * np.sqrt(fraction) + rng.normal(drift * (1 - fraction), np.sqrt(1 - fraction), 40_000)
    share, said = float((end > last).mean()), interim.conditional(z, fraction, last, drift)
    return None if abs(share - said) < 0.0125 else f"conditional power {said:.3f}, but {share:.3f} of trials get there"


CHECKS = (
    Check("interim/obrien-fleming", "interim looks", "no effect, three looks, O'Brien–Fleming-type spending", _fleming,
          truth=0.0, null=0.0),
    Check("interim/pocock", "interim looks", "no effect, three looks, Pocock-type spending", _pocock,
          truth=0.0, null=0.0),
    Check("interim/haybittle-peto", "interim looks", "no effect, three looks, Haybittle and Peto", _haybittle,
          truth=0.0, null=0.0),
    Law("interim/conditional-power", "interim looks", "conditional power is what continued trials come to", _predicted),
)  # fmt: skip
