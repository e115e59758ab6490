"""Looks at a trial before its end: what the plan allows, and what an independent statistician sees at a look.

`analyse` is part of a result that the team reads: it gives boundaries and how far the trial has come, and never a
difference between arms. `look` computes the primary comparison and is for the independent committee alone; the team
learns from it one word, whether to continue.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import ndtr, ndtri

from simlab.stats import boundaries, deskilling, planfile
from simlab.stats.accuracy import unreadable
from simlab.stats.boundaries import Look, Sides
from simlab.stats.errors import BadPlan
from simlab.stats.planfile import Plan, Primary
from simlab.stats.planoptions import InterimOptions
from simlab.stats.prepare import Prepared, prepare
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "Planned looks before the end"
LOOK = "Interim look, for the independent committee alone"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Power:
    """Chance of ending beyond the last boundary on the side that is hoped for, given z at a look.

    trend: the effect is as estimated so far; design: as the plan expects, None where it expects none; null: there is
    none; predictive: averaged over what the data so far say of the effect, nothing being known before.
    """

    trend: float
    design: float | None
    null: float
    predictive: float


def power(z: float, fraction: float, last: float, design: float | None = None) -> Power:
    """`last`: boundary on z at the end; `design`: drift, the mean of z at the end; 0 < fraction < 1."""
    return Power(
        conditional(z, fraction, last, z / np.sqrt(fraction)),
        None if design is None else conditional(z, fraction, last, design),
        conditional(z, fraction, last, 0.0),
        float(ndtr((z - last * np.sqrt(fraction)) / np.sqrt(1 - fraction))),
    )


def conditional(z: float, fraction: float, last: float, drift: float) -> float:
    """Chance that z at the end is above `last`, given z at this fraction (Lan, Simon and Halperin 1982)."""
    ahead = z * np.sqrt(fraction) + drift * (1 - fraction)
    return float(ndtr((ahead - last) / np.sqrt(1 - fraction)))


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Boundaries at the planned looks, participants so far, and the look that is due; nothing about the arms."""
    settled, primary = plan.options.interim, plan.primary
    if settled is None or primary is None:
        return unreadable("interim", TITLE, "The plan names no looks, or no primary comparison to look at.")
    n = _done(prepared.encounters, primary)
    reached = min(n / settled.participants, 1.0)
    due = _due(settled, reached)
    share = Estimate(
        "fraction", "Participants with the primary outcome, of those planned", reached, "proportion",
        "count of participants", numerator=float(n), denominator=float(settled.participants), n_used=n,
    )  # fmt: skip
    words = "No look is due yet." if due == 0 else f"Look {due} of {len(settled.looks)} is due."
    says = f"{words} Its numbers are not here: they are for the independent committee (`look`)."
    table = _table(_planned(settled, plan, primary, settled.looks))
    return Analysis("interim", TITLE, (share,), warnings=(says,), tables=(table,))


def _done(encounters: pd.DataFrame, primary: Primary) -> int:
    held = encounters[(encounters["phase"] == primary.phase) & (encounters["status"] == "complete")]
    return int(held["participant"].nunique())


def _due(settled: InterimOptions, reached: float) -> int:
    return sum(look <= reached + _ROUNDING for look in settled.looks)


def _sides(primary: Primary) -> Sides:
    return 2 if primary.claim == "difference" else 1


def _planned(settled: InterimOptions, plan: Plan, primary: Primary, fractions: tuple[float, ...]) -> list[Look]:
    """A claim in one direction spends half of alpha, as its two-sided interval does on that side."""
    sides = _sides(primary)
    alpha = plan.alpha / (2 / sides)
    try:
        return boundaries.boundaries(fractions, alpha, settled.spending, sides=sides, parameter=settled.parameter)
    except ValueError as fault:
        raise BadPlan("field options.interim", str(fault), "correct looks or spending") from None


def _table(looks: list[Look]) -> Table:
    rows = tuple((n, look.fraction, look.spent, look.z, look.p) for n, look in enumerate(looks, start=1))
    return Table("boundaries", ("look", "information", "alpha spent", "z", "nominal p"), rows)


