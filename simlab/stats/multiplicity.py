"""Holm's correction over the secondary contrasts between arms, beside the p that each has alone.

The primary comparison is one test and is not corrected; its sensitivity analyses are the same test made in other ways.
Contrasts at the baseline are no hypotheses: allocation settles them. Within-arm changes and descriptions are left out.
"""

from collections.abc import Iterator, Sequence

from simlab.stats.intervals import holm
from simlab.stats.planfile import Plan
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Secondary contrasts, corrected for their number"
# Analysis → the first part of the names of its contrasts between arms.
FAMILY = {
    "accuracy": "difference",
    "slack": "difference",
    "time": "ratio",
    "persistence": "difference",
    "decay": "difference",
    "forgetting": "slope-ratio",
}
_COLUMNS = ("analysis", "name", "contrast", "p", "adjusted p", "below alpha")


def contrasts_of(analyses: Sequence[Analysis], plan: Plan) -> Iterator[tuple[str, Estimate]]:
    """Every secondary contrast that has a p, with the name of its analysis."""
    for analysis in analyses:
        for estimate in analysis.estimates:
            parts = estimate.name.split("/")
            if parts[0] == FAMILY.get(analysis.name) and estimate.p is not None and not _baseline(parts, plan):
                yield analysis.name, estimate


def _baseline(parts: list[str], plan: Plan) -> bool:
    """Whether the contrast is of a phase in which nobody has had advice yet."""
    if len(parts) < 3:
        return False
    advised = [plan.phases.index(phase) for phase, arms in plan.advised.items() if arms]
    return bool(advised) and plan.phases.index(parts[2]) < min(advised)


def analyse(analyses: Sequence[Analysis], plan: Plan) -> Analysis | None:
    """One table of every secondary contrast with raw and adjusted p; None when there are fewer than two."""
    family = list(contrasts_of(analyses, plan))
    if plan.multiplicity == "none" or len(family) < 2:
        return None
    adjusted = holm([estimate.p for _, estimate in family])
    rows = [
        (name, estimate.name, estimate.label, estimate.p, p, p is not None and p < plan.alpha)
        for (name, estimate), p in zip(family, adjusted, strict=True)
    ]
    return Analysis("multiplicity", TITLE, tables=(Table("Holm", _COLUMNS, tuple(rows)),))
