"""For whom, and on which cases, the effect differs: by grade, by baseline skill and by how hard a case is.

This is no hunt for subgroups. Each modifier is one question with one interaction and its interval; modifiers that the
plan does not name beforehand are exploratory and say so. Effects of single cases are shrunk towards the mean effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import glmm, marginal
from simlab.stats.accuracy import judged, spread_table, unreadable
from simlab.stats.estimand import chosen
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.intervals import Array, CannotFit, quantile
from simlab.stats.marginal import Cell
from simlab.stats.modelling import Fitted, Naming, fitted, sites
from simlab.stats.modifiers import Modifier, modifier
from simlab.stats.odds import odds_ratio
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, in_cells, sieve, yes
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "For whom and on which cases the effect differs"
MODIFIERS = ("grade", "baseline", "difficulty")
NO_HUNT = (
    "An interaction that the interval leaves open is not shown to be absent: studies sized for a mean effect find only "
    "large ones. Effects of single subgroups are not tested against zero one by one."
)


@dataclass(frozen=True)
class Effect:
    """One effect of which differences are asked: its name, its words, its decisions and who of them was exposed."""

    name: str
    words: str
    about: Sieved
    exposed: Array


def effects(prepared: Prepared, plan: Plan) -> Iterator[Effect]:
    """The effect of advice while it is given, against control; and the primary comparison after it."""
    if plan.control is not None:
        control = plan.control
        cells = [(arm, phase) for phase in plan.phases for arm in plan.advised.get(phase, ())
                 if not plan.aided(control, phase)]  # fmt: skip
        phases = list(dict.fromkeys(phase for _, phase in cells))
        kept = judged(in_cells(prepared.encounters, *cells, *((control, phase) for phase in phases)))
        if len(kept.rows):
            exposed = (kept.rows["arm"] != control).to_numpy(dtype=bool).astype(np.float64)
            yield Effect("advice", f"Accuracy with advice minus {control}", kept, exposed)
    if plan.primary is not None:
        primary = plan.primary
        kept = chosen(prepared.encounters, plan, primary, (primary.phase,))
        if len(kept.rows):
            exposed = (kept.rows["arm"] == primary.between[1]).to_numpy(dtype=bool).astype(np.float64)
            words = f"Unaided accuracy in {primary.phase}, {primary.between[1]} minus {primary.between[0]}"
            yield Effect("primary", words, kept, exposed)


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """One interaction for each modifier and effect, the effect at low and high values, and shrunk effects by case."""
    asked = plan.options.heterogeneity.modifiers or MODIFIERS
    declared = bool(plan.options.heterogeneity.modifiers)
    estimates: list[Estimate] = []
    tables: list[Table] = []
    says: list[str] = []
    judged_: list[Convergence] = []
    for effect in effects(prepared, plan):
        if len(set(effect.exposed)) < 2:
            says.append(f"{effect.words}: one of the arms has no decision.")
            continue
        for name in asked:
            try:
                made = modifier(name, effect.about, prepared.encounters, plan)
            except CannotFit as why:
                says.append(f"{effect.words}, by {name}: not done, {why}.")
                continue
            found = _by(effect, made, declared, plan)
            estimates += found.estimates
            says += [*made.says, *found.warnings]
            judged_ += [found.convergence] if found.convergence else []
        shrunk = by_case(effect, plan)
        tables += shrunk.tables
        says += shrunk.warnings
    if not estimates and not tables:
        return unreadable("heterogeneity", TITLE, " ".join(says) or "The plan names no effect whose size could differ.")
    worst = next((one for one in judged_ if not one.converged), judged_[0] if judged_ else None)
    status = "named in the plan" if declared else "not named in the plan: exploratory"
    verdict = Table("verdict", ("sentence",), ((f"Modifiers {status}. {NO_HUNT}",),))
    return Analysis("heterogeneity", TITLE, tuple(estimates), worst, tuple(dict.fromkeys(says)), (verdict, *tables))


def _by(effect: Effect, by: Modifier, declared: bool, plan: Plan) -> Analysis:
    keep = by.kept
    rows = effect.about.rows[keep].reset_index(drop=True)
    lost = sieve(effect.about.rows, [(by.lost, ~keep)])
    about = Sieved(rows, effect.about.dropped + lost.dropped)
    exposed = effect.exposed[keep]
    model = fitted(lambda: fit(rows, exposed, by.columns, by.names, plan))
    naming = Naming(plan.level, about)
    status = "" if declared else ", exploratory"
    made = []
    for place, words in enumerate(by.words):
        name = f"{effect.name}/{by.name}" + (f"/{by.names[place]}" if len(by.words) > 1 else "")
        made.append(_odds(model, 2 + len(by.names) + place, name, f"{effect.words}, {words}{status}", naming))
        made.append(_points(model, by, place, name, f"{effect.words}, {by.steps[place]}{status}", naming))
    for words, values in by.at:
        name = f"effect/{effect.name}/{by.name}/{words}"
        made.append(_effect(model, values, name, f"{effect.words}, {words}", naming))
    tables = (spread_table(model.fit.effects),) if model.fit is not None and model.readable else ()
    return Analysis(by.name, "", tuple(made), model.convergence, model.warnings, tables)


def fit(rows: pd.DataFrame, exposed: Array, modifiers: Array, names: tuple[str, ...], plan: Plan) -> GlmmFit:
    """right ~ exposed × modifiers + (1 | clinician) + (1 + exposed | case), and (1 | site) where sites were allocated.

    rows: n decisions; exposed: n, 0 or 1; modifiers: n × k, k may be 0.
    """
    x = np.column_stack([np.ones(len(rows)), exposed, modifiers, modifiers * exposed[:, None]])
    factors = [
        Factor("clinician", rows["participant"].to_numpy(dtype=object)),
        Factor("case", rows["case"].to_numpy(dtype=object), {"exposed": exposed}),
    ]
    place = sites(rows, plan)
    if place is not None and len(set(place)) > 1:
        factors.append(Factor("site", np.array(place, dtype=object)))
    called = ["(intercept)", "exposed", *names, *(f"exposed × {name}" for name in names)]
    return glmm.fit(yes(rows["final_correct"]).astype(np.float64), x, factors, names=called)


def _odds(model: Fitted[GlmmFit], place: int, name: str, label: str, naming: Naming) -> Estimate:
    name, label = f"interaction/{name}", f"{label}: ratio of odds ratios"
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "ratio", model.convergence)
    weights = np.eye(len(model.fit.beta))[place]
    return naming.estimate(name, label, odds_ratio(model.fit, weights, level=naming.level), "ratio")


def _points(model: Fitted[GlmmFit], by: Modifier, place: int, name: str, label: str, naming: Naming) -> Estimate:
    """The effect at the second value of a modifier minus the effect at the first, as risk differences."""
    name = f"difference/{name}"
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "difference", model.convergence)
    one, other = by.compared[place]
    cells = [_cell(model.fit, exposed, values) for values in (other, one) for exposed in (1.0, 0.0)]
    found = marginal.linear_combination(model.fit, cells, [1, -1, -1, 1], level=naming.level, df="least")
    return naming.estimate(name, label, found, "difference")


def _effect(model: Fitted[GlmmFit], values: Array, name: str, label: str, naming: Naming) -> Estimate:
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "difference", model.convergence)
    with_it, without = (_cell(model.fit, exposed, values) for exposed in (1.0, 0.0))
    found = marginal.risk_difference(model.fit, with_it, without, level=naming.level, df="least")
    return naming.estimate(name, label, found, "difference")


def _cell(fit: GlmmFit, exposed: float, values: Array) -> Cell:
    x = np.concatenate([[1.0, exposed], values, values * exposed])
    z = {coded.name: np.ones(1) for coded in fit.rows.factors}
    return Cell("", x, {**z, "case": np.array([1.0, exposed])})


def by_case(effect: Effect, plan: Plan) -> Analysis:
    """Each case's own odds ratio: the mean effect and the case's conditional mode, with the spread of the mode."""
    rows = effect.about.rows
    model = fitted(lambda: fit(rows, effect.exposed, np.zeros((len(rows), 0)), (), plan))
    if model.fit is None or not model.readable:
        said = f"{effect.words}: effects by case are withheld, the model is {model.convergence.verdict}."
        return Analysis("cases", "", warnings=(said,))
    cases = model.fit.effect("case")
    critical, mean_variance = quantile(plan.level, None), float(model.fit.vcov[1, 1])
    made = []
    for place, case in enumerate(cases.levels):
        log = float(model.fit.beta[1] + cases.modes[place, 1])
        # The spread of the case and of the mean, as if apart; they pull against each other, so it is never too small.
        half = critical * float(np.sqrt(cases.mode_sd[place, 1] ** 2 + mean_variance))
        made.append((str(case), int((rows["case"] == case).sum()), np.exp(log), np.exp(log - half), np.exp(log + half)))
    columns = ("case", "decisions", "odds ratio, shrunk", "from", "to")
    name = f"{effect.name}: effect by case, shrunk towards the mean (empirical Bayes)"
    table = Table(name, columns, tuple(sorted(made, key=lambda row: (row[2], row[0]))))
    return Analysis("cases", "", tables=(table,), warnings=_spread_words(effect, float(cases.sd[1])))


def _spread_words(effect: Effect, sd: float) -> tuple[str, ...]:
    if sd >= glmm.SMALL_SD:
        said = (
            f"{effect.words}: intervals of single cases take the estimated spread between cases for the true one. They "
            "are somewhat too narrow (in simulated studies about 90 % of those for 95 % held the truth): a picture, "
            "not a test of each case."
        )
        return (said,)
    return (f"{effect.words}: differences between cases could not be told from chance; all are shrunk to one effect.",)
