"""Time to decision where a limit cuts some decisions short: curves, hazard ratios and ratios of time.

A decision that ran out of time is not missing and not slow by some invented number: it took longer than the limit.
Everything here is clustered on clinicians and speaks of these cases; the mixed model of log time speaks of such cases.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from simlab.stats.accuracy import unreadable
from simlab.stats.intervals import Array, CannotFit, Codes, Interval
from simlab.stats.modelling import Fitted, Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import (
    NOT_COMPLETE,
    Cell,
    Prepared,
    Sieved,
    against_control,
    filled_cells,
    in_cells,
    sieve,
    yes,
)
from simlab.stats.result import Analysis, Convergence, Estimate, Table
from simlab.stats.survival_curves import Curve, kaplan_meier
from simlab.stats.survival_models import Law, SurvivalFit, accelerated, cox, proportionality
from simlab.stats.timing import seconds

TITLE = "Time to decision, with a limit"
SHARES = (0.25, 0.5, 0.75, 0.9)
FEWEST_CLINICIANS = 24
LAWS: tuple[Law, ...] = ("log-normal", "Weibull")


def timed(encounters: pd.DataFrame, limit: float | None) -> Sieved:
    """Encounters with `until` (seconds) and `decided` (1, or 0 where the limit cut the time short).

    A time past the limit counts as cut short at the limit. Without a limit in the plan, an encounter that ran out of
    time counts up to the time that was recorded.
    """
    time = seconds(encounters)
    cut = (encounters["status"] == "timed-out").to_numpy(dtype=bool)
    if limit is not None:
        time = time.mask(cut, limit)
        cut = cut | (time > limit).to_numpy(dtype=bool, na_value=False)
        time = time.clip(upper=limit)
    rows = encounters.assign(until=time, decided=(~cut).astype(float))
    tests = [(NOT_COMPLETE[status], rows["status"] == status) for status in ("missing", "skipped")]
    no_time = "ran out of time, and neither the time nor a limit is known"
    return sieve(
        rows,
        [*tests, (no_time, rows["until"].isna() & cut), ("no time recorded", rows["until"].isna()),
         ("time not above zero", rows["until"] <= 0)],
    )  # fmt: skip


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Median time by cell, hazard ratio and time ratio of each arm to control by phase, and speed beside accuracy."""
    limit = plan.options.survival.limit_seconds
    kept = timed(prepared.encounters, limit)
    if not (kept.rows["decided"] > 0).any():
        return unreadable("survival", TITLE, "No decision in these data has a time, so time to decision is unknown.")
    cells = filled_cells(kept.rows, plan)
    curves = {cell: _curve(in_cells(kept.rows, cell), plan.level) for cell in cells}
    estimates = [_median(cell, curve, prepared.encounters, plan) for cell, curve in curves.items()]
    judged: list[Convergence] = []
    says: list[str] = []
    for cell, control in against_control(cells, plan):
        about = timed(in_cells(prepared.encounters, cell, control), limit)
        for name, label, model in _models(cell, control, about.rows):
            judged.append(model.convergence)
            says += model.warnings
            estimates.append(_ratio(f"{name}/{cell[0]}/{cell[1]}", label, model, about, plan))
    if kept.rows["participant"].nunique() < FEWEST_CLINICIANS:
        people = kept.rows["participant"].nunique()
        says.append(f"{people} clinicians are few for a clustered covariance: its intervals may be too narrow.")
    says.append(_limit_in_words(kept.rows, limit))
    tested = _proportional(kept.rows, cells, plan)
    says += tested.warnings
    tables = (*tested.tables, _quantiles(curves), _speed_and_accuracy(kept.rows, cells), *_laws(kept.rows, cells, plan))
    return Analysis("survival", TITLE, tuple(estimates), _worst(judged), tuple(dict.fromkeys(says)), tables)


def _limit_in_words(rows: pd.DataFrame, limit: float | None) -> str:
    cut = int((rows["decided"] == 0).sum())
    where = "no limit named in the plan" if limit is None else f"a limit of {limit:g} seconds"
    return f"{cut:,} of {len(rows):,} decisions were cut short; {where}."


