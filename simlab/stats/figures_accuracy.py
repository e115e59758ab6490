"""Accuracy by arm and phase, and unaided accuracy over the phases."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.deskilling import later_phase
from simlab.stats.figure_style import Figure, Found
from simlab.stats.planfile import Plan

_COLUMNS = ("phase", "arm", "right", "decisions", "proportion", "low", "high")


def accuracy(found: Found, plan: Plan) -> Figure | None:
    """Observed proportions with intervals, arms side by side; below each phase the model's difference."""
    cells = _cells(found, plan)
    if not cells:
        return None
    phases = [p for p in plan.phases if any(c[0] == p for c in cells)]
    with style.canvas(height=3.9) as (figure, axes):
        _points(axes, cells, phases, plan)
        _percent_axis(axes, cells)
        _label_arms(axes, cells, phases, plan)
        labels = [_with_difference(p, _difference(p, found, plan)) for p in phases]
        axes.set_xticks(range(len(phases)), labels, linespacing=1.35, fontsize=9.5)
        axes.set_xlim(-0.5, len(phases) - 0.5)
        axes.set_ylabel("Right at first choice")
        picture = style.svg(figure)
    alt = "Share of decisions right by arm and phase. " + " ".join(_in_words(p, cells, found, plan) for p in phases)
    title = "Decisions right as observed, by arm and phase; below, the difference between the arms by the model"
    return Figure("accuracy", title, alt, picture, style.as_csv(_COLUMNS, _csv_rows(cells)))


def unaided(found: Found, plan: Plan) -> Figure | None:
    """Observed unaided proportions of each arm, joined over the phases without advice."""
    cells = [c for c in _cells(found, plan) if not plan.aided(c[1], c[0])]
    free = [p for p in plan.phases if not plan.advised.get(p) and any(c[0] == p for c in cells)]
    cells = [c for c in cells if c[0] in free]
    if len(free) < 2:
        return None
    with style.canvas(height=3.7) as (figure, axes):
        _exposed_bands(axes, plan)
        _percent_axis(axes, cells)
        _lines(axes, cells, plan)
        labels = [_with_difference(p, _adjusted_difference(p, found, plan)) for p in plan.phases]
        axes.set_xticks(range(len(plan.phases)), labels, linespacing=1.35, fontsize=9.5)
        axes.set_xlim(-0.4, len(plan.phases) - 0.3)
        axes.set_ylabel("Right without advice")
        picture = style.svg(figure)
    alt = "Share of unaided decisions right over the phases. " + " ".join(_in_words(p, cells, None, plan) for p in free)
    if difference := found.estimate("deskilling", "difference"):
        alt += f" {difference['label']}: {_points_words(difference)}."
    title = "Unaided accuracy as observed, over the study; below, the model’s difference, adjusted for baseline"
    return Figure("unaided", title, alt, picture, style.as_csv(_COLUMNS, _csv_rows(cells)))


Cell = tuple[str, str, dict[str, Any]]


def _cells(found: Found, plan: Plan) -> list[Cell]:
    return [
        (phase, arm, estimate)
        for phase in plan.phases
        for arm in plan.arms
        if (estimate := found.estimate("accuracy", f"observed/{arm}/{phase}"))
    ]


def _csv_rows(cells: list[Cell]) -> list[tuple[Any, ...]]:
    keys = ("numerator", "denominator", "value", "low", "high")
    return [(phase, arm, *(e[k] for k in keys)) for phase, arm, e in cells]


def _offset(arm: str, plan: Plan, spread: float) -> float:
    return spread * (plan.arms.index(arm) - (len(plan.arms) - 1) / 2)


def _points(axes: Axes, cells: list[Cell], phases: list[str], plan: Plan) -> None:
    colour = style.colours(plan.arms)
    few = len(plan.arms) <= 2
    for phase, arm, e in cells:
        x = phases.index(phase) + _offset(arm, plan, 0.18 if few else 0.6 / (len(plan.arms) - 1))
        _interval(axes, x, e, colour[arm], arm)
        shape = "D" if plan.aided(arm, phase) else "o"
        (mark,) = axes.plot([x], [e["value"]], shape, color=colour[arm], markersize=7.5 if few else 6)
        style.told(mark, arm, _told(phase, arm, e))
        side = -1 if _offset(arm, plan, 1) < 0 else 1
        # Beside the point while there is room; above its interval when arms stand close.
        place = (x, e["value"]) if few else (x, e["high"] if e["high"] is not None else e["value"])
        sideways = "right" if side < 0 else "left"
        label = axes.annotate(
            style.percent(e["value"]), place, (6 * side, 0) if few else (0, 3), textcoords="offset points",
            va="center" if few else "bottom", ha=sideways if few else "center", fontsize=9 if few else 8,
            color=colour[arm],
        )  # fmt: skip
        style.of_arm(label, arm)


def _told(phase: str, arm: str, e: dict[str, Any]) -> str:
    of = f"{e['numerator']:.0f} of {e['denominator']:.0f}"
    return f"{style.sentence_case(arm)}, {phase}: {style.interval_words(e)}, {of}"


def _interval(axes: Axes, x: float, e: dict[str, Any], colour: str, arm: str) -> None:
    if e["low"] is not None:
        limits = [e["low"], e["high"]]
        (line,) = axes.plot([x, x], limits, color=colour, linewidth=2, solid_capstyle="butt", alpha=0.75)
        style.of_arm(line, arm)


