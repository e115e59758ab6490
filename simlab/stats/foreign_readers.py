"""Readers of a mapped table: the AUC of ratings, and sensitivity and specificity of calls, over readers and cases."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simlab.stats import foreign_judgement, readers, readers_roc
from simlab.stats.foreign_counts import unplaced
from simlab.stats.foreign_mapping import Mapping
from simlab.stats.intervals import CannotFit, Interval
from simlab.stats.prepare import Sieved, sieve, yes
from simlab.stats.readers import Analysed, Estimated, Readings
from simlab.stats.readers_auc import Covariance
from simlab.stats.readers_or import WORDS
from simlab.stats.result import Analysis, Convergence, Estimate, Table

SUFFIX: dict[readers.Scope, str] = {"readers and cases": "", "cases": "/fixed-readers", "readers": "/fixed-cases"}
# What the interval is about, where it is not about other readers and other cases.
ABOUT: dict[readers.Scope, str] = {"readers and cases": "", "cases": ", these readers", "readers": ", these cases"}
NEXT_READERS = (3, 4, 5, 6, 8, 10, 12, 15, 20, 30)
WANTED = 0.8
CURVES = "ROC, mean of readers"
ALIKE = "Area under the ROC curve, by Obuchowski and Rockette with readers counting alike"


class Settled(Protocol):
    """What an analysis of readers has to be told; a mapping tells it, and so does a plan."""

    @property
    def alpha(self) -> float: ...
    @property
    def covariance(self) -> Covariance: ...
    @property
    def bootstrap(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def detect(self) -> float | None: ...


def analyse(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> list[Analysis] | str:
    """The analyses, or in words why there are none. Raises BadTable when a case is rated twice or has two truths."""
    rating = "rating" if "rating" in targets else "probability"
    if not targets.issuperset({rating, "truth"}):
        return "it needs rating (or probability) and truth; reader, case and condition where there are such"
    positive = foreign_judgement.positive(rows["truth"], mapping)
    if positive is None:
        return "say under `positive` which value of truth is the positive one"
    kept = _kept(rows, rating, positive, targets)
    if not len(kept.rows):
        return "no row has a rating and a truth"
    if kept.rows["_positive"].nunique() < 2:
        return "it needs positive and negative cases"
    made = _readings(kept.rows, rating, targets, mapping)
    try:
        first = auc(made, kept, mapping)
        return [replace(first, tables=(*first.tables, curves(made))), *alike(made, kept, mapping)]
    except CannotFit as refusal:
        return [Analysis("auc", "Area under the ROC curve", convergence=Convergence(False, "not fitted", str(refusal)),
                         tables=(_by_reader(made),))]  # fmt: skip


def _kept(rows: pd.DataFrame, rating: str, positive: "pd.Series[Any]", targets: frozenset[str]) -> Sieved:
    held = rows.assign(_positive=positive)
    tests = [*unplaced(held, targets), ("no rating", held[rating].isna()), ("no truth", held["_positive"].isna())]
    return sieve(held, tests)


def _readings(rows: pd.DataFrame, rating: str, targets: frozenset[str], mapping: Mapping) -> Readings:
    number = rows["row"].astype("str")
    person = "reader" if "reader" in targets else "participant"
    conditions = foreign_judgement.condition_of(rows).tolist()
    met = sorted(set(conditions))
    control = mapping.control if mapping.control in met else met[0]
    met.sort(key=lambda name: name == control)  # the control comes last, so that differences are against it
    return readers.readings(
        conditions,
        rows[person].tolist() if person in targets else ["all"] * len(rows),
        rows["case"].tolist() if "case" in targets else ("row " + number).tolist(),
        yes(rows["_positive"]).tolist(),
        rows[rating].tolist(),
        conditions=met,
        row=rows["row"].tolist(),
    )


def auc(made: Readings, kept: Sieved, mapping: Settled) -> Analysis:
    """Area by condition with differences; `kept.rows` has the condition of each rating."""
    level = 1 - mapping.alpha
    tables: tuple[Table, ...] = (_by_reader(made),)
    if made.factorial:
        found = readers.area(made, mapping.covariance, draws=mapping.bootstrap, seed=mapping.seed)
        compared = readers.analysis_of_variance(found, level=level)
        estimates = _estimates(compared, kept)
        tables += _next_study(compared, found.cases, mapping)
        return Analysis("auc", "Area under the ROC curve, by Obuchowski and Rockette", tuple(estimates),
                        warnings=(*compared.remarks, *_upside_down(m[readers.CASES] for m in compared.means.values())),
                        tables=(*tables, *_tests(compared)))  # fmt: skip
    general = readers.u_statistics(made, level=level)
    says = (*general.remarks, _why_unbalanced(made), *_upside_down(general.means.values()))
    return Analysis("auc", "Area under the ROC curve, by U-statistics", tuple(_general(general, kept)),
                    warnings=says, tables=tables)  # fmt: skip


def _upside_down(means: Iterable[Interval]) -> tuple[str, ...]:
    if all(m.value < 0.5 for m in means):
        return ("Every area is below one half: if a low rating is the more suspicious, map it with `reverse: yes`.",)
    return ()


def _why_unbalanced(made: Readings) -> str:
    cells = made.positive_ratings.size + made.negative_ratings.size
    rated = int(np.isfinite(made.positive_ratings).sum() + np.isfinite(made.negative_ratings).sum())
    return (
        f"Of {cells} readings of a full design {rated} were made, so readers count by the number of pairs they rated. "
        "The mean in which readers count alike is in the table."
    )


def _estimates(found: Analysed, kept: Sieved) -> list[Estimate]:
    made = []
    for condition, by_scope in found.means.items():
        for scope, interval in by_scope.items():
            made.append(
                _named(f"auc/{condition}{SUFFIX[scope]}", f"AUC, {condition}{ABOUT[scope]}", interval, kept, condition)
            )
    for (one, other), by_scope in found.differences.items():
        for scope, interval in by_scope.items():
            name = f"auc-difference/{one}/{other}{SUFFIX[scope]}"
            label = f"AUC, {one} minus {other}{ABOUT[scope]}"
            made.append(_named(name, label, interval, kept, one, other))
    return made


def _general(found: Estimated, kept: Sieved) -> list[Estimate]:
    made = [_named(f"auc/{name}", f"AUC, {name}", interval, kept, name) for name, interval in found.means.items()]
    return made + [
        _named(f"auc-difference/{one}/{other}", f"AUC, {one} minus {other}", interval, kept, one, other)
        for (one, other), interval in found.differences.items()
    ]


def _named(name: str, label: str, found: Interval, kept: Sieved, *conditions: str) -> Estimate:
    n = int(foreign_judgement.condition_of(kept.rows).isin(conditions).sum())
    difference = found.scale == "difference"
    low, high, note = found.low, found.high, None
    if found.se == 0:
        low, high, note = None, None, "The cases and readers at hand do not vary here, so there is no interval."
    if low is not None and high is not None and not difference:
        low, high = max(low, 0.0), min(high, 1.0)
    return Estimate(
        name,
        label,
        found.value,
        found.scale,
        found.method,
        low,
        high,
        found.se,
        found.df,
        found.level if low is not None else None,
        p=found.p if difference and low is not None else None,  # a p against an area of zero would mean nothing
        n_used=n,
        n_dropped=kept.n_dropped,
        dropped=kept.dropped,
        note=note,
    )


def _tests(found: Analysed) -> tuple[Table, ...]:
    if found.components is None:
        return ()
    tests = tuple((WORDS[t.scope], t.statistic, t.df1, t.df2 if np.isfinite(t.df2) else None, t.p) for t in found.tests)
    parts = found.components
    named = (
        ("mean square of conditions", parts.mean_square_condition),
        ("mean square of readers", parts.mean_square_reader),
        ("mean square of readers by conditions", parts.mean_square_interaction),
        ("error variance", parts.variance_error),
        ("Cov1, one reader, two conditions", parts.cov1),
        ("Cov2, two readers, one condition", parts.cov2),
        ("Cov3, two readers, two conditions", parts.cov3),
        ("variance of readers", parts.variance_reader),
        ("variance of readers by conditions", parts.variance_interaction),
    )
    return (Table("all conditions equal", ("conclusion about", "F", "df1", "df2", "p"), tests),
            Table("components", ("component", "value"), named))  # fmt: skip


def _next_study(found: Analysed, cases: int, mapping: Settled) -> tuple[Table, ...]:
    """Readers and cases of a study that finds a difference of `detect`, from the components of this one."""
    if mapping.detect is None or found.components is None:
        return ()
    sizes = readers.sizes(
        found.components,
        pilot_cases=cases,
        readers=NEXT_READERS,
        difference=mapping.detect,
        wanted=WANTED,
        alpha=mapping.alpha,
    )
    rows = tuple((s.readers, s.cases, s.power) for s in sizes)
    name = (
        f"cases for {100 * WANTED:g} % power to find a difference of {mapping.detect:g}; none where no number is enough"
    )
    return (Table(name, ("readers", "cases", "power"), rows),)


def _by_reader(made: Readings) -> Table:
    found = readers.aucs(made)
    rows: list[tuple[Any, ...]] = []
    for j, reader in enumerate(made.readers):
        for i, condition in enumerate(made.conditions):
            counts = [int(np.isfinite(r[i, j]).sum()) for r in (made.positive_ratings, made.negative_ratings)]
            rows.append((reader, condition, _or_none(found[i, j]), *counts))
    for i, condition in enumerate(made.conditions):
        held = found[i][np.isfinite(found[i])]
        rows.append(("mean of readers", condition, _or_none(held.mean() if len(held) else np.nan), None, None))
    return Table("AUC by reader", ("reader", "condition", "AUC", "positive cases", "negative cases"), tuple(rows))


def curves(made: Readings) -> Table:
    """The mean ROC curve of each condition, whose area is the mean of the readers' areas."""
    rows = [
        (condition, false, true)
        for i, condition in enumerate(made.conditions)
        for false, true in readers_roc.mean_curve(made, i)
    ]
    return Table(CURVES, ("modality", "1 - specificity", "sensitivity"), tuple(rows))


