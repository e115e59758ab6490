"""Calibration: of decisions made with a given confidence, how many were right?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats import resample
from simlab.stats.accuracy import judged
from simlab.stats.figure_style import Figure
from simlab.stats.figures_accuracy import spread
from simlab.stats.planfile import Plan
from simlab.stats.prepare import prepare, yes

_TITLE = "Confidence and being right"
_COLUMNS = ("arm", "advice", "from", "to", "decisions", "mean confidence", "share right", "low", "high")
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# A bin of fewer decisions says nothing that could be drawn; it stays in the CSV.
FEW = 20


@dataclass(frozen=True)
class Point:
    """One bin of one group; `low` and `high` are None where one participant alone decided."""

    arm: str
    aided: bool
    start: float
    end: float
    n: int
    confidence: float
    right: float
    low: float | None
    high: float | None


def calibration(table: pd.DataFrame, plan: Plan) -> Figure | None:
    """A curve for each arm without advice and, apart, with it; the diagonal is perfect calibration."""
    points = binned(table, plan)
    shown = [p for p in points if p.n >= FEW]
    if len(shown) < 2:
        return None
    with style.canvas(height=4.7) as (figure, axes):
        _frame(axes)
        _curves(axes, shown, plan)
        picture = style.svg(figure)
    rows = [
        (p.arm, "yes" if p.aided else "no", p.start, p.end, p.n, p.confidence, p.right, p.low, p.high) for p in points
    ]
    return Figure("calibration", _TITLE, _alt(shown), picture, style.as_csv(_COLUMNS, rows))


def binned(table: pd.DataFrame, plan: Plan) -> list[Point]:
    """Decisions by arm, with and without advice, in five bins of stated confidence; participants are resampled."""
    rows = judged(prepare(table, plan).encounters).rows
    rows = rows[rows["final_confidence"].notna()]
    aided = yes(rows["advice_shown"])
    made = []
    for arm in plan.arms:
        for helped in (False, True):
            group = rows[(rows["arm"] == arm).to_numpy(dtype=bool) & (aided == helped)]
            made += _bins(group, arm, helped, plan)
    return made


def _bins(group: pd.DataFrame, arm: str, aided: bool, plan: Plan) -> list[Point]:
    said = group["final_confidence"].to_numpy(dtype=float)
    # A value on an inner edge belongs to the bin above; 1 belongs to the last.
    place = np.minimum(np.digitize(said, EDGES) - 1, len(EDGES) - 2)
    made = []
    for k in range(len(EDGES) - 1):
        cell = group[place == k]
        if len(cell) == 0:
            continue
        person, people = pd.factorize(cell["participant"], sort=True)
        right = yes(cell["final_correct"])[:, None]
        over, under = resample.sums(person, right, len(people)), resample.sums(person, np.ones_like(right), len(people))
        rng = resample.generator(plan.seed, f"calibration/{arm}/{aided}/{k}")
        r = resample.ratios(over, under, rng=rng, draws=plan.bootstrap, level=plan.level)[0]
        mean = float(cell["final_confidence"].astype(float).mean())
        made.append(Point(arm, aided, EDGES[k], EDGES[k + 1], len(cell), mean, r.value or 0.0, r.low, r.high))
    return made


def _frame(axes: Axes) -> None:
    as_percent = FuncFormatter(lambda value, _: style.percent(value))
    axes.set_xlim(0, 1.3)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(EDGES)
    axes.set_yticks(EDGES)
    axes.xaxis.set_major_formatter(as_percent)
    axes.yaxis.set_major_formatter(as_percent)
    for end in EDGES:
        axes.plot([end, end], [0, 1], color=style.FAINT, linewidth=0.6, zorder=0)
        axes.plot([0, 1], [end, end], color=style.FAINT, linewidth=0.6, zorder=0)
    axes.plot([0, 1], [0, 1], color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 4)))
    axes.spines["bottom"].set_bounds(0, 1)
    axes.set_xlabel("Confidence stated", x=0.5 / 1.3)
    axes.set_ylabel("Right at first choice")
    axes.text(0.03, 0.97, "right more often than said", fontsize=9, color=style.QUIET, style="italic", va="top")
    axes.text(1.0, 0.03, "right less often than said", fontsize=9, color=style.QUIET, style="italic", ha="right")


def _curves(axes: Axes, shown: list[Point], plan: Plan) -> None:
    groups = list(dict.fromkeys((p.arm, p.aided) for p in shown))
    ends = {}
    for place, group in enumerate(groups):
        mine = [p for p in shown if (p.arm, p.aided) == group]
        colour = style.colours(plan.arms)[group[0]]
        # Intervals of one bin would hide each other without a small step aside.
        x = [p.confidence + 0.018 * (place - (len(groups) - 1) / 2) for p in mine]
        line = "-" if group[1] else (0, (3, 1.5))
        (joined,) = axes.plot(x, [p.right for p in mine], color=colour, linewidth=1.4, linestyle=line)
        style.of_arm(joined, group[0])
        for at, p in zip(x, mine, strict=True):
            if p.low is not None and p.high is not None:
                (limits,) = axes.plot([at, at], [p.low, p.high], color=colour, linewidth=1.5, alpha=0.6)
                style.of_arm(limits, group[0])
            filled = colour if group[1] else "white"
            (mark,) = axes.plot(
                [at], [p.right], "D" if group[1] else "o", color=colour, markerfacecolor=filled,
                markersize=4 + 5 * (p.n / max(q.n for q in shown)) ** 0.5,
            )  # fmt: skip
            style.told(mark, group[0], _told(p))
        ends[group] = mine[-1].right
    ranked = sorted(ends, key=lambda group: ends[group])
    heights = spread([ends[group] for group in ranked], 0.105)
    for group, height in zip(ranked, heights, strict=True):
        label = axes.text(
            1.03, height, _name(*group).replace(", ", ",\n"), color=style.colours(plan.arms)[group[0]], fontsize=9,
            va="center", linespacing=1.05,
        )  # fmt: skip
        style.of_arm(label, group[0])


def _told(p: Point) -> str:
    limits = "" if p.low is None or p.high is None else f" (interval {style.percent(p.low)} to {style.percent(p.high)})"
    sure = f"{style.percent(p.confidence)} sure, {style.percent(p.right)} right{limits}"
    return f"{_name(p.arm, p.aided)}: {sure}, {p.n} decisions"


def _name(arm: str, aided: bool) -> str:
    return f"{style.sentence_case(arm)} arm, {'with advice' if aided else 'no advice'}"


def _alt(shown: list[Point]) -> str:
    said = []
    for group in dict.fromkeys((p.arm, p.aided) for p in shown):
        mine = [p for p in shown if (p.arm, p.aided) == group]
        told = ", ".join(
            f"{style.percent(p.confidence)} sure and {style.percent(p.right)} right ({p.n} decisions)" for p in mine
        )
        said.append(f"{_name(*group)}: {told}.")
    return "Share right by stated confidence; on the diagonal the two are equal. " + " ".join(said)
