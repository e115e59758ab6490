"""Accuracy by arm and phase: what was observed, and the difference that a crossed mixed model finds.

The model has clinicians and cases as random, and the effect of advice varies between cases and between clinicians: with
shared cases and no such slope a true null is rejected far too often. It speaks of cases such as these, not of these
alone. Wrong advice is a fixed effect, because its share is set by the schedule; a cell speaks of its own share.
"""

from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import contrasts, marginal, resample
from simlab.stats.glmm import GlmmFit, Start
from simlab.stats.modelling import Fitted, Naming, fitted, sites
from simlab.stats.planfile import Plan
from simlab.stats.prepare import (
    Cell,
    Prepared,
    Sieved,
    against_control,
    filled_cells,
    in_cells,
    incomplete,
    no,
    sieve,
    yes,
)
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "Accuracy by arm and phase"
# Held 5 % in simulated studies of 24 clinicians and 12 cases on (docs/validation.md); cluster counts were too cautious.
DF: marginal.Freedom = "satterthwaite"
# What the model uses; a second copy of every column of a large study would fill the memory.
_USED = ("participant", "site", "case", "arm", "phase", "status", "final_correct", "advice_shown", "advice_correct")


def judged(encounters: pd.DataFrame) -> Sieved:
    """Complete decisions whose last answer has a verdict."""
    tests = [*incomplete(encounters), ("last answer without a verdict", encounters["final_correct"].isna())]
    return sieve(encounters, tests)


def analyse(prepared: Prepared, plan: Plan, start: Start | None = None) -> Analysis:
    """Observed proportions by cell, model-based accuracy by cell, and each arm's difference from control by phase.

    The model is searched for from `start` if given.
    """
    kept = judged(prepared.encounters[list(_USED)])
    if len(kept.rows) == 0:
        return Analysis("accuracy", TITLE, warnings=("No decision in these data has a verdict.",))
    cells = filled_cells(kept.rows, plan)
    observed = _observed(prepared.encounters, cells, plan)
    model, design = _fit(kept.rows, plan, start)
    modelled = _modelled(model, design, prepared.encounters, cells, plan)
    says = [*model.warnings]
    if plan.control is None:
        says.append("The plan names no control arm, so arms are described and not compared.")
    if not model.readable:
        says.append("The mixed model may not be read: only observed proportions are given.")
    return Analysis("accuracy", TITLE, (*observed, *modelled), model.convergence, tuple(says), _spread(model))


# What is counted in a cell: name, words, which rows, and which verdict.
_COUNTED: tuple[tuple[str, str, str | None, str], ...] = (
    ("observed", "Right", None, "final_correct"),
    ("initial", "Right at the first answer", None, "initial_correct"),
    ("advice-right", "Right when the advice was right", "yes", "final_correct"),
    ("advice-wrong", "Right when the advice was wrong", "no", "final_correct"),
)


def _observed(encounters: pd.DataFrame, cells: list[Cell], plan: Plan) -> list[Estimate]:
    made = []
    for arm, phase in cells:
        kept = judged(in_cells(encounters, (arm, phase)))
        rows = kept.rows
        for name, words, advice, verdict in _COUNTED:
            of = rows[verdict].notna().to_numpy(dtype=bool)
            if advice is not None:
                of = of & (yes if advice == "yes" else no)(rows["advice_correct"]) & yes(rows["advice_shown"])
            if of.any() or name == "observed":
                label = f"{words}, {arm} arm, {phase}"
                made.append(_proportion(f"{name}/{arm}/{phase}", label, rows[of], verdict, kept, plan))
    return made


def _proportion(name: str, label: str, rows: pd.DataFrame, verdict: str, kept: Sieved, plan: Plan) -> Estimate:
    person, people = pd.factorize(rows["participant"], sort=True)
    right = yes(rows[verdict])[:, None]
    over = resample.sums(person, right, len(people))
    under = resample.sums(person, np.ones_like(right), len(people))
    rng = resample.generator(plan.seed, name)
    r = resample.ratios(over, under, rng=rng, draws=plan.bootstrap, level=plan.level)[0]
    return resample.estimate(name, label, r, kept, plan.level)


def aided(rows: pd.DataFrame, plan: Plan) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """1 where the plan puts advice before the participant, else 0: allocation, not what was seen."""
    cells = zip(rows["arm"], rows["phase"], strict=True)
    return np.array([float(plan.aided(arm, phase)) for arm, phase in cells])


def design_of(rows: pd.DataFrame, plan: Plan) -> contrasts.Design:
    """The design of the model on these decisions."""
    return contrasts.accuracy_design(
        yes(rows["final_correct"]).astype(float),
        rows["arm"].tolist(),
        rows["phase"].tolist(),
        rows["participant"].tolist(),
        rows["case"].tolist(),
        aided=aided(rows, plan),
        wrong_advice=(yes(rows["advice_shown"]) & no(rows["advice_correct"])).astype(float),
        site=sites(rows, plan),
    )


def _fit(rows: pd.DataFrame, plan: Plan, start: Start | None) -> tuple[Fitted[GlmmFit], contrasts.Design | None]:
    made: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        made.append(design_of(rows, plan))
        return contrasts.fit(made[0], start=start)

    model = fitted(fit)
    return model, (made[0] if made else None)


def _modelled(
    model: Fitted[GlmmFit],
    design: contrasts.Design | None,
    encounters: pd.DataFrame,
    cells: list[Cell],
    plan: Plan,
) -> list[Estimate]:
    made = []
    for cell in cells:
        name, label = f"accuracy/{cell[0]}/{cell[1]}", f"Accuracy, {cell[0]} arm, {cell[1]}"
        naming = Naming(plan.level, judged(in_cells(encounters, cell)))
        if model.fit is None or design is None or not model.readable:
            made.append(naming.withheld(name, label, "proportion", model.convergence))
        else:
            found = marginal.risk(model.fit, design.cells[cell], level=plan.level)
            made.append(naming.estimate(name, label, found, "proportion"))
    for cell, control in against_control(cells, plan):
        name, label = f"difference/{cell[0]}/{cell[1]}", f"Accuracy, {cell[0]} minus {control[0]}, {cell[1]}"
        naming = Naming(plan.level, judged(in_cells(encounters, cell, control)))
        if model.fit is None or design is None or not model.readable:
            made.append(naming.withheld(name, label, "difference", model.convergence))
        else:
            found = marginal.risk_difference(
                model.fit, design.cells[cell], design.cells[control], level=plan.level, df=DF
            )
            made.append(naming.estimate(name, label, found, "difference"))
    return made


def _spread(model: Fitted[GlmmFit]) -> tuple[Table, ...]:
    return () if model.fit is None or not model.readable else (spread_table(model.fit.effects),)


def spread_table(effects: Any) -> Table:
    """How much participants and cases differ: the standard deviations of the random effects."""
    rows = [(e.name, term, float(sd)) for e in effects for term, sd in zip(e.terms, e.sd, strict=True)]
    return Table("random effects", ("factor", "term", "standard deviation"), tuple(rows))


def unreadable(name: str, title: str, why: str) -> Analysis:
    """An analysis that these data do not allow, with the reason in words."""
    return Analysis(name, title, convergence=Convergence(False, "not fitted", why), warnings=(why,))
