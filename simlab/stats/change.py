"""Unaided skill in raw proportions: loss, its index, difference in differences, dependency gap, retention, savings.

These are what a reader can recompute from a table of counts. The mixed models of deskilling and decay speak of other
clinicians and cases; these of the decisions that were made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import skill
from simlab.stats.accuracy import judged
from simlab.stats.described import Words, group_of, measured, nothing
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Mask, Prepared, Sieved, in_cells, no, yes
from simlab.stats.resample import Numbers, sums
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Change of skill in raw proportions"


@dataclass(frozen=True)
class Moments:
    """The phases compared: before advice, after it, and the last without advice where that is a later one."""

    before: str
    after: str
    late: str | None


def moments(plan: Plan) -> Moments | None:
    """From the primary comparison; else the last phase before anybody is advised and the first free one after it."""
    free = [phase for phase in plan.phases if not plan.advised.get(phase)]
    if plan.primary is not None:
        before, after = plan.primary.adjusted_for, plan.primary.phase
    else:
        advised = [plan.phases.index(phase) for phase, arms in plan.advised.items() if arms]
        early = [p for p in free if advised and plan.phases.index(p) < min(advised)]
        later = [p for p in free if advised and plan.phases.index(p) > min(advised)]
        if not early or not later:
            return None
        before, after = early[-1], later[0]
    late = [p for p in free if plan.phases.index(p) > plan.phases.index(after)]
    return Moments(before, after, late[-1] if late else None)


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Change, index, difference in differences, retention, dependency gap and savings of each arm; retention points."""
    when = moments(plan)
    if when is None:
        said = (
            "The plan has no phase without advice before and after a phase with it, so skill has no before and after."
        )
        return nothing("skill", TITLE, said)
    kept = judged(prepared.encounters)
    unaided = Sieved(kept.rows[no(kept.rows["advice_shown"])], kept.dropped)
    if not len(unaided.rows):
        return nothing(
            "skill", TITLE, "No decision in these data was made without advice, so unaided skill has no value."
        )
    made: list[Estimate] = []
    for arm in plan.arms:
        made += _of_arm(arm, when, unaided, plan)
        if plan.control is not None and arm != plan.control:
            made.append(_difference_in_differences(arm, plan.control, when, unaided, plan))
        made += _dependency(arm, when, kept, plan)
        made.append(_savings(arm, when, unaided, plan))
    return Analysis("skill", TITLE, tuple(made), tables=_curves(prepared, plan))


def _of_arm(arm: str, when: Moments, unaided: Sieved, plan: Plan) -> list[Estimate]:
    phases = (when.before, when.after, *([when.late] if when.late else []))
    rows, s = _counts(unaided, [(arm, phase) for phase in phases])
    about, span = Sieved(rows, unaided.dropped), f"{when.before} to {when.after}"
    label = f"Unaided share right, {arm} arm, {span}"
    none = "Undefined: no unaided decision of the arm in one of the phases, or none right before."
    made = [
        measured(Words(f"change/{arm}", f"{label}, after minus before", undefined=none), s, _change, about, plan),
        measured(Words(f"deskilling-index/{arm}", f"{label}, share lost", "ratio", none), s, _index, about, plan),
    ]
    if when.late:
        g = plan.options.skill.guessing
        said = f"Retention ratio, {arm} arm, {when.late} ÷ {when.after}"
        never = "Undefined: no decision in one of the phases, or nothing above guessing to retain."
        names = (("retention-ratio", said, 0.0), ("retention-corrected", f"{said}, {g:.0%} guessing taken off", g))
        for name, words, rate in names if g else names[:1]:
            words_of = Words(f"{name}/{arm}", words, "ratio", never)
            made.append(measured(words_of, s, lambda t, rate=rate: _retention(t, rate), about, plan))  # type: ignore[misc]
    return made


