"""A draft in words: its problems by field, its state, what can be done next."""

import re
from typing import Any

from simlab.engine import yamledit
from simlab.engine.case import Status, read_case_text
from simlab.engine.caseimages import ImageFile
from simlab.engine.casesigning import signed, substance_hash, unsigned_status
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.parsing import Origin, hyphenated
from simlab.studies.casedrafts import Reading, files_of, published
from simlab.studies.models import CaseDraft, CaseText
from simlab.studies.pictures import Picture, pictures_of
from simlab.web.presenters import caseform
from simlab.web.words import counted

WHY = {"written": "Written", "imported": "Loaded from a file", "restored": "An earlier text again", "signed": "Signed"}
STATUS_ORDER = tuple(hyphenated(name) for name in Status.model_fields)


def side_of(draft: CaseDraft, reading: Reading, problem: str) -> dict[str, Any]:
    """What stands beside the form: the state, the problems and the file."""
    faults = [problem_of(fault, grave=True) for fault in reading.blocking]
    faults += [problem_of(fault, grave=False) for fault in reading.advised]
    return {
        "draft": draft,
        "text": reading.text,
        "problem": problem,
        "readable": reading.data is not None,
        "faults": faults,
        "grave": len(reading.blocking),
        "advised": len(reading.advised),
        "said": said(reading),
        "published": published(draft, reading.case),
        "title": title_of(draft, reading),
    }


def title_of(draft: CaseDraft, reading: Reading) -> str:
    data = reading.data if isinstance(reading.data, dict) else {}
    return str(data.get("title") or draft.case_id)


def said(reading: Reading) -> str:
    """The problems in one sentence."""
    if reading.data is None:
        return "The file cannot be read."
    if reading.blocking:
        return f"{counted(len(reading.blocking), 'problem')} to mend before the case can be sat.".capitalize()
    if reading.advised:
        return f"The case can be sat. {counted(len(reading.advised), 'hint').capitalize()} from the checks."
    return "The checks find nothing."


def problem_of(fault: Fault, *, grave: bool) -> dict[str, Any]:
    name = fault.field
    return {
        "field": name,
        "where": where(name),
        "id": "f-" + re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") if name else "",
        "line": fault.line,
        "words": f"{fault.message[:1].upper()}{fault.message[1:]} {fault.remedy}",
        "grave": grave,
    }


def where(name: str) -> str:
    """A field as people say it: “Advice 2, rationale”."""
    parts = re.sub(r"\[(\d+)\]", r" \1", name.replace("-", " ")).split(".")
    return ", ".join(parts).capitalize() if name else "The file"


def sections_for(draft: CaseDraft, reading: Reading) -> list[dict[str, Any]]:
    """The parts of the form, each field with what is wrong with it; none while the file cannot be read."""
    if reading.data is None:
        return []
    told: dict[str, list[str]] = {}
    for fault in reading.faults:
        told.setdefault(fault.field, []).append(f"{fault.message[:1].upper()}{fault.message[1:]} {fault.remedy}")
    parts = []
    for title, intro, nodes in caseform.sections_of(reading.data):
        roots = tuple(str(node.path[0]) for node in nodes)
        n = sum(re.split(r"[.\[]", fault.field)[0] in roots for fault in reading.faults)
        parts.append({"title": title, "intro": intro, "nodes": nodes, "told": told, "n": n})
    return parts


def history_of(texts: list[CaseText]) -> list[dict[str, Any]]:
    """Newest first, each with how many lines differ from the one before it."""
    rows = []
    for text, before in zip(texts, [*texts[1:], None], strict=True):
        now, was = set(text.source.splitlines()), set(before.source.splitlines() if before else [])
        change = f"{counted(len(now ^ was), 'line')} changed" if before else "the first text"
        rows.append({"text": text, "why": WHY[text.why], "change": change})
    return rows


def picture_of(draft: CaseDraft, name: str) -> Picture | None:
    """A picture as it will be shown; None when there is none or it cannot be used."""
    content = files_of(draft).get(name)
    if content is None:
        return None
    file = ImageFile(name, content, Origin("case.yaml", lambda _: 0), ())
    return next(iter(pictures_of([file])[0]), None)


def unsigned_if_changed(source: str, draft: CaseDraft, before: CaseText) -> str:
    """A text whose signature no longer belongs to it, without that signature."""
    if source == before.source:
        return source
    try:
        case = read_case_text(source, draft.case_id, files_of(draft))[0]
    except InvalidFile:
        return source
    if case.status.reviewer is None or signed(case) or case.status.reviewed_content == substance_hash(case):
        return source
    for key, value in unsigned_status().items():
        if key in ("notice", "reviewer", "reviewed-on") or getattr(case.status, key.replace("-", "_")) is not None:
            source = yamledit.set_value(source, ("status", key), value, STATUS_ORDER)
    return source
