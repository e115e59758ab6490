"""Departures from the protocol that the table itself tells, counted by phase and arm.

A departure is counted where it can be seen, whoever caused it: a person, a network or the platform. Help from outside
and use of AI between phases are counted among those who were asked, as they told it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import populations
from simlab.stats.intercurrent import TOLD
from simlab.stats.planfile import Plan
from simlab.stats.prepare import NOT_COMPLETE, Mask, prepare, yes


@dataclass(frozen=True)
class Deviation:
    """`n` of `of` units (cases, decisions, sittings) of one arm in one phase; `of` counts those that could depart."""

    kind: str
    unit: str
    phase: str
    arm: str
    n: int
    of: int
    of_advice: bool = False


def deviations(table: pd.DataFrame, plan: Plan) -> list[Deviation]:
    """Every kind that could occur in a phase and arm, also where it never did; in the order of the plan's phases."""
    rows = prepare(table, plan).encounters
    late = populations.late(rows, plan)
    made = []
    for phase in plan.phases:
        for arm in plan.arms:
            cell = ((rows["phase"] == phase) & (rows["arm"] == arm)).to_numpy(dtype=bool)
            if cell.any():
                made += list(_of_cell(rows, cell, late, plan, phase, arm))
    return made


def _of_cell(rows: pd.DataFrame, cell: Mask, late: Mask, plan: Plan, phase: str, arm: str) -> Iterator[Deviation]:
    complete = cell & (rows["status"] == "complete").to_numpy(dtype=bool)
    seen = complete & yes(rows["advice_shown"])
    for status, words in NOT_COMPLETE.items():
        n = int((cell & (rows["status"] == status).to_numpy(dtype=bool)).sum())
        yield Deviation(f"Case {words}", "cases", phase, arm, n, int(cell.sum()))
    if phase in plan.windows:
        yield Deviation(
            "Sitting begun after its window", "sittings", phase, arm, _sittings(rows, late & cell),
            _sittings(rows, complete),
        )  # fmt: skip
    if plan.aided(arm, phase):
        unshown = int((complete & ~seen).sum())
        yield Deviation("Advice planned and not shown", "decisions", phase, arm, unshown, int(complete.sum()), True)
    else:
        yield Deviation(
            "Advice shown where none was planned", "decisions", phase, arm, int(seen.sum()), int(complete.sum()), True
        )
    for event, words in TOLD.items():
        asked = rows.loc[cell & rows[event].notna().to_numpy(dtype=bool)]
        if len(asked):
            n = asked.loc[yes(asked[event]), "participant"].nunique()
            yield Deviation(words[:1].upper() + words[1:], "clinicians", phase, arm, n, asked["participant"].nunique())


def _sittings(rows: pd.DataFrame, mask: Mask) -> int:
    return len(rows[np.asarray(mask)].drop_duplicates(["participant", "phase", "sitting"]))
