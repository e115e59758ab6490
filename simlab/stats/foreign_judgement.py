"""Confidence against being right, and answers against a yes-or-no truth, in a mapped table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import calibration, resample
from simlab.stats.foreign_counts import proportion, unit_of, unplaced
from simlab.stats.foreign_mapping import BadMapping, Mapping
from simlab.stats.prepare import Sieved, sieve, yes
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

NEGATIVE_WORDS = {"0", "no", "false", "negative", "absent", "-"}
POSITIVE_WORDS = {"1", "yes", "true", "positive", "present", "+"}


@dataclass(frozen=True)
class Judged:
    """Probabilities p that came true (y = 1) or not (y = 0), by condition, with the unit that is drawn anew."""

    p: Numbers
    y: Numbers
    unit: "pd.Series[Any]"
    unit_name: str
    condition: "pd.Series[Any]"
    about: Sieved


def judged(rows: pd.DataFrame, said: str, right: "pd.Series[Any]", targets: frozenset[str], why: str) -> Judged:
    """Rows with a probability in column `said` and a verdict."""
    held = rows.assign(_right=right)
    kept = sieve(held, [*unplaced(rows, targets), (f"no {said}", held[said].isna()), (why, held["_right"].isna())])
    unit, name = unit_of(kept.rows, targets)
    p = kept.rows[said].to_numpy(dtype=float)
    return Judged(p, yes(kept.rows["_right"]).astype(float), unit, name, condition_of(kept.rows), kept)


def condition_of(rows: pd.DataFrame) -> "pd.Series[Any]":
    """The condition of each row; "all" where none is mapped."""
    if "condition" in rows:
        return rows["condition"].astype("str")
    return pd.Series(["all"] * len(rows), dtype=object, index=rows.index)


Statistic = Callable[[Any, Any], float | None]
_DESCRIBED: tuple[tuple[str, str, str, Statistic], ...] = (
    ("calibration-error", "Expected calibration error, ten equal bins", "score", calibration.calibration_error),
    ("confidence-gap", "Mean confidence when right minus when wrong", "difference", calibration.confidence_gap),
    (
        "type2-auroc",
        "Chance that a right decision had more confidence than a wrong one",
        "proportion",
        calibration.type2_auroc,
    ),
    ("gamma", "Goodman and Kruskal's gamma of confidence and being right", "score", calibration.gamma),
)


def confidence(made: Judged, mapping: Mapping, name: str, title: str) -> Analysis:
    """Brier score with its parts, over-confidence, calibration error, resolution, by condition."""
    estimates: list[Estimate] = []
    parts: list[tuple[Any, ...]] = []
    for condition in sorted(set(made.condition)):
        here = (made.condition == condition).to_numpy(dtype=bool)
        estimates += _with_intervals(made, here, condition, mapping)
        p, y = made.p[here].tolist(), made.y[here].astype(int).tolist()
        for measure, words, scale, statistic in _DESCRIBED:
            value = statistic(p, y)
            note = None if value is not None else "Undefined: it needs both right and wrong decisions."
            estimates.append(
                Estimate(
                    f"{measure}/{condition}",
                    f"{words}, {condition}",
                    value,
                    scale,
                    "described, no interval",
                    n_used=len(p),
                    n_dropped=made.about.n_dropped,
                    dropped=made.about.dropped,
                    note=note,
                )
            )
        score = calibration.brier(p, y)
        if score is not None:
            parts.append((condition, score.score, score.reliability, score.resolution, score.uncertainty, score.skill))
    columns = ("condition", "Brier score", "reliability", "resolution", "uncertainty", "skill")
    return Analysis(name, title, tuple(estimates), tables=(Table("Murphy's parts", columns, tuple(parts)),))


def _with_intervals(made: Judged, here: "np.ndarray[Any, Any]", condition: str, mapping: Mapping) -> list[Estimate]:
    p, y = made.p[here], made.y[here]
    losses = {"brier": ("Brier score", (p - y) ** 2), "overconfidence": ("Mean confidence minus share right", p - y)}
    return [
        mean(f"{key}/{condition}", f"{words}, {condition}", values, "score" if key == "brier" else "difference",
             made.unit[here], made.unit_name, made.about, mapping)
        for key, (words, values) in losses.items()
    ]  # fmt: skip


def mean(
    name: str,
    label: str,
    values: Numbers,
    scale: str,
    unit: "pd.Series[Any]",
    unit_name: str,
    about: Sieved,
    mapping: Mapping,
) -> Estimate:
    """A mean over decisions with a percentile interval that draws units anew; no interval for fewer than two."""
    codes, names = pd.factorize(unit, sort=True)
    held: dict[str, Any] = {"n_used": len(values), "n_dropped": about.n_dropped, "dropped": about.dropped}
    if len(values) == 0:
        return Estimate(name, label, None, scale, "withheld", note="No decision of this kind.", **held)
    value = float(values.mean())
    if len(names) < 2:
        return Estimate(name, label, value, scale, f"no interval: one of {unit_name}", **held)
    sums, n = np.bincount(codes, values), np.bincount(codes).astype(float)
    rng = resample.generator(mapping.seed, name)
    step, drawn = max(1, 4_000_000 // len(names)), []
    for start in range(0, mapping.bootstrap, step):
        size = min(step, mapping.bootstrap - start)
        weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=size).astype(float)
        drawn.append((weights @ sums) / (weights @ n))
    means = np.concatenate(drawn)
    low, high = np.quantile(means, [mapping.alpha / 2, 1 - mapping.alpha / 2])
    method = f"percentile bootstrap of {unit_name}, {mapping.bootstrap} draws"
    return Estimate(
        name,
        label,
        value,
        scale,
        method,
        float(low),
        float(high),
        float(means.std(ddof=1)),
        level=1 - mapping.alpha,
        **held,
    )


def with_positive(mapping: Mapping, truth: "pd.Series[Any]") -> Mapping:
    """The mapping with the positive values of truth settled, from its words where the mapping names none.

    Raises BadMapping when `positive` names nothing that the truth holds.
    """
    held = {_label(v) for v in truth.dropna()}
    wanted = {_label(v) for v in mapping.positive}
    if wanted and not wanted & held:
        raise BadMapping(
            "field positive",
            f"is {', '.join(sorted(wanted))}, which truth never is",
            f"use one of {', '.join(sorted(held)[:20])}",
        )
    if not wanted and {v.lower() for v in held} <= POSITIVE_WORDS | NEGATIVE_WORDS:
        wanted = {v for v in held if v.lower() in POSITIVE_WORDS}
    return mapping.model_copy(update={"positive": tuple(sorted(wanted))})


def positive(truth: "pd.Series[Any]", mapping: Mapping) -> "pd.Series[Any] | None":
    """Whether each truth is positive (yes-no, empty where unknown); None when the mapping does not settle it."""
    if not mapping.positive:
        return None
    return truth.map(lambda v: None if pd.isna(v) else _label(v) in mapping.positive).astype("boolean")


def _label(value: Any) -> str:
    """1 and 1.0, as number or as text, are one value."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return f"{number:.12g}"


