"""Power and precision of a grid as pictures, with their words and the numbers behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simlab.stats import figure_style as style
from simlab.stats.figure_style import Figure

MOST_LINES = 6
_COLUMNS = (
    "effect", "wrong", "cases", "clinicians", "runs", "power", "power_low", "power_high", "width", "coverage",
    "type_s", "type_m", "undefined_rair", "undefined_rsr", "rsr_width", "drop_out",
)  # fmt: skip

Cell = Mapping[str, Any]


def draw(result: Mapping[str, Any]) -> list[Figure]:
    """For every effect of the grid a power curve, and for the grid one figure of precision."""
    cells = result["cells"]
    effects = list(dict.fromkeys(cell["effect"] for cell in cells))
    made = [_power(result, effect, number) for number, effect in enumerate(effects, start=1)]
    return [*made, _width([cell for cell in cells if cell["effect"] == effects[0]])]


def effect_words(effect: float | None) -> str:
    """An effect as a title says it."""
    return "effect of the truth as it is" if effect is None else f"true difference {style.points(effect)} points"


def line_words(cell: Cell) -> str:
    """What a line of the figure stands for."""
    parts = []
    if cell["cases"] is not None:
        parts.append(f"{cell['cases']} cases a form")
    if cell["wrong"] is not None:
        parts.append(f"{cell['wrong']} wrong")
    return ", ".join(parts) or "as in the protocol"


def lines_of(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """The cells of one effect as lines over clinicians."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(line_words(cell), []).append(cell)
    return {name: sorted(line, key=lambda cell: int(cell["clinicians"])) for name, line in found.items()}


def _power(result: Mapping[str, Any], effect: float | None, number: int) -> Figure:
    cells = [cell for cell in result["cells"] if cell["effect"] == effect]
    lines = lines_of(cells)
    target = float(result["grid"]["power"])
    with style.canvas(height=3.9) as (figure, axes):
        axes.axhline(target, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            f"aim {style.percent(target)}", (1, target), (-2, 3), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", fontsize=9, color=style.QUIET,
        )  # fmt: skip
        _draw_lines(axes, lines, "power", "power_low", "power_high")
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: style.percent(share)))
        axes.set_ylabel("Power")
        picture = style.svg(figure)
    title = f"Power, {effect_words(effect)}"
    alt = f"{title}. " + " ".join(_power_words(name, line) for name, line in lines.items())
    return Figure(f"power-{number}", title, alt, picture, _csv(cells))


def _width(cells: Sequence[Cell]) -> Figure:
    lines = lines_of(cells)
    with style.canvas(height=3.6) as (figure, axes):
        _draw_lines(axes, lines, "width", None, None)
        axes.set_ylim(0, 1.1 * max((cell["width"] for cell in cells if cell["width"]), default=1))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}"))
        axes.set_ylabel("Width of the interval, points")
        picture = style.svg(figure)
    title = f"Expected width of the 95% interval, {effect_words(cells[0]['effect'])}"
    words = " ".join(_width_words(name, line) for name, line in lines.items())
    return Figure("width", title, f"{title}. {words}", picture, _csv(cells))


def _draw_lines(axes: Axes, lines: Mapping[str, Sequence[Cell]], value: str, low: str | None, high: str | None) -> None:
    kept = list(lines.items())[:MOST_LINES]
    ends = []
    for (name, line), colour in zip(kept, style.COLOURS, strict=False):
        known = [cell for cell in line if cell[value] is not None]
        x = [cell["clinicians"] for cell in known]
        axes.plot(x, [cell[value] for cell in known], "o-", color=colour, linewidth=1.6, markersize=6)
        if low and high:
            for cell in known:
                axes.plot([cell["clinicians"]] * 2, [cell[low], cell[high]], color=colour, linewidth=2, alpha=0.6)
        if known:
            ends.append((name, x[-1], known[-1][value], colour))
    sizes = sorted({cell["clinicians"] for _, line in kept for cell in line})
    axes.set_xticks(sizes)
    axes.set_xlabel("Clinicians")
    room = (sizes[-1] - sizes[0]) or sizes[-1]
    axes.set_xlim(sizes[0] - 0.08 * room, sizes[-1] + 0.08 * room)
    _label(axes, ends)


def _label(axes: Axes, ends: Sequence[tuple[str, int, float, str]]) -> None:
    """Names of the lines below the picture, in their colours: at phone width there is no room beside the ends."""
    if len(ends) < 2:
        return
    for number, (name, _, _, colour) in enumerate(ends):
        axes.annotate(
            f"● {name}", (0.0, 1.0), (2, 6 + 12 * (len(ends) - 1 - number)), xycoords="axes fraction",
            textcoords="offset points", fontsize=9, color=colour, annotation_clip=False,
        )  # fmt: skip


def _power_words(name: str, line: Sequence[Cell]) -> str:
    told = [
        f"{style.percent(c['power'])} ({style.percent(c['power_low'])} to {style.percent(c['power_high'])}) with "
        f"{c['clinicians']} clinicians"
        for c in line
        if c["power"] is not None
    ]
    return f"{style.sentence_case(name)}: {', '.join(told)}."


def _width_words(name: str, line: Sequence[Cell]) -> str:
    told = [f"{100 * c['width']:.0f} points with {c['clinicians']} clinicians" for c in line if c["width"]]
    return f"{style.sentence_case(name)}: {', '.join(told)}."


def _csv(cells: Sequence[Cell]) -> str:
    return style.as_csv(_COLUMNS, [[cell[name] for name in _COLUMNS] for cell in cells])
