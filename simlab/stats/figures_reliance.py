"""The reliance square: taking right advice when wrong, against keeping a right answer when the advice is wrong."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.figure_style import Figure, Found
from simlab.stats.planfile import Plan

_TITLE = "Appropriate reliance"
_COLUMNS = ("arm", "phase", "measure", "numerator", "denominator", "proportion", "low", "high")
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
Point = tuple[str, str, dict[str, Any], dict[str, Any]]


def square(found: Found, plan: Plan) -> Figure | None:
    """One point for each advised arm and phase, or for all of them together when there is only one."""
    made = _marks(found, plan)
    if not made:
        return None
    with style.canvas(height=4.7) as (figure, axes):
        _frame(axes)
        for arm, _, across, up in made:
            _mark(axes, across, up, style.colours(plan.arms)[arm], arm)
        if len(made) == 1:
            _label_one(axes, made[0], style.colours(plan.arms)[made[0][0]])
        else:
            _label_many(axes, made, plan)
        picture = style.svg(figure)
    rows = [
        (arm, phase, e["name"].split("/")[0], e["numerator"], e["denominator"], e["value"], e["low"], e["high"])
        for arm, phase, across, up in made
        for e in (across, up)
    ]
    alt = "Reliance square; the upper right corner is ideal. " + " ".join(
        f"{style.sentence_case(arm)} arm, {phase}: took right advice when wrong {style.interval_words(across)}, "
        f"kept a right answer against wrong advice {style.interval_words(up)}."
        for arm, phase, across, up in made
    )
    return Figure("reliance", _TITLE, alt, picture, style.as_csv(_COLUMNS, rows))


def _marks(found: Found, plan: Plan) -> list[Point]:
    made = []
    cells = [(arm, phase) for phase in plan.phases for arm in plan.arms if plan.aided(arm, phase)]
    for arm, phase in cells:
        suffix = f"/{arm}/{phase}" if found.estimate("reliance", f"agreement/{arm}/{phase}") else ""
        if suffix == "" and len(cells) > 1:
            continue
        across, up = found.estimate("reliance", "rair" + suffix), found.estimate("reliance", "rsr" + suffix)
        if across and up:
            made.append((arm, phase, across, up))
    return made


def _label(arm: str, phase: str, made: list[Point]) -> str:
    phases = {p for _, p, *_ in made}
    return style.sentence_case(arm) + (f", {phase}" if len(phases) > 1 else "")


def _frame(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    ticks = [0, 0.25, 0.5, 0.75, 1]
    as_percent = FuncFormatter(lambda value, _: style.percent(value))
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.xaxis.set_major_formatter(as_percent)
    axes.yaxis.set_major_formatter(as_percent)
    axes.grid(color=style.FAINT, linewidth=0.6)
    axes.set_xlabel("Took right advice when wrong (RAIR)")
    axes.set_ylabel("Kept right answer against wrong advice (RSR)")
    axes.plot([0, 1], [1, 0], color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 4)))
    corners = [
        (1, 1, "ideal"), (1, 0, "follows all advice"), (0, 1, "follows no advice"), (0, 0, "follows the wrong advice"),
    ]  # fmt: skip
    for x, y, text in corners:
        inside = (0.985 if x else 0.015, 0.985 if y else 0.015)
        across, up = ("right" if x else "left"), ("top" if y else "bottom")
        axes.text(*inside, text, ha=across, va=up, fontsize=9, color=style.QUIET, style="italic", bbox=_ON_WHITE)
    axes.text(
        0.27, 0.73, "right and wrong advice alike", rotation=-45, ha="center", va="center", fontsize=8.5,
        color=style.QUIET, style="italic", bbox=_ON_WHITE,
    )  # fmt: skip


def _mark(axes: Axes, across: dict[str, Any], up: dict[str, Any], colour: str, arm: str) -> None:
    x, y = across["value"], up["value"]
    if across["low"] is not None:
        style.of_arm(axes.plot([across["low"], across["high"]], [y, y], color=colour, linewidth=2, zorder=4)[0], arm)
    if up["low"] is not None:
        style.of_arm(axes.plot([x, x], [up["low"], up["high"]], color=colour, linewidth=2, zorder=4)[0], arm)
    (mark,) = axes.plot([x], [y], "D", color=colour, markersize=8, zorder=5)
    style.told(
        mark, arm,
        f"{style.sentence_case(arm)}: took right advice when wrong {style.interval_words(across)}, "
        f"kept a right answer against wrong advice {style.interval_words(up)}",
    )  # fmt: skip


def _label_one(axes: Axes, point: Point, colour: str) -> None:
    arm, _, across, up = point
    x, y = across["value"], up["value"]
    text = (
        f"{style.sentence_case(arm)}\nRAIR {style.percent(x)} of {across['denominator']:.0f}\n"
        f"RSR {style.percent(y)} of {up['denominator']:.0f}"
    )
    left = x > 0.62
    label = axes.annotate(
        text, (x, y), (-10 if left else 10, 10), textcoords="offset points", ha="right" if left else "left",
        va="bottom", color=colour, fontsize=9.5, linespacing=1.3, bbox=_ON_WHITE,
    )  # fmt: skip
    style.of_arm(label, arm)


def _label_many(axes: Axes, made: list[Point], plan: Plan) -> None:
    """Names at the ends of the upright intervals: above for the higher points, below for the lower ones."""
    ranked = sorted(made, key=lambda point: -point[3]["value"])
    for place, (arm, phase, across, up) in enumerate(ranked):
        above = place < (len(ranked) + 1) // 2
        end = up["high" if above else "low"]
        at = (across["value"], up["value"] if end is None else end)
        label = axes.annotate(
            _label(arm, phase, made), at, (0, 3 if above else -3), textcoords="offset points", ha="center",
            va="bottom" if above else "top", color=style.colours(plan.arms)[arm], fontsize=9.5, bbox=_ON_WHITE,
        )  # fmt: skip
        style.of_arm(label, arm)
