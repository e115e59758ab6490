"""One small question of every form, with its key."""

from pydantic import TypeAdapter

from simlab.engine.case import Term
from simlab.engine.questions import Question

REFERENCE = Term(term="Gout", synonyms=("gouty arthritis",))


def options(*names: str, **marks: dict) -> list[dict]:
    return [{"id": name, "text": name.capitalize(), **marks.get(name, {})} for name in names]


QUESTIONS = {
    "ranked-differential": {"kind": "ranked-differential", "most": 3},
    "single-best-answer": {
        "kind": "single-best-answer",
        "prompt": "What next?",
        "options": options("rest", "aspirate", "wait", rest={"credit": 0.5}),
        "answer": "aspirate",
    },
    "extended-matching": {
        "kind": "extended-matching",
        "prompt": "Match.",
        "themes": options("gout", "sepsis", "sprain", "psoriasis"),
        "stems": [
            {"id": "one", "text": "Woke at three", "answer": "gout"},
            {"id": "two", "text": "Fever and rigors", "answer": "sepsis"},
        ],
    },
    "probability": {"kind": "probability", "hypotheses": options("gout", "sepsis", "sprain"), "answer": "gout"},
    "triage": {
        "kind": "triage",
        "levels": options("self-care", "routine", "same-day", "emergency"),
        "answer": "same-day",
        "one-over": 0.5,
    },
    "key-feature": {
        "kind": "key-feature",
        "features": [
            {
                "id": "ask",
                "prompt": "Ask?",
                "most": 2,
                "options": options("fever", "diuretic", "pets", fever={"right": True}, diuretic={"right": True}),
            },
            {
                "id": "do",
                "prompt": "Do?",
                "most": 3,
                "options": options(
                    "aspirate", "naproxen", "inject", "walk", aspirate={"right": True}, inject={"killer": True}
                ),
            },
        ],
    },
    "script-concordance": {
        "kind": "script-concordance",
        "items": [
            {"id": "urate", "if": "Gout", "and": "Urate is 520", "panel": [0, 0, 2, 8, 5]},
            {"id": "fever", "if": "Gout", "and": "Temperature 39", "panel": [6, 6, 2, 1, 0]},
        ],
    },
    "reflection-grid": {
        "kind": "reflection-grid",
        "hypotheses": options("gout", "sepsis"),
        "findings": options("sudden", "afebrile", "wound", sudden={"for": ["gout"]}, afebrile={"against": ["sepsis"]}),
        "answer": "gout",
    },
    "error-spotting": {
        "kind": "error-spotting",
        "passages": [
            {"id": "a", "text": "Woke at three."},
            {"id": "b", "text": "Left knee.", "fault": True, "note": "It was the toe."},
            {"id": "c", "text": "No fever."},
            {"id": "d", "text": "Allergic to penicillin.", "fault": True, "note": "No allergy is recorded."},
        ],
    },
    "management": {
        "kind": "management",
        "most": 3,
        "options": options(
            "colchicine",
            "review",
            "antibiotic",
            "inject",
            "ice",
            colchicine={"essential": True},
            review={"essential": True},
            antibiotic={"wrong": True},
            inject={"killer": True},
        ),
    },
    "prescribing": {
        "kind": "prescribing",
        "drugs": [*options("nothing", nothing={"none": True}), *options("colchicine", "naproxen", "flucloxacillin")],
        "unit": "mg",
        "frequencies": options("once", "twice", "four"),
        "accepted": [
            {"drug": "colchicine", "dose": [0.5, 0.5], "frequency": ["twice", "four"], "days": [3, 7]},
            {"drug": "naproxen", "dose": [250, 500], "frequency": ["twice"]},
        ],
        "never": ["flucloxacillin"],
    },
    "free-text": {
        "kind": "free-text",
        "prompt": "In your own words?",
        "accepted": ["Gout", "Crystal arthritis"],
        "rejected": ["Cellulitis"],
    },
}


def question(kind: str, **changes: object) -> Question:
    return TypeAdapter(Question).validate_python({**QUESTIONS[kind], **changes})
