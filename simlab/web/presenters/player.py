"""The case and the answer panel of one step, ready for the page."""

from typing import Any

from simlab.web.presenters.nudges import nudges_of
from simlab.web.presenters.trend import trend_of
from simlab.web.words import counted, number, short_day

STAGE_LABELS = {"history": "History", "examination": "Examination", "investigations": "Tests"}
PUT_IN_ORDER = {"ranked-differential", "reflection-grid"}
BANDS = {10: "guessing", 30: "unsure", 50: "about even", 70: "fairly sure", 90: "nearly certain"}
FIRST_OF_TWO = "initial"


def view_of(step: dict[str, Any]) -> dict[str, Any]:
    """What the player's templates need beside the step itself."""
    own = step["own_answer"]
    return {
        "patient": patient_line(step["case"].get("patient") or {}),
        "panels": panels_of(step["case"]),
        "own": own,
        "nudges": nudges_of(step),
        "answer_stage": "initial" if step["stage"] == FIRST_OF_TWO else "final",
        "most": step["question"].get("most") or 5,
        "sure_of": "your first choice" if step["question"]["kind"] in PUT_IN_ORDER else "your answer",
        "own_confidence": confidence_words(own["confidence"], step["question"]["confidence"]) if own else "",
        "bar_label": "Your decision" if own else "Give your answer",
    }


def confidence_words(confidence: int, scale: str) -> str:
    return BANDS[confidence] if scale == "bands" else f"{confidence} out of 100"


def patient_line(patient: dict[str, Any]) -> str:
    age, sex = age_words(patient.get("age")), patient.get("sex")
    parts = (patient.get("name"), age, "" if sex == "not-stated" else sex, patient.get("occupation"))
    return ", ".join(str(part) for part in parts if part)


def age_words(age: float | None) -> str | None:
    """Years; months below two years."""
    if age is None:
        return None
    if age < 2:
        return counted(round(12 * age), "month")
    return f"{plain(age)} years"


def panels_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the case in their order; a part that is empty is left out, but never the record."""
    panels = [
        {
            "id": stage["kind"],
            "label": STAGE_LABELS.get(stage["kind"], stage["kind"].capitalize()),
            "kind": "items",
            "items": stage["items"],
        }
        for stage in case.get("stages") or []
        if stage["items"]
    ]
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
        panels.append({"id": "letters", "label": "Letters", "kind": "letters", "letters": record["letters"]})
    return panels


def result_row(result: dict[str, Any]) -> dict[str, Any]:
    """The latest value with its range and flag, and the earlier ones as words and as a small line."""
    values = sorted(result["values"], key=lambda value: str(value["date"]))
    latest, earlier = values[-1], values[:-1]
    before = ", ".join(f"{plain(v['value'])} ({short_day(str(v['date']))})" for v in earlier)
    trend = trend_of(values, result.get("range"))
    return {
        "name": result["name"],
        "unit": result.get("unit"),
        "range": range_words(result.get("range")),
        "value": plain(latest["value"]),
        "date": str(latest["date"]),
        "flag": flag_of(latest["value"], result.get("range")),
        "before": f"Before: {before}" if before else "",
        "trend": trend,
        "trend_words": f"{result['name']} over time, from {plain(values[0]['value'])} to {plain(latest['value'])}",
    }


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
