"""Participant flow: who came, who was allocated where, who started and finished each phase, and why not."""

from typing import Any

import pandas as pd

from simlab.stats.columns import NEVER_ALLOCATED
from simlab.stats.planfile import Plan
from simlab.stats.prepare import NOT_COMPLETE, Prepared
from simlab.stats.result import Analysis, Dropped, Estimate, Table

_NEVER = {
    "declined": "declined to take part",
    "ineligible": "not eligible",
    "arrived": "left before allocation",
}
# An encounter with one of these was at least opened.
_OPENED = ("complete", "timed-out", "skipped")


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Counts of participants (estimates and table `participants`) and of encounters (table `encounters`)."""
    everyone = int(prepared.table["participant"].nunique())
    never = _never_allocated(prepared.table)
    allocated = everyone - sum(d.n for d in never)
    steps = _phase_steps(prepared.encounters, plan)
    estimates = [
        _count("came", "Came to the study", everyone, everyone),
        *(_count(name, label.capitalize(), _of(never, label), everyone) for name, label in _NEVER.items()),
        _count("allocated", "Allocated", allocated, everyone, never),
    ]
    for arm in plan.arms:
        n = int(prepared.encounters.loc[prepared.encounters["arm"] == arm, "participant"].nunique())
        estimates.append(_count(f"allocated/{arm}", f"Allocated to {arm}", n, everyone))
    return Analysis(
        "flow",
        "Participant flow",
        tuple(estimates),
        warnings=prepared.warnings,
        tables=(_participants(steps), _encounters(prepared.encounters, plan)),
    )


def _of(never: tuple[Dropped, ...], label: str) -> int:
    return sum(d.n for d in never if d.reason == label)


def _count(name: str, label: str, n: int, of: int, dropped: tuple[Dropped, ...] = ()) -> Estimate:
    lost = sum(d.n for d in dropped)
    return Estimate(name, label, n, "count", "count of participants", n_used=of, n_dropped=lost, dropped=dropped)


def _never_allocated(table: pd.DataFrame) -> tuple[Dropped, ...]:
    # A person with any encounter was allocated, whatever a stray row says.
    allocated = set(table.loc[~table["status"].isin(NEVER_ALLOCATED), "participant"])
    outside = table[~table["participant"].isin(allocated)].drop_duplicates("participant")
    counts = outside["status"].value_counts()
    return tuple(Dropped(label, int(counts[s])) for s, label in _NEVER.items() if counts.get(s, 0))


def _phase_steps(encounters: pd.DataFrame, plan: Plan) -> list[tuple[str, str, int, int, int, int, int, int]]:
    """Per phase and arm: planned, never started, started, stopped early, completed, analysed (participants)."""
    rows = []
    for phase in plan.phases:
        for arm in plan.arms:
            cell = encounters[(encounters["arm"] == arm) & (encounters["phase"] == phase)]
            if len(cell) == 0:
                continue
            by = cell.assign(
                opened=cell["status"].isin(_OPENED),
                ended=cell["status"] != "missing",
                decided=(cell["status"] == "complete") & cell["final_correct"].notna(),
            ).groupby("participant")
            started = by["opened"].any()
            completed = by["ended"].all() & started
            planned, begun, done = len(started), int(started.sum()), int(completed.sum())
            analysed = int(by["decided"].any().sum())
            rows.append((phase, arm, planned, planned - begun, begun, begun - done, done, analysed))
    return rows


def _participants(steps: list[tuple[str, str, int, int, int, int, int, int]]) -> Table:
    columns = ("phase", "arm", "expected", "did not start", "started", "stopped early", "completed", "analysed")
    return Table("participants", columns, tuple(steps))


def _encounters(encounters: pd.DataFrame, plan: Plan) -> Table:
    columns = ("phase", "arm", "planned", "complete", *NOT_COMPLETE.values(), "complete without a verdict")
    rows: list[tuple[Any, ...]] = []
    for phase in plan.phases:
        for arm in plan.arms:
            cell = encounters[(encounters["arm"] == arm) & (encounters["phase"] == phase)]
            if len(cell):
                of = cell["status"].value_counts()
                silent = int(((cell["status"] == "complete") & cell["final_correct"].isna()).sum())
                lost = [int(of.get(status, 0)) for status in NOT_COMPLETE]
                rows.append((phase, arm, len(cell), int(of.get("complete", 0)), *lost, silent))
    return Table("encounters", columns, tuple(rows))
