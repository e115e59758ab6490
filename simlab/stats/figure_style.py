"""How every figure looks, is saved and is read aloud."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

# Okabe and Ito's colours, told apart by readers who do not see red or green; the control arm comes first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK = "#1a1a1a"
QUIET = "#5c5c5c"
FAINT = "#d9d9d9"
PALE = "#f4f4f2"
WIDTH = 4.7  # inches: 450 CSS pixels, so that a phone shrinks the lettering little

_STYLE: dict[str, Any] = {
    "svg.hashsalt": "simlab",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
}


@dataclass(frozen=True)
class Figure:
    """A picture, what it shows in words, and the data behind it."""

    name: str
    title: str
    alt: str
    svg: bytes
    csv: str


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator[tuple[Canvas, Axes]]:
    """A figure of one pair of axes in the house style; sizes in inches."""
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Canvas(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure, figure.subplots()


def svg(figure: Canvas) -> bytes:
    """The same bytes for the same picture: no date, fixed ids, and nothing that a strict content policy would refuse.

    Marks come out as `<g class="point" data-arm="…"><title>…</title>`, other parts of an arm as `<g data-arm="…">`.
    """
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = _STYLED.sub(lambda found: _attributes(found[1]), out.getvalue())
    text = _SHEET.sub("", text).replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    text = _POINT.sub(r'<g class="point" data-arm="\1"><title>\2</title>', text)
    return _ARM.sub(r'<g data-arm="\1">', text).encode()


_STYLED = re.compile(r'style="([^"]*)"')
_SHEET = re.compile(r"<style type=\"text/css\">.*?</style>", re.DOTALL)
_POINT = re.compile(r'<g id="point\|([^|"]*)\|([^"]*)">')
_ARM = re.compile(r'<g id="arm\|([^"]*)">')


def _attributes(declared: str) -> str:
    """“fill: none; stroke: #000” as attributes of their own."""
    pairs = (one.split(":", 1) for one in declared.split(";") if ":" in one)
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in pairs)


def told(artist: Any, arm: str, text: str) -> None:
    """Let a mark tell its value to whoever points at it or steps to it; it comes and goes with its arm."""
    artist.set_gid(f"point|{arm.replace('|', '/')}|{text}")


def of_arm(artist: Any, arm: str) -> None:
    """Let a line, an area or a label come and go with its arm."""
    artist.set_gid(f"arm|{arm.replace('|', '/')}")


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV text; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def colours(arms: Sequence[str]) -> dict[str, str]:
    """A colour for each arm, in the plan's order."""
    return {arm: COLOURS[place % len(COLOURS)] for place, arm in enumerate(arms)}


def percent(share: float) -> str:
    """0.624 as 62%."""
    return f"{_half_up(100 * share)}%"


def points(difference: float) -> str:
    """-0.061 as −6 with a true minus sign, +6 for gains."""
    whole = _half_up(100 * abs(difference))
    sign = "" if whole == 0 else ("+" if difference > 0 else "−")
    return f"{sign}{whole}"


def _half_up(value: float) -> int:
    return math.floor(value + 0.5)


def sentence_case(name: str) -> str:
    """A phase or arm as a heading: first letter large, hyphens kept."""
    return name[:1].upper() + name[1:]


class Found:
    """Estimates of a result document by analysis and name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._by_name = {(a["name"], e["name"]): e for a in document["analyses"] for e in a["estimates"]}
        self._tables = {(a["name"], t["name"]): t for a in document["analyses"] for t in a["tables"]}

    def estimate(self, analysis: str, name: str) -> dict[str, Any] | None:
        """The estimate, or None when it is absent or has no value."""
        found = self._by_name.get((analysis, name))
        return found if found is not None and found["value"] is not None else None

    def rows(self, analysis: str, name: str) -> list[dict[str, Any]]:
        """The rows of a table by column name; none when there is no such table."""
        table = self._tables.get((analysis, name))
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] if table else []


def interval_words(estimate: dict[str, Any]) -> str:
    """62% (95% interval 54% to 70%)."""
    if estimate["low"] is None:
        return percent(estimate["value"])
    level = percent(estimate["level"])
    return f"{percent(estimate['value'])} ({level} interval {percent(estimate['low'])} to {percent(estimate['high'])})"
