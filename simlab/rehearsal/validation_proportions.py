"""Checks of intervals for shares and differences of shares, where the true coverage is known to be near 95 %."""

from collections.abc import Callable

import numpy as np

from simlab.rehearsal.validation import WITHHELD, Check, Replicate
from simlab.stats import proportions
from simlab.stats.intervals import Interval

N, P, Q = 120, 0.7, 0.6


def _told(found: Interval | None) -> Replicate:
    return WITHHELD if found is None else Replicate(found.value, found.low, found.high, found.se)


def _wilson(rng: np.random.Generator) -> Replicate:
    return _told(proportions.wilson(int(rng.binomial(N, P)), N))


def _two(
    method: Callable[[int, int, int, int], Interval | None], q: float
) -> Callable[[np.random.Generator], Replicate]:
    def replicate(rng: np.random.Generator) -> Replicate:
        return _told(method(int(rng.binomial(N, P)), N, int(rng.binomial(N, q)), N))

    return replicate


_WORDS = f"two groups of {N}"
CHECKS = (
    Check("proportions/wilson", "proportions", f"{N} decisions, 70 % right, Wilson", _wilson, P),
    Check("proportions/newcombe", "proportions", f"{_WORDS}, 70 and 60 % right",
          _two(proportions.newcombe, Q), P - Q, 0.0),
    Check("proportions/newcombe-null", "proportions", f"{_WORDS}, 70 % right", _two(proportions.newcombe, P), 0.0, 0.0),
    Check("proportions/score", "proportions", f"{_WORDS}, 70 and 60 %, Miettinen and Nurminen",
          _two(proportions.miettinen_nurminen, Q), P - Q, 0.0),
)  # fmt: skip