def detection(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> Analysis | None:
    """Sensitivity and specificity of initial and final answers by condition; None where truth is not yes or no."""
    is_positive = positive(rows["truth"], mapping)
    if is_positive is None:
        return None
    estimates: list[Estimate] = []
    for stage in ("initial", "final"):
        if stage in targets:
            estimates += _sensitivity(rows, is_positive, stage, targets, mapping)
    return Analysis("detection", "Sensitivity and specificity", tuple(estimates))


def _sensitivity(
    rows: pd.DataFrame, is_positive: "pd.Series[Any]", stage: str, targets: frozenset[str], mapping: Mapping
) -> list[Estimate]:
    held = rows.assign(_truth=is_positive, _said=positive_answers(rows[stage], rows["truth"], is_positive))
    kept = sieve(
        held,
        [*unplaced(rows, targets), ("no truth", held["_truth"].isna()), (f"no {stage} answer", held["_said"].isna())],
    )
    unit, unit_name = unit_of(kept.rows, targets)
    conditions = condition_of(kept.rows)
    made = []
    for condition in sorted(set(conditions)):
        for name, words, state in (("sensitivity", "Sensitivity", True), ("specificity", "Specificity", False)):
            here = (conditions == condition).to_numpy(dtype=bool) & (yes(kept.rows["_truth"]) == state)
            right = (yes(kept.rows["_said"]) == state)[here].astype(float)
            made.append(
                proportion(
                    f"{name}/{stage}/{condition}",
                    f"{words}, {stage} answer, {condition}",
                    right,
                    np.ones_like(right),
                    unit[here],
                    unit_name,
                    kept,
                    mapping,
                )
            )
    return made


def positive_answers(
    said: "pd.Series[Any]", truth: "pd.Series[Any]", is_positive: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """An answer is positive when it is one of the labels that a positive truth has."""
    labels = set(truth[yes(is_positive)].astype("str"))
    return said.map(lambda v: None if pd.isna(v) else str(v) in labels).astype("boolean")