def _or_none(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def alike(made: Readings, kept: Sieved, mapping: Settled) -> list[Analysis]:
    """Obuchowski and Rockette's analysis of a design that is not factorial: readers count alike, by the jackknife."""
    if made.factorial:
        return []
    try:
        compared = readers.analysis_of_variance(readers.area(made, "jackknife"), level=1 - mapping.alpha)
    except CannotFit as refusal:
        return [Analysis("auc-readers-alike", ALIKE, convergence=Convergence(False, "not fitted", str(refusal)))]
    return [Analysis("auc-readers-alike", ALIKE, tuple(_estimates(compared, kept)), warnings=compared.remarks,
                     tables=_tests(compared))]  # fmt: skip


def calls(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> list[Analysis]:
    """Sensitivity and specificity of final answers as outcomes over readers and cases; none where these are unknown."""
    if not targets.issuperset({"final", "truth", "case", "participant"}) or mapping.answers == "numbers":
        return []
    positive = foreign_judgement.positive(rows["truth"], mapping)
    if positive is None:
        return []
    said = foreign_judgement.positive_answers(rows["final"], rows["truth"], positive)
    held = rows.assign(_call=said.astype("Float64").astype("float64"))
    kept = _kept(held, "_call", positive, targets)
    if not len(kept.rows) or kept.rows["_positive"].nunique() < 2:
        return []
    made = _readings(kept.rows, "_call", targets, mapping)
    try:
        parts = [_calls(made, outcome, kept, mapping) for outcome in ("sensitivity", "specificity")]
    except CannotFit as refusal:
        return [Analysis("reader-calls", CALLS, convergence=Convergence(False, "not fitted", str(refusal)))]
    says = dict.fromkeys(w for part in parts for w in part.warnings)
    return [
        Analysis(
            "reader-calls",
            CALLS,
            tuple(e for part in parts for e in part.estimates),
            warnings=tuple(says),
            tables=tuple(t for part in parts for t in part.tables),
        )
    ]


CALLS = "Sensitivity and specificity over readers and cases"


def _calls(made: Readings, outcome: readers.Outcome, kept: Sieved, mapping: Mapping) -> Analysis:
    level = 1 - mapping.alpha
    if made.factorial:
        compared = readers.analysis_of_variance(readers.share_right(made, outcome, 0.5), level=level)
        estimates, tables, says = _estimates(compared, kept), _tests(compared), compared.remarks
    else:
        general = readers.u_statistics(made.against_half(outcome), level=level)
        estimates, tables, says = _general(general, kept), (), (*general.remarks, _why_unbalanced(made))
    named = [
        replace(e, name=e.name.replace("auc", outcome, 1), label=e.label.replace("AUC", outcome.capitalize(), 1))
        for e in estimates
    ]
    return Analysis(
        outcome,
        CALLS,
        tuple(named),
        warnings=says,
        tables=tuple(Table(f"{outcome}: {t.name}", t.columns, t.rows) for t in tables),
    )
