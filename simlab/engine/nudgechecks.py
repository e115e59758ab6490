"""Which axes of a nudge cannot stand together, each told with its remedy in one sentence."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Case
    from simlab.engine.nudge import AdvicePolicy

Finding = tuple[FieldPath, str, str]  # field within the policy, what is wrong, remedy
Rule = tuple[bool, str, str, str]  # broken, field, what is wrong, remedy

# Part of an explanation → the field of a case's advice that holds it.
HELD_BY = {
    "weights": "weights",
    "highlights": "highlights",
    "similar": "similar",
    "counterfactual": "counterfactual",
    "excerpt": "excerpt",
    "heat-map": "heat_map",
    "data-quality": "data_quality",
}
ONLY_ADVICE = ("accuracy", "model_card", "second", "events", "preselected", "first_wrong_after", "longest_run")


def contradictions(policy: "AdvicePolicy") -> Iterator[Finding]:
    """What contradicts itself in one way of advising; the first fault of each field."""
    rules = chain(_timing(policy), _content(policy), _loudness(policy), _afterwards(policy), _second(policy))
    told = set()
    for broken, field, message, remedy in rules:
        if broken and field not in told:
            told.add(field)
            yield (field,), message, remedy
    yield from _events(policy)


def _timing(p: "AdvicePolicy") -> Iterable[Rule]:
    asked = p.delivery == "on-demand"
    early = p.when in ("with-case", "before-history")
    alone = p.when in ("before-history", "at-submit")
    yield alone and asked, "delivery", f"advice {p.when} has its moment and cannot be asked for.", "Write “pushed”."
    yield alone and p.delay is not None, "delay", f"advice {p.when} has its moment and waits for no time.", "Remove it."
    banner = p.when == "before-history" and p.display == "banner"
    yield banner, "display", "what comes before the history stands alone on the page.", "Write “inline”."
    net = p.when == "at-submit" and p.second is not None
    yield net, "second", "a safety net speaks by one adviser.", "Remove “second”."
    forced = p.when == "after-reflection"
    yield asked and p.delay is not None, "delay", "what is asked for cannot also come by itself.", "Remove “delay”."
    yield forced and asked, "delivery", "advice after reflection follows from it, unasked.", "Write “pushed”."
    yield forced and p.delay is not None, "delay", "advice after reflection waits for it, not for time.", "Remove it."
    yield early and p.display == "panel", "display", "a panel over a case that is not read yet.", "Write “banner”."


def _content(p: "AdvicePolicy") -> Iterable[Rule]:
    bank, named = p.is_advice, f"“{p.source if p.is_chat else p.nudge}”"
    yield bank and p.wrong is None, "wrong", "it is not said how much advice is wrong.", "Write for example “2 of 6”."
    yield not bank and p.wrong is not None, "wrong", f"{named} is neither right nor wrong.", "Remove “wrong”."
    for name in ONLY_ADVICE:
        given = getattr(p, name) not in (None, (), False, 0)
        words = f"{named} has no advice of its own that this could be about."
        yield not bank and given, name.replace("_", "-"), words, "Remove it."
    drawn = p.confidence in ("independent", "calibrated")
    yield not bank and drawn, "confidence", f"{named} states no confidence.", "Remove it."
    yield p.is_chat and p.nudge != "advice", "source", "only advice comes from a chat.", "Remove “source”."
    yield p.is_chat and p.calls is None, "calls", "a live chat needs a limit.", "Write “calls: 8”, or another number."
    yield not p.is_chat and p.calls is not None, "calls", "only a chat has calls.", "Remove it."
    needs_advice = p.when in ("after-reflection", "at-submit")
    delayed = not bank and (p.delivery != "pushed" or p.delay is not None or needs_advice)
    yield delayed, "when", f"{named} stands on the page from the start of its stage.", "Write “with-case”."
    yield p.is_chat and p.when != "with-case", "when", "a chat runs beside the case.", "Write “when: with-case”."
    yield p.nudge == "checklist" and not p.items, "items", "the checklist is empty.", "Add “items: [first, second]”."
    yield p.nudge != "checklist" and bool(p.items), "items", "only a checklist has items.", "Remove it."
    spoken = p.nudge in ("peers", "reminder")
    yield spoken and p.text is None, "text", f"{named} says nothing.", "Add “text:” with one sentence."
    yield p.nudge == "advice" and p.text is not None, "text", "advice speaks by its bank.", "Remove “text”."
    mixed = isinstance(p.explanation, tuple) and "none" in p.explanation
    yield mixed, "explanation", "“none” beside an explanation.", "Remove “none”."
    other = p.stated_source != "ai" and p.nudge == "advice" and "ai" in p.label.lower().split()
    words = f"the card says “{p.label}” and the stated source is “{p.stated_source}”."
    yield other, "label", words, "Give the card a label that fits."


def _loudness(p: "AdvicePolicy") -> Iterable[Rule]:
    asked = p.delivery == "on-demand"
    remedy = "Write “display: inline”."
    yield asked and p.display != "inline", "display", "what is asked for cannot interrupt.", remedy
    yield p.is_chat and p.display != "inline", "display", "a chat cannot interrupt.", remedy
    both = bool(p.second) and p.display == "panel"
    yield both, "display", "two advisers cannot both stand over the page.", remedy
    waits = asked or p.delay is not None
    words = "an answer cannot be filled in by advice that is not there yet."
    yield p.preselected and waits, "preselected", words, "Remove “preselected”."
    yield (
        p.preselected and bool(p.second),
        "preselected",
        "which of two advisers is not said.",
        "Remove it.",
    )
    hard = p.strength == "hard-stop"
    words = "a hard stop asks for a reason before it is overridden."
    yield hard and p.reasons == "none", "strength", words, "Add “reasons: always”, or write “dismissible”."
    early = p.when in ("with-case", "before-history")
    yield hard and early, "strength", "a hard stop needs an answer to stop.", "Write “after-commit”."


def _afterwards(p: "AdvicePolicy") -> Iterable[Rule]:
    lopsided = p.reasons == "on-override"
    words = "asking for reasons only when advice is overridden makes following it the easier way."
    yield lopsided and not p.asymmetric, "reasons", words, "Write “always”, or declare “asymmetric: true”."
    yield p.asymmetric and not lopsided, "asymmetric", "reasons are asked for alike here.", "Remove “asymmetric”."
    yield p.reasons != "none" and not p.is_advice, "reasons", "there is no advice to follow or override.", "Remove it."


def _second(p: "AdvicePolicy") -> Iterable[Rule]:
    if p.second is None:
        return
    turns = p.second.order == "in-turn"
    waits = p.delivery == "on-demand" or p.delay is not None
    yield waits, "second", "two advisers cannot wait to be asked for or for time.", "Remove “delivery” and “delay”."
    yield turns and p.when != "after-commit", "second", "advisers speak in turn after an answer.", "Write “together”."
    drawn = p.confidence in ("independent", "calibrated")
    words = "a drawn confidence is that of one adviser, and the second would state its own."
    yield drawn, "confidence", words, "Write “percent” or “none”, or remove “second”."
    yield p.second.label == p.label, "second", "both advisers have the same label.", "Give each its own."


def _events(p: "AdvicePolicy") -> Iterator[Finding]:
    seen = set()
    for index, event in enumerate(p.events):
        here: FieldPath = ("events", index)
        if (event.sitting, event.at) in seen:
            yield here, "two events befall the same case.", "Keep one of them."
        seen.add((event.sitting, event.at))
        plain = p.structure.removesuffix("+reasons") in ("concurrent", "two-stage") and p.second is None
        if (event.kind == "slow") != (event.seconds is not None):
            yield here, "“seconds” say how slow the advice is, and only that.", "Add or remove “seconds”."
        elif event.kind == "slow" and not plain:
            yield here, "only advice that comes by itself, at once and alone can be slow.", "Choose another event."
        elif (event.kind == "tampered") != (event.altered is not None):
            yield here, "“altered” says what a tampered card shows, and only that.", "Add or remove “altered”."
        elif event.altered is not None and not event.altered.model_fields_set:
            yield here, "nothing on the tampered card is altered.", "Name at least one part."


def missing_parts(policy: "AdvicePolicy", cases: Iterable["Case"]) -> Iterator[Finding]:
    """Parts that the cards of a policy show and that no usable advice of these cases holds."""
    if policy.nudge == "guideline" and not any(case.guideline for case in cases):
        yield ("nudge",), "no case of these packs names a guideline.", "Choose another nudge, or add guidelines."
    if not policy.is_advice:
        return
    bank = [advice for case in cases for advice in case.advice if not advice.unusable]
    for part in sorted(policy.explains & set(HELD_BY)):
        if not any(getattr(advice, HELD_BY[part]) for advice in bank):
            message = f"no advice of these packs holds “{part}”."
            yield ("explanation",), message, "Leave it out, or write it into the cases."
