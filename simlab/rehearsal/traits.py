"""What is drawn once about each virtual person and each case, as arrays."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from simlab.rehearsal.truth import Truth

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]


def generator(seed: int, *labels: str | int) -> np.random.Generator:
    """A generator of its own for each use of one seed, so that adding a use leaves the others as they were."""
    text = "/".join([str(seed), *map(str, labels)])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


@dataclass(frozen=True)
class People:
    """Traits of n persons, each an array of length n (logit; ``pace`` in log seconds).

    ``key`` is a number of each person's own, from which further traits follow by name (`own_normal`, `own_share`).
    """

    skill: Floats
    trust: Floats
    confidence: Floats
    pace: Floats
    key: Keys

    def at(self, rows: Whole | slice) -> "People":
        """The same traits for each row of a table, where ``rows`` holds person indices."""
        return People(self.skill[rows], self.trust[rows], self.confidence[rows], self.pace[rows], self.key[rows])


@dataclass(frozen=True)
class CaseTraits:
    """Traits of m cases, each an array of length m: logit of being right at skill 0, pull of advice, log pace, and
    discrimination (by how much a logit of skill counts)."""

    ease: Floats
    pull: Floats
    pace: Floats
    slope: Floats

    def at(self, rows: Whole | slice) -> "CaseTraits":
        """The same traits for each row of a table, where ``rows`` holds case indices."""
        return CaseTraits(self.ease[rows], self.pull[rows], self.pace[rows], self.slope[rows])


def own_share(key: Keys, name: str) -> Floats:
    """A number in (0, 1) that belongs to a person and a name: the same whenever it is asked for.

    Splitmix64 (Steele, Lea and Flood 2014) of the person's key and a hash of the name.
    """
    salt = np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
    with np.errstate(over="ignore"):
        z = (key ^ salt) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    share: Floats = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return share


def own_normal(key: Keys, name: str) -> Floats:
    """A standard normal number that belongs to a person and a name."""
    drawn: Floats = ndtri(own_share(key, name))
    return drawn


def draw_grades(truth: Truth, seed: int, clinicians: int) -> list[str]:
    """Grades of those who enrol, by the mix of the truth."""
    names = list(truth.arrivals.grades)
    weights = np.array([truth.arrivals.grades[name] for name in names])
    drawn = generator(seed, "grades").choice(len(names), size=clinicians, p=weights / weights.sum())
    return [names[one] for one in drawn]


def draw_people(truth: Truth, rng: np.random.Generator, grades: Sequence[str]) -> People:
    """Draw the traits of one person per entry of ``grades``; a grade the truth does not name has mean 0."""
    n = len(grades)
    mean = np.array([truth.skill.grades.get(grade, 0.0) for grade in grades], dtype=np.float64)
    return People(
        skill=mean + truth.skill.sd * rng.standard_normal(n),
        trust=truth.reliance.person_sd * rng.standard_normal(n),
        confidence=truth.confidence.person_sd * rng.standard_normal(n),
        pace=truth.times.person_sd * rng.standard_normal(n),
        key=rng.integers(0, 2**64, size=n, dtype=np.uint64),
    )


def draw_case_deviations(truth: Truth, rng: np.random.Generator, difficulty: Floats) -> CaseTraits:
    """Draw traits of cases whose file gives ``difficulty`` as the share of clinicians right unaided."""
    share = np.clip(difficulty, 0.01, 0.99)
    n = len(share)
    return CaseTraits(
        ease=np.log(share / (1.0 - share)) + truth.cases.sd * rng.standard_normal(n),
        pull=truth.cases.advice_slope_sd * rng.standard_normal(n),
        pace=truth.cases.pace_sd * rng.standard_normal(n),
        slope=np.exp(truth.cases.discrimination_sd * rng.standard_normal(n)),
    )


def draw_case(truth: Truth, seed: int, case_id: str, difficulty: float) -> CaseTraits:
    """The traits of one case under this seed: the same for every person and on either route, whatever else is drawn."""
    return draw_case_deviations(truth, generator(seed, "case", case_id), np.array([difficulty]))


def draw_cases(truth: Truth, seed: int, cases: Sequence[tuple[str, float]]) -> CaseTraits:
    """Traits of the given (case id, difficulty) pairs, in their order."""
    drawn = [draw_case(truth, seed, case_id, difficulty) for case_id, difficulty in cases]
    return CaseTraits(
        ease=np.array([one.ease[0] for one in drawn]),
        pull=np.array([one.pull[0] for one in drawn]),
        pace=np.array([one.pace[0] for one in drawn]),
        slope=np.array([one.slope[0] for one in drawn]),
    )
