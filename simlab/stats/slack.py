"""Anticipatory slack: whether clinicians try less hard on their own when they know that advice will follow.

The first answers of an arm that awaits advice, not yet seen, are compared with the first answers of the control arm to
the same cases. A difference below zero is a cost of advice that reliance on it cannot show.
"""

import pandas as pd

from simlab.stats import contrasts, marginal
from simlab.stats.glmm import GlmmFit
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, in_cells, incomplete, sieve, yes
from simlab.stats.result import Analysis, Convergence, Estimate

TITLE = "First answers while advice is awaited"


def analyse(prepared: Prepared, plan: Plan) -> Analysis | None:
    """One difference an advised cell, control taken off; None where nobody answered before advice."""
    if plan.control is None:
        return None
    made: list[Estimate] = []
    judged: list[Convergence] = []
    says: list[str] = []
    for phase, arms in plan.advised.items():
        for arm in arms:
            kept = first_answers(prepared.encounters, arm, plan.control, phase)
            if kept.rows["arm"].nunique() == 2 and arm != plan.control:
                estimate, convergence, warned = _difference(kept, plan, arm, plan.control, phase)
                made.append(estimate)
                judged.append(convergence)
                says += warned
    if not made:
        return None
    worst = next((one for one in judged if not one.converged), judged[0])
    return Analysis("slack", TITLE, tuple(made), worst, tuple(says))


def first_answers(encounters: pd.DataFrame, arm: str, control: str, phase: str) -> Sieved:
    """First answers of both arms with `right`; the only answer of an unaided encounter is its first."""
    rows = in_cells(encounters, (arm, phase), (control, phase))
    only = (rows["structure"] == "unaided") & (rows["arm"] == control)
    right = rows["initial_correct"].mask(only, rows["final_correct"])
    tests = [*incomplete(rows), ("first answer without a verdict, or none", right.isna())]
    kept = sieve(rows.assign(right=right), tests)
    cases = [set(kept.rows.loc[kept.rows["arm"] == name, "case"]) for name in (arm, control)]
    alone = ~kept.rows["case"].isin(cases[0] & cases[1])
    shared = sieve(kept.rows, [("case not met in both arms", alone)])
    return Sieved(shared.rows, kept.dropped + shared.dropped)


def _difference(
    kept: Sieved, plan: Plan, arm: str, control: str, phase: str
) -> tuple[Estimate, Convergence, tuple[str, ...]]:
    rows = kept.rows
    designs: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        waits = (rows["arm"] == arm).to_numpy(dtype=float)
        correct = yes(rows["right"]).astype(float)
        columns = (rows[name].tolist() for name in ("arm", "phase", "participant", "case"))
        designs.append(contrasts.accuracy_design(correct, *columns, aided=waits))
        return contrasts.fit(designs[0])

    model, naming = fitted(fit), Naming(plan.level, kept)
    name, label = f"difference/{arm}/{phase}", f"Right at the first answer, {arm} minus {control}, {phase}"
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "difference", model.convergence), model.convergence, model.warnings
    cells = designs[0].cells
    found = marginal.risk_difference(model.fit, cells[arm, phase], cells[control, phase], level=plan.level, df="least")
    return naming.estimate(name, label, found, "difference"), model.convergence, model.warnings
