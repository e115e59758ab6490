"""The case and the answer panel of one step, ready for the page."""

from typing import Any

from simlab.web.presenters.nudges import nudges_of
from simlab.web.presenters.record import panels_of, plain
from simlab.web.words import counted

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
        "waiting": [patient_line(one["patient"]) or one["title"] for one in step["queue"] or []],
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
