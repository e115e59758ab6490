"""A reader study by a plan: how well participants tell cases with a condition from cases without it.

Readers are participants. The rating of a case is signed confidence: how sure a reader was of the target condition, or,
below zero, of anything else. What is compared is arms, phases, or first and last answers of the same reading.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simlab.stats import foreign_readers, readers_auc
from simlab.stats.accuracy import unreadable
from simlab.stats.errors import BadTable
from simlab.stats.intervals import CannotFit
from simlab.stats.planfile import Plan
from simlab.stats.planoptions import ReadersOptions
from simlab.stats.prepare import Prepared, Sieved, incomplete, sieve, yes
from simlab.stats.readers import Readings, readings
from simlab.stats.readers_auc import Covariance
from simlab.stats.result import Analysis, Convergence, Table

TITLE = "Area under the ROC curve of readers"
FIRST, LAST = "first answer", "last answer"
BY_READER = "AUC by reader"


@dataclass(frozen=True)
class _Settled:
    """What the analysis of readers asks for, from the plan."""

    alpha: float
    covariance: Covariance
    bootstrap: int
    seed: int
    detect: float | None


def analyse(prepared: Prepared, plan: Plan) -> list[Analysis]:
    """AUC of each modality and differences, by Obuchowski and Rockette or by U-statistics; and mean ROC curves."""
    settled = plan.options.readers
    if not settled.targets:
        why = "The plan names no condition that readers look for; give options.readers.target."
        return [unreadable("readers", TITLE, why)]
    kept = rated(prepared.encounters, settled)
    if not len(kept.rows):
        return [unreadable("readers", TITLE, "No complete decision in these data has an answer with a confidence.")]
    if kept.rows["_positive"].nunique() < 2:
        return [unreadable("readers", TITLE, f"The cases are not both with and without {_named(settled)}.")]
    how = _Settled(plan.alpha, settled.covariance, plan.bootstrap, plan.seed, settled.detect)
    try:
        made = _readings(kept.rows, settled, plan)
        found = [foreign_readers.auc(made, kept, how), *foreign_readers.alike(made, kept, how)]
    except (CannotFit, BadTable) as refusal:
        return [unreadable("readers", TITLE, str(refusal))]
    return [_renamed(one, made if place == 0 else None) for place, one in enumerate(found)]


def _named(settled: ReadersOptions) -> str:
    first, *others = settled.targets
    return first if not others else f"{first} or another of the {len(settled.targets)} targets"


def rated(encounters: pd.DataFrame, settled: ReadersOptions) -> Sieved:
    """Rows with `condition` (the modality), `_rating` and `_positive`; a case rated twice counts with its first."""
    judged = sieve(encounters, [*incomplete(encounters), ("no reference answer", encounters["truth"].isna())])
    if settled.modality == "answer":
        both = [_with(judged.rows, stage, name) for stage, name in (("initial", FIRST), ("final", LAST))]
        rows = pd.concat(both, ignore_index=True)
    else:
        rows = _with(judged.rows, "final", "").assign(condition=lambda r: r[settled.modality])
    rows = rows.assign(_positive=rows["truth"].isin(settled.targets))
    rows = rows.sort_values(["participant", "condition", "sitting", "position"], kind="stable")
    held = sieve(rows, [("no answer with a confidence", rows["_rating"].isna())])
    first = sieve(held.rows, [("case rated before", held.rows.duplicated(["participant", "condition", "case"]))])
    return Sieved(first.rows, judged.dropped + held.dropped + first.dropped)


def _with(rows: pd.DataFrame, stage: str, name: str) -> pd.DataFrame:
    sure = rows[f"{stage}_confidence"].astype("float64")
    return rows.assign(condition=name, _answer=rows[stage], _rating=sure.where(rows[stage].notna()))


def _readings(rows: pd.DataFrame, settled: ReadersOptions, plan: Plan) -> Readings:
    signed = rows["_rating"].where(rows["_answer"].isin(settled.targets), -rows["_rating"])
    order = {"arm": plan.arms, "phase": plan.phases, "answer": (FIRST, LAST)}[settled.modality]
    met = [name for name in order if name in set(rows["condition"])]
    control = plan.control if settled.modality == "arm" else met[0]
    met.sort(key=lambda name: name == control)  # the control comes last, so that differences are against it
    return readings(
        rows["condition"].tolist(),
        rows["participant"].tolist(),
        rows["case"].tolist(),
        yes(rows["_positive"].astype("boolean")).tolist(),
        signed.tolist(),
        conditions=met,
    )


def _renamed(one: Analysis, made: Readings | None) -> Analysis:
    name = "readers" if made is not None else "readers-alike"
    judged = one.convergence or Convergence(True, "closed form", "no model is fitted")
    curves = () if made is None else (foreign_readers.curves(made),)
    # An area is no share of anything that could be counted, so it is not to be read in per cent.
    areas = tuple(replace(e, scale="area") for e in one.estimates)
    tables = tuple(table if made is None or table.name != BY_READER else _by_reader(made) for table in one.tables)
    return Analysis(name, one.title, areas, judged, one.warnings, (*tables, *curves))


def _by_reader(made: Readings) -> Table:
    """One row a reader and one column a modality, the control first."""
    found = readers_auc.aucs(made)
    order = range(len(made.conditions) - 1, -1, -1)  # the control first, as it is read
    rows = [
        (reader, *(_or_none(found[i, j]) for i in order), *_counts(made, j)) for j, reader in enumerate(made.readers)
    ]
    columns = ("reader", *(f"AUC, {made.conditions[i]}" for i in order), "positive cases", "negative cases")
    return Table(BY_READER, columns, tuple(rows))


def _counts(made: Readings, reader: int) -> tuple[int, int]:
    """Cases that the reader rated under some modality."""
    one, other = (
        np.isfinite(part[:, reader]).any(axis=0).sum() for part in (made.positive_ratings, made.negative_ratings)
    )
    return int(one), int(other)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
