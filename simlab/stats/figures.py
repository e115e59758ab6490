"""The figures of a result: SVG pictures with words and data beside them, the same bytes every time."""

from typing import Any

import pandas as pd

from simlab.stats import figures_accuracy, figures_flow, figures_reliance, figures_time, planfile
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
    ]
    return [figure for figure in made if figure is not None]
