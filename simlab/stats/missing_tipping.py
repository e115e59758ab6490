"""How unlike the decisions that were made the missing ones must be before the conclusion changes."""

import numpy as np

from simlab.stats.intervals import Array, CannotFit, Interval
from simlab.stats.missing_imputed import Filled
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Mask
from simlab.stats.result import Table
from simlab.stats.sensitivity import shown

TIPPING_IMPUTATIONS = 10


def tipping(filled: Filled | str, plan: Plan, primary: Primary) -> tuple[tuple[Table, ...], list[str]]:
    """Missing decisions of one arm made worse step by step until the conclusion changes; then those of the other."""
    if isinstance(filled, str):
        return (), [f"No tipping point was looked for: {filled}."]
    rows: list[tuple[object, ...]] = []
    arms = filled.rows.loc[filled.missing, "arm"].to_numpy(dtype=object)
    told = [_tip(filled, arm, arms == arm, rows, plan, primary) for arm in reversed(primary.between)]
    columns = ("arm made worse", "logits", "points", "estimate", "low", "high", "p", "claim shown", "conclusion")
    return (Table("tipping", columns, tuple(rows)),), told


def _tip(filled: Filled, arm: str, own: Mask, rows: list[tuple[object, ...]], plan: Plan, primary: Primary) -> str:
    if not own.any():
        return f"No decision of the {arm} arm is missing."
    before: tuple[object, ...] | None = None
    points = 0.0
    for delta in (0.0, *plan.options.missing_data.deltas):
        shift = np.where(own, -delta, 0.0)
        try:
            _, found = filled.pooled(shift, plan, TIPPING_IMPUTATIONS)
        except CannotFit as refusal:
            return f"Making missing decisions of the {arm} arm worse stopped at {delta:g} logits: {refusal}."
        points = _points(filled, shift, own)
        verdict = (shown(found, primary, plan.alpha), _side(found))
        changed = before is not None and verdict != before
        before = before or verdict
        told = "changes" if changed else "the same"
        rows.append((arm, delta, 100 * points, found.value, found.low, found.high, found.p, verdict[0], told))
        if changed:
            worse = f"{100 * abs(points):.0f} points less often than like ones that were made"
            return f"{_change(before, verdict)} once the missing decisions of the {arm} arm are right {worse}."
    return (
        f"No delta that was tried changes the conclusion, up to missing decisions of the {arm} arm being right "
        f"{100 * abs(points):.0f} points less often than like ones that were made."
    )


def _change(before: tuple[object, ...] | None, now: tuple[object, ...]) -> str:
    """What of (claim shown, side of zero) is no longer so."""
    was = before or now
    said = []
    if was[0] != now[0]:
        said.append(f"the claim is {'' if now[0] else 'no longer '}shown")
    if was[1] != now[1]:
        said.append("the interval excludes zero" if now[1] else "the interval no longer excludes zero")
    return f"The conclusion changes ({' and '.join(said)})"


def _side(found: Interval) -> int:
    """1 and −1 where the interval excludes zero on that side, else 0."""
    if found.low is None or found.high is None:
        return 0
    return int(found.low > 0) - int(found.high < 0)


def _points(filled: Filled, shift: Array, own: Mask) -> float:
    """What the shift does to the share right of the missing decisions, on average."""
    moved = [d.decisions(shift)[own].mean() - d.decisions()[own].mean() for d in filled.draws[:TIPPING_IMPUTATIONS]]
    return float(np.mean(moved))