def _counts(kept: Sieved, cells: Sequence[tuple[str, str]]) -> tuple[pd.DataFrame, Numbers]:
    """The rows of the cells, and by participant the right and all decisions of each cell in turn, (P × 2·cells)."""
    rows = in_cells(kept.rows, *cells)
    if not len(rows):
        return rows, np.zeros((1, 2 * len(cells)))
    right = yes(rows["final_correct"])
    columns = []
    for arm, phase in cells:
        here = ((rows["arm"] == arm) & (rows["phase"] == phase)).to_numpy(dtype=bool)
        columns += [here & right, here]
    person, people = pd.factorize(rows["participant"], sort=True)
    return rows, sums(person, np.column_stack(columns).astype(np.float64), len(people))


def _rate(s: Numbers, cell: int) -> Numbers:
    return np.asarray(s[:, 2 * cell] / s[:, 2 * cell + 1])


def _change(s: Numbers) -> Numbers:
    return _rate(s, 1) - _rate(s, 0)


def _index(s: Numbers) -> Numbers:
    return (_rate(s, 0) - _rate(s, 1)) / _rate(s, 0)


def _retention(s: Numbers, guessing: float) -> Numbers:
    post, late = _rate(s, 1), _rate(s, 2)
    return np.where(post > guessing, (late - guessing) / (post - guessing), np.nan)


def _difference_in_differences(arm: str, control: str, when: Moments, unaided: Sieved, plan: Plan) -> Estimate:
    cells = [(arm, when.before), (arm, when.after), (control, when.before), (control, when.after)]
    rows, s = _counts(unaided, cells)
    label = f"Unaided share right, change of {arm} minus change of {control}, {when.before} to {when.after}"
    words = Words(f"difference-in-differences/{arm}", label, undefined="Undefined: an arm or phase without decisions.")
    groups = group_of(rows) if len(rows) else None
    return measured(
        words, s, lambda t: _rate(t, 1) - _rate(t, 0) - _rate(t, 3) + _rate(t, 2), Sieved(rows, unaided.dropped), plan,
        groups=groups,
    )  # fmt: skip


def _dependency(arm: str, when: Moments, kept: Sieved, plan: Plan) -> list[Estimate]:
    """(A1 − U1) − (A0 − U0): aided in the first and last phase with advice, or in the two halves of a single one."""
    aided = [phase for phase in plan.phases if plan.aided(arm, phase)]
    if not aided:
        return []
    rows = in_cells(kept.rows, *((arm, phase) for phase in {when.before, when.after, *aided}))
    shown, right = yes(rows["advice_shown"]), yes(rows["final_correct"])
    early, last = _sides(rows, aided)
    parts = [shown & early, shown & last, ~shown & _in(rows, when.before), ~shown & _in(rows, when.after)]
    columns = [flag for part in parts for flag in (part & right, part)]
    s = np.zeros((1, 8))
    if len(rows):
        person, people = pd.factorize(rows["participant"], sort=True)
        s = sums(person, np.column_stack(columns).astype(np.float64), len(people))
    halves = f"the first and second half of {aided[0]}" if len(aided) == 1 else f"{aided[0]} and {aided[-1]}"
    label = f"Growth of the gain from advice, {arm} arm, {halves}, beside {when.before} and {when.after}"
    words = Words(
        f"dependency-gap/{arm}", label, undefined="Undefined: no aided or unaided decision at one of the times."
    )
    about = Sieved(rows, kept.dropped)
    return [
        measured(words, s, lambda t: _rate(t, 1) - _rate(t, 3) - _rate(t, 0) + _rate(t, 2), about, plan)
    ]  # fmt: skip


def _in(rows: pd.DataFrame, phase: str) -> Mask:
    return (rows["phase"] == phase).to_numpy(dtype=bool)


