"""A case for its reviewers, and as a clinician will see it: one step for the question and one for each advice."""

from collections import defaultdict
from typing import Any

from simlab.engine.answers import parts_checked
from simlab.engine.answerwords import reference_words, words_of
from simlab.engine.card import SHOWABLE, card
from simlab.engine.case import Advice, Case, ImageFile
from simlab.engine.caseblueprint import band
from simlab.engine.casesigning import notice_of
from simlab.engine.errors import Refused
from simlab.studies.pictures import pictures_of
from simlab.web.presenters.debriefing import ERRORS
from simlab.web.presenters.player import view_of
from simlab.web.words import percent

HARMS = {1: "minor", 2: "moderate", 3: "severe"}
SHOWN = frozenset(SHOWABLE - {"heat-map"})


def public_of(case: Case, files: tuple[ImageFile, ...], address: str) -> dict[str, Any]:
    """The public part of a case that is not stored yet; `address` is where its pictures are fetched."""
    shown = case.public()
    sizes = {picture.name: [picture.width, picture.height] for picture in pictures_of(list(files))[0]}
    for item in (item for stage in shown["stages"] for item in stage["items"]):
        if item["image"]:
            item["image-size"] = sizes.get(item["image"], [640, 480])
            item["image"] = f"{address}{item['image']}"
        item["layers"] = [{**layer, "image": f"{address}{layer['image']}"} for layer in item.get("layers", ())]
    return shown


def previews(case: Case) -> list[dict[str, str]]:
    """The places of the preview: the case alone, then each piece of advice. Their names tell nothing to the sitter."""
    shown = [advice for advice in case.advice if not advice.unusable]
    return [
        {"id": "", "label": "On their own"},
        *({"id": one.id, "label": f"With advice {at}"} for at, one in enumerate(shown, start=1)),
    ]


def step_of(case: Case, public: dict[str, Any], advice: Advice | None) -> dict[str, Any]:
    """A step such as the player gets, with an answer that stands for any."""
    cards = [{"shown_as": "first", "card": card(advice, show=SHOWN, case_id=case.id)}] if advice else []
    step: dict[str, Any] = defaultdict(tuple)  # whatever else the player may ask for is empty
    step |= {
        "stage": "advice" if advice else "initial",
        "case": public,
        "question": {**public["question"], "confidence": "percent"},
        "own_answer": {"confidence": 60} if advice else None,
        "own_words": ["What the clinician answered first stands here."],
        "advice": cards[0]["card"] if cards else None,
        "cards": cards,
    }
    return step


def preview_of(case: Case, public: dict[str, Any], chosen: str) -> dict[str, Any]:
    """Context of the preview. KeyError for advice that the case does not show."""
    advice = case.advice_by_id(chosen) if chosen else None
    if advice is not None and advice.unusable:
        raise KeyError(chosen)
    step = step_of(case, public, advice)
    return {"step": step, "view": view_of(step), "steps": previews(case), "chosen": chosen, "case": case}


def page_of(case: Case, public: dict[str, Any]) -> dict[str, Any]:
    """Context of the page for reviewers: all that there is, right and wrong told."""
    step = step_of(case, public, None)
    keys = {item.id for stage in case.stages for item in stage.items if item.key}
    return {
        "case": case,
        "public": public,
        "view": view_of(step),
        "notice": notice_of(case),
        "facts": facts_of(case),
        "keys": keys,
        "reference_lines": reference_words(case.question, case.reference.diagnosis.term),
        "cards": [card_of(case, public, advice) for advice in case.advice],
    }


def facts_of(case: Case) -> list[tuple[str, str]]:
    facts = [
        ("Specialty", case.specialty.replace("-", " ")),
        ("Competences", ", ".join(name.replace("-", " ") for name in case.competences)),
        ("Expected right unaided", f"{percent(case.difficulty)} ({band(case.difficulty)})" if case.difficulty else ""),
        ("Weight of a wrong answer", HARMS[case.harm]),
        ("Form of answer", case.question.kind.replace("-", " ")),
        ("Twin of", case.twin_of or ""),
    ]
    return [(name, value) for name, value in facts if value]


def card_of(case: Case, public: dict[str, Any], advice: Advice) -> dict[str, Any]:
    tags = ["right" if advice.correct else "wrong"]
    tags += [advice.error_type.replace("-", " ")] if advice.error_type else []
    tags += [f"{HARMS[advice.harm]} harm"] if advice.harm else []
    tags += ["never shown"] if advice.unusable else []
    return {
        "advice": advice,
        "tags": tags,
        "error": ERRORS.get(advice.error_type or "", ""),
        "suggests": suggestion(case, advice),
        "view": view_of(step_of(case, public, advice))["nudges"]["cards"][0],
    }


def suggestion(case: Case, advice: Advice) -> list[str]:
    if advice.diagnosis is not None:
        return [advice.diagnosis.term]
    try:
        return words_of(case.question, parts_checked(case.question, advice.answer or {}))
    except Refused:
        return []
