"""ROC curves of a reader study: sensitivity against specificity, the mean of the readers, one curve a modality."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.figure_style import Figure, Found

_TITLE = "ROC curves, mean of readers"
_COLUMNS = ("modality", "1 - specificity", "sensitivity")
_TABLE = "ROC, mean of readers"


def roc(found: Found, analysis: str = "readers") -> Figure | None:
    """A curve for each modality with its area and interval; none where the analysis has no curves."""
    rows = found.rows(analysis, _TABLE)
    if not rows:
        return None
    names = list(dict.fromkeys(row["modality"] for row in rows))
    names = names[-1:] + names[:-1]  # the control, which comes last in differences, has the first colour
    curves = {
        name: [(row["1 - specificity"], row["sensitivity"]) for row in rows if row["modality"] == name]
        for name in names
    }
    with style.canvas(height=4.7) as (figure, axes):
        _frame(axes)
        _draw(axes, curves, found, analysis)
        picture = style.svg(figure)
    data = [(row["modality"], row["1 - specificity"], row["sensitivity"]) for row in rows]
    return Figure("readers-roc", _TITLE, _alt(curves, found, analysis), picture, style.as_csv(_COLUMNS, data))


def _frame(axes: Axes) -> None:
    as_percent = FuncFormatter(lambda value, _: style.percent(value))
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.percent(1 - value)))
    axes.yaxis.set_major_formatter(as_percent)
    axes.set_aspect("equal")
    axes.tick_params(axis="x", pad=9)  # the two labels of the corner would touch
    for end in ticks[1:]:
        axes.plot([end, end], [0, 1], color=style.FAINT, linewidth=0.6, zorder=0)
        axes.plot([0, 1], [end, end], color=style.FAINT, linewidth=0.6, zorder=0)
    axes.plot([0, 1], [0, 1], color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 4)))
    axes.set_xlabel("Specificity")
    axes.set_ylabel("Sensitivity, mean of readers")


def _draw(axes: Axes, curves: dict[str, list[tuple[float, float]]], found: Found, analysis: str) -> None:
    colours = style.colours(list(curves))
    for place, (name, points) in enumerate(curves.items()):
        line: Any = "-" if place == 0 else (0, (5, 1.5) if place % 2 else (1.5, 1.5))
        axes.plot([x for x, _ in points], [y for _, y in points], color=colours[name], linewidth=1.7, linestyle=line)
    for place, name in enumerate(reversed(list(curves))):
        height = 0.07 + 0.13 * place
        words = f"{style.sentence_case(name)}\nAUC {_area(name, found, analysis)}"
        axes.text(0.99, height, words, color=colours[name], fontsize=9, ha="right", va="center", linespacing=1.1)


def _area(name: str, found: Found, analysis: str) -> str:
    estimate = found.estimate(analysis, f"auc/{name}")
    if estimate is None:
        return "not given"
    if estimate["low"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def _alt(curves: dict[str, list[tuple[float, float]]], found: Found, analysis: str) -> str:
    said = [f"{style.sentence_case(name)}: area under the curve {_area(name, found, analysis)}." for name in curves]
    return "Mean sensitivity of readers at each specificity; on the diagonal ratings tell nothing. " + " ".join(said)