def look(table: pd.DataFrame, document: dict[str, object]) -> Analysis:
    """The look that is due on these data. Raises BadPlan where the plan names no looks or none is due.

    The fraction reached takes the place of the planned one, which is what spending alpha allows; earlier looks count as
    they were planned.
    """
    plan = planfile.parse(document)
    settled, primary = plan.options.interim, plan.primary
    if settled is None or primary is None:
        raise BadPlan(
            "field options.interim", "names no looks", "give looks and participants, and a primary comparison"
        )
    prepared = prepare(table, plan)
    n = _done(prepared.encounters, primary)
    reached = min(n / settled.participants, 1.0)
    due = _due(settled, reached)
    if due == 0:
        first = int(np.ceil(settled.looks[0] * settled.participants - _ROUNDING))
        raise BadPlan("field options.interim.looks", f"{n} participants have the primary outcome, so no look is due",
                      f"wait for {first}")  # fmt: skip
    now = 1.0 if due == len(settled.looks) else reached
    here = _planned(settled, plan, primary, (*settled.looks[: due - 1], now))[-1]
    end = _planned(settled, plan, primary, tuple(dict.fromkeys((*settled.looks[: due - 1], now, *settled.looks[due:]))))
    found = deskilling.analyse(prepared, plan)[0]
    gap = found.estimates[0] if found.estimates else None
    if gap is None or gap.value is None or not gap.se:
        why = found.convergence or Convergence(False, "not fitted", "the primary comparison could not be made")
        return Analysis("interim-look", LOOK, (), why, (f"No advice can be given: {why.detail}",), (_table(end),))
    margin = (primary.margin or 0.0) if primary.claim == "noninferiority" else 0.0
    z = _z((gap.value + margin) / gap.se, gap.df)
    made = [gap, _number("z", "z of the primary claim at this look", z, "standard", n)]
    advice = "cross" if z >= here.z or (_sides(primary) == 2 and z <= -here.z) else "continue"
    if now < 1:
        drift = None if settled.expected is None else (settled.expected + margin) / (gap.se * np.sqrt(now))
        # A claim without direction succeeds on the side to which the data lean.
        side = -1.0 if _sides(primary) == 2 and z < 0 else 1.0
        chance = power(side * z, now, end[-1].z, None if drift is None else side * drift)
        made += [_number(f"power/{name}", f"Chance of success at the end, {words}", value, "proportion", n)
                 for name, words, value in _powers(chance)]  # fmt: skip
        if advice == "continue" and settled.futility is not None and chance.trend < settled.futility:
            advice = "futile"
    said = _ADVICE[advice]
    verdict = Table("advice", ("look", "information", "z", "boundary", "advice"), ((due, now, z, here.z, said),))
    return Analysis("interim-look", LOOK, tuple(made), found.convergence, (said,), (verdict, _table(end)))


_ADVICE = {
    "cross": "The boundary is crossed: the plan allows to stop for efficacy.",
    "continue": "The boundary is not crossed: continue.",
    "futile": "The chance of success under the trend is below the plan's limit: stopping for futility is allowed, not "
    "required.",
}


def _z(statistic: float, df: float | None) -> float:
    """A t statistic as the z of the same tail."""
    if df is None:
        return statistic
    tail = float(stats.t.sf(abs(statistic), df))
    return float(np.sign(statistic) * -ndtri(tail))


def _powers(chance: Power) -> list[tuple[str, str, float | None]]:
    return [
        ("trend", "under the trend so far", chance.trend),
        ("design", "under the effect that the plan expects", chance.design),
        ("null", "under no effect", chance.null),
        ("predictive", "averaged over what is not known of the effect", chance.predictive),
    ]


def _number(name: str, label: str, value: float | None, scale: str, n: int) -> Estimate:
    note = None if value is not None else "The plan expects no effect in numbers (options.interim.expected)."
    return Estimate(name, label, value, scale, "Brownian motion of the score", n_used=n, note=note)
