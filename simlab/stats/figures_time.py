"""Distributions of decision time by phase and arm, on a scale of equal ratios."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator
from scipy.stats import gaussian_kde

from simlab.stats import figure_style as style
from simlab.stats.columns import check
from simlab.stats.figure_style import Figure, Found
from simlab.stats.planfile import Plan
from simlab.stats.resample import Numbers
from simlab.stats.timing import seconds, timed

_COLUMNS = ("phase", "arm", "decisions", "lower quartile s", "median s", "upper quartile s")
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800)
_WORDS = {1: "1 s", 2: "2 s", 5: "5 s", 10: "10 s", 15: "15 s", 30: "30 s", 60: "1 min", 120: "2 min", 300: "5 min",
          600: "10 min", 1200: "20 min", 1800: "30 min"}  # fmt: skip


def times(found: Found, table: pd.DataFrame, plan: Plan) -> Figure | None:
    """A density with quartiles and median for each arm in each phase, one row a phase."""
    cells = _cells(table, plan)
    if not cells:
        return None
    phases = [p for p in plan.phases if any(c[0] == p for c in cells)]
    with style.canvas(height=0.75 + 0.52 * len(cells) + 0.25 * len(phases)) as (figure, axes):
        _rows(axes, cells, phases, plan, found)
        _time_axis(axes, cells)
        picture = style.svg(figure)
    rows = [(phase, arm, len(t), *(float(q) for q in np.quantile(t, [0.25, 0.5, 0.75]))) for phase, arm, t in cells]
    told = [f"{r[0]}, {r[1]} arm: median {r[4]:.0f} seconds, middle half {r[3]:.0f} to {r[5]:.0f}." for r in rows]
    alt = "Distribution of decision time by phase and arm. " + " ".join(told + _ratios_in_words(found, phases, plan))
    return Figure(
        "time", "Decision time; on the left, the ratio between the arms", alt, picture, style.as_csv(_COLUMNS, rows)
    )


def _cells(table: pd.DataFrame, plan: Plan) -> list[tuple[str, str, Numbers]]:
    rows = check(table)
    kept = timed(rows[rows["case"].notna()]).rows
    made: list[tuple[str, str, Numbers]] = []
    for phase in plan.phases:
        for arm in plan.arms:
            cell = kept[(kept["arm"] == arm) & (kept["phase"] == phase)]
            if len(cell):
                taken: Numbers = np.sort(np.asarray(seconds(cell), dtype=np.float64))
                made.append((phase, arm, taken))
    return made


def _rows(axes: Axes, cells: list[tuple[str, str, Numbers]], phases: list[str], plan: Plan, found: Found) -> None:
    colour = style.colours(plan.arms)
    y = 0.0
    middle: dict[str, float] = {}
    for phase in phases:
        y -= 0.55
        top = y
        for _, arm, t in (c for c in cells if c[0] == phase):
            _density(axes, t, y, colour[arm], arm, f"{style.sentence_case(arm)} arm, {phase}")
            text = style.sentence_case(arm) + (" ◆" if plan.aided(arm, phase) else "")
            label = axes.text(
                1.0, y + 0.05, text, transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=9.5,
                color=colour[arm],
            )  # fmt: skip
            style.of_arm(label, arm)
            y -= 1.0
        middle[phase] = (top + y + 1.0) / 2 + 0.1
    axes.set_ylim(y + 0.55, 0.35)
    labels = [_with_ratio(p, found, plan) for p in phases]
    axes.set_yticks([middle[p] for p in phases], labels, linespacing=1.3, fontsize=9.5)
    axes.spines["left"].set_visible(False)


def _density(axes: Axes, t: Numbers, y: float, colour: str, arm: str, where: str) -> None:
    logs = np.log(t)
    low, middle, high = np.quantile(t, [0.25, 0.5, 0.75])
    if len(t) > 4 and np.ptp(logs) > 0:
        grid = np.linspace(logs[0] - 0.15, logs[-1] + 0.15, 160)
        height = gaussian_kde(logs)(grid)
        upper = y + 0.6 * height / height.max()
        style.of_arm(axes.fill_between(np.exp(grid), y, upper, color=colour, alpha=0.28, linewidth=0), arm)
    (half,) = axes.plot([low, high], [y, y], color=colour, linewidth=3.2, solid_capstyle="butt")
    style.of_arm(half, arm)
    (mark,) = axes.plot([middle], [y], "o", color=colour, markersize=7, markeredgecolor="white", markeredgewidth=1)
    quarters = f"median {middle:.0f} seconds, middle half {low:.0f} to {high:.0f}"
    style.told(mark, arm, f"{where}: {quarters}, {len(t)} decisions")
    label = axes.annotate(
        f"{middle:.0f} s", (middle, y), (0, -6), textcoords="offset points", ha="center", va="top", fontsize=8.5,
        color=colour,
    )  # fmt: skip
    style.of_arm(label, arm)


def _time_axis(axes: Axes, cells: list[tuple[str, str, Numbers]]) -> None:
    low = min(float(np.quantile(t, 0.005)) for *_, t in cells)
    high = max(float(np.quantile(t, 0.995)) for *_, t in cells)
    axes.set_xscale("log")
    axes.set_xlim(low * 0.8, high * 2.1)
    inside = [tick for tick in _TICKS if low * 0.8 <= tick <= high * 1.3]
    while len(inside) > 6:
        inside = inside[1::2]
    axes.xaxis.set_major_locator(FixedLocator(inside))
    axes.set_xticks(inside, [_WORDS[tick] for tick in inside])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6)


def _others(plan: Plan) -> list[str]:
    return [arm for arm in plan.arms if arm != plan.control]


def _with_ratio(phase: str, found: Found, plan: Plan) -> str:
    lines = [style.sentence_case(phase)]
    if len(_others(plan)) == 1 and (e := found.estimate("time", f"ratio/{_others(plan)[0]}/{phase}")):
        lines.append(f"×{e['value']:.2f}")
        lines.append(f"({e['low']:.2f} to {e['high']:.2f})")
    return "\n".join(lines)


def _ratios_in_words(found: Found, phases: list[str], plan: Plan) -> list[str]:
    asked = [(phase, arm) for phase in phases for arm in _others(plan)]
    return [
        f"{phase}, {arm} against {plan.control}: ratio {e['value']:.2f} "
        f"({style.percent(e['level'])} interval {e['low']:.2f} to {e['high']:.2f})."
        for phase, arm in asked
        if (e := found.estimate("time", f"ratio/{arm}/{phase}"))
    ]
