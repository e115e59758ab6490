"""Advice as a card of CDS Hooks 2.0 (HL7, 2022), frozen before the trial.

The card holds only what the protocol shows: nothing in it, nor in its identifiers, tells right from wrong. What the
page needs in parts, beside the card's Markdown, is in the extension `simlab.advice`.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from simlab.engine.case import Advice
from simlab.engine.parsing import content_hash

EXTENSION = "simlab.advice"
SHOWABLE = frozenset({"confidence", "rationale", "findings", "link"})
INDICATORS = ("info", "warning", "critical")
LONGEST_SUMMARY = 139  # the standard asks for fewer than 140 characters

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cds-hooks.hl7.org/2.0/")
_UNSHOWN = {"id", "correct", "error-type", "harm", "recorded", "unusable"}


def card(advice: Advice, *, show: frozenset[str], label: str = "AI suggestion", case_id: str = "") -> dict[str, Any]:
    """The card of a piece of advice, showing the parts in `show` (a subset of SHOWABLE), as plain data.

    `label` is the stated source. The same advice of the same case always gets the same uuid, whatever is shown.
    """
    unknown = show - SHOWABLE
    if unknown:
        raise ValueError(f"a card cannot show {min(unknown)}")
    shown = _shown_parts(advice, show)
    identity = f"{case_id}:{content_hash(advice)}"
    made: dict[str, Any] = {
        "uuid": str(uuid.uuid5(_NAMESPACE, identity)),
        "summary": advice.summary,
        "detail": _detail(shown),
        "indicator": "info",
        "source": {"label": label},
        "suggestions": [
            {"label": advice.suggested, "uuid": str(uuid.uuid5(_NAMESPACE, "suggestion:" + identity))},
        ],
        "selectionBehavior": "at-most-one",
        "links": [],
        "extension": {EXTENSION: shown},
    }
    if "link" in show and advice.link:
        made["links"] = [{"label": advice.link.label, "url": advice.link.url, "type": "absolute"}]
    return made


def card_faults(made: Mapping[str, Any]) -> list[str]:
    """What breaks the rules of CDS Hooks 2.0, or gives the verdict away; empty for a sound card."""
    faults = []
    summary = made.get("summary")
    if not isinstance(summary, str) or not 0 < len(summary) <= LONGEST_SUMMARY:
        faults.append(f"The summary must have 1 to {LONGEST_SUMMARY} characters.")
    if made.get("indicator") not in INDICATORS:
        faults.append("The indicator must be info, warning or critical.")
    source = made.get("source")
    if not isinstance(source, Mapping) or not source.get("label"):
        faults.append("The source must have a label.")
    suggestions = made.get("suggestions", [])
    if suggestions and made.get("selectionBehavior") not in ("at-most-one", "any"):
        faults.append("A card with suggestions must state its selection behaviour.")
    if not all(suggestion.get("label") for suggestion in suggestions):
        faults.append("Every suggestion must have a label.")
    if sum(bool(suggestion.get("isRecommended")) for suggestion in suggestions) > 1:
        faults.append("At most one suggestion may be recommended.")
    links = made.get("links", [])
    if not all(link.get("label") and link.get("url") and link.get("type") in ("absolute", "smart") for link in links):
        faults.append("Every link must have a label, an address and a type (absolute or smart).")
    leaked = _UNSHOWN & set(made.get("extension", {}).get(EXTENSION, {}))
    if leaked:
        faults.append(f"The card gives away “{min(leaked)}”.")
    return faults


def _shown_parts(advice: Advice, show: frozenset[str]) -> dict[str, Any]:
    code = advice.diagnosis.icd10 if advice.diagnosis else None
    parts: dict[str, Any] = {"diagnosis": {"term": advice.suggested, "icd10": code}}
    if "confidence" in show and advice.confidence is not None:
        parts["confidence"] = round(advice.confidence * 100)
    if "rationale" in show and advice.rationale:
        parts["rationale"] = advice.rationale
    if "findings" in show:
        parts["findings-for"] = list(advice.findings_for)
        parts["findings-against"] = list(advice.findings_against)
    return parts


def _detail(shown: Mapping[str, Any]) -> str:
    """The shown parts as GitHub-flavoured Markdown, for a reader that knows only the standard."""
    blocks = [f"**{shown['diagnosis']['term']}**"]
    if "confidence" in shown:
        blocks.append(f"Confidence: {shown['confidence']} %")
    if "rationale" in shown:
        blocks.append(shown["rationale"])
    for name, title in (("findings-for", "In favour"), ("findings-against", "Against")):
        if shown.get(name):
            blocks.append(f"{title}:\n\n" + "\n".join(f"- {finding}" for finding in shown[name]))
    return "\n\n".join(blocks)
