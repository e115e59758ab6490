"""The analyses of single measures that a plan may ask for: name, words for the progress line, function.

Kept apart from the registry of `plans` so that a measure is added in one place.
"""

from collections.abc import Callable, Sequence

from simlab.stats import (
    automation,
    change,
    diagnostic,
    discernment,
    learning,
    losses,
    monitoring,
    scales,
    seeking,
    spans,
    weights,
)
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared
from simlab.stats.result import Analysis

Analyser = Callable[[Prepared, Plan], Analysis | Sequence[Analysis]]

ANALYSERS: dict[str, tuple[str, Analyser]] = {
    "discernment": ("Telling good advice from bad", discernment.analyse),
    "losses": ("Working out what following cost", losses.analyse),
    "automation": ("Comparing with the same cases unaided", automation.analyse),
    "weight-of-advice": ("Weighing advice", weights.analyse),
    "seeking": ("Looking at requests for advice", seeking.analyse),
    "detection": ("Working out sensitivity and specificity", diagnostic.analyse),
    "scores": ("Averaging scores", spans.scores),
    "time-parts": ("Dividing decision time", spans.times),
    "skill": ("Comparing unaided skill before and after", change.analyse),
    "learning": ("Fitting learning curves", learning.analyse),
    "monitoring": ("Watching competence case by case", monitoring.analyse),
    "questionnaires": ("Scoring questionnaires", scales.analyse),
}
