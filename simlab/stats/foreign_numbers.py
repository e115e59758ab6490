"""Answers that are numbers: weight of advice, distance from the truth, and verdicts by a tolerance or a cut."""

from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import advice_taking
from simlab.stats.foreign_counts import unit_of, unplaced
from simlab.stats.foreign_judgement import condition_of, mean
from simlab.stats.foreign_mapping import Mapping
from simlab.stats.intervals import CannotFit
from simlab.stats.prepare import Sieved, sieve
from simlab.stats.result import Analysis, Convergence, Estimate

STAGES = {"initial": "first answer", "advice": "advice", "final": "last answer"}


def verdicts(rows: pd.DataFrame, mapping: Mapping) -> dict[str, "pd.Series[Any]"]:
    """Columns of the analysis table that a cut or a tolerance makes of numbers.

    A cut sorts answers and truth into two labels. A tolerance calls an answer right within so much of the truth, and
    two answers the same within so much of each other.
    """
    held = {name: rows[name] for name in (*STAGES, "truth") if name in rows}
    if mapping.cut is not None:
        cut = mapping.cut
        names = {True: f"at least {cut:g}", False: f"below {cut:g}"}
        return {
            n: v.map(lambda x: None if pd.isna(x) else names[bool(x >= cut)]).astype(object) for n, v in held.items()
        }
    if mapping.tolerance is None:
        return {}
    made = {
        f"{n}_correct": _near(v, held["truth"], mapping.tolerance)
        for n, v in held.items()
        if n != "truth" and "truth" in held
    }
    for stage in ("initial", "final"):
        if stage in held and "advice" in held:
            made[f"{stage}_agrees"] = _near(held[stage], held["advice"], mapping.tolerance)
    if "initial" in held and "final" in held:
        made["changed"] = ~_near(held["final"], held["initial"], 0.0)
    return made


def _near(one: "pd.Series[Any]", other: "pd.Series[Any]", within: float) -> "pd.Series[Any]":
    gap = (one - other).abs()
    # Numbers such as 0.3 - 0.2 are a hair off the tolerance that was meant.
    return (gap <= within * (1 + 1e-9) + 1e-12).astype("boolean").where(gap.notna())


def analyse(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> list[Analysis]:
    """Distance from the truth by condition, and weight of advice where advice and both answers are numbers."""
    made = []
    if "truth" in targets:
        made.append(_distances(rows, targets, mapping))
    if targets.issuperset(STAGES):
        made.append(_weights(rows, targets, mapping))
    return made


def _distances(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> Analysis:
    estimates = []
    for stage, words in STAGES.items():
        if stage not in targets:
            continue
        kept = sieve(
            rows, [*unplaced(rows, targets), (f"no {words}", rows[stage].isna()), ("no truth", rows["truth"].isna())]
        )
        gaps = (kept.rows[stage] - kept.rows["truth"]).abs().to_numpy(dtype=float)
        unit, unit_name = unit_of(kept.rows, targets)
        conditions = condition_of(kept.rows)
        for condition in sorted(set(conditions)):
            here = (conditions == condition).to_numpy(dtype=bool)
            label = f"Mean distance of the {words} from the truth, {condition}"
            estimates.append(
                mean(f"error/{stage}/{condition}", label, gaps[here], "score", unit[here], unit_name, kept, mapping)
            )
    return Analysis("distance", "Distance from the truth", tuple(estimates))


def _weights(rows: pd.DataFrame, targets: frozenset[str], mapping: Mapping) -> Analysis:
    tests: list[tuple[str, Any]] = unplaced(rows, targets)
    tests += [(f"no {words}", rows[name].isna()) for name, words in STAGES.items()]
    if "advice_shown" in targets:
        tests.append(("advice was not shown", ~rows["advice_shown"].fillna(False).astype(bool)))
    kept = sieve(rows, tests)
    conditions = condition_of(kept.rows)
    estimates: list[Estimate] = []
    for condition in sorted(set(conditions)):
        here = kept.rows[(conditions == condition).to_numpy(dtype=bool)]
        estimates += _summaries(here, condition, kept)
    fitted, convergence = _regression(kept, targets, mapping)
    return Analysis("advice-taking", "Weight of advice", (*estimates, *fitted), convergence)


def _summaries(here: pd.DataFrame, condition: str, kept: Sieved) -> list[Estimate]:
    initial, advice, final = (here[name].astype(float).tolist() for name in STAGES)
    found = advice_taking.weights(initial, advice, final)
    note = (
        f"Undefined, for want of a gap to the advice: {found.undefined}; moved away: {found.below_zero}; "
        f"overshot: {found.above_one}."
    )
    return [
        Estimate(
            f"{key}/{condition}",
            f"{words}, {condition}",
            value,
            "score",
            "described, no interval",
            n_used=n,
            n_dropped=kept.n_dropped,
            dropped=kept.dropped,
            note=note,
        )
        for key, words, value, n in (
            ("weight-median", "Weight of advice, median", found.median, found.n),
            ("weight-mean", "Weight of advice, mean", found.mean, found.n),
            ("weight-clipped", "Weight of advice, mean after clipping to 0 and 1", found.mean_clipped, found.n),
            ("weight-bounded", "Bounded weight of advice, mean", found.mean_bounded, len(here)),
        )
    ]


def _regression(kept: Sieved, targets: frozenset[str], mapping: Mapping) -> tuple[list[Estimate], Convergence | None]:
    """Last answer on first answer and advice, participants and cases random: no decision is left out."""
    if not targets.issuperset({"participant", "case"}) or not len(kept.rows):
        return [], None
    columns = [kept.rows[name].to_numpy(dtype=np.float64) for name in STAGES]
    labels = [kept.rows[name].astype("str").tolist() for name in ("participant", "case")]
    try:
        fit = advice_taking.regression_weights(columns[0], columns[1], columns[2], labels[0], labels[1])
    except CannotFit as refusal:
        return [], Convergence(False, "not fitted", str(refusal))
    made = []
    for term in ("initial", "advice"):
        found = fit.coefficient(term, level=1 - mapping.alpha)
        label = f"Weight of the {STAGES[term]} in a regression"
        made.append(
            Estimate(
                f"regression/{term}",
                label,
                found.value,
                "score",
                found.method,
                found.low,
                found.high,
                found.se,
                found.df,
                found.level,
                p=found.p,
                n_used=fit.n_used,
                n_dropped=kept.n_dropped,
                dropped=kept.dropped,
            )
        )
    verdict = "singular" if fit.singular else ("converged" if fit.converged else "not converged")
    return made, Convergence(fit.converged, verdict, fit.verdict)
