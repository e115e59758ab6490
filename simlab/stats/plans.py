"""Run a plan on a table: prepare, fit, diagnose, report. The same table and plan give the same bytes everywhere."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from simlab.stats import (
    accuracy,
    confidence,
    datafile,
    deskilling,
    equated_forms,
    flow,
    forgetting,
    forgetting_curve,
    further,
    heterogeneity,
    interim,
    items,
    measuring,
    missing_data,
    multiplicity,
    planfile,
    rated,
    readers_plan,
    reliance,
    sensitivity,
    slack,
    survival,
    timing,
    trust,
)
from simlab.stats.modelling import said
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, prepare
from simlab.stats.result import Analysis, Result

Progress = Callable[[int, int, str], None]
Analyser = Callable[[Prepared, Plan], Analysis | Sequence[Analysis]]


def _reliance(prepared: Prepared, plan: Plan) -> list[Analysis]:
    """Reliance, and what awaiting advice does to first answers, where that can be told."""
    awaited = slack.analyse(prepared, plan)
    return [reliance.analyse(prepared, plan), *([awaited] if awaited else [])]


# What a plan may ask for, in words for the progress line, and the function that does it.
ANALYSERS: dict[str, tuple[str, Analyser]] = {
    "flow": ("Counting participants", flow.analyse),
    "accuracy": ("Fitting accuracy", accuracy.analyse),
    "reliance": ("Resampling reliance", _reliance),
    "time": ("Fitting decision time", timing.analyse),
    "deskilling": ("Fitting deskilling and retention", deskilling.analyse),
    "sensitivity": ("Analysing the primary comparison in other ways", sensitivity.analyse),
    "forgetting": ("Fitting forgetting", forgetting.analyse),
    "complementarity": ("Comparing human and AI", further.complementarity),
    "calibration": ("Comparing confidence and being right", confidence.analyse),
    "differential": ("Scoring differentials", further.differentials),
    "survival": ("Following decisions up to their limit", survival.analyse),
    "missing-data": ("Filling in missing decisions", missing_data.analyse),
    "heterogeneity": ("Looking for differences in the effect", heterogeneity.analyse),
    "trust": ("Following trust over time", trust.analyse),
    "forgetting-curve": ("Fitting forgetting to a floor", forgetting_curve.analyse),
    "items": ("Fitting cases as items", items.analyse),
    "equating": ("Comparing forms", equated_forms.analyse),
    "ordinal": ("Fitting ordered answers", rated.analyse),
    "readers": ("Comparing readers", readers_plan.analyse),
    "interim": ("Working out the planned looks", interim.analyse),
    **measuring.ANALYSERS,
}


def run(table: pd.DataFrame | Path, plan: dict[str, Any], progress: Progress | None = None) -> dict[str, Any]:
    """The result of a plan as plain values (see docs/schemas/result-1.schema.json); `result.dump` gives its bytes.

    table: the rows, or the file that holds them, which takes less memory: nobody then keeps them as they were read.
    `progress` is called with (step, steps, message) before each step and once at the end. Raises BadPlan or BadTable.
    """
    parsed = planfile.parse(plan)
    rows = datafile.read(table) if isinstance(table, Path) else table
    tell = progress or (lambda step, steps, message: None)
    steps = len(parsed.analyses) + 1
    # Threads would change the order of sums, and with it the last digits.
    with threadpool_limits(1):
        tell(0, steps, "Preparing the table")
        prepared = prepare(rows, parsed)
        del rows  # a million rows as they were read would be held through every fit
        done: list[Analysis] = []
        for step, name in enumerate(parsed.analyses, start=1):
            words, analyser = ANALYSERS[name]
            tell(step, steps, words)
            done += _analyse(analyser, prepared, parsed)
        corrected = multiplicity.analyse(done, parsed)
        done += [corrected] if corrected else []
    tell(steps, steps, "Finished")
    code = code_version()
    result = Result(parsed.title, planfile.plan_hash(plan), prepared.data_sha256, code, parsed.seed, tuple(done))
    return result.document()


def _analyse(analyser: Analyser, prepared: Prepared, plan: Plan) -> list[Analysis]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = analyser(prepared, plan)
    analyses = [made] if isinstance(made, Analysis) else list(made)
    if not caught:
        return analyses
    first = analyses[0]
    return [_with_warnings(first, said(caught)), *analyses[1:]]


def _with_warnings(analysis: Analysis, more: tuple[str, ...]) -> Analysis:
    told = (*analysis.warnings, *more)
    return Analysis(analysis.name, analysis.title, analysis.estimates, analysis.convergence, told, analysis.tables)


@cache
def code_version() -> str:
    """SHA-256 of this package's source: what computed a result, whichever way it was installed."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
