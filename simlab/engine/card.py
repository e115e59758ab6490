"""Advice as a card of CDS Hooks 2.0 (HL7, 2022), frozen before the trial.

The card holds only what the protocol shows: nothing in it, nor in its identifiers, tells right from wrong. What the
page needs in parts, beside the card's Markdown, is in the extension `simlab.advice`; how the nudge is given is in
`simlab.nudge`.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from simlab.engine.cardrules import EXTENSION, LONGEST_SUMMARY, card_faults
from simlab.engine.case import Advice, Guideline
from simlab.engine.nudge import REASON_SYSTEM, REASONS, AdvicePolicy, Altered
from simlab.engine.parsing import content_hash, document
from simlab.engine.plaintext import clean, clean_line

__all__ = ["EXTENSION", "SHOWABLE", "aid_card", "altered", "card", "card_faults", "card_of"]

NUDGE = "simlab.nudge"
HEAT_MAP_WORDS = "What the suggestion looked at"
SHOWABLE = frozenset(
    {
        "confidence",
        "rationale",
        "findings",
        "weights",
        "highlights",
        "similar",
        "counterfactual",
        "excerpt",
        "heat-map",
        "data-quality",
        "link",
    }
)
AXES = ("nudge", "when", "delivery", "display", "strength", "stated_source", "preselected", "reasons")

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cds-hooks.hl7.org/2.0/")


def card(advice: Advice, *, show: frozenset[str], label: str = "AI suggestion", case_id: str = "") -> dict[str, Any]:
    """The card of a piece of advice, showing the parts in `show` (a subset of SHOWABLE), as plain data.

    `label` is the stated source. The same advice of the same case always gets the same uuid, whatever is shown.
    """
    unknown = show - SHOWABLE
    if unknown:
        raise ValueError(f"a card cannot show {min(unknown)}")
    shown = _shown_parts(advice, show)
    identity = f"{case_id}:{content_hash(advice)}"
    made = _bare(identity, advice.summary, label, shown)
    suggestion = {"label": clean_line(advice.suggested), "uuid": str(uuid.uuid5(_NAMESPACE, "suggestion:" + identity))}
    made |= {"suggestions": [suggestion], "selectionBehavior": "at-most-one"}
    if "link" in show and advice.link:
        made["links"] = [{"label": clean_line(advice.link.label), "url": advice.link.url, "type": "absolute"}]
    return made


def card_of(
    policy: AdvicePolicy, advice: Advice, *, label: str | None = None, case_id: str = "", stated: int | None = None
) -> dict[str, Any]:
    """The card of a piece of advice as a protocol gives it; `label` is that of a second adviser.

    `stated` is the confidence in per cent that was drawn for this place, in the stead of the one of the case.
    """
    made = card(advice, show=policy.show, label=label or policy.label, case_id=case_id)
    shown = made["extension"][EXTENSION]
    if stated is not None:
        shown["confidence"] = stated
    for name, text in (("accuracy", policy.accuracy), ("model-card", policy.model_card)):
        if text is not None:
            shown[name] = text
    made["detail"] = _detail(shown)
    made["suggestions"][0] |= {"isRecommended": True} if policy.preselected else {}
    if policy.reasons != "none":
        made["overrideReasons"] = [
            {"code": code, "system": REASON_SYSTEM, "display": words} for code, words in REASONS.items()
        ]
    made["indicator"] = "warning" if policy.strength == "hard-stop" else "info"
    made["extension"][NUDGE] = axes_of(policy)
    return made


def aid_card(policy: AdvicePolicy, guideline: Guideline | None, *, case_id: str = "") -> dict[str, Any] | None:
    """The card of a nudge that is not advice; None where the case has no guideline to link to."""
    if policy.nudge == "guideline" and guideline is None:
        return None
    if guideline is not None and policy.nudge == "guideline":
        summary = policy.text or f"{guideline.title} ({guideline.publisher})"
    else:
        summary = policy.text or "Before you decide"
    made = _bare(f"{case_id}:{policy.nudge}:{summary}", summary, _aid_label(policy), {})
    if guideline is not None and policy.nudge == "guideline":
        made["links"] = [{"label": clean_line(guideline.title), "url": guideline.url, "type": "absolute"}]
    if policy.items:
        made["extension"][EXTENSION] = {"items": [clean_line(item) for item in policy.items]}
        made["detail"] = "\n".join(f"- {item}" for item in made["extension"][EXTENSION]["items"])
    made["extension"][NUDGE] = axes_of(policy)
    return made


def altered(advice: Advice, by: Altered) -> Advice:
    """The advice as a tampered card tells it; the suggestion itself is untouched."""
    changed: dict[str, Any] = {name: getattr(by, name) for name in ("summary", "rationale") if getattr(by, name)}
    if by.confidence is not None:
        changed["confidence"] = by.confidence / 100
    return advice.model_copy(update=changed)


def axes_of(policy: AdvicePolicy) -> dict[str, Any]:
    """How the nudge is given, in the words of the protocol."""
    return {name.replace("_", "-"): getattr(policy, name) for name in AXES}


def _aid_label(policy: AdvicePolicy) -> str:
    own = {"guideline": "Guideline", "checklist": "Checklist", "peers": "How others decide", "reminder": "Reminder"}
    return own[policy.nudge] if "label" not in policy.model_fields_set else policy.label


def _bare(identity: str, summary: str, label: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, identity)),
        "summary": clean_line(summary, most=LONGEST_SUMMARY),
        "detail": _detail(shown),
        "indicator": "info",
        "source": {"label": clean_line(label)},
        "links": [],
        "extension": {EXTENSION: dict(shown)},
    }


def _shown_parts(advice: Advice, show: frozenset[str]) -> dict[str, Any]:
    code = advice.diagnosis.icd10 if advice.diagnosis else None
    parts: dict[str, Any] = {"diagnosis": {"term": clean_line(advice.suggested), "icd10": code}}
    if advice.answer is not None:
        parts["answer"] = advice.answer
    if "confidence" in show and advice.confidence is not None:
        parts["confidence"] = round(advice.confidence * 100)
    if "rationale" in show and advice.rationale:
        parts["rationale"] = clean(advice.rationale)
    if "findings" in show:
        parts["findings-for"] = [clean_line(finding) for finding in advice.findings_for]
        parts["findings-against"] = [clean_line(finding) for finding in advice.findings_against]
    return parts | {name: value for name, value in _further(advice).items() if name in show and value}


def _further(advice: Advice) -> dict[str, Any]:
    excerpt = advice.excerpt
    return {
        "weights": [{"finding": clean_line(one.finding), "weight": one.weight} for one in advice.weights],
        "highlights": [clean_line(words) for words in advice.highlights],
        "similar": [{"summary": clean_line(one.summary), "outcome": clean_line(one.outcome)} for one in advice.similar],
        "counterfactual": advice.counterfactual and clean(advice.counterfactual),
        "excerpt": excerpt and {"text": clean(excerpt.text), "source": clean_line(excerpt.source), "url": excerpt.url},
        "heat-map": advice.heat_map and {**document(advice.heat_map), "label": HEAT_MAP_WORDS},
        "data-quality": advice.data_quality and clean_line(advice.data_quality),
    }


def _detail(shown: Mapping[str, Any]) -> str:
    """The shown parts as GitHub-flavoured Markdown, for a reader that knows only the standard."""
    blocks = [f"**{shown['diagnosis']['term']}**"] if "diagnosis" in shown else []
    if "confidence" in shown:
        blocks.append(f"Confidence: {shown['confidence']} %")
    blocks += [shown[name] for name in ("accuracy", "data-quality", "rationale", "counterfactual") if name in shown]
    for name, title in (("findings-for", "In favour"), ("findings-against", "Against"), ("highlights", "In the case")):
        if shown.get(name):
            blocks.append(f"{title}:\n\n" + "\n".join(f"- {finding}" for finding in shown[name]))
    blocks += [f"- {one['finding']}: {one['weight']:+.2f}" for one in shown.get("weights", ())]
    blocks += [f"- {one['summary']}: {one['outcome']}" for one in shown.get("similar", ())]
    if "excerpt" in shown:
        blocks.append(f"> {shown['excerpt']['text']}\n\n{shown['excerpt']['source']}")
    if "model-card" in shown:
        blocks.append(shown["model-card"])
    return "\n\n".join(blocks)
