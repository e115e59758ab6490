"""The primary comparison with its missing decisions imputed, alike to those that were made or unlike by so much."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simlab.stats import contrasts, deskilling, glmm, populations, resample, separation
from simlab.stats.accuracy import DF
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.imputation import Drawn, Imputer, Pooled, imputer, pool
from simlab.stats.intervals import Array, CannotFit, Interval
from simlab.stats.marginal import Freedom
from simlab.stats.modelling import fitted, sites
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Mask, Sieved, in_cells, no, yes
from simlab.stats.result import Convergence
from simlab.stats.sensitivity import SUCH, Way

MOST_UNREAD = 0.1  # of imputations that the primary model could not read; with more, none is told


@dataclass(frozen=True)
class Filled:
    """What the imputations rest on: the design of all planned decisions, which are missing, the draws, the verdict."""

    design: contrasts.Design
    rows: pd.DataFrame
    draws: tuple[Drawn, ...]
    convergence: Convergence

    @property
    def missing(self) -> Mask:
        return self.rows["unanswered"].to_numpy(dtype=bool)

    def pooled(self, shift: Array, plan: Plan, most: int) -> tuple[Pooled, Interval]:
        """Rubin's rules over at most so many imputations, with missing decisions shifted by so many logits each."""
        values: list[float] = []
        variances: list[float] = []
        df: float | None = None
        start: Array | None = None
        draws = self.draws[:most]
        for drawn in draws:
            y = self.design.y.copy()
            y[self.missing] = drawn.decisions(shift)
            # Degrees of freedom cost more than the fit, and hardly differ between imputations: the first gives them.
            found, start = _once(replace(self.design, y=y), plan, start, DF if df is None else df)
            if found is not None and found.se is not None:
                values.append(found.value)
                variances.append(found.se**2)
                df = found.df
        unread = len(draws) - len(values)
        if unread > MOST_UNREAD * len(draws):
            raise CannotFit(f"the primary model could not be read in {unread} of {len(draws)} imputations")
        made = pool(values, variances, complete_df=df)
        left = f", {unread} left out as unreadable" if unread else ""
        method = (
            f"{made.imputations} imputations{left}, Rubin's rules, Barnard and Rubin's df {made.df:.1f}, "
            f"{100 * made.missing_information:.0f} % of information missing"
        )
        return made, made.interval(level=plan.level, method=method, scale="risk difference")


def _once(
    design: contrasts.Design, plan: Plan, start: Array | None, df: Freedom
) -> tuple[Interval | None, Array | None]:
    if separation.cells(design.y, design.where):
        return None, start
    fit = glmm.fit(design.y, design.x, design.factors, names=design.names, start=start)
    if not fit.converged:
        return None, start
    return contrasts.deskilling(fit, design, level=plan.level, df=df), fit.psi


def imputed(planned: Sieved, encounters: pd.DataFrame, plan: Plan, primary: Primary) -> tuple[Way, Filled | str]:
    """The primary with missing decisions imputed, and what that rests on, or why it could not be done."""
    label, asked = "Missing decisions imputed", plan.options.missing_data.imputations
    sources: list[Imputer] = []

    def fit() -> GlmmFit:
        sources.append(_imputer(planned.rows, encounters, plan, primary))
        return sources[0].fit

    model = fitted(fit)
    if not sources:
        return Way("imputed", label, SUCH, planned, None, model.convergence.detail), model.convergence.detail
    try:
        design, source = deskilling.design_of(planned.rows, plan, primary, primary.phase), sources[0]
        rng = resample.generator(plan.seed, "imputation")
        draws = tuple(source.draw(rng) for _ in range(asked))
        filled = Filled(design, planned.rows, draws, model.convergence)
        _, found = filled.pooled(np.zeros(int(filled.missing.sum())), plan, asked)
    except (CannotFit, np.linalg.LinAlgError) as refusal:
        return Way("imputed", label, SUCH, planned, None, str(refusal)), str(refusal)
    return Way("imputed", label, SUCH, planned, found), filled


def _imputer(rows: pd.DataFrame, encounters: pd.DataFrame, plan: Plan, primary: Primary) -> Imputer:
    """Decisions of both arms by arm and phase, those with advice among them: they tell who is able, and who left."""
    exposure = populations.exposure_phases(plan, primary)
    seen = in_cells(encounters, *((arm, phase) for arm in primary.between for phase in exposure))
    seen = seen[(seen["status"] == "complete") & seen["final_correct"].notna()].assign(unanswered=False)
    whole = pd.concat([rows, seen[rows.columns]], ignore_index=True) if len(seen) else rows
    lost = whole["unanswered"].to_numpy(dtype=bool)
    y = np.where(lost, np.nan, yes(whole["final_correct"]).astype(np.float64))
    cells = [(arm, phase) for phase in (primary.adjusted_for, *exposure, primary.phase) for arm in primary.between]
    where = list(zip(whole["arm"], whole["phase"], strict=True))
    columns, names = [np.ones(len(whole))], ["(intercept)"]
    for cell in cells[1:]:
        own = np.array([float(at == cell) for at in where])
        if own[~lost].any():
            columns, names = [*columns, own], [*names, f"{cell[0]} × {cell[1]}"]
    wrong = (yes(whole["advice_shown"]) & no(whole["advice_correct"])).astype(np.float64)
    if np.ptp(wrong) > 0:
        columns, names = [*columns, wrong], [*names, "advice wrong"]
    after = (whole["phase"] == primary.phase).to_numpy(dtype=np.float64)
    treated = after * (whole["arm"] == primary.between[1]).to_numpy(dtype=np.float64)
    factors = [
        Factor("clinician", whole["participant"].to_numpy(dtype=object), {primary.phase: after}),
        Factor("case", whole["case"].to_numpy(dtype=object), {"treated": treated}),
    ]
    place = sites(whole, plan)
    if place is not None and len(set(place)) > 1:
        factors.append(Factor("site", np.array(place, dtype=object)))
    return imputer(y, np.column_stack(columns), factors, names=names)
