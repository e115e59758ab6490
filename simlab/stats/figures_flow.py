"""The flow of participants, as trial reports draw it: boxes from arrival to the last phase analysed."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from simlab.stats import figure_style as style
from simlab.stats.figure_style import Figure, Found
from simlab.stats.planfile import Plan

_COLUMNS = ("phase", "arm", "expected", "did not start", "started", "stopped early", "completed", "analysed")
_ROW = 1.0  # height of a row of boxes in data units; one unit is one inch
_FIRST_PHASE = -2.47  # top of the first row of phases
_LEFT_OUT = ("declined", "ineligible", "arrived")


def diagram(found: Found, plan: Plan) -> Figure | None:
    """Arrival and allocation on top, then one column an arm and one row a phase."""
    rows = found.rows("flow", "participants")
    came = found.estimate("flow", "came")
    allocated = found.estimate("flow", "allocated")
    if came is None or allocated is None:
        return None
    phases = [p for p in plan.phases if any(r["phase"] == p for r in rows)]
    height = -_FIRST_PHASE + _ROW * len(phases) + 0.05
    with style.canvas(height=height) as (figure, axes):
        axes.set_axis_off()
        axes.set_xlim(0, style.WIDTH)
        axes.set_ylim(-height, 0)
        _top(axes, found, came, allocated)
        _columns(axes, found, rows, phases, plan)
        picture = style.svg(figure)
    return Figure("flow", "Participant flow", _alt(found, rows, came, allocated), picture, _csv(rows))


def _csv(rows: list[dict[str, Any]]) -> str:
    return style.as_csv(_COLUMNS, [[row[c] for c in _COLUMNS] for row in rows])


def _box(
    axes: Axes, x: float, y: float, width: float, height: float, text: str, colour: str = style.QUIET, size: float = 9.5
) -> None:
    """A box whose top centre is at (x, y)."""
    shape = FancyBboxPatch(
        (x - width / 2, y - height), width, height, boxstyle="round,pad=0,rounding_size=0.05", linewidth=1.1,
        edgecolor=colour, facecolor="white",
    )  # fmt: skip
    axes.add_patch(shape)
    axes.text(x, y - height / 2, text, ha="center", va="center", fontsize=size, linespacing=1.35)


def _line(axes: Axes, *ends: tuple[float, float]) -> None:
    axes.plot([x for x, _ in ends], [y for _, y in ends], color=style.QUIET, linewidth=1, zorder=0)


def _top(axes: Axes, found: Found, came: dict[str, Any], allocated: dict[str, Any]) -> None:
    middle = style.WIDTH / 2
    _line(axes, (middle, -0.4), (middle, -1.4))
    _box(axes, middle, -0.05, 1.9, 0.36, f"Came to the study: {came['value']:.0f}")
    lost = [found.estimate("flow", name) for name in _LEFT_OUT]
    said = [f"{e['label']}: {e['value']:.0f}" for e in lost if e and e["value"]]
    said = said or ["Not allocated: 0"]
    height = 0.14 + 0.19 * len(said)
    _line(axes, (middle, -0.86), (middle + 0.3, -0.86))
    _box(axes, middle + 0.3 + 0.97, -0.86 + height / 2, 1.94, height, "\n".join(said))
    _box(axes, middle, -1.3, 1.9, 0.36, f"Allocated: {allocated['value']:.0f}")


def _columns(axes: Axes, found: Found, rows: list[dict[str, Any]], phases: list[str], plan: Plan) -> None:
    sizes = {arm: e for arm in plan.arms if (e := found.estimate("flow", f"allocated/{arm}"))}
    pitch = style.WIDTH / len(sizes)
    width = min(2.35, pitch - 0.15)
    fork = -1.8
    size = {1: 9.5, 2: 9.5, 3: 8.0}.get(len(sizes), 6.5)
    centres = {arm: pitch * (place + 0.5) for place, arm in enumerate(sizes)}
    _line(axes, (style.WIDTH / 2, -1.6), (style.WIDTH / 2, fork))
    _line(axes, (min(centres.values()), fork), (max(centres.values()), fork))
    colour = style.colours(plan.arms)
    for arm, x in centres.items():
        _line(axes, (x, fork), (x, _FIRST_PHASE - _ROW * max(0, len(phases) - 1)))
        heading = style.sentence_case(arm) + (" arm" if len(sizes) <= 2 else "")
        _box(axes, x, -1.95, width, 0.36, f"{heading}: {sizes[arm]['value']:.0f}", colour[arm], size)
        for place, phase in enumerate(phases):
            row = next((r for r in rows if (r["phase"], r["arm"]) == (phase, arm)), None)
            if row is not None:
                _box(axes, x, _FIRST_PHASE - _ROW * place, width, 0.84, _cell_text(row, arm, plan), colour[arm], size)


def _cell_text(row: dict[str, Any], arm: str, plan: Plan) -> str:
    phase = row["phase"]
    heading = style.sentence_case(phase) + (", with advice" if plan.aided(arm, phase) else "")
    absent, stopped = row["did not start"], row["stopped early"]
    started = f"{row['started']} started" + (f", {absent} did not" if absent else "")
    finished = f"{row['completed']} finished" + (f", {stopped} stopped early" if stopped else "")
    return "\n".join((heading, started, finished, f"{row['analysed']} analysed"))


def _alt(found: Found, rows: list[dict[str, Any]], came: dict[str, Any], allocated: dict[str, Any]) -> str:
    said = [f"Flow of participants. {came['value']:.0f} came to the study, {allocated['value']:.0f} were allocated."]
    lost = [e for name in _LEFT_OUT if (e := found.estimate("flow", name)) and e["value"]]
    said += [f"{e['label']}: {e['value']:.0f}." for e in lost]
    said += [
        f"{style.sentence_case(r['phase'])}, {r['arm']} arm: {r['started']} of {r['expected']} started, "
        f"{r['completed']} finished, {r['analysed']} analysed."
        for r in rows
    ]
    return " ".join(said)
