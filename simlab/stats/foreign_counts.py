"""Proportions by condition that need no model: from decisions, or from rows that count several decisions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import resample
from simlab.stats.errors import BadTable
from simlab.stats.foreign_mapping import Mapping
from simlab.stats.intervals import symmetric
from simlab.stats.prepare import Sieved
from simlab.stats.proportions import wilson
from simlab.stats.resample import Numbers, Ratio
from simlab.stats.result import Analysis, Estimate

# A share printed with four or more decimals gives back its whole number; with fewer it may not.
NEAR = 0.01


@dataclass(frozen=True)
class Counted:
    """Right answers `k` of `n` decisions for each row, with the unit that would be drawn anew and the case."""

    k: Numbers
    n: Numbers
    unit: "pd.Series[Any]"
    unit_name: str
    case: "pd.Series[Any] | None"
    condition: "pd.Series[Any]"
    about: Sieved
    warnings: tuple[str, ...]


def counted(about: Sieved, targets: frozenset[str], mapping: Mapping) -> Counted:
    """Rows that stand for n decisions each. Raises BadTable naming the row where more are right than were made."""
    rows = about.rows
    n = rows["n"].to_numpy(dtype=float)
    source = next(block["correct"] for block in mapping.blocks if "correct" in block)
    k = rows["correct"].to_numpy(dtype=float)
    says: tuple[str, ...] = ()
    if source.unit in ("share", "percent"):
        k = k * n
        whole = np.abs(k - np.round(k)) <= NEAR
        if not whole.all():
            rounded = int((~whole).sum())
            says = (f"{rounded} shares are rounded: no whole number of decisions gives them. They are used unchanged.",)
        k = np.where(whole, np.round(k), k)
    over = np.flatnonzero(k > n + NEAR)
    if len(over):
        at = int(over[0])
        raise BadTable(
            f"column {source.column}, row {rows['row'].iloc[at]}",
            f"gives {k[at]:g} right of {n[at]:g}",
            "correct the table or the unit of correct",
        )
    unit, name = unit_of(rows, targets)
    case = rows["case"] if "case" in targets else None
    condition = rows["condition"] if "condition" in targets else pd.Series(["all"] * len(rows), dtype=object)
    return Counted(k, n, unit, name, case, condition, about, says)


PLACES = ("participant", "case", "condition", "phase")


def unplaced(rows: pd.DataFrame, targets: frozenset[str]) -> list[tuple[str, Any]]:
    """The tests for rows whose participant, case, condition or phase is mapped but empty."""
    return [(f"no {name}", rows[name].isna()) for name in PLACES if name in targets and name in rows]


def unit_of(rows: pd.DataFrame, targets: frozenset[str]) -> tuple["pd.Series[Any]", str]:
    """What intervals draw anew: participants, else cases, else rows; and its name."""
    for target, name in (("participant", "participants"), ("case", "cases")):
        if target in targets:
            return rows[target].astype("str"), name
    return rows["row"].astype("str"), "rows"


def accuracy(made: Counted, mapping: Mapping, words: str = "Right", name: str = "accuracy") -> Analysis:
    """Shares by condition: pooled over decisions, and as means over participants and over cases with differences.

    Differences are paired by the participants, or the cases, that are seen under both conditions.
    """
    conditions = sorted(set(made.condition))
    control = mapping.control if mapping.control is not None and mapping.control in conditions else conditions[0]
    ways = _ways(made)
    estimates: list[Estimate] = []
    for condition in conditions:
        here = (made.condition == condition).to_numpy(dtype=bool)
        label = f"{words}, pooled over decisions, {condition}"
        estimates.append(
            proportion(
                f"{name}/{condition}",
                label,
                made.k[here],
                made.n[here],
                made.unit[here],
                made.unit_name,
                made.about,
                mapping,
            )
        )
        for way in ways:
            label = f"{words}, mean of the {way.plural}' shares, {condition}"
            shares = _shares(made, here, way.by).to_numpy()
            estimates.append(
                _mean(
                    f"{way.key}-mean/{condition}", label, shares, "proportion", made.n[here].sum(), made, mapping, way
                )
            )
    for condition in conditions:
        if condition != control:
            estimates += [_paired(made, condition, control, mapping, words, way) for way in ways]
    return Analysis(name, f"{TITLES.get(name, words)} by condition", tuple(estimates), warnings=made.warnings)


TITLES = {"accuracy": "Accuracy"}


@dataclass(frozen=True)
class _Way:
    """What shares are averaged over: participants or cases."""

    key: str
    plural: str
    by: "pd.Series[Any]"


def _ways(made: Counted) -> list[_Way]:
    ways = [_Way("participant", "participants", made.unit)] if made.unit_name == "participants" else []
    return ways + ([_Way("case", "cases", made.case)] if made.case is not None else [])


def proportion(
    name: str,
    label: str,
    k: Numbers,
    n: Numbers,
    unit: "pd.Series[Any]",
    unit_name: str,
    about: Sieved,
    mapping: Mapping,
) -> Estimate:
    """Sum of k over sum of n with an interval that draws units anew, or Wilson's where every row is its own unit."""
    codes, names = pd.factorize(unit, sort=True)
    rng = resample.generator(mapping.seed, name)
    over, under = (resample.sums(codes, v[:, None], len(names)) for v in (k, n))
    ratio = resample.ratios(over, under, rng=rng, draws=mapping.bootstrap, level=1 - mapping.alpha)[0]
    made = resample.estimate(name, label, ratio, about, 1 - mapping.alpha)
    interval = wilson(round(k.sum()), round(n.sum()), level=1 - mapping.alpha) if unit_name == "rows" else None
    if interval is None:
        return _renamed(made, ratio, unit_name)
    return Estimate(
        **{
            **vars(made),
            "low": interval.low,
            "high": interval.high,
            "se": None,
            "level": 1 - mapping.alpha,
            "method": "Wilson score interval; rows taken as independent",
        }
    )


