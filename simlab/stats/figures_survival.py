"""Who has decided by when, and how right fast and slow decisions are: the two halves of speed and accuracy."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simlab.stats import figure_style as style
from simlab.stats.columns import NEVER_ALLOCATED, check
from simlab.stats.figure_style import Figure
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, filled_cells, in_cells
from simlab.stats.survival import codes, fifths, timed
from simlab.stats.survival_curves import Curve, kaplan_meier

_LINES = ("-", "--", ":", "-.")
_MARKS = ("o", "s", "^", "D")


def _kept(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    rows = check(table)
    rows = rows[~rows["status"].isin(NEVER_ALLOCATED) & rows["arm"].isin(plan.arms) & rows["phase"].isin(plan.phases)]
    return timed(rows.reset_index(drop=True), plan.options.survival.limit_seconds).rows


def undecided(table: pd.DataFrame, plan: Plan) -> Figure | None:
    """Kaplan–Meier curves of each arm, a panel a phase under one another; the bands are limits by clinician."""
    rows = _kept(table, plan)
    curves = {cell: made for cell in filled_cells(rows, plan) if (made := _curve(in_cells(rows, cell), plan.level))}
    if not curves:
        return None
    phases = [phase for phase in plan.phases if any(cell[1] == phase for cell in curves)]
    colour = style.colours(plan.arms)
    last = float(np.quantile(rows["until"], 0.99))
    with style.canvas(height=0.7 + 1.25 * len(phases)) as (figure, axes):
        axes.set_ylim(-len(phases) + 0.02, 0.12)
        for place, phase in enumerate(phases):
            _panel(axes, -place - 1, phase, {a: c for (a, p), c in curves.items() if p == phase}, colour, plan, last)
        axes.set_xlim(0, last)
        axes.set_yticks([-p - 1 + v for p in range(len(phases)) for v in (0, 0.4, 0.8)],
                        [text for _ in phases for text in ("0%", "50%", "100%")], fontsize=9)  # fmt: skip
        axes.set_xlabel("Seconds from the case shown")
        axes.set_ylabel("Not yet decided")
        _legend(axes, plan, colour)
        picture = style.svg(figure)
    data = [
        (phase, arm, float(t), float(s), _or_none(low), _or_none(high), int(n))
        for (arm, phase), c in curves.items()
        for t, s, low, high, n in zip(c.time, c.survival, c.low, c.high, c.at_risk, strict=True)
    ]
    columns = ("phase", "arm", "seconds", "not yet decided", "low", "high", "at risk")
    alt = "Share of cases not yet decided against time, by phase and arm. " + " ".join(
        f"{phase}, {arm} arm: {_median_words(curve)}." for (arm, phase), curve in curves.items()
    )
    title = "Cases not yet decided, by time since the case was shown"
    return Figure("survival-undecided", title, alt, picture, style.as_csv(columns, data))


def _curve(rows: pd.DataFrame, level: float) -> Curve | None:
    people = codes(rows)
    if people.max() < 1 or not (rows["decided"] > 0).any():
        return None
    time, decided = (rows[name].to_numpy(dtype=np.float64) for name in ("until", "decided"))
    return kaplan_meier(time, decided, people, level=level, df=float(people.max()))


def _panel(
    axes: Axes, floor: int, phase: str, curves: dict[str, Curve], colour: dict[str, str], plan: Plan, last: float
) -> None:
    axes.axhline(floor, color=style.FAINT, linewidth=0.8)
    axes.text(last, floor + 0.82, style.sentence_case(phase), ha="right", va="top", fontsize=10)
    for arm, curve in curves.items():
        time = np.concatenate([[0.0], curve.time])
        share, low, high = (np.concatenate([[1.0], line]) for line in (curve.survival, curve.low, curve.high))
        axes.fill_between(
            time, floor + 0.8 * low, floor + 0.8 * high, step="post", color=colour[arm], alpha=0.18, linewidth=0
        )
        axes.step(
            time, floor + 0.8 * share, where="post", color=colour[arm], linewidth=1.4,
            linestyle=_LINES[plan.arms.index(arm) % len(_LINES)],
        )  # fmt: skip


def _legend(axes: Axes, plan: Plan, colour: dict[str, str]) -> None:
    for place, arm in enumerate(plan.arms):
        axes.plot([], [], color=colour[arm], linestyle=_LINES[place % len(_LINES)], label=style.sentence_case(arm))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0), frameon=False, fontsize=9, ncols=len(plan.arms),
                borderaxespad=-1.4)  # fmt: skip


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _median_words(curve: Curve) -> str:
    middle = curve.reached(0.5)[0]
    return "fewer than half decided" if middle is None else f"half decided within {middle:.0f} seconds"


def speed_and_accuracy(table: pd.DataFrame, plan: Plan) -> Figure | None:
    """Share right against mean time in fifths of each cell, from its fastest to its slowest decisions."""
    rows = _kept(table, plan)
    cells = [(cell, made) for cell in filled_cells(rows, plan) if (made := fifths(in_cells(rows, cell)))]
    if not cells:
        return None
    phases = [phase for phase in plan.phases if any(cell[1] == phase for cell, _ in cells)]
    colour = style.colours(plan.arms)
    with style.canvas(height=0.8 + 1.35 * len(phases)) as (figure, axes):
        for place, phase in enumerate(phases):
            axes.axhline(-place - 1, color=style.FAINT, linewidth=0.8)
            axes.text(1.0, -place - 0.16, style.sentence_case(phase), transform=axes.get_yaxis_transform(), ha="right",
                      va="top", fontsize=10)  # fmt: skip
            for (arm, _), made in (one for one in cells if one[0][1] == phase):
                axes.plot(
                    [t for t, _, _ in made], [-place - 1 + 0.8 * right for _, right, _ in made], color=colour[arm],
                    marker=_MARKS[plan.arms.index(arm) % len(_MARKS)], markersize=4.5, linewidth=1.2,
                    linestyle=_LINES[plan.arms.index(arm) % len(_LINES)],
                )  # fmt: skip
        axes.set_xscale("log")
        ticks = [t for t in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200) if _within(t, cells)]
        axes.set_xticks(ticks, [str(t) for t in ticks])
        axes.minorticks_off()
        axes.set_yticks([-p - 1 + v for p in range(len(phases)) for v in (0, 0.4, 0.8)],
                        [text for _ in phases for text in ("0%", "50%", "100%")], fontsize=9)  # fmt: skip
        axes.set_xlabel("Mean seconds of a fifth of the decisions")
        axes.set_ylabel("Right")
        axes.set_ylim(-len(phases) - 0.04, 0.12)
        _legend(axes, plan, colour)
        picture = style.svg(figure)
    data = [(cell[1], cell[0], n, *values) for cell, made in cells for n, values in enumerate(made, start=1)]
    columns = ("phase", "arm", "fifth from the fastest", "mean seconds", "share right", "decisions")
    alt = "Share right against decision time in fifths, by phase and arm. " + " ".join(
        _in_words(c, m) for c, m in cells
    )
    title = "Speed and accuracy: share right from the fastest to the slowest fifth"
    return Figure("survival-speed-accuracy", title, alt, picture, style.as_csv(columns, data))


def _within(tick: float, cells: list[tuple[Cell, list[tuple[float, float, int]]]]) -> bool:
    times = [t for _, made in cells for t, _, _ in made]
    return 0.7 * min(times) <= tick <= 1.4 * max(times)


def _in_words(cell: Cell, made: list[tuple[float, float, int]]) -> str:
    fast, slow = made[0], made[-1]
    return (
        f"{cell[1]}, {cell[0]} arm: {style.percent(fast[1])} right in {fast[0]:.0f} seconds, "
        f"{style.percent(slow[1])} right in {slow[0]:.0f} seconds."
    )
