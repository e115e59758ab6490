"""The cards of one step, what it waits for and what it asks afterwards, ready for `templates/player/nudge`."""

from typing import Any

from simlab.web.words import counted

TITLE_IDS = {"first": "advice-title", "second": "second-opinion-title", "aid": "aid-title"}
CLOSES = ("banner", "panel")  # a card that stands over or above the page has a button to close it
MORE = ("findings_for", "findings_against", "weights", "highlights", "similar", "excerpt", "model_card")


def nudges_of(step: dict[str, Any]) -> dict[str, Any]:
    return {
        "cards": [card_view(one["shown_as"], one["card"]) for one in step["cards"]],
        "pending": step["pending"],
        "unavailable": step["unavailable"],
        "reasons": step["reasons"],
        "chat": chat_view(step["chat"], step["encounter"]) if step["chat"] else None,
    }


def card_view(shown_as: str, card: dict[str, Any]) -> dict[str, Any]:
    """The parts of a card that this arm shows. A part that is not in the card is not shown."""
    extension = card.get("extension") or {}
    shown, axes = extension.get("simlab.advice") or {}, extension.get("simlab.nudge") or {}
    display = axes.get("display", "inline")
    view = {
        "shown_as": shown_as,
        "title_id": TITLE_IDS[shown_as],
        "kind": axes.get("nudge", "advice"),
        "display": display,
        "closes": display in CLOSES,
        "preselected": bool(axes.get("preselected")) and shown_as == "first",
        "label": card["source"]["label"],
        "summary": card["summary"],
        "suggestion": suggestion(shown) if shown_as != "aid" else None,
        "confidence": shown.get("confidence"),
        "points": shown.get("items"),
        "heat_map": shown.get("heat-map"),
        "weights": [weight_view(one) for one in shown.get("weights", ())],
        "links": card.get("links") or [],
        **{
            name.replace("-", "_"): value
            for name, value in shown.items()
            if name not in ("weights", "diagnosis", "answer", "items", "heat-map")
        },
    }
    return {**view, "more": any(view.get(name) for name in MORE)}


def suggestion(shown: dict[str, Any]) -> dict[str, Any] | None:
    """What the page may fill in and compare answers with: an answer in its parts, or a condition."""
    return {"answer": shown["answer"]} if "answer" in shown else shown.get("diagnosis")


def weight_view(one: dict[str, Any]) -> dict[str, Any]:
    """A bar from the middle of 200 units to the right (for) or to the left (against)."""
    weight = one["weight"]
    width = round(100 * abs(weight), 1)
    side = "for" if weight >= 0 else "against"
    strength = "strongly" if abs(weight) >= 0.5 else "somewhat" if abs(weight) >= 0.2 else "slightly"
    return {
        "finding": one["finding"],
        "side": side,
        "words": f"counts {strength} {side}",
        "x": 100 if weight >= 0 else round(100 - width, 1),
        "width": width,
    }


def chat_view(chat: dict[str, Any], encounter: str) -> dict[str, Any]:
    left = chat["left"]
    words = f"You can ask {counted(left, 'more time')}." if left else "You have asked as often as this case allows."
    return {**chat, "left_words": words, "url": f"/api/encounters/{encounter}/chat/"}