def _sides(rows: pd.DataFrame, aided: list[str]) -> tuple[Mask, Mask]:
    if len(aided) > 1:
        return _in(rows, aided[0]), _in(rows, aided[-1])
    order = ordered(rows)
    place = order.groupby(["participant", "phase"]).cumcount()
    of = order.groupby(["participant", "phase"])["case"].transform("size")
    first = (place < of / 2).reindex(rows.index).to_numpy(dtype=bool)
    return _in(rows, aided[0]) & first, _in(rows, aided[0]) & ~first


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order in which each participant decided: by day, then place in the study."""
    keys = ["participant", "day", "phase_index", "sitting", "position"]
    return rows.sort_values(keys, kind="stable", na_position="last")


def _savings(arm: str, when: Moments, unaided: Sieved, plan: Plan) -> Estimate:
    """Cases to a streak of right answers after, beside those it took before; who did not get there is left out."""
    streak = plan.options.skill.streak
    rows = ordered(in_cells(unaided.rows, (arm, when.before), (arm, when.after)))
    found: list[float] = []
    censored = 0
    for _, own in rows.groupby("participant", sort=True):
        needed = [skill.cases_to_streak(yes(own.loc[_in(own, p), "final_correct"]).tolist(), streak)
                  for p in (when.before, when.after)]  # fmt: skip
        first, again = needed
        if first is None or again is None:
            censored += 1
        elif (saved := skill.savings(first, again)) is not None:
            found.append(saved)
    span = f"{when.after} beside {when.before}"
    label = f"Savings, {arm} arm: cases to {streak} right in a row in {span}, mean of participants"
    none = f"Undefined: nobody reached {streak} right in a row in both phases."
    s = np.column_stack([found, np.ones(len(found))]) if found else np.zeros((1, 2))
    about = Sieved(rows, unaided.dropped)
    made = measured(
        Words(f"savings/{arm}", label, "ratio", none), s, lambda t: t[:, 0] / t[:, 1], about, plan, n_used=len(found)
    )
    if found and censored:
        return _noted(made, f"{censored} participants did not reach it in both phases and are left out (censored).")
    return made


def _noted(made: Estimate, note: str) -> Estimate:
    return Estimate(**{**vars(made), "note": note})


def _curves(prepared: Prepared, plan: Plan) -> tuple[Table, ...]:
    """Share right by arm and days since advice ended, and least-squares curves through three or more such points."""
    aided = [plan.phases.index(phase) for phase, arms in plan.advised.items() if arms]
    if not aided:
        return ()
    kept = judged(prepared.encounters)
    rows = kept.rows[no(kept.rows["advice_shown"]) & kept.rows["day"].notna().to_numpy(dtype=bool)]
    with_advice = prepared.encounters[prepared.encounters["phase"] == plan.phases[max(aided)]]
    ended = with_advice.groupby("participant")["day"].max()
    points: list[tuple[str, str, float, float, int, float | None]] = []
    curves: list[tuple[str, str, str, float, float]] = []
    for arm in plan.arms:
        mine = []
        for phase in plan.phases[max(aided) + 1 :]:
            cell = in_cells(rows, (arm, phase))
            since = (cell["day"] - cell["participant"].map(ended).astype(float)).dropna()
            if len(since):
                days, right = float(since.mean()), float(yes(cell.loc[since.index, "final_correct"]).mean())
                mine.append((days, right))
                reference = skill.ebbinghaus(days * 1440) / 100 if days * 1440 > 1 else None
                points.append((arm, phase, days, right, len(since), reference))
        curves += _fitted(arm, mine)
    made = [
        Table("retention points", ("arm", "phase", "days", "share right", "decisions", "Ebbinghaus"), tuple(points))
    ]
    if curves:
        made.append(Table("forgetting curves", ("arm", "form", "parameters", "sum of squares", "AIC"), tuple(curves)))
    return tuple(made)


def _fitted(arm: str, points: list[tuple[float, float]]) -> list[tuple[str, str, str, float, float]]:
    made = []
    for fit, least in ((skill.power_curve, 3), (skill.exponential_curve, 4)):
        if len(points) < least:
            continue
        try:
            curve = fit(*map(list, zip(*points, strict=True)))
        except RuntimeError:  # the search found no least squares
            continue
        if np.isfinite(curve.aic):
            words = ", ".join(f"{name} = {value!r}" for name, value in curve.parameters.items())
            made.append((arm, curve.form, words, curve.sse, curve.aic))
    return made