def codes(rows: pd.DataFrame) -> Codes:
    """A number from 0 for each clinician of these rows."""
    return np.unique(rows["participant"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _numbers(rows: pd.DataFrame) -> tuple[Array, Array]:
    return rows["until"].to_numpy(dtype=np.float64), rows["decided"].to_numpy(dtype=np.float64)


def _curve(rows: pd.DataFrame, level: float) -> Curve | None:
    people = codes(rows)
    if people.max() < 1 or not (rows["decided"] > 0).any():
        return None
    return kaplan_meier(*_numbers(rows), people, level=level, df=float(people.max()))


def _median(cell: Cell, curve: Curve | None, encounters: pd.DataFrame, plan: Plan) -> Estimate:
    about = timed(in_cells(encounters, cell), plan.options.survival.limit_seconds)
    name, label = f"median/{cell[0]}/{cell[1]}", f"Median time to decision, {cell[0]} arm, {cell[1]}"
    n, lost = len(about.rows), about.n_dropped
    if curve is None:
        why = "Withheld: fewer than two clinicians decided before the limit."
        return Estimate(
            name, label, None, "seconds", "withheld", n_used=n, n_dropped=lost, dropped=about.dropped, note=why
        )  # fmt: skip
    value, low, high = curve.reached(0.5)
    method = f"Kaplan–Meier, log(−log) limits clustered on {curve.clusters} clinicians, t with {curve.clusters - 1} df"
    note: str | None = None
    if value is None:
        note = "Fewer than half decided before the limit, so there is no median."
    elif low is None or high is None:
        note = "The limit comes before an end of the interval, which is open there."
    return Estimate(
        name, label, value, "seconds", method, low=low, high=high, df=float(curve.clusters - 1), level=plan.level,
        n_used=n, n_dropped=lost, dropped=about.dropped, note=note,
    )  # fmt: skip


def _models(cell: Cell, control: Cell, rows: pd.DataFrame) -> list[tuple[str, str, Fitted[SurvivalFit]]]:
    arm, phase = cell
    against = f"{arm} ÷ {control[0]}, {phase}"
    own = np.asarray(rows["arm"] == arm, dtype=np.float64)
    people, (time, decided) = codes(rows), _numbers(rows)

    def _hazard() -> SurvivalFit:
        return cox(time, decided, own[:, None], people, names=["arm"])

    def _time() -> SurvivalFit:
        return accelerated(time, decided, _with_intercept(own), people, names=["intercept", "arm"])

    asked: tuple[tuple[str, str, Callable[[], SurvivalFit]], ...] = (
        ("hazard-ratio", f"Rate of deciding (hazard), {against}", _hazard),
        ("time-ratio", f"Time to decision, {against}", _time),
    )
    return [(name, label, fitted(fit)) for name, label, fit in asked]


def _with_intercept(own: Array) -> Array:
    return np.column_stack([np.ones(len(own)), own])


def _ratio(name: str, label: str, model: Fitted[SurvivalFit], about: Sieved, plan: Plan) -> Estimate:
    naming = Naming(plan.level, about)
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "ratio", model.convergence)
    found: Interval = model.fit.ratio("arm", level=plan.level, df=float(model.fit.clusters - 1))
    return naming.estimate(name, label, found, "ratio")


def _proportional(rows: pd.DataFrame, cells: list[Cell], plan: Plan) -> Analysis:
    """Whether each ratio of rates stays the same from fast to slow decisions; where it does not it is an average."""
    made, says = [], []
    for cell, control in against_control(cells, plan):
        of = in_cells(rows, cell, control)
        own, (time, decided) = np.asarray(of["arm"] == cell[0], dtype=np.float64), _numbers(of)
        try:
            fit = cox(time, decided, own[:, None], codes(of), names=["arm"])
        except (CannotFit, np.linalg.LinAlgError):
            continue
        test = proportionality(time, decided, own, float(fit.beta[0])) if fit.converged else None
        if test is not None:
            made.append((cell[1], cell[0], test.statistic, 1, test.p))
            if test.p < plan.alpha:
                says.append(f"The ratio of rates of {cell[0]} in {cell[1]} changes with time: it is a mean over the "
                            "decisions here, and the curves and the ratio of times say more.")  # fmt: skip
    columns = ("phase", "arm", "chi-square", "df", "p")
    tables = (Table("proportional hazards", columns, tuple(made)),) if made else ()
    return Analysis("survival", TITLE, warnings=tuple(says), tables=tables)


def _worst(judged: list[Convergence]) -> Convergence | None:
    return next((one for one in judged if not one.converged), judged[0] if judged else None)


def _quantiles(curves: dict[Cell, Curve | None]) -> Table:
    """The time by which so many had decided; empty where the limit came first."""
    rows = [
        (phase, arm, share, *curve.reached(share))
        for (arm, phase), curve in curves.items()
        if curve is not None
        for share in SHARES
    ]
    return Table("time by which a share has decided", ("phase", "arm", "share", "seconds", "from", "to"), tuple(rows))


def fifths(rows: pd.DataFrame) -> list[tuple[float, float, int]]:
    """Mean time, share right and number of decisions, in fifths of the decided times of a cell from fast to slow."""
    of = rows[(rows["decided"] > 0) & rows["final_correct"].notna()].sort_values("until", kind="stable")
    if len(of) < 5:
        return []
    parts = np.array_split(np.arange(len(of)), 5)
    time, right = of["until"].to_numpy(dtype=np.float64), yes(of["final_correct"]).astype(np.float64)
    return [(float(time[part].mean()), float(right[part].mean()), len(part)) for part in parts]


def _speed_and_accuracy(rows: pd.DataFrame, cells: list[Cell]) -> Table:
    made = [
        (phase, arm, place, seconds_, right, n)
        for arm, phase in cells
        for place, (seconds_, right, n) in enumerate(fifths(in_cells(rows, (arm, phase))), start=1)
    ]
    columns = ("phase", "arm", "fifth from the fastest", "mean seconds", "share right", "decisions")
    return Table("accuracy by speed", columns, tuple(made))


def _laws(rows: pd.DataFrame, cells: list[Cell], plan: Plan) -> tuple[Table, ...]:
    """The time ratio under each law of time: where they disagree, neither should be leant on."""
    made = []
    for cell, control in against_control(cells, plan):
        of = in_cells(rows, cell, control)
        own, people, (time, decided) = np.asarray(of["arm"] == cell[0], dtype=np.float64), codes(of), _numbers(of)
        for law in LAWS:
            try:
                fit = accelerated(time, decided, _with_intercept(own), people, names=["intercept", "arm"], law=law)
            except (CannotFit, np.linalg.LinAlgError):
                continue
            if fit.converged:
                found = fit.ratio("arm", level=plan.level, df=float(fit.clusters - 1))
                made.append((cell[1], cell[0], law, found.value, found.low, found.high, found.p, fit.loglik))
    columns = ("phase", "arm", "law of time", "time ratio", "from", "to", "p", "log likelihood")
    return (Table("time ratio under two laws", columns, tuple(made)),) if made else ()
