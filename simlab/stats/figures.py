"""The figures of a result: SVG pictures with words and data beside them, the same bytes every time."""

from typing import Any

import pandas as pd

from simlab.stats import (
    figures_accuracy,
    figures_calibration,
    figures_flow,
    figures_forest,
    figures_readers,
    figures_reliance,
    figures_reliance_over_time,
    figures_survival,
    figures_time,
    planfile,
)
from simlab.stats.figure_style import Figure, Found

__all__ = ["Figure", "draw"]


def draw(result: dict[str, Any], table: pd.DataFrame, plan: dict[str, Any]) -> list[Figure]:
    """Every figure that the result has numbers for, in the order of a report."""
    found, parsed = Found(result), planfile.parse(plan)
    made = [
        figures_flow.diagram(found, parsed),
        figures_accuracy.accuracy(found, parsed),
        figures_reliance.square(found, parsed),
        figures_time.times(found, table, parsed),
        figures_accuracy.unaided(found, parsed),
        figures_readers.roc(found),
        *_from_decisions(found, table, parsed),
    ]
    return [figure for figure in made if figure is not None]


def _from_decisions(found: Found, table: pd.DataFrame, plan: planfile.Plan) -> list[Figure | None]:
    """Pictures of the decisions themselves, each drawn where the plan asks for the analysis that it belongs to."""
    asked = set(plan.analyses)
    return [
        figures_forest.forest(found, table, plan) if "accuracy" in asked else None,
        figures_reliance_over_time.over_time(table, plan) if "reliance" in asked else None,
        figures_calibration.calibration(table, plan) if asked & {"accuracy", "calibration"} else None,
        figures_survival.undecided(table, plan) if "survival" in asked else None,
        figures_survival.speed_and_accuracy(table, plan) if "survival" in asked else None,
    ]
