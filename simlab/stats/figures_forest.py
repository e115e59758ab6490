"""The effect of advice case by case: what was observed, with an interval for each case."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.accuracy import judged
from simlab.stats.figure_style import Figure, Found
from simlab.stats.planfile import Plan
from simlab.stats.prepare import in_cells, prepare, yes
from simlab.stats.proportions import newcombe

_TITLE = "Effect of advice in each case, as observed"
_COLUMNS = (
    "case", "right with advice", "decisions with advice", "right without", "decisions without", "difference", "low",
    "high",
)  # fmt: skip
# More rows than this could not be read on one page of paper.
MOST = 60


@dataclass(frozen=True)
class Row:
    """One case: right answers and decisions with advice (k1 of n1) and without (k2 of n2), and their difference."""

    case: str
    k1: int
    n1: int
    k2: int
    n2: int
    value: float
    low: float
    high: float


def forest(found: Found, table: pd.DataFrame, plan: Plan) -> Figure | None:
    """Advised minus control in the phases with advice, one row a case, greatest gain on top."""
    rows = by_case(table, plan)
    if len(rows) < 2:
        return None
    drawn = sorted(sorted(rows, key=lambda r: -(r.n1 + r.n2))[:MOST], key=lambda r: (r.value, r.case))
    with style.canvas(height=1.15 + 0.2 * len(drawn), width=5.6) as (figure, axes):
        _rows(axes, drawn)
        _overall(axes, found, plan, len(drawn))
        _axis(axes)
        picture = style.svg(figure)
    listed = [(r.case, r.k1, r.n1, r.k2, r.n2, r.value, r.low, r.high) for r in rows]
    return Figure("cases", _TITLE, _alt(rows, found, plan), picture, style.as_csv(_COLUMNS, listed))


def by_case(table: pd.DataFrame, plan: Plan) -> list[Row]:
    """Cases that were decided both with advice and, by the control arm in the same phases, without."""
    if plan.control is None:
        return []
    encounters = prepare(table, plan).encounters
    phases = [p for p in plan.phases if plan.advised.get(p) and not plan.aided(plan.control, p)]
    arms = {arm for phase in phases for arm in plan.advised[phase]}
    aided = _counts(encounters, [(arm, p) for p in phases for arm in sorted(arms) if plan.aided(arm, p)])
    plain = _counts(encounters, [(plan.control, p) for p in phases])
    made = []
    for case in sorted(set(aided) & set(plain)):
        (k1, n1), (k2, n2) = aided[case], plain[case]
        gap = newcombe(k1, n1, k2, n2, level=plan.level)
        if gap is not None and gap.low is not None and gap.high is not None:
            made.append(Row(case, k1, n1, k2, n2, gap.value or 0.0, gap.low, gap.high))
    return made


def _counts(encounters: pd.DataFrame, cells: list[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    rows = judged(in_cells(encounters, *cells)).rows
    right = pd.Series(yes(rows["final_correct"]), index=rows.index)
    by = right.groupby(rows["case"])
    return {str(case): (int(group.sum()), len(group)) for case, group in by}


def _rows(axes: Axes, rows: list[Row]) -> None:
    colour = style.COLOURS[1]
    for y, r in enumerate(rows):
        axes.plot([r.low, r.high], [y, y], color=colour, linewidth=1.6, alpha=0.7, solid_capstyle="butt")
        (mark,) = axes.plot([r.value], [y], "s", color=colour, markersize=4.8)
        limits = f"interval {style.points(r.low)} to {style.points(r.high)}"
        style.told(mark, "", f"{_one(r)}, {limits}")
        axes.text(
            1.08, y, f"{r.k1}/{r.n1} · {r.k2}/{r.n2}", va="center", ha="left", fontsize=7.5, color=style.QUIET,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [_short(r.case) for r in rows], fontsize=7.5)
    axes.text(1.08, len(rows) - 0.2, "with · without", va="bottom", ha="left", fontsize=7.5, color=style.QUIET)


def _short(case: str) -> str:
    said = case.replace("-", " ")
    return style.sentence_case(said if len(said) <= 34 else said[:33].rstrip() + "…")


def _overall(axes: Axes, found: Found, plan: Plan, top: int) -> None:
    """The model's difference as a diamond beneath: the mean over such cases, not the mean of these rows."""
    e = _pooled(found, plan)
    axes.set_ylim(-2.4 if e else -0.8, top + 0.9)
    if e is None:
        return
    axes.axhline(-0.75, color=style.FAINT, linewidth=0.8)
    low, high, y = e["low"], e["high"], -1.6
    if low is not None:
        axes.fill([low, e["value"], high, e["value"]], [y, y + 0.42, y, y - 0.42], color=style.INK, linewidth=0)
    words = f"{style.points(e['value'])} points"
    axes.text(1.08, y, words, va="center", ha="left", fontsize=8, color=style.INK)
    ticks = list(axes.get_yticks())
    labels = [t.get_text() for t in axes.get_yticklabels()]
    axes.set_yticks([y, *ticks], ["Over cases, by the model", *labels])


def _pooled(found: Found, plan: Plan) -> dict[str, Any] | None:
    cells = [(arm, p) for p in plan.phases for arm in plan.advised.get(p, ()) if arm != plan.control]
    return found.estimate("accuracy", f"difference/{cells[0][0]}/{cells[0][1]}") if len(cells) == 1 else None


def _axis(axes: Axes) -> None:
    axes.set_xlim(-1.02, 1.02)
    axes.axvline(0, color=style.QUIET, linewidth=0.9)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.points(value)))
    axes.tick_params(axis="x", labelsize=9)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6)
    axes.set_xlabel("← worse with advice · points · better with advice →", fontsize=9)
    axes.spines["left"].set_visible(False)


def _alt(rows: list[Row], found: Found, plan: Plan) -> str:
    ranked = sorted(rows, key=lambda r: r.value)
    gains, losses = sum(r.value > 0 for r in rows), sum(r.value < 0 for r in rows)
    clear = sum(r.low > 0 or r.high < 0 for r in rows)
    said = (
        f"Effect of advice in each of {len(rows)} cases. More right answers with advice in {gains}, fewer in {losses}; "
        f"the interval leaves out zero in {clear}. Smallest: {_one(ranked[0])}; greatest: {_one(ranked[-1])}."
    )
    if e := _pooled(found, plan):
        said += f" Over cases, by the model: {style.points(e['value'])} percentage points."
    return said


def _one(r: Row) -> str:
    return f"{_short(r.case)}, {style.points(r.value)} points ({r.k1} of {r.n1} with, {r.k2} of {r.n2} without)"
