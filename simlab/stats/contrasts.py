"""Designs and contrasts of this field, ready to fit: accuracy by arm and phase, and deskilling.

Cases are shared between arms, so an effect that differs between cases must have its own variance: every design here
carries a by-case slope of the treated state. Without it a true null is rejected in three of ten studies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from simlab.stats import glmm, separation
from simlab.stats.glmm import CannotFit, Factor, GlmmFit, Prior, Start
from simlab.stats.intervals import Array, Interval, Noninferiority, holm
from simlab.stats.marginal import Cell, Freedom, linear_combination, risk_difference

__all__ = [
    "Design",
    "accuracy_design",
    "deskilling",
    "deskilling_design",
    "difference_in_differences",
    "fit",
    "holm",
    "noninferiority",
]

Key = str | tuple[str, str]


@dataclass(frozen=True)
class Design:
    """A model ready to fit: outcome y (n), fixed x (n × k), random factors, the cells to ask about, and the cell of
    each row (`where`, n keys)."""

    y: Array
    x: Array
    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    cells: Mapping[Key, Cell]
    where: tuple[Key, ...]


def accuracy_design(
    correct: object,
    arm: Sequence[str],
    phase: Sequence[str],
    clinician: Sequence[str],
    case: Sequence[str],
    *,
    aided: object,
    wrong_advice: object | None = None,
    changing: Mapping[str, object] | None = None,
    site: Sequence[object] | None = None,
    covariates: Mapping[str, object] | None = None,
) -> Design:
    """Cell means of arm × phase with (1 + aided | clinician) + (1 + aided | case), and (1 | site) where asked.

    aided: 1 for a decision made with advice, 0 without; where it never varies the slopes are left out, and that of
    clinicians where nobody was seen in both states. changing: what clinicians differ in, if not in that. wrong_advice:
    1 for a decision made with wrong advice. How often advice is wrong is fixed by the schedule, not by chance, so it is
    a fixed effect, and each cell is standardised to its own share of it. Covariates are standardised to all rows.
    """
    y = _outcome(correct)
    state = np.asarray(aided, dtype=np.float64)
    places: dict[tuple[str, str], int] = {}
    pairs = zip(arm, phase, strict=True)
    place = np.fromiter((places.setdefault(pair, len(places)) for pair in pairs), dtype=np.intp)
    keys: list[Key] = [(str(a), str(b)) for a, b in places]
    coded = np.eye(len(keys))[place]
    coded[:, 0] = 1.0  # the first cell is the intercept, the others differ from it
    names = ["(intercept)", *(_text(key) for key in keys[1:])]
    people = _labels(clinician)
    slopes = {"aided": state} if _varying(state) is not None else {}
    own = {name: np.asarray(v, dtype=np.float64) for name, v in (slopes if changing is None else changing).items()}
    own = {name: values for name, values in own.items() if _varies_within(people, values)}
    factors = [Factor("clinician", people, own), Factor("case", _labels(case), slopes), *_sites(site)]
    extra = _covariates(covariates, y.size)
    wrong = _varying(wrong_advice)
    cells: dict[Key, Cell] = {}
    for index, key in enumerate(keys):
        row = np.eye(len(keys))[index]
        row[0] = 1.0
        here = place == index
        z = {f.name: np.array([1.0, *(np.nanmean(np.asarray(v)[here]) for v in f.slopes.values())]) for f in factors}
        cell = _cell(_text(key), row, z, extra)
        cells[key] = cell if wrong is None else _with_share(cell, float(np.nanmean(wrong[here])))
    columns, named = [coded, extra.columns], [*names, *extra.names]
    if wrong is not None:
        columns, named = [*columns, wrong[:, None]], [*named, "advice wrong"]
    return Design(y, np.hstack(columns), tuple(named), tuple(factors), cells, tuple(keys[at] for at in place))


def _sites(site: Sequence[object] | None) -> list[Factor]:
    """The random factor of sites (practices), where they were randomised; a single one has no variance to estimate."""
    return [] if site is None or len(set(site)) < 2 else [Factor("site", _labels(site))]


def _varies_within(labels: np.ndarray, state: Array) -> bool:
    """Whether two of the labels or more have rows in different states, so that their slopes have a variance."""
    codes, levels = pd.factorize(labels)
    seen = np.isfinite(state) & (codes >= 0)
    low, high = np.full(len(levels), np.inf), np.full(len(levels), -np.inf)
    np.minimum.at(low, codes[seen], state[seen])
    np.maximum.at(high, codes[seen], state[seen])
    return int((high > low).sum()) > 1


def _varying(flags: object | None) -> Array | None:
    """The flags as numbers, or None where they tell no two rows apart."""
    if flags is None:
        return None
    made = np.asarray(flags, dtype=np.float64)
    return made if np.ptp(made[np.isfinite(made)]) > 0 else None


def _with_share(cell: Cell, share: float) -> Cell:
    """The cell with a last column that is 1 in `share` of its decisions and 0 in the others."""
    rows = np.atleast_2d(cell.x)
    weights = np.ones(len(rows)) if cell.weights is None else cell.weights
    zero, one = (np.column_stack([rows, np.full(len(rows), value)]) for value in (0.0, 1.0))
    return Cell(cell.label, np.vstack([zero, one]), cell.z, np.concatenate([weights * (1 - share), weights * share]))


def deskilling_design(
    correct: object,
    arm: Sequence[str],
    phase: Sequence[str],
    clinician: Sequence[str],
    case: Sequence[str],
    *,
    control: str,
    exposed: str,
    baseline: str,
    later: str,
    covariates: Mapping[str, object] | None = None,
    clinician_slope: bool = False,
    site: Sequence[object] | None = None,
) -> Design:
    """Unaided accuracy at baseline and later, the arms held equal at baseline as randomisation makes them.

    Fixed: intercept, later, later × exposed (constrained longitudinal coding). Random: (1 | clinician), or
    (1 + later | clinician) with `clinician_slope`, (1 + later × exposed | case), and (1 | site) where sites are given.
    Rows of other arms and phases are left out.
    """
    arms, phases = np.asarray(arm, dtype=object), np.asarray(phase, dtype=object)
    keep = np.isin(arms, [control, exposed]) & np.isin(phases, [baseline, later])
    for name, column, wanted in (("arm", arms, (control, exposed)), ("phase", phases, (baseline, later))):
        for value in wanted:
            if not (column[keep] == value).any():
                raise CannotFit(
                    f'No row with {name} "{value}" is left; the deskilling contrast needs both arms and both phases.'
                )
    after = (phases[keep] == later).astype(np.float64)
    treated = after * (arms[keep] == exposed)
    y = _outcome(correct)[keep]
    extra = _covariates({name: np.asarray(column)[keep] for name, column in (covariates or {}).items()}, y.size)
    first = Factor("clinician", _labels(clinician)[keep], {later: after} if clinician_slope else {})
    second = Factor("case", _labels(case)[keep], {f"{exposed} × {later}": treated})
    sites = _sites(None if site is None else _labels(site)[keep].tolist())
    names = ("(intercept)", later, f"{exposed} × {later}", *extra.names)
    states: dict[Key, tuple[float, float]] = {"baseline": (0, 0), "control": (1, 0), "exposed": (1, 1)}
    cells: dict[Key, Cell] = {}
    for key, (is_later, is_treated) in states.items():
        own = np.array([1.0, is_later]) if clinician_slope else np.ones(1)
        cells[key] = _cell(
            str(key),
            np.array([1.0, is_later, is_treated]),
            {"clinician": own, "case": np.array([1.0, is_treated]), **{f.name: np.ones(1) for f in sites}},
            extra,
        )
    where: list[Key] = ["exposed" if t else "control" if a else "baseline" for a, t in zip(after, treated, strict=True)]
    x = np.column_stack([np.ones(y.size), after, treated, extra.columns])
    return Design(y, x, names, (first, second, *sites), cells, tuple(where))


def fit(design: Design, *, prior: Prior | None = None, start: Start | None = None) -> GlmmFit:
    """Fit a design, from the `start` of similar data if given.

    A cell at 0 % or 100 % is named in `separation`, and no standard error is given without a prior.
    """
    fitted = glmm.fit(design.y, design.x, design.factors, names=design.names, prior=prior, start=start)
    seen = np.isfinite(design.y)
    where = [key for key, known in zip(design.where, seen, strict=True) if known]
    extreme = separation.cells(design.y[seen], where)
    if not extreme:
        return fitted
    said = "separation: " + ", ".join(extreme)
    if prior is not None:
        return replace(fitted, separation=said, verdict=f"{fitted.verdict}; {said}")
    nothing = np.full_like(fitted.joint_vcov, np.nan)
    k = fitted.beta.size
    return replace(
        fitted,
        separation=said,
        se=np.full(k, np.nan),
        vcov=nothing[:k, :k],
        joint_vcov=nothing,
        converged=False,
        verdict=f"{said}; no standard error can be shown; declare a weak prior or use a score method",
    )


def deskilling(fitted: GlmmFit, design: Design, *, level: float = 0.95, df: Freedom = "satterthwaite") -> Interval:
    """Exposed minus control at the later unaided phase: negative means skill was lost beside the control arm."""
    return risk_difference(fitted, design.cells["exposed"], design.cells["control"], level=level, df=df)


def difference_in_differences(
    fitted: GlmmFit,
    design: Design,
    *,
    arms: tuple[str, str],
    phases: tuple[str, str],
    level: float = 0.95,
    df: Freedom = "satterthwaite",
) -> Interval:
    """(later − earlier) in the first arm minus the same in the second; arms: (exposed, control), phases: (earlier,
    later), from an accuracy design."""
    (exposed, control), (earlier, later) = arms, phases
    keys: list[Key] = [(exposed, later), (exposed, earlier), (control, later), (control, earlier)]
    for key in keys:
        if key not in design.cells:
            raise CannotFit(f"The design has no cell {_text(key)}; fit an accuracy design that has it.")
    return linear_combination(fitted, [design.cells[key] for key in keys], [1, -1, -1, 1], level=level, df=df)


def noninferiority(estimate: Interval, margin: float, *, alpha: float = 0.025) -> Noninferiority:
    """Is the difference above −margin? One-sided at alpha, from the estimate's SE and df."""
    if margin <= 0:
        raise CannotFit(f"The margin is {margin:g}; give the largest acceptable loss as a number above 0.")
    if estimate.se is None:
        return Noninferiority(
            False, None, margin, alpha, None, "No standard error can be shown, so non-inferiority cannot be judged."
        )
    law = stats.norm if estimate.df is None else stats.t(estimate.df)
    low = estimate.value - float(law.ppf(1 - alpha)) * estimate.se
    p = float(law.sf((estimate.value + margin) / estimate.se))
    shown = low > -margin
    sentence = (
        f"The lower one-sided {1 - alpha:.1%} limit is {'above' if shown else 'not above'} the margin, so "
        f"non-inferiority is {'shown' if shown else 'not shown'}."
    )
    return Noninferiority(shown, low, margin, alpha, p, sentence)


