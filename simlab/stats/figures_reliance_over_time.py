"""Reliance over time: does taking advice, right or wrong, grow or fade from one advised case to the next?"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.accuracy import judged
from simlab.stats.figure_style import Figure
from simlab.stats.figures_accuracy import spread
from simlab.stats.planfile import Plan
from simlab.stats.prepare import no, prepare, yes
from simlab.stats.proportions import wilson

_TITLE = "Taking the advice, from the first advised case to the last"
_COLUMNS = ("arm", "advice", "advised cases from", "to", "took the advice", "differed at first", "share", "low", "high")
# Few decisions differ from the advice at one place of a sitting, so places are joined to at most this many points.
POINTS = 6


@dataclass(frozen=True)
class Point:
    """Of the first answers that differed from the advice at these places, how many ended as advised."""

    arm: str
    right: bool
    start: int
    end: int
    taken: int
    differed: int
    share: float
    low: float
    high: float


def over_time(table: pd.DataFrame, plan: Plan) -> Figure | None:
    """Switching to right and to wrong advice by how many advised cases came before; Wilson intervals."""
    points = by_occasion(table, plan)
    if len({p.start for p in points}) < 2:
        return None
    with style.canvas(height=3.9) as (figure, axes):
        _draw(axes, points, plan)
        picture = style.svg(figure)
    rows = [
        (p.arm, "right" if p.right else "wrong", p.start, p.end, p.taken, p.differed, p.share, p.low, p.high)
        for p in points
    ]
    return Figure("reliance-over-time", _TITLE, _alt(points), picture, style.as_csv(_COLUMNS, rows))


def by_occasion(table: pd.DataFrame, plan: Plan) -> list[Point]:
    """One point for each arm, right or wrong advice, and group of places in a participant's row of advised cases."""
    rows = _numbered(prepare(table, plan).encounters)
    if len(rows) == 0:
        return []
    last = int(rows["occasion"].max())
    edges = np.unique(np.linspace(0, last, min(POINTS, last) + 1).round().astype(int))
    made = []
    for arm in plan.arms:
        for right in (True, False):
            group = rows[(rows["arm"] == arm) & (yes(rows["advice_correct"]) == right)]
            for before, end in pairwise(edges):
                cell = group[(group["occasion"] > before) & (group["occasion"] <= end)]
                taken = int(yes(cell["final_agrees"]).sum())
                share = wilson(taken, len(cell), level=plan.level)
                if share is not None and share.low is not None and share.high is not None:
                    place = (int(before) + 1, int(end))
                    made.append(Point(arm, right, *place, taken, len(cell), share.value or 0.0, share.low, share.high))
    return made


def _numbered(encounters: pd.DataFrame) -> pd.DataFrame:
    """Advised decisions whose first answer differed, with their place in the participant's advised cases."""
    rows = judged(encounters).rows
    rows = rows[yes(rows["advice_shown"])].sort_values(["participant", "phase_index", "sitting", "position"])
    rows = rows.assign(occasion=rows.groupby("participant").cumcount() + 1)
    return rows[no(rows["initial_agrees"]) & rows["final_agrees"].notna().to_numpy(dtype=bool)]


def _draw(axes: Axes, points: list[Point], plan: Plan) -> None:
    groups = list(dict.fromkeys((p.arm, p.right) for p in points))
    arms = {arm for arm, _ in groups}
    colour = {g: _colour(g, plan, len(arms)) for g in groups}
    ends = {}
    for place, group in enumerate(groups):
        mine = [p for p in points if (p.arm, p.right) == group]
        x = [(p.start + p.end) / 2 + 0.07 * (place - (len(groups) - 1) / 2) for p in mine]
        dashes = "-" if group[1] else "--"
        (line,) = axes.plot(x, [p.share for p in mine], color=colour[group], linewidth=1.5, linestyle=dashes)
        style.of_arm(line, group[0])
        for at, p in zip(x, mine, strict=True):
            (limits,) = axes.plot([at, at], [p.low, p.high], color=colour[group], linewidth=1.6, alpha=0.55)
            style.of_arm(limits, group[0])
            (mark,) = axes.plot([at], [p.share], "o" if group[1] else "X", color=colour[group], markersize=7)
            style.told(mark, group[0], _told(p))
        ends[group] = mine[-1].share
    _label(axes, ends, colour, max(p.end for p in points), len(arms) > 1)


def _colour(group: tuple[str, bool], plan: Plan, arms: int) -> str:
    """With one arm, right and wrong advice have colours; with several, the arms have them."""
    if arms > 1:
        return style.colours(plan.arms)[group[0]]
    return style.COLOURS[2] if group[1] else style.COLOURS[3]


def _label(
    axes: Axes, ends: dict[tuple[str, bool], float], colour: dict[tuple[str, bool], str], last: int, many: bool
) -> None:
    ranked = sorted(ends, key=lambda group: ends[group])
    heights = spread([ends[group] for group in ranked], 0.13)
    for group, height in zip(ranked, heights, strict=True):
        kind = "right\nadvice" if group[1] else "wrong\nadvice"
        text = f"{style.sentence_case(group[0])},\n{kind.replace(chr(10), ' ')}" if many else f"To {kind}"
        label = axes.text(last + 0.55, height, text, color=colour[group], va="center", fontsize=9.5, linespacing=1.1)
        style.of_arm(label, group[0])
    axes.set_xlim(0.5, last + (1.7 if not many else 2.4) * max(1, last / 6))
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks(range(1, last + 1) if last <= 12 else range(0, last + 1, max(1, last // 6)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.percent(value)))
    axes.hlines(axes.get_yticks()[1:-1], 0.5, last + 0.5, color=style.FAINT, linewidth=0.6, zorder=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0.5, last + 0.5)
    axes.set_xlabel("Advised case, in the order in which they came", x=0.4)
    axes.set_ylabel("Took the advice, having differed")


def _alt(points: list[Point]) -> str:
    said = []
    for group in dict.fromkeys((p.arm, p.right) for p in points):
        mine = [p for p in points if (p.arm, p.right) == group]
        told = ", ".join(f"{_place(p)} {style.percent(p.share)} ({p.taken} of {p.differed})" for p in mine)
        said.append(f"{style.sentence_case(group[0])} arm, {'right' if group[1] else 'wrong'} advice: {told}.")
    return "Share of first answers that differed from the advice and ended as advised. " + " ".join(said)


def _told(p: Point) -> str:
    advice = f"{'right' if p.right else 'wrong'} advice, {_place(p)}"
    limits = f"interval {style.percent(p.low)} to {style.percent(p.high)}"
    taken = f"{style.percent(p.share)} took it ({limits}), {p.taken} of {p.differed}"
    return f"{style.sentence_case(p.arm)} arm, {advice}: {taken}"


def _place(p: Point) -> str:
    return f"case {p.start}" if p.start == p.end else f"cases {p.start} to {p.end}"
