"""A participant's own page: each part of the study with its state, and the one next thing to do."""

from typing import Any

from simlab.web.words import counted, day

STATES = {
    "waiting": ("Not open yet", "grey"),
    "open": ("Ready", "green"),
    "finished": ("Done", "blue"),
    "missed": ("Closed", "orange"),
}

DEBRIEF = "Your debrief is ready: each case you met, with your answers and the reasoning."


def rows_of(home: dict[str, Any]) -> list[dict[str, Any]]:
    return [row_of(phase, home) for phase in home["phases"]]


def row_of(phase: dict[str, Any], home: dict[str, Any]) -> dict[str, Any]:
    label, colour = STATES[phase["state"]]
    if phase["current"] and home["resumes"]:
        label = "Begun"
    return {**phase, "state_label": label, "colour": colour, "detail": detail(phase)}


def detail(phase: dict[str, Any]) -> str:
    said = []
    if phase["sittings"] > 1 and phase["state"] != "finished":
        said.append(f"{phase['sat']} of {counted(phase['sittings'], 'sitting')} done.")
    if phase["state"] == "waiting":
        said.append(f"Opens on {day(phase['opens'])}." if phase["opens"] else "Opens when the part before it is done.")
    if phase["state"] in ("open", "waiting") and phase["closes"]:
        said.append(f"Please finish by {day(phase['closes'])}.")
    if phase["state"] == "missed":
        said.append("The time for this part is over.")
    return " ".join(said)


def next_step(home: dict[str, Any]) -> dict[str, Any]:
    """Heading, words and what may be done: `action` is start, debrief or None."""
    debrief = "debrief" if home["debrief_ready"] else None
    if home.get("questions"):
        return step(
            "questions", "A few questions first.", "They take a minute or two. You may leave out what you like."
        )
    if home["can_start"]:
        return starting(home)
    if home["state"] == "completed":
        return step(debrief, "You have finished. Thank you.", DEBRIEF)
    if home["state"] == "withdrawn":
        return step(
            debrief, "You have left the study.", f"Thank you for the time you gave. {DEBRIEF if debrief else ''}"
        )
    if home["study"].is_closed:
        return step(debrief, "The study is closed.", f"No more answers are taken. {DEBRIEF if debrief else ''}")
    if debrief and all(phase["state"] in ("finished", "missed") for phase in home["phases"]):
        return step(debrief, "The time for the last part is over.", f"What you answered before is kept. {DEBRIEF}")
    if home["next_opening"]:
        return step(
            None,
            f"Nothing to do until {day(home['next_opening'])}.",
            "Come back then with your personal link. Everything so far is saved.",
        )
    return step(None, "Nothing to do at the moment.", "The study is not running just now.")


def starting(home: dict[str, Any]) -> dict[str, Any]:
    label = next((phase["label"] for phase in home["phases"] if phase["current"]), "Your sitting")
    if home["resumes"]:
        return step(
            "start", f"{label} is waiting for you.", "What you answered so far is saved.", f"Go on with {label}"
        )
    quiet = "Take it when you have a quiet quarter of an hour. You can leave after any case and come back."
    return step("start", f"{label} is ready.", quiet, f"Start {label}")


def step(action: str | None, heading: str, text: str, button: str = "") -> dict[str, Any]:
    return {"action": action, "heading": heading, "text": text, "button": button}
