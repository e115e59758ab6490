"""Mapped rows as encounters: the analysis table where the design allows it, and the plan that its columns allow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import datafile, foreign_numbers
from simlab.stats.columns import check
from simlab.stats.errors import BadTable
from simlab.stats.foreign_counts import unplaced
from simlab.stats.foreign_mapping import TARGETS, Mapping
from simlab.stats.planfile import Plan, parse
from simlab.stats.prepare import Prepared, sieve
from simlab.stats.result import Dropped

ALL = "all"


@dataclass(frozen=True)
class Encounters:
    """Rows that can be placed, in the columns of the analysis table; `arm` is the condition of each row.

    `within`: participants met more than one condition, so that the rows are no table of allocated arms.
    `control` comes first among `conditions`. `dropped` counts the rows that could not be placed.
    """

    rows: pd.DataFrame
    conditions: tuple[str, ...]
    phases: tuple[str, ...]
    control: str | None
    within: bool
    dropped: tuple[Dropped, ...]
    warnings: tuple[str, ...]

    def prepared(self) -> Prepared:
        """The encounters as the analyses of a plan take them."""
        return Prepared(self.rows, self.rows, datafile.data_hash(self.rows), ())

    def plan(self, mapping: Mapping, analyses: Sequence[str]) -> Plan:
        """A plan of these analyses. Every condition but the control counts as aided: its effect may vary by case."""
        helped = [c for c in self.conditions if c != self.control]
        return parse(
            {
                "simlab": "plan/1",
                "title": mapping.title[:200],
                "arms": list(self.conditions),
                "control": self.control,
                "phases": list(self.phases),
                "advised": dict.fromkeys(self.phases, helped) if self.control and mapping.slopes else {},
                "analyses": list(analyses),
                "alpha": mapping.alpha,
                "seed": mapping.seed,
                "bootstrap": mapping.bootstrap,
            }
        )


def encounters(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> Encounters:
    """Mapped rows as encounters, those apart that cannot be placed. Raises BadTable when none can."""
    kept = sieve(rows, unplaced(rows, targets))
    if not len(kept.rows):
        why = "; ".join(f"{d.reason}: {d.n}" for d in kept.dropped)
        raise BadTable("the table", f"has no row that can be placed ({why})", "map columns that are filled")
    made = _columns(kept.rows, targets, mapping)
    conditions = made.pop("arm")
    checked = check(made.assign(arm=ALL))
    checked["arm"] = conditions.astype("str").to_numpy()
    checked = datafile.in_order(checked)
    named, control, says = _control(checked, mapping)
    arms = checked.groupby("participant")["arm"].nunique()
    within = "participant" in targets and bool((arms > 1).any())
    phases = tuple(dict.fromkeys(checked["phase"]))
    return Encounters(checked, named, phases, control, within, kept.dropped, says)


def _columns(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> pd.DataFrame:
    made: dict[str, Any] = {}
    for name in targets:
        fills = TARGETS[name].fills
        numeric = mapping.answers == "numbers" and TARGETS[name].kind == "answer"
        if fills is not None and not numeric:
            made[fills] = rows[name]
    if mapping.answers == "numbers":
        made = {**foreign_numbers.verdicts(rows, mapping), **made}
    number = rows["row"].astype("str")
    made.setdefault("participant", "row " + number)
    made.setdefault("case", "row " + number)
    made.setdefault("arm", pd.Series([ALL] * len(rows), dtype=object))
    made.setdefault("phase", pd.Series([ALL] * len(rows), dtype=object))
    made["status"] = pd.Series(["complete"] * len(rows), dtype=object)
    frame = pd.DataFrame(made, index=rows.index)
    if "advice_shown" not in frame:
        known = [frame[c] for c in ("advice", "advice_correct") if c in frame]
        shown = [c.notna() for c in (*known, *([rows["advice"]] if "advice" in targets else []))]
        frame["advice_shown"] = np.logical_or.reduce(shown) if shown else False
    return frame


def _control(rows: pd.DataFrame, mapping: Mapping) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    met = sorted(set(rows["arm"]))
    if len(met) == 1:
        return (met[0],), None, ()
    control = mapping.control if mapping.control in met else met[0]
    says = () if mapping.control in met else (f"The control is {control}, the first condition by name.",)
    return (control, *(c for c in met if c != control)), control, says


def analysis_table(made: Encounters, targets: frozenset[str]) -> tuple[pd.DataFrame | None, str]:
    """The analysis table and a sentence about it; None where the rows are not such a table."""
    if missing := [name for name in ("participant", "case") if name not in targets]:
        return None, f"No analysis table: it needs {' and '.join(missing)}, which the mapping does not name."
    if not made.within:
        return check(made.rows), "The analysis table holds one row a decision; condition is its arm."
    table = made.rows.copy()
    conditions, phases = table["arm"], table["phase"]
    table["phase"] = conditions if len(made.phases) == 1 else phases + ", " + conditions
    table["arm"] = ALL
    return check(table), "Participants met several conditions: the analysis table has one arm, and condition as phase."


def agreement(made: Encounters, mapping: Mapping) -> tuple[Encounters, bool]:
    """With `final_agrees` worked out from verdicts where labels are not known; False where that leaves gaps.

    Two right answers agree, a right and a wrong one do not; two wrong ones agree only if there are two options.
    """
    rows = made.rows.copy()
    sure = True
    for stage in ("initial", "final"):
        own, advice = rows[f"{stage}_correct"], rows["advice_correct"]
        open_ = rows[f"{stage}_agrees"].isna() & own.notna() & advice.notna()
        if not open_.any():
            continue
        both_wrong = (~own.fillna(True)) & (~advice.fillna(True))
        same = (own == advice).astype("boolean")
        if mapping.options != 2 and bool((open_ & both_wrong).any()):
            sure = False
        rows[f"{stage}_agrees"] = rows[f"{stage}_agrees"].where(~open_, same)
    if rows["changed"].isna().all() and mapping.options == 2:
        differs = (rows["initial_correct"] != rows["final_correct"]).astype("boolean")
        rows["changed"] = differs.where(rows["initial_correct"].notna() & rows["final_correct"].notna())
    if rows["initial_correct"].notna().any() and rows["changed"].isna().all():
        sure = False
    return replace(made, rows=rows), sure
