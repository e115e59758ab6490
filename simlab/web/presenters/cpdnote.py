"""A note of learning for a person's own portfolio: what was done and learnt, without scores unless they ask."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from simlab.web.words import count, counted, day, sentence

NOT_POINTS = (
    "This note says that the cases named here were worked through, and when. No body has accredited it, it awards no "
    "points, and whether it counts is for your own college or employer to say. The patients are simulated."
)


def note_of(
    page: Mapping[str, Any], reflections: Mapping[UUID | None, Sequence[Any]], now: datetime.datetime, *, scores: bool
) -> dict[str, Any]:
    """The note as plain values, from `debriefing.page_of` and every version of the reflections by encounter."""
    cases = page["cases"]
    return {
        "title": "Note of learning",
        "subject": page["study"].title,
        "made": day(now),
        "banner": None,
        "facts": facts_of(cases),
        "about": f"{NOT_POINTS} {signed_words(cases)}".strip(),
        "points": [point_of(case) for case in cases],
        "reflections": own_words(cases, reflections),
        "scores": list(page["summary"]) if scores else [],
    }


def facts_of(cases: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Rows of what, when and how long; each a label and its words."""
    themes = dict.fromkeys(theme.replace("-", " ") for case in cases for theme in case["themes"])
    spent = sum(case["minutes"] for case in cases)
    days = sorted({case["day"] for case in cases})
    rows = [
        ("Date", dates(days)),
        ("Time on the cases", f"{counted(round(spent), 'minute')}" if spent >= 1 else "under a minute"),
        ("Cases", f"{len(cases)}"),
        ("Themes", sentence(", ".join(themes))),
    ]
    return [[label, words] for label, words in rows if words]


def dates(days: Sequence[datetime.date]) -> str:
    if len(days) <= 3:
        return ", ".join(day(one) for one in days)
    return f"{count(len(days))} days from {day(days[0])} to {day(days[-1])}"


def point_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """What one case teaches: its answer, what decides it, and the correction of a wrong suggestion."""
    decides = [step for step in case["reasoning"] if step["title"] == "What decides this case"]
    return {
        "case": case["title"],
        "answer": "; ".join(case["reference_lines"]),
        "decides": " ".join(sentence(point.rstrip(".") + ".") for step in decides for point in step["points"]),
        "correction": case["correction"] or "",
    }


def own_words(
    cases: Sequence[Mapping[str, Any]], reflections: Mapping[UUID | None, Sequence[Any]]
) -> list[dict[str, str]]:
    """The latest version of each reflection, that on all cases first."""
    places = [(None, ""), *((case["encounter"], case["title"]) for case in cases)]
    return [{"on": title, "text": reflections[key][-1].text} for key, title in places if reflections.get(key)]


def signed_words(cases: Sequence[Mapping[str, Any]]) -> str:
    signed = sum(case["signed"] for case in cases)
    return f"A clinical reviewer had signed {count(signed)} of {counted(len(cases), 'case')}." if cases else ""