def _renamed(made: Estimate, ratio: Ratio, unit_name: str) -> Estimate:
    """The same estimate with the resampled unit called by its name."""
    method = ratio.method.replace("participants", unit_name).replace("one participant", f"one of {unit_name}")
    return Estimate(**{**vars(made), "method": method})


def _shares(made: Counted, here: "np.ndarray[Any, Any]", by: "pd.Series[Any]") -> "pd.Series[float]":
    frame = pd.DataFrame({"by": by[here].to_numpy(), "k": made.k[here], "n": made.n[here]})
    sums = frame[frame["n"] > 0].groupby("by")[["k", "n"]].sum()
    return sums["k"] / sums["n"]


def _paired(made: Counted, condition: str, control: str, mapping: Mapping, words: str, way: _Way) -> Estimate:
    masks = [(made.condition == c).to_numpy(dtype=bool) for c in (condition, control)]
    one, other = (_shares(made, mask, way.by) for mask in masks)
    gaps = (one - other).dropna().to_numpy(dtype=np.float64)
    label = f"{words}, {condition} minus {control}, mean over {way.plural} seen in both"
    n = made.n[masks[0]].sum() + made.n[masks[1]].sum()
    return _mean(f"{way.key}-difference/{condition}", label, gaps, "difference", n, made, mapping, way)


def _mean(
    name: str,
    label: str,
    values: "np.ndarray[Any, Any]",
    scale: str,
    decisions: float,
    made: Counted,
    mapping: Mapping,
    way: _Way,
) -> Estimate:
    about: dict[str, Any] = {"n_used": int(decisions), "n_dropped": made.about.n_dropped, "dropped": made.about.dropped}
    if len(values) == 0:
        return Estimate(name, label, None, scale, "withheld", note=f"No {way.key} has such decisions.", **about)
    mean = float(values.mean())
    if len(values) == 1:
        return Estimate(name, label, mean, scale, f"no interval: one {way.key}", **about)
    se = float(values.std(ddof=1) / np.sqrt(len(values)))
    method = f"mean over {len(values)} {way.plural}, t interval: speaks of {way.plural} such as these"
    found = symmetric(mean, se, len(values) - 1, 1 - mapping.alpha, method, scale)
    p = found.p if scale == "difference" else None
    return Estimate(name, label, mean, scale, method, found.low, found.high, se, found.df, found.level, p=p, **about)
