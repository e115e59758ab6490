"""Numbers that describe a cell of a study, with intervals from resampling participants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import resample
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Codes, Sieved, filled_cells, in_cells
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate

PERCENTILE = "percentile bootstrap of participants on these cases, {} draws"
UNDEFINED = "Undefined: the denominator is 0."

Statistic = Callable[[Numbers], Numbers]


def where(cell: Cell) -> str:
    """A cell in words."""
    return f"{cell[0]} arm, {cell[1]}" if cell[0] else "all arms and phases"


def suffix(cell: Cell) -> str:
    """What a name ends with to say its cell."""
    return f"/{cell[0]}/{cell[1]}" if cell[0] else ""


def by_person(rows: pd.DataFrame, columns: Numbers) -> Numbers:
    """Column sums by participant, in the order of their names: (participants, columns) from (rows, columns)."""
    person, people = pd.factorize(rows["participant"], sort=True)
    return resample.sums(person, columns, len(people))


def by_value(rows: pd.DataFrame, place: Codes, count: int, flags: Numbers) -> Numbers:
    """Sums of each row's flag by participant and value, then of 1 − flag: (participants, 2 · count).

    Counted, not multiplied out: a column a value of a million rows would fill the memory.
    """
    person, people = pd.factorize(rows["participant"], sort=True)
    cell = np.asarray(person) * count + place
    size, shape = len(people) * count, (len(people), count)
    halves = [np.bincount(cell, weights=w, minlength=size).reshape(shape) for w in (flags, 1 - flags)]
    return np.hstack(halves).astype(np.float64)


def group_of(rows: pd.DataFrame, column: str = "arm") -> Codes:
    """The group of each participant, in the order of `by_person`: each is drawn anew within its own."""
    first = rows.drop_duplicates("participant").sort_values("participant")
    return np.asarray(pd.factorize(first[column], sort=True)[0])


@dataclass(frozen=True)
class Words:
    """How an estimate is called: name, label, scale, and what to say where it has no value."""

    name: str
    label: str
    scale: str = "difference"
    undefined: str = UNDEFINED


def measured(
    words: Words,
    sums: Numbers,
    function: Statistic,
    about: Sieved,
    plan: Plan,
    *,
    groups: Codes | None = None,
    n_used: int | None = None,
) -> Estimate:
    """A function of column sums over participants, with percentile limits; no value where the function gives NaN.

    sums: (participants, columns); function: (draws, columns) to (draws). With `groups` participants are drawn within
    their group.
    """
    rng = resample.generator(plan.seed, words.name)
    limits = resample.statistic(sums, function, rng=rng, draws=plan.bootstrap, level=plan.level, groups=groups)
    return _told(words, sums, function, limits, about, plan, n_used)


def measured_together(
    words: Sequence[Words], sums: Numbers, functions: Sequence[Statistic], about: Sieved, plan: Plan
) -> list[Estimate]:
    """`measured` for several functions of the same sums, on the same draws, named after the first."""
    rng = resample.generator(plan.seed, words[0].name)
    limits = resample.statistics(sums, functions, rng=rng, draws=plan.bootstrap, level=plan.level)
    return [
        _told(one, sums, function, pair, about, plan, None)
        for one, function, pair in zip(words, functions, limits, strict=True)
    ]


def _told(
    words: Words,
    sums: Numbers,
    function: Statistic,
    limits: tuple[float | None, float | None],
    about: Sieved,
    plan: Plan,
    n_used: int | None,
) -> Estimate:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(function(sums.sum(axis=0)[None, :])[0])
    known = bool(np.isfinite(value))
    low, high = limits if known else (None, None)
    method = PERCENTILE.format(plan.bootstrap) if low is not None else "no interval: too few participants"
    return Estimate(
        words.name,
        words.label,
        value if known else None,
        words.scale,
        method if known else "undefined: no such decision",
        low=low,
        high=high,
        level=plan.level if low is not None else None,
        n_used=(len(about.rows) if n_used is None else n_used) if known else 0,
        n_dropped=about.n_dropped,
        dropped=about.dropped,
        note=None if known else words.undefined,
    )


def share(
    words: Words, over: "np.ndarray[tuple[int], np.dtype[np.bool_]]", rows: pd.DataFrame, about: Sieved, plan: Plan
) -> Estimate:
    """The share of `rows` for which `over` holds."""
    flags = over[:, None].astype(np.float64)
    tops, bottoms = by_person(rows, flags), by_person(rows, np.ones_like(flags))
    rng = resample.generator(plan.seed, words.name)
    if len(rows) == 0:
        tops = bottoms = np.zeros((0, 1))
    found = resample.ratios(tops, bottoms, rng=rng, draws=plan.bootstrap, level=plan.level)[0]
    return resample.estimate(words.name, words.label, found, about, plan.level)


def cells_and_all(rows: pd.DataFrame, plan: Plan) -> list[tuple[Cell, pd.DataFrame]]:
    """All rows, then each filled cell where there is more than one."""
    cells = filled_cells(rows, plan)
    return [(("", ""), rows), *([(c, in_cells(rows, c)) for c in cells] if len(cells) > 1 else [])]


def nothing(name: str, title: str, why: str) -> Analysis:
    """An analysis for which the table holds nothing to work on, with the reason in one sentence."""
    return Analysis(name, title, warnings=(why,))


def over(columns: Sequence[int]) -> Statistic:
    """Column `columns[0]` over column `columns[1]`."""
    top, bottom = columns
    return lambda s: np.asarray(s[:, top] / s[:, bottom])
