"""The first stage of every analysis: order the rows, set aside what cannot be used, and count why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simlab.stats import datafile
from simlab.stats.columns import NEVER_ALLOCATED, check
from simlab.stats.planfile import Plan
from simlab.stats.result import Dropped

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]

# Why an encounter holds no decision, in words; the order is that of the flow.
NOT_COMPLETE = {
    "missing": "never opened",
    "timed-out": "ran out of time",
    "skipped": "skipped by the participant",
}


@dataclass(frozen=True)
class Prepared:
    """Rows in canonical order. `table` has the participant and status of every row; `encounters` are the planned
    encounters of the plan's arms and phases, with every column."""

    table: pd.DataFrame
    encounters: pd.DataFrame
    data_sha256: str
    warnings: tuple[str, ...]


def prepare(table: pd.DataFrame, plan: Plan) -> Prepared:
    """Check the table, put its rows in an order of their own, and keep the encounters that the plan speaks of."""
    checked, digest = datafile.ordered(check(table))
    allocated = checked[~checked["status"].isin(NEVER_ALLOCATED)]
    planned = allocated["arm"].isin(plan.arms) & allocated["phase"].isin(plan.phases)
    warnings = _outside(allocated, plan, planned.to_numpy(dtype=bool))
    kept = allocated[planned].reset_index(drop=True)
    return Prepared(checked[["participant", "status"]], kept, digest, warnings)


def _outside(allocated: pd.DataFrame, plan: Plan, planned: Mask) -> tuple[str, ...]:
    says = []
    if not planned.all():
        arms = sorted(set(allocated["arm"]) - set(plan.arms))
        phases = sorted(set(allocated["phase"]) - set(plan.phases))
        names = ", ".join([f"arm {a}" for a in arms] + [f"phase {p}" for p in phases])
        says.append(f"{int((~planned).sum())} encounters were left out because the plan does not name {names}.")
    for kind, column in (("arm", "arm"), ("phase", "phase")):
        named: tuple[str, ...] = getattr(plan, f"{kind}s")
        if absent := [n for n in named if n not in set(allocated[column])]:
            says.append(f"The data hold no encounter in {kind} {', '.join(absent)}.")
    return tuple(says)


@dataclass(frozen=True)
class Sieved:
    """Rows that passed every test, and how many failed each."""

    rows: pd.DataFrame
    dropped: tuple[Dropped, ...]

    @property
    def n_dropped(self) -> int:
        return sum(d.n for d in self.dropped)


def sieve(rows: pd.DataFrame, tests: Sequence[tuple[str, "pd.Series[Any] | Mask"]]) -> Sieved:
    """Leave out the rows that fail a test; each row counts once, under the first test it fails."""
    alive = np.ones(len(rows), dtype=bool)
    dropped = []
    for reason, fails in tests:
        failing = alive & np.asarray(fails, dtype=bool)
        if failing.any():
            dropped.append(Dropped(reason, int(failing.sum())))
        alive &= ~failing
    return Sieved(rows[alive].reset_index(drop=True), tuple(dropped))


Cell = tuple[str, str]


def in_cells(rows: pd.DataFrame, *cells: Cell) -> pd.DataFrame:
    """The rows of these (arm, phase) cells."""
    wanted = np.zeros(len(rows), dtype=bool)
    for arm, phase in cells:
        wanted |= np.asarray((rows["arm"] == arm) & (rows["phase"] == phase), dtype=bool)
    return rows[wanted]


def filled_cells(rows: pd.DataFrame, plan: Plan) -> list[Cell]:
    """The (arm, phase) cells that hold at least one row, in the plan's order: phases, then arms."""
    held = set(zip(rows["arm"], rows["phase"], strict=True))
    return [(arm, phase) for phase in plan.phases for arm in plan.arms if (arm, phase) in held]


def against_control(cells: Sequence[Cell], plan: Plan) -> list[tuple[Cell, Cell]]:
    """Each cell of another arm beside the control arm's cell of the same phase, where both are filled."""
    if plan.control is None:
        return []
    pairs = [((arm, phase), (plan.control, phase)) for arm, phase in cells if arm != plan.control]
    return [(cell, control) for cell, control in pairs if control in cells]


def incomplete(rows: pd.DataFrame) -> list[tuple[str, "pd.Series[Any] | Mask"]]:
    """The tests for encounters that hold no decision."""
    return [(reason, rows["status"] == status) for status, reason in NOT_COMPLETE.items()]


def yes(column: "pd.Series[Any]") -> Mask:
    """True where a yes-no column says yes; an empty value is not yes."""
    return column.to_numpy(dtype=bool, na_value=False)


def no(column: "pd.Series[Any]") -> Mask:
    """True where a yes-no column says no; an empty value is not no."""
    return ~column.to_numpy(dtype=bool, na_value=True)
