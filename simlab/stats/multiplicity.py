"""Holm's correction over the secondary contrasts between arms, beside the p that each has alone.

The primary comparison is one test and is not corrected; its sensitivity analyses are the same test made in other ways.
Contrasts at the baseline are no hypotheses: allocation settles them. Within-arm changes and descriptions are left out.
Of a further analysis one contrast between arms belongs to the family, where the plan names it beforehand; its other p
values, and all of analyses that search or follow what was met, are exploratory, which is said beside the family.
"""

from collections.abc import Iterator, Sequence

from simlab.stats.intervals import holm
from simlab.stats.planfile import Plan
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Secondary contrasts, corrected for their number"
OTHERS = "p values on which no claim rests"
# Analysis → the first part of the names of its contrasts between arms.
FAMILY = {
    "accuracy": "difference",
    "slack": "difference",
    "time": "ratio",
    "persistence": "difference",
    "decay": "difference",
    "forgetting": "slope-ratio",
    "survival": "hazard-ratio",
    "ordinal": "difference",
    "readers": "auc-difference",
    "forgetting-curve": "loss-difference",
    "heterogeneity": "interaction",
}
# Analyses whose p values outside the family are said to carry no claim.
FURTHER = (
    "survival", "ordinal", "readers", "readers-alike", "forgetting-curve", "heterogeneity", "trust-switch",
    "trust-follow", "trust-scores", "equating", "items",
)  # fmt: skip
NO_CLAIM = "No claim rests on the other p values of {}: they are exploratory and not corrected."
_COLUMNS = ("analysis", "name", "contrast", "p", "adjusted p", "below alpha")


def contrasts_of(analyses: Sequence[Analysis], plan: Plan) -> Iterator[tuple[str, Estimate]]:
    """Every secondary contrast that has a p, with the name of its analysis."""
    for analysis in analyses:
        for estimate in analysis.estimates:
            parts = estimate.name.split("/")
            if parts[0] != FAMILY.get(analysis.name) or estimate.p is None or _baseline(parts, plan):
                continue
            if _declared(analysis.name, parts, plan):
                yield analysis.name, estimate


def _declared(analysis: str, parts: list[str], plan: Plan) -> bool:
    """Whether the plan names this very contrast: its modifier; of readers, arms over such readers and cases."""
    if analysis == "heterogeneity":
        return bool(plan.options.heterogeneity.modifiers)
    if analysis == "readers":
        return plan.options.readers.modality == "arm" and parts[-1] not in ("fixed-readers", "fixed-cases")
    return True


def exploratory(analyses: Sequence[Analysis], plan: Plan) -> tuple[str, ...]:
    """Titles of further analyses that give a p value outside the family."""
    inside = {(name, estimate.name) for name, estimate in contrasts_of(analyses, plan)}
    return tuple(
        analysis.title
        for analysis in analyses
        if analysis.name in FURTHER
        and any(e.p is not None and (analysis.name, e.name) not in inside for e in analysis.estimates)
    )


def _baseline(parts: list[str], plan: Plan) -> bool:
    """Whether the contrast is of a phase in which nobody has had advice yet."""
    if len(parts) < 3 or parts[2] not in plan.phases:
        return False
    advised = [plan.phases.index(phase) for phase, arms in plan.advised.items() if arms]
    return bool(advised) and plan.phases.index(parts[2]) < min(advised)


def analyse(analyses: Sequence[Analysis], plan: Plan) -> Analysis | None:
    """One table of every secondary contrast with raw and adjusted p; None when there are fewer than two."""
    family = list(contrasts_of(analyses, plan))
    others = exploratory(analyses, plan)
    says = (NO_CLAIM.format("; ".join(f"“{title}”" for title in others)),) if others else ()
    if plan.multiplicity == "none" or len(family) < 2:
        return Analysis("multiplicity", OTHERS, warnings=says) if says else None
    adjusted = holm([estimate.p for _, estimate in family])
    rows = [
        (name, estimate.name, estimate.label, estimate.p, p, p is not None and p < plan.alpha)
        for (name, estimate), p in zip(family, adjusted, strict=True)
    ]
    return Analysis("multiplicity", TITLE, warnings=says, tables=(Table("Holm", _COLUMNS, tuple(rows)),))
