"""Coordinates of a result over time: a small line in a box of 120 by 36, and a plot with its axes of 340 by 160."""

from datetime import date
from typing import Any

WIDTH, HEIGHT, MARGIN = 120, 36, 5
PLOT = {"width": 340, "height": 160, "left": 52, "right": 12, "top": 10, "bottom": 28}


def trend_of(values: list[dict[str, Any]], bounds: list[float | None] | None) -> dict[str, Any] | None:
    """None for fewer than two numbers. Time runs to scale; the reference range is a pale band."""
    frame = {"width": WIDTH, "height": HEIGHT, **dict.fromkeys(("left", "right", "top", "bottom"), MARGIN)}
    return _drawn(values, bounds, frame)


def plot_of(values: list[dict[str, Any]], bounds: list[float | None] | None) -> dict[str, Any] | None:
    """The same with its axes: values and dates to be written at `ticks` and `days`."""
    return _drawn(values, bounds, PLOT)


def _drawn(
    values: list[dict[str, Any]], bounds: list[float | None] | None, frame: dict[str, int]
) -> dict[str, Any] | None:
    known = [(day_number(v["date"]), float(v["value"])) for v in values if isinstance(v["value"], int | float)]
    if len(known) < 2:
        return None
    low, high = bounds or (None, None)
    heights = [value for _, value in known] + [float(edge) for edge in (low, high) if edge is not None]
    bottom, top = min(heights), max(heights)
    first, last = known[0][0], known[-1][0]

    def y(value: float) -> float:
        share = (value - bottom) / (top - bottom) if top > bottom else 0.5
        return round(frame["height"] - frame["bottom"] - share * (frame["height"] - frame["top"] - frame["bottom"]), 1)

    def x(day: float) -> float:
        share = (day - first) / (last - first) if last > first else 0.5
        return round(frame["left"] + share * (frame["width"] - frame["left"] - frame["right"]), 1)

    spots = [(x(day), y(value)) for day, value in known]
    return {
        "points": " ".join(f"{left},{down}" for left, down in spots),
        "last": {"x": spots[-1][0], "y": spots[-1][1]},
        "band": band(y, low, high, bottom, top),
        "spots": [{"x": left, "y": down} for left, down in spots],
        "ticks": [{"y": y(edge), "text": f"{edge:,.4g}".replace("-", "−")} for edge in dict.fromkeys((bottom, top))],
        "days": [{"x": spots[i][0], "date": str(values[i]["date"])} for i in (0, -1)],
        "frame": frame,
    }


def band(y: Any, low: float | None, high: float | None, bottom: float, top: float) -> dict[str, float] | None:
    if low is None and high is None:
        return None
    upper, lower = y(high if high is not None else top), y(low if low is not None else bottom)
    return {"y": upper, "height": round(max(lower - upper, 1), 1)}


def day_number(value: date | str) -> float:
    """Days for a full date; a bare year or month counts from its first day."""
    parts = [int(part) for part in str(value)[:10].split("-")]
    return float(date(*[*parts, 1, 1][:3]).toordinal())
