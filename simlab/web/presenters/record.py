"""The parts of a case for the page: findings, menus of findings, and the record as a practice keeps it."""

from typing import Any

from simlab.web.presenters.trend import plot_of, trend_of
from simlab.web.words import number, short_day

STAGE_LABELS = {"history": "History", "examination": "Examination", "investigations": "Tests"}
ASK_WORDS = {"history": "Ask about", "examination": "Examine", "investigations": "Order"}


def panels_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the case in their order; a part that is empty is left out, but never the record."""
    panels = [stage_panel(stage) for stage in case.get("stages") or [] if stage["items"]]
    record = case.get("record") or {}
    if any(record.get(name) for name in ("problems", "medication", "allergies")):
        panels.append({"id": "record", "label": "Record", "kind": "record", **record})
    if record.get("results"):
        panels.append(
            {
                "id": "results",
                "label": "Results",
                "kind": "results",
                "results": [result_row(r) for r in record["results"]],
            }
        )
    if record.get("letters"):
        letters = sorted(record["letters"], key=lambda letter: str(letter["date"]), reverse=True)
        panels.append({"id": "letters", "label": "Letters", "kind": "letters", "letters": letters})
    return panels


def stage_panel(stage: dict[str, Any]) -> dict[str, Any]:
    """Findings that are shown, or a menu of what can be asked for."""
    kind, items = stage["kind"], stage["items"]
    return {
        "id": kind,
        "label": STAGE_LABELS.get(kind, kind.capitalize()),
        "kind": "menu" if "asked" in items[0] else "items",
        "items": items,
        "ask": ASK_WORDS.get(kind, "Ask about"),
    }


def result_row(result: dict[str, Any]) -> dict[str, Any]:
    """The latest value with its range and flag, and the earlier ones as words and as a small line."""
    values = sorted(result["values"], key=lambda value: str(value["date"]))
    latest = values[-1]
    bounds = result.get("range")
    return {
        "name": result["name"],
        "unit": result.get("unit"),
        "range": range_words(result.get("range")),
        "value": plain(latest["value"]),
        "date": str(latest["date"]),
        "flag": flag_of(latest["value"], result.get("range")),
        "trend": trend_of(values, bounds),
        "plot": plot_of(values, bounds),
        "plot_words": plot_words(result["name"], values, bounds),
        "rows": [
            {"date": str(v["date"]), "value": plain(v["value"]), "flag": flag_of(v["value"], bounds)}
            for v in reversed(values)
        ],
    }


def plot_words(name: str, values: list[dict[str, Any]], bounds: list[float | None] | None) -> str:
    """What the line shows, for those who do not see it."""
    first, latest = values[0], values[-1]
    way = "rising" if latest["value"] > first["value"] else "falling" if latest["value"] < first["value"] else "level"
    outside = sum(bool(flag_of(v["value"], bounds)) for v in values)
    span = f"{short_day(str(first['date']))} to {short_day(str(latest['date']))}"
    ranged = f", {outside} of {len(values)} outside the range" if bounds else ""
    return f"{name}, {span}: {way} from {plain(first['value'])} to {plain(latest['value'])}{ranged}."


def plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return number(int(value))
    return f"{value:,}".replace("-", "−") if isinstance(value, int | float) else str(value)


def range_words(bounds: list[float | None] | None) -> str:
    low, high = bounds or (None, None)
    if low is None and high is None:
        return ""
    if low is None:
        return f"up to {plain(high)}"
    return f"{plain(low)} or more" if high is None else f"{plain(low)} to {plain(high)}"


def flag_of(value: Any, bounds: list[float | None] | None) -> str:
    low, high = bounds or (None, None)
    if not isinstance(value, int | float):
        return ""
    if low is not None and value < low:
        return "Low"
    return "High" if high is not None and value > high else ""
