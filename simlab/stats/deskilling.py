"""Unaided skill after advice is taken away: the loss, whether it lasts, and whether it grows or fades.

Only unaided decisions of two concurrent arms are compared: a fall from before to after in one arm alone may be
fatigue, time or harder cases. Baseline is adjusted for by giving both arms one baseline, as allocation does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import contrasts, estimand, marginal
from simlab.stats.accuracy import DF, spread_table, unreadable
from simlab.stats.glmm import GlmmFit, Start
from simlab.stats.intervals import Interval
from simlab.stats.modelling import Fitted, Naming, fitted, sites
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Prepared, yes
from simlab.stats.result import Analysis, Estimate, Table

DESKILLING = "Unaided accuracy after advice is withdrawn"
PERSISTENCE = "Unaided accuracy later on"
DECAY = "Change from withdrawal to later"


def analyse(prepared: Prepared, plan: Plan, start: Start | None = None) -> list[Analysis]:
    """Deskilling at the primary phase; then persistence and decay at the last unaided phase after it, if any.

    `start`: where to begin the search for the first model.
    """
    primary = plan.primary
    if primary is None:
        return [unreadable("deskilling", DESKILLING, "The plan names no contrast of unaided skill.")]
    encounters = prepared.encounters
    made = [_contrast("deskilling", DESKILLING, encounters, plan, primary, primary.phase, start)]
    late = later_phase(plan, primary)
    if late is not None:
        made.append(_contrast("persistence", PERSISTENCE, encounters, plan, primary, late))
        made.append(_decay(encounters, plan, primary, late))
    return made


def later_phase(plan: Plan, primary: Primary) -> str | None:
    """The last phase after the primary one in which neither arm is given advice."""
    after = plan.phases[plan.phases.index(primary.phase) + 1 :]
    free = [phase for phase in after if not any(plan.aided(arm, phase) for arm in primary.between)]
    return free[-1] if free else None


@dataclass(frozen=True)
class _Columns:
    """The columns of a model, in the order that the designs ask for."""

    correct: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    arm: list[str]
    phase: list[str]
    clinician: list[str]
    case: list[str]


def _columns(rows: pd.DataFrame) -> _Columns:
    right = yes(rows["final_correct"]).astype(np.float64)
    return _Columns(right, *(rows[name].tolist() for name in ("arm", "phase", "participant", "case")))


def design_of(rows: pd.DataFrame, plan: Plan, primary: Primary, later: str) -> contrasts.Design:
    """The design of the primary model on these decisions."""
    c, (control, exposed) = _columns(rows), primary.between
    return contrasts.deskilling_design(
        c.correct, c.arm, c.phase, c.clinician, c.case,
        control=control, exposed=exposed, baseline=primary.adjusted_for, later=later,
        site=sites(rows, plan),
        clinician_slope=True,  # clinicians differ in how much they change; without it intervals are too narrow
    )  # fmt: skip


def absent(rows: pd.DataFrame, primary: Primary, phases: tuple[str, ...]) -> str | None:
    """Why the arms cannot be compared, when a cell holds no decision."""
    for arm in primary.between:
        for phase in phases:
            if not ((rows["arm"] == arm) & (rows["phase"] == phase)).any():
                return f"The data hold no unaided decision of the {arm} arm in {phase}, so the arms cannot be compared."
    return None


def _contrast(
    name: str,
    title: str,
    encounters: pd.DataFrame,
    plan: Plan,
    primary: Primary,
    later: str,
    start: Start | None = None,
) -> Analysis:
    phases = (primary.adjusted_for, later)
    kept = estimand.chosen(encounters, plan, primary, phases)
    if why := absent(kept.rows, primary, phases):
        return unreadable(name, title, why)
    control, exposed = primary.between
    designs: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        designs.append(design_of(kept.rows, plan, primary, later))
        return contrasts.fit(designs[0], start=start)

    model = fitted(fit)
    naming, meant = Naming(plan.level, kept), estimand.table(plan, primary, later, kept.rows)
    label = f"Unaided accuracy, {exposed} minus {control}, {later} adjusted for {primary.adjusted_for}"
    if model.fit is None or not model.readable:
        withheld = naming.withheld("difference", label, "difference", model.convergence)
        return Analysis(name, title, (withheld,), model.convergence, model.warnings, (_no_verdict(primary), meant))
    design, found = designs[0], contrasts.deskilling(model.fit, designs[0], level=plan.level, df=DF)
    estimates = [naming.estimate("difference", label, found, "difference")]
    for cell, words in (("baseline", "both arms"), ("control", f"{control} arm"), ("exposed", f"{exposed} arm")):
        when = primary.adjusted_for if cell == "baseline" else later
        risk = marginal.risk(model.fit, design.cells[cell], level=plan.level)
        said = f"Unaided accuracy, {words}, {when}"
        estimates.append(naming.estimate(f"accuracy/{cell}", said, risk, "proportion"))
    tables = (verdict(found, primary, plan.alpha), spread_table(model.fit.effects), meant)
    return Analysis(name, title, tuple(estimates), model.convergence, model.warnings, tables)


_VERDICT = ("claim", "margin", "lower limit", "shown", "p", "sentence")


def verdict(found: Interval, primary: Primary, alpha: float) -> Table:
    """Whether the claim of the plan is shown by this difference, with the one-sided limit and p that decide it."""
    if primary.claim == "noninferiority" and primary.margin is not None:
        answer = contrasts.noninferiority(found, primary.margin, alpha=alpha / 2)
        row = (primary.claim, primary.margin, answer.low, answer.shown, answer.p, answer.sentence)
        return Table("verdict", _VERDICT, (row,))
    if found.low is None or found.high is None:
        return _no_verdict(primary)
    shown = found.low > 0 if primary.claim == "superiority" else found.low > 0 or found.high < 0
    words = {"superiority": "an advantage of the second arm", "difference": "a difference between the arms"}
    what = words[primary.claim]
    sentence = f"The interval {'shows' if shown else 'does not show'} {what}."
    return Table("verdict", _VERDICT, ((primary.claim, None, found.low, shown, found.p, sentence),))


def _no_verdict(primary: Primary) -> Table:
    sentence = "No verdict: the model may not be read."
    return Table("verdict", _VERDICT, ((primary.claim, primary.margin, None, False, None, sentence),))


def _decay(encounters: pd.DataFrame, plan: Plan, primary: Primary, late: str) -> Analysis:
    phases = (primary.phase, late)
    kept = estimand.chosen(encounters, plan, primary, phases)
    if why := absent(kept.rows, primary, phases):
        return unreadable("decay", DECAY, why)
    control, exposed = primary.between
    designs: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        c = _columns(kept.rows)
        designs.append(
            contrasts.accuracy_design(
                c.correct, c.arm, c.phase, c.clinician, c.case,
                aided=np.array([float(arm == exposed) for arm in c.arm]),
                site=sites(kept.rows, plan),
                changing={late: np.array([float(phase == late) for phase in c.phase])},
            )
        )  # fmt: skip
        return contrasts.fit(designs[0])

    model = fitted(fit)
    naming = Naming(plan.level, kept)
    asked = _questions(control, exposed, primary.phase, late, plan.level)
    estimates = tuple(_answer(question, model, designs, naming) for question in asked)
    tables = (spread_table(model.fit.effects),) if model.fit is not None and model.readable else ()
    return Analysis("decay", DECAY, estimates, model.convergence, model.warnings, tables)


@dataclass(frozen=True)
class _Question:
    name: str
    label: str
    scale: str
    ask: Callable[[GlmmFit, contrasts.Design], Interval]


def _questions(control: str, exposed: str, early: str, late: str, level: float) -> list[_Question]:
    def change(arm: str) -> Callable[[GlmmFit, contrasts.Design], Interval]:
        return lambda f, d: marginal.risk_difference(f, d.cells[arm, late], d.cells[arm, early], level=level)

    def ratio(arm: str) -> Callable[[GlmmFit, contrasts.Design], Interval]:
        return lambda f, d: marginal.risk_ratio(f, d.cells[arm, late], d.cells[arm, early], level=level)

    def difference(f: GlmmFit, d: contrasts.Design) -> Interval:
        return contrasts.difference_in_differences(f, d, arms=(exposed, control), phases=(early, late), level=level)

    asked = [_Question("difference", f"Change, {exposed} minus {control}, {early} to {late}", "difference", difference)]
    for arm in (control, exposed):
        asked.append(_Question(f"change/{arm}", f"Change, {arm} arm, {early} to {late}", "difference", change(arm)))
        label = f"Retention ratio, {arm} arm, {late} ÷ {early}"
        asked.append(_Question(f"retention-ratio/{arm}", label, "ratio", ratio(arm)))
    return asked


def _answer(q: _Question, model: Fitted[GlmmFit], designs: list[contrasts.Design], naming: Naming) -> Estimate:
    if model.fit is None or not model.readable:
        return naming.withheld(q.name, q.label, q.scale, model.convergence)
    return naming.estimate(q.name, q.label, q.ask(model.fit, designs[0]), q.scale)