@dataclass(frozen=True)
class _Extra:
    names: tuple[str, ...]
    columns: Array
    distinct: Array
    weights: Array


def _covariates(covariates: Mapping[str, object] | None, n: int) -> _Extra:
    names: list[str] = []
    columns = [np.zeros((n, 0))]
    for name, values in (covariates or {}).items():
        column = np.asarray(values)
        if column.dtype.kind in "OUS":
            for value in sorted({str(v) for v in column})[1:]:
                names.append(f"{name} {value}")
                columns.append((column.astype(str) == value).astype(np.float64)[:, None])
        else:
            names.append(name)
            columns.append(column.astype(np.float64)[:, None])
    joined = np.hstack(columns)
    complete = joined[np.isfinite(joined).all(axis=1)]
    distinct, counts = np.unique(complete, axis=0, return_counts=True)
    return _Extra(tuple(names), joined, distinct, counts.astype(np.float64))


def _cell(label: str, row: Array, z: Mapping[str, Array], extra: _Extra) -> Cell:
    if not extra.names:
        return Cell(label, row, z)
    rows = np.hstack([np.tile(row, (len(extra.distinct), 1)), extra.distinct])
    return Cell(label, rows, z, extra.weights)


def _labels(values: Sequence[object]) -> np.ndarray:
    """One label a row. Texts stay objects: as an array of text each would take the room of the longest."""
    text = isinstance(next(iter(values), None), str)
    return np.asarray(values, dtype=object) if text else np.asarray(values)


def _outcome(correct: object) -> Array:
    if isinstance(correct, np.ndarray) and correct.dtype.kind == "f":
        return correct.astype(np.float64)
    return np.array([np.nan if value is None else float(value) for value in correct])  # type: ignore[attr-defined]


def _text(key: Key) -> str:
    return key if isinstance(key, str) else f"{key[0]} × {key[1]}"
