"""Who took part, arm by arm, and what became of wrong advice: counts for the tables of a report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats.accuracy import judged
from simlab.stats.planfile import Plan
from simlab.stats.prepare import in_cells, prepare, yes


@dataclass(frozen=True)
class Characteristic:
    """One line of a baseline table.

    kind "count": a cell is (k, n), people of people; "share": (k, n), decisions of decisions; "spread": lower quartile,
    median and upper quartile; a cell of an arm without data is None. `arms` follows the plan's order, then all.
    """

    group: str
    label: str
    kind: str
    arms: tuple[tuple[float, ...] | None, ...]


@dataclass(frozen=True)
class ErrorKind:
    """Wrong advice of one kind: shown, ended as advised, and ended right; decisions."""

    kind: str
    shown: int
    followed: int
    right: int


def characteristics(table: pd.DataFrame, plan: Plan) -> list[Characteristic]:
    """Grade and site of those allocated; then accuracy, confidence and time in the first phase, if nobody had advice.

    No test of difference: after a random draw it would ask whether chance was at work.
    """
    rows = prepare(table, plan).encounters
    people = rows.drop_duplicates("participant")
    made = [Characteristic("", "Participants", "count", _columns(people, plan, lambda r: (len(r), len(people))))]
    for column, group in (("grade", "Grade"), ("site", "Site")):
        values = sorted(people[column].dropna().unique())
        # Sites by the dozen, or a single one, tell a reader nothing.
        if column == "site" and not 1 < len(values) <= 12:
            continue
        made += [Characteristic(group, str(v), "count", _columns(people, plan, _having(column, v))) for v in values]
    first = plan.phases[0]
    if not plan.advised.get(first):
        made += _skill(judged(in_cells(rows, *((arm, first) for arm in plan.arms))).rows, plan, first)
    return made


Cell = tuple[float, ...] | None


def _columns(rows: pd.DataFrame, plan: Plan, cell: Callable[[pd.DataFrame], Cell]) -> tuple[Cell, ...]:
    by_arm = [rows[rows["arm"] == arm] for arm in plan.arms]
    return tuple(cell(r) if len(r) else None for r in [*by_arm, rows])


def _having(column: str, value: Any) -> Callable[[pd.DataFrame], Cell]:
    return lambda rows: (int((rows[column] == value).sum()), len(rows))


def _skill(rows: pd.DataFrame, plan: Plan, phase: str) -> list[Characteristic]:
    group = f"In {phase}, without advice"
    made = [
        Characteristic(
            group, "Right at first choice", "share",
            _columns(rows, plan, lambda r: (int(yes(r["final_correct"]).sum()), len(r))),
        )
    ]  # fmt: skip
    for column, label in (("final_confidence", "Confidence"), ("time_active_s", "Seconds a case")):
        if rows[column].notna().any():
            made.append(Characteristic(group, label, "spread", _columns(rows, plan, _quartiles(column))))
    return made


def _quartiles(column: str) -> Callable[[pd.DataFrame], Cell]:
    def cell(rows: pd.DataFrame) -> Cell:
        held = rows[column].dropna().to_numpy(dtype=float)
        return tuple(float(q) for q in np.quantile(held, [0.25, 0.5, 0.75])) if len(held) else None

    return cell


def wrong_advice(table: pd.DataFrame, plan: Plan) -> list[ErrorKind]:
    """Complete decisions that were shown wrong advice, by the kind of error; kinds in alphabetical order."""
    rows = judged(prepare(table, plan).encounters).rows
    rows = rows[yes(rows["advice_shown"]) & (rows["advice_correct"] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    kinds = rows["advice_error_type"].fillna("not named")
    return [
        ErrorKind(str(kind), len(cell), int(yes(cell["final_agrees"]).sum()), int(yes(cell["final_correct"]).sum()))
        for kind, cell in rows.groupby(kinds)
    ]