def _lines(axes: Axes, cells: list[Cell], plan: Plan) -> None:
    colour = style.colours(plan.arms)
    ends = {}
    for arm in plan.arms:
        mine = [(plan.phases.index(p) + _offset(arm, plan, 0.1), e) for p, a, e in cells if a == arm]
        (line,) = axes.plot([x for x, _ in mine], [e["value"] for _, e in mine], color=colour[arm], linewidth=1.6)
        style.of_arm(line, arm)
        for (x, e), phase in zip(mine, [p for p, a, _ in cells if a == arm], strict=True):
            _interval(axes, x, e, colour[arm], arm)
            (mark,) = axes.plot([x], [e["value"]], "o", color=colour[arm], markersize=7)
            style.told(mark, arm, _told(phase, arm, e))
        if mine:
            ends[arm] = mine[-1]
    edge = max((x for x, _ in ends.values()), default=0.0)
    ranked = sorted(ends, key=lambda a: ends[a][1]["value"])
    low, high = axes.get_ylim()
    # Two lines of lettering need about 30 points of the axes' 190.
    heights = spread([ends[arm][1]["value"] for arm in ranked], (high - low) * 30 / 190)
    for arm, height in zip(ranked, heights, strict=True):
        text = f"{style.sentence_case(arm)}\n{style.percent(ends[arm][1]['value'])}"
        label = axes.annotate(
            text, (edge, height), (9, 0), textcoords="offset points", va="center", color=colour[arm], fontsize=10
        )
        style.of_arm(label, arm)


def spread(heights: list[float], gap: float) -> list[float]:
    """Rising heights moved apart until neighbours differ by `gap`, about their own middle where they crowd."""
    merged: list[tuple[float, int]] = []  # middle of a group and how many are in it
    for height in heights:
        merged.append((height, 1))
        while len(merged) > 1 and merged[-1][0] - merged[-2][0] < gap * (merged[-1][1] + merged[-2][1]) / 2:
            (a, n), (b, m) = merged[-2:]
            merged[-2:] = [((a * n + b * m) / (n + m), n + m)]
    return [middle + gap * (place - (n - 1) / 2) for middle, n in merged for place in range(n)]


def _exposed_bands(axes: Axes, plan: Plan) -> None:
    for phase, arms in plan.advised.items():
        x = plan.phases.index(phase)
        axes.axvspan(x - 0.45, x + 0.45, color=style.PALE, linewidth=0)
        who = "all arms" if set(arms) == set(plan.arms) else "\nand ".join(arms)
        axes.text(
            x, 0.03, f"advice shown\nto {who}", transform=axes.get_xaxis_transform(), ha="center", va="bottom",
            fontsize=9, color=style.QUIET,
        )  # fmt: skip


def _percent_axis(axes: Axes, cells: list[Cell]) -> None:
    lows = [e["low"] if e["low"] is not None else e["value"] for *_, e in cells]
    highs = [e["high"] if e["high"] is not None else e["value"] for *_, e in cells]
    bottom = max(0.0, (min(lows) - 0.07) // 0.1 * 0.1)
    top = min(1.0, -((-max(highs) - 0.09) // 0.1) * 0.1)
    axes.set_ylim(bottom, top + 0.001)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.percent(value)))
    axes.grid(axis="y", color=style.FAINT, linewidth=0.6)
    axes.spines["left"].set_visible(False)


def _label_arms(axes: Axes, cells: list[Cell], phases: list[str], plan: Plan) -> None:
    """Arm names in their colours above the plot: two side by side, as their points are, more in rows."""
    colour = style.colours(plan.arms)
    arms = [arm for arm in plan.arms if any(c[1] == arm for c in cells)]
    for place, arm in enumerate(arms):
        helped = any(plan.aided(arm, p) for p in phases)
        text = f"● {style.sentence_case(arm)}" + ("   ◆ with advice" if helped else "")
        right = len(arms) == 2 and place == 1
        up = 1.03 if len(arms) <= 2 else 1.03 + 0.075 * (len(arms) - 1 - place)
        side = "right" if right else "left"
        label = axes.text(float(right), up, text, transform=axes.transAxes, color=colour[arm], ha=side, va="bottom")
        style.of_arm(label, arm)


def _difference(phase: str, found: Found, plan: Plan) -> dict[str, Any] | None:
    others = [arm for arm in plan.arms if arm != plan.control]
    return found.estimate("accuracy", f"difference/{others[0]}/{phase}") if len(others) == 1 else None


def _adjusted_difference(phase: str, found: Found, plan: Plan) -> dict[str, Any] | None:
    if plan.primary is None:
        return None
    if phase == plan.primary.phase:
        return found.estimate("deskilling", "difference")
    later = later_phase(plan, plan.primary)
    return found.estimate("persistence", "difference") if phase == later else None


def _with_difference(phase: str, e: dict[str, Any] | None) -> str:
    lines = [style.sentence_case(phase)]
    if e is not None:
        lines.append(f"{style.points(e['value'])} points")
    if e is not None and e["low"] is not None:
        lines.append(f"({style.points(e['low'])} to {style.points(e['high'])})")
    return "\n".join(lines)


def _in_words(phase: str, cells: list[Cell], found: Found | None, plan: Plan) -> str:
    told = [f"{arm} {style.interval_words(e)}" for p, arm, e in cells if p == phase]
    said = f"{style.sentence_case(phase)}: {', '.join(told)}"
    for arm in plan.arms:
        if found and (e := found.estimate("accuracy", f"difference/{arm}/{phase}")):
            said += f"; {arm} minus {plan.control} {_points_words(e)}"
    return said + "."


def _points_words(e: dict[str, Any]) -> str:
    said = f"{style.points(e['value'])} percentage points"
    if e["low"] is None:
        return said
    return f"{said} ({style.percent(e['level'])} interval {style.points(e['low'])} to {style.points(e['high'])})"
