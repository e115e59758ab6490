"""Validation of the statistics by simulation: what a check is, how it is run, and how it is judged.

Every shipped analysis has checks. They live beside this file in modules named ``validation_<analysis>.py``; a module
is found by its name and exposes ``CHECKS``, a tuple of `Check` and `Law`. ``manage.py validate_statistics`` runs them
all and writes the page docs/validation-report.md. To add an analysis, add such a module, no more:

    def _study(rng: np.random.Generator) -> Replicate:
        table = ...                                  # one simulated data set whose truth is known
        found = my_analysis(table)                   # the shipped function, never a copy of it
        return Replicate(found.value, found.low, found.high, found.se)      # or WITHHELD

    CHECKS = (
        Check("survival/null", "time to decision", "120 encounters, no effect", _study, truth=1.0, null=1.0),
        Law("survival/relabelling", "time to decision", "relabelling the arms inverts the ratio", _relabelled),
    )

A simulation takes its generator as its only argument and draws everything from it: run k of a check has the generator
(seed, check's name, k), so the same seed gives the same tallies on any number of processes and a longer run begins
with the same data sets. It returns the estimate with its interval on the scale of ``truth``; a number that the
analysis withholds is ``WITHHELD`` and counted. A replicate should take well under a second.

What is judged (docs/validation-report.md says so for every line):

- where ``truth`` is the ``null`` value, the share of intervals that leave it out is the type-I error;
- coverage of the truth by the 95 % interval lies within three Monte-Carlo standard errors of 95 % (``cover``: whether
  an interval is claimed at all). An interval may be too wide by ``slack`` where the module says why;
- bias is no more than three Monte-Carlo standard errors, plus 2 % of the truth (Morris, White and Crowther 2019,
  Statistics in Medicine 38: 2074, for the measures and their errors).
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

import simlab.rehearsal
from simlab.rehearsal.traits import generator
from simlab.stats.resample import wilson

LEVEL = 0.95
ERRORS_ALLOWED = 3.0
RELATIVE_BIAS = 0.02


@dataclass(frozen=True)
class Replicate:
    """One estimate of one simulated data set; ``value`` is None when the analysis withheld it."""

    value: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None


WITHHELD = Replicate(None)


@dataclass(frozen=True)
class Check:
    """One kind of simulated study: its name (``analysis/what``), the analysis in words, the study in words, one
    replicate, and the true value. ``null`` is the value of no effect; None where there is none."""

    name: str
    analysis: str
    study: str
    simulate: Callable[[np.random.Generator], Replicate]
    truth: float
    null: float | None = None
    cover: bool = True
    slack: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Law:
    """Something that must hold exactly of every data set: None when it held, else what went wrong, in words."""

    name: str
    analysis: str
    study: str
    holds: Callable[[np.random.Generator], str | None]
    runs: int = 20


Checks = tuple[Check | Law, ...]


@dataclass(frozen=True)
class Tally:
    """What the replicates of a check came to; shares have their number of runs, and None where there were none."""

    name: str
    analysis: str
    study: str
    truth: float
    runs: int
    withheld: int
    bias: float | None
    bias_error: float | None
    spread: float | None
    mean_se: float | None
    covered: int | None
    excluded_null: int | None
    intervals: int
    coverage: tuple[float, float] | None
    rejections: tuple[float, float] | None
    at_null: bool
    problems: tuple[str, ...]
    note: str = ""


def discover() -> tuple[Check | Law, ...]:
    """All checks of all ``validation_*`` modules, by name. Raises ValueError where two have one name."""
    found: list[Check | Law] = []
    for module in sorted(one.name for one in pkgutil.iter_modules(simlab.rehearsal.__path__)):
        if module.startswith("validation_"):
            found.extend(importlib.import_module(f"simlab.rehearsal.{module}").CHECKS)
    names = [check.name for check in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two checks are named {sorted(twice)[0]}; rename one")
    return tuple(sorted(found, key=lambda check: check.name))


def replicates(check: Check, seed: int, first: int, count: int) -> Iterator[Replicate]:
    """Runs ``first``, ``first + 1``, … of a check."""
    for run in range(first, first + count):
        yield check.simulate(generator(seed, check.name, run))


def broken(law: Law, seed: int) -> tuple[str, ...]:
    """What went wrong in the runs of a law, each sentence once."""
    said = [law.holds(generator(seed, law.name, run)) for run in range(law.runs)]
    return tuple(dict.fromkeys(one for one in said if one is not None))


def tally(check: Check, found: Sequence[Replicate]) -> Tally:
    """Count and judge the replicates of a check."""
    values = np.array([one.value for one in found if one.value is not None], dtype=np.float64)
    n = len(values)
    ends = [(one.low, one.high) for one in found if one.low is not None and one.high is not None]
    covered = sum(low <= check.truth <= high for low, high in ends) if check.cover and ends else None
    excluded = None
    if check.null is not None and check.cover and ends:
        excluded = sum(not low <= check.null <= high for low, high in ends)
    spread = float(values.std(ddof=1)) if n > 1 else None
    errors = [one.se for one in found if one.se is not None]
    bias = float(values.mean() - check.truth) if n else None
    bias_error = spread / sqrt(n) if spread is not None else None
    return Tally(
        name=check.name,
        analysis=check.analysis,
        study=check.study,
        truth=check.truth,
        runs=len(found),
        withheld=len(found) - n,
        bias=bias,
        bias_error=bias_error,
        spread=spread,
        mean_se=float(np.mean(errors)) if errors else None,
        covered=covered,
        excluded_null=excluded,
        intervals=len(ends),
        coverage=None if covered is None else wilson(covered, len(ends), LEVEL),
        rejections=None if excluded is None else wilson(excluded, len(ends), LEVEL),
        at_null=check.null is not None and check.null == check.truth,
        problems=_problems(check, bias, bias_error, covered, len(ends), n),
        note=check.note,
    )


def _problems(
    check: Check, bias: float | None, bias_error: float | None, covered: int | None, intervals: int, n: int
) -> tuple[str, ...]:
    """What is out of range, in words; nothing when all is well."""
    if n == 0:
        return ("every run was withheld",)
    said = []
    if bias is not None and bias_error is not None:
        allowed = ERRORS_ALLOWED * bias_error + RELATIVE_BIAS * abs(check.truth)
        if abs(bias) > allowed:
            said.append(f"bias {bias:+.4g} is beyond the {allowed:.2g} allowed")
    if covered is not None:
        low, high = coverage_allowed(intervals, check.slack)
        share = covered / intervals
        if not low <= share <= high:
            said.append(f"coverage {share:.1%} is outside {low:.1%} to {high:.1%}")
    return tuple(said)


def coverage_allowed(runs: int, slack: float = 0.0) -> tuple[float, float]:
    """The coverage that so many runs cannot tell from 95 %: within three Monte-Carlo standard errors."""
    error = ERRORS_ALLOWED * sqrt(LEVEL * (1 - LEVEL) / runs)
    return LEVEL - error, min(1.0, LEVEL + error + slack)
