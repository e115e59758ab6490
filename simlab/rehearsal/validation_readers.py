"""Reader studies: do intervals of areas and of their differences hold the truth over readers and cases?

Ratings follow the model of Roe and Metz (1997, Academic Radiology 4: 298): normal ratings with variance components of
readers, cases and their interactions, whose expected area is Φ(μ ÷ √(2 × the sum of all components)).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtr

from simlab.rehearsal.validation import WITHHELD, Check, Law, Replicate
from simlab.stats import readers
from simlab.stats.intervals import Array, CannotFit, Interval

READERS, POSITIVES, NEGATIVES = 6, 50, 60
LOW, HIGH = 1.2, 1.7  # distance of the means under the two modalities
NAME = "Area under the ROC curve of readers"
STUDY = f"{READERS} readers, {POSITIVES} cases with and {NEGATIVES} without the condition, two modalities, all read all"
SPLIT = (
    f"{2 * READERS} readers, {2 * POSITIVES} and {2 * NEGATIVES} cases; each reader reads one half of the cases, and a "
    "tenth of the readings is missing"
)


@dataclass(frozen=True)
class _Spread:
    """Variances: reader, reader × modality, case, case × modality, reader × case, and the rest."""

    reader: float = 0.03
    reader_modality: float = 0.02
    case: float = 0.3
    case_modality: float = 0.2
    reader_case: float = 0.2
    rest: float = 0.3

    @property
    def total(self) -> float:
        parts = (self.reader, self.reader_modality, self.case, self.case_modality, self.reader_case, self.rest)
        return float(sum(parts))


ALL = _Spread()
# Where only cases, or only readers, are drawn anew the other must not change the difference that is asked for.
NO_READER = _Spread(reader_modality=0.0)
NO_CASE = _Spread(case_modality=0.0)


def _area(distance: float, spread: _Spread) -> float:
    return float(ndtr(distance / np.sqrt(2 * spread.total)))


def _ratings(rng: np.random.Generator, distances: tuple[float, float], spread: _Spread, halves: bool) -> Array:
    """Modality × reader × case; the first cases have the condition. NaN where nobody read."""
    people, (m, n) = (2 * READERS, (2 * POSITIVES, 2 * NEGATIVES)) if halves else (READERS, (POSITIVES, NEGATIVES))
    state = np.repeat([0, 1], [m, n])

    def drawn(variance: float, *shape: int) -> Array:
        return np.asarray(rng.normal(0, np.sqrt(variance), shape), dtype=np.float64)

    made = drawn(spread.rest, 2, people, m + n) + drawn(spread.reader_case, people, m + n)
    made += drawn(spread.case, m + n) + drawn(spread.case_modality, 2, 1, m + n)
    made += drawn(spread.reader, people, 2)[:, state] + drawn(spread.reader_modality, 2, people, 2)[:, :, state]
    made += np.array(distances)[:, None, None] * (state == 0)
    if halves:
        unread = (np.arange(people)[:, None] + np.arange(m + n)) % 2 == 1
        made[:, unread] = np.nan
        made[rng.random(made.shape) < 0.1] = np.nan
    return made


def _read(
    rng: np.random.Generator, distances: tuple[float, float], spread: _Spread = ALL, halves: bool = False
) -> readers.Readings:
    values = _ratings(rng, distances, spread, halves)
    m = 2 * POSITIVES if halves else POSITIVES
    cases = [f"c{place:03d}" for place in range(values.shape[2])]
    people = tuple(f"r{place:02d}" for place in range(values.shape[1]))
    return readers.Readings(
        ("new", "old"), people, tuple(cases[:m]), tuple(cases[m:]), values[:, :, :m], values[:, :, m:]
    )


def _replicate(found: Interval) -> Replicate:
    return Replicate(found.value, found.low, found.high, found.se)


def _difference(
    distances: tuple[float, float], spread: _Spread, scope: readers.Scope, rng: np.random.Generator
) -> Replicate:
    compared = readers.analysis_of_variance(readers.area(_read(rng, distances, spread), "delong"))
    return _replicate(compared.differences["new", "old"][scope])


def _mean(rng: np.random.Generator) -> Replicate:
    compared = readers.analysis_of_variance(readers.area(_read(rng, (HIGH, LOW)), "jackknife"))
    return _replicate(compared.means["new"]["readers and cases"])


def _sensitivity(rng: np.random.Generator) -> Replicate:
    """Positive is called above 0.8."""
    made = _read(rng, (HIGH, LOW))
    compared = readers.analysis_of_variance(readers.share_right(made, "sensitivity", 0.8))
    return _replicate(compared.differences["new", "old"]["readers and cases"])


def _split(distances: tuple[float, float], rng: np.random.Generator) -> Replicate:
    try:
        found = readers.u_statistics(_read(rng, distances, halves=True)).differences["new", "old"]
    except CannotFit:
        return WITHHELD
    return WITHHELD if found.low is None else _replicate(found)


def _split_cautious(rng: np.random.Generator) -> Replicate:
    try:
        found = readers.u_statistics(_read(rng, (LOW, LOW), halves=True)).cautious.get(("new", "old"))
    except CannotFit:
        return WITHHELD
    return WITHHELD if found is None else _replicate(found)


def _split_mean(rng: np.random.Generator) -> Replicate:
    try:
        found = readers.u_statistics(_read(rng, (HIGH, LOW), halves=True)).means["new"]
    except CannotFit:
        return WITHHELD
    return WITHHELD if found.low is None else _replicate(found)


def _same_area(rng: np.random.Generator) -> str | None:
    """Where all read all, both methods tell the same areas."""
    made = _read(rng, (HIGH, LOW))
    one = readers.analysis_of_variance(readers.area(made, "delong"))
    other = readers.u_statistics(made)
    gap = max(abs(one.means[name]["cases"].value - other.means[name].value) for name in made.conditions)
    return None if gap < 1e-10 else f"areas by the two methods differ by {gap:.2g}"


def _called(distance: float) -> float:
    return float(ndtr((distance - 0.8) / np.sqrt(ALL.total)))


GAP = _area(HIGH, ALL) - _area(LOW, ALL)
BOTH: readers.Scope = "readers and cases"
CHECKS = (
    Check("readers/null", f"{NAME}: difference", f"{STUDY}; equal modalities",
          partial(_difference, (LOW, LOW), ALL, BOTH), 0.0, 0.0, slack=0.03),
    Check("readers/difference", f"{NAME}: difference", f"{STUDY}; one modality better",
          partial(_difference, (HIGH, LOW), ALL, BOTH), GAP, slack=0.03),
    Check("readers/these-readers", f"{NAME}: difference", f"{STUDY}; readers are fixed and alike, modalities equal",
          partial(_difference, (LOW, LOW), NO_READER, "cases"), 0.0, 0.0),
    Check("readers/these-cases", f"{NAME}: difference", f"{STUDY}; cases are fixed and alike, modalities equal",
          partial(_difference, (LOW, LOW), NO_CASE, "readers"), 0.0, 0.0),
    Check("readers/area", NAME, f"{STUDY}", _mean, _area(HIGH, ALL), slack=0.03),
    Check("readers/sensitivity", "Sensitivity of readers: difference", f"{STUDY}; one modality better", _sensitivity,
          _called(HIGH) - _called(LOW), slack=0.03),
    Check("readers/u-statistics-null", f"{NAME}, U-statistics: difference", f"{SPLIT}; equal modalities",
          partial(_split, (LOW, LOW)), 0.0, 0.0, slack=0.03),
    Check("readers/u-statistics", f"{NAME}, U-statistics: difference", f"{SPLIT}; one modality better",
          partial(_split, (HIGH, LOW)), GAP, slack=0.03),
    Check("readers/u-statistics-cautious", f"{NAME}, U-statistics on the least degrees of freedom: difference",
          f"{SPLIT}; equal modalities", _split_cautious, 0.0, 0.0, slack=0.03),
    Check("readers/u-statistics-area", f"{NAME}, U-statistics", SPLIT, _split_mean, _area(HIGH, ALL), slack=0.03),
    Law("readers/same-area", NAME, "Obuchowski–Rockette and U-statistics tell the same areas", _same_area, runs=10),
)  # fmt: skip
