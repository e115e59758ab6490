"""The table and the plan behind a blinded result: what may be given to those who must not know which arm is which.

Only phases in which nobody is given advice are kept. Columns that tell of advice or of a second answer are empty, for
one arm alone may have it; so are those by which a participant could be found again and asked (site, stratum, day).
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from simlab.stats import blinding, planfile
from simlab.stats.columns import BY_NAME, DTYPES, NAMES, check
from simlab.stats.intercurrent import Intercurrent
from simlab.stats.planfile import Plan

# All other columns are empty: what is new is not shown before somebody has looked whether it tells the arms apart.
KEPT = (
    "participant", "grade", "arm", "phase", "phase_index", "sitting", "position", "form", "case", "specialty", "status",
    "truth", "final", "final_correct", "final_rank", "final_confidence", "time_total_s", "time_active_s", "hidden_s",
    "virtual",
)  # fmt: skip


def open_phases(plan: Plan) -> tuple[str, ...]:
    """The phases in which no arm is given advice, in the order of the plan."""
    return tuple(phase for phase in plan.phases if not plan.advised.get(phase))


def blind_table(table: pd.DataFrame, document: dict[str, Any] | Plan, *, secret: str) -> pd.DataFrame:
    """Rows of the open phases with lettered arms and new names of participants, in the order of those names.

    `secret` must be the one that the result was blinded with, and unknown to the reader.
    """
    plan = planfile.parse(document)
    rows = check(table)
    kept = rows["arm"].isna() | (rows["arm"].isin(plan.arms) & rows["phase"].isin(open_phases(plan)))
    made = rows[kept.to_numpy(dtype=bool)].copy()
    made["arm"] = _text(made["arm"], blinding.letters(plan, secret))
    names = {name: _renamed(str(name), secret) for name in made["participant"].unique()}
    made["participant"] = _text(made["participant"], names)
    for name in (name for name in NAMES if name not in (*KEPT, "advice_shown")):
        made[name] = pd.Series([None] * len(made), index=made.index, dtype=DTYPES[BY_NAME[name].kind])
    made["advice_shown"] = pd.Series([False] * len(made), index=made.index, dtype=DTYPES["yes-no"])
    order = ["participant", "phase_index", "sitting", "position", "case"]
    return made.sort_values(order, na_position="last", kind="stable").reset_index(drop=True)


def _text(column: "pd.Series[Any]", names: Mapping[str, str]) -> "pd.Series[Any]":
    return pd.Series([names.get(value) for value in column.tolist()], index=column.index, dtype=DTYPES["text"])


def _renamed(participant: str, secret: str) -> str:
    return hashlib.sha256(f"{secret}/participant/{participant}".encode()).hexdigest()[:16]


def blind_plan(document: dict[str, Any] | Plan, *, secret: str) -> dict[str, Any]:
    """A plan in letters for drawing a blinded result: open phases only, and of two arms A is compared with B."""
    plan = planfile.parse(document)
    phases, arms = open_phases(plan), sorted(blinding.letters(plan, secret).values())
    pair = len(arms) == 2
    primary = plan.primary
    if not pair or primary is None or not {primary.phase, primary.adjusted_for} <= set(phases):
        primary = None
    else:
        primary = primary.model_copy(update={"between": ("B", "A"), "intercurrent": Intercurrent()})
    windows = {name: one for name, one in plan.windows.items() if {name, one.after} <= set(phases)}
    changed = {
        "title": blinding.title_of(plan), "arms": tuple(arms), "control": "B" if pair else None, "phases": phases,
        "advised": {}, "analyses": tuple(name for name in plan.analyses if name in blinding.SHOWN), "primary": primary,
        "windows": windows,
    }  # fmt: skip
    made: dict[str, Any] = plan.model_copy(update=changed).model_dump(mode="json")
    return made
