"""The result in plain words, in the order a reader asks: skill lost, advice of help, its use, its cost."""

from collections.abc import Mapping
from typing import Any

from simlab.web.presenters.numbers import shares, spread
from simlab.web.words import percent, usable

Analyses = Mapping[str, Mapping[str, Any]]


def headline_of(analyses: Analyses, plan: Mapping[str, Any]) -> list[dict[str, str]]:
    """Questions with their answers; one that this study cannot answer is left out."""
    told = [
        {"question": "Was skill lost when the advice was taken away?", "answer": deskilling(analyses, plan)},
        {"question": "Did the advice help while it was there?", "answer": helped(analyses, plan)},
        {"question": "How well did readers tell the cases apart?", "answer": told_apart(analyses)},
        {"question": "How did clinicians use the advice?", "answer": relied(analyses)},
        {"question": "What did it cost in time?", "answer": took(analyses, plan)},
    ]
    return [one for one in told if one["answer"]]


def blinded_headline_of(analyses: Analyses) -> list[dict[str, str]]:
    """What may be said while the arms are letters: how far it has come, and how far A and B lie apart."""
    flow, gap = estimates(analyses, "flow").get("allocated"), estimates(analyses, "deskilling").get("difference")
    told = []
    if flow and usable(flow["value"]):
        of = f"{flow['value']:,.0f} clinicians have been allocated."
        told.append({"question": "How far has the study come?", "answer": of})
    if gap and usable(gap["value"]):
        answer = (
            f"A minus B is {spread(gap)}. Which of them had advice is not known here, so this is neither gain nor loss."
        )
        told.append({"question": "How far apart are the arms without advice?", "answer": answer})
    return told


def estimates(analyses: Analyses, name: str) -> dict[str, Mapping[str, Any]]:
    found = analyses.get(name)
    return {estimate["name"]: estimate for estimate in found["estimates"]} if found else {}


def deskilling(analyses: Analyses, plan: Mapping[str, Any]) -> str:
    found, primary = estimates(analyses, "deskilling"), plan.get("primary") or {}
    difference = found.get("difference")
    if not difference or not usable(difference["value"]):
        return ""
    control, exposed = found.get("accuracy/control"), found.get("accuracy/exposed")
    shared = ""
    if control and exposed:
        shared = (
            "On their own afterwards, clinicians who had had advice were right in "
            f"{percent(exposed['value'])} of cases, the others in {percent(control['value'])}. "
        )
    return f"{shared}The difference is {spread(difference)}. {verdict(difference, primary)}"


def verdict(difference: Mapping[str, Any], primary: Mapping[str, Any]) -> str:
    """What the interval allows to be said, against no difference and, where one was set, against the margin."""
    low, high, margin = difference["low"], difference["high"], primary.get("margin")
    if not (usable(low) and usable(high)):
        return "Its uncertainty could not be told, so nothing can be concluded."
    clear = "They did worse" if high < 0 else "They did better" if low > 0 else ""
    if primary.get("claim") != "noninferiority" or margin is None:
        return f"{clear}." if clear else "The study cannot tell in which direction, if any, skill moved."
    limit = f"a loss of {100 * margin:.0f} points or more"
    if low > -margin:
        return f"{clear + ', but' if high < 0 else 'So'} {limit} can be ruled out: the aim of the study is met."
    if clear and high < 0:
        return f"{clear}, and {limit} cannot be ruled out: the aim of the study is not met."
    return f"There may be no loss, and there may be {limit}: the study has not shown what it set out to show."


def helped(analyses: Analyses, plan: Mapping[str, Any]) -> str:
    found = estimates(analyses, "accuracy")
    said = []
    for phase, arms in plan.get("advised", {}).items():
        for arm in arms:
            difference = found.get(f"difference/{arm}/{phase}")
            own, other = found.get(f"accuracy/{arm}/{phase}"), found.get(f"accuracy/{plan['control']}/{phase}")
            if difference and own and other and usable(difference["value"]):
                said.append(
                    f"With advice ({phase}), clinicians were right in {percent(own['value'])} of cases, "
                    f"without in {percent(other['value'])}: "
                    f"{spread(difference)}. {direction(difference, 'It helped.', 'It harmed.')}"
                )
    return " ".join(said)


def told_apart(analyses: Analyses) -> str:
    """Areas under the ROC curve and their differences, over readers and cases such as these."""
    found = estimates(analyses, "readers")
    areas = [_area(one) for name, one in found.items() if name.startswith("auc/") and name.count("/") == 1]
    gaps = [
        f"{one['label']}: {spread(one)}. {direction(one, 'Better.', 'Worse.')}"
        for name, one in found.items()
        if name.startswith("auc-difference/") and name.count("/") == 2 and usable(one["value"])
    ]
    areas = [area for area in reversed(areas) if area]  # the control, which comes last, is read first
    if not areas:
        return ""
    return f"The area under the ROC curve (0.5 is chance, 1 is faultless): {'; '.join(areas)}. {' '.join(gaps)}".strip()


def _area(estimate: Mapping[str, Any]) -> str:
    if not usable(estimate["value"]):
        return ""
    return f"{estimate['label'].removeprefix('AUC, ')} {spread(estimate)}"


def direction(estimate: Mapping[str, Any], above: str, below: str, neutral: float = 0) -> str:
    if not (usable(estimate["low"]) and usable(estimate["high"])):
        return ""
    if estimate["low"] > neutral:
        return above
    return below if estimate["high"] < neutral else "The interval holds both gain and loss, so this study cannot tell."


def relied(analyses: Analyses) -> str:
    found = estimates(analyses, "reliance")
    took_right, kept_right = found.get("rair"), found.get("rsr")
    if not took_right or not kept_right:
        return ""
    return (
        f"After a wrong first answer they took right advice {shares(took_right)}. "
        f"After a right first answer they stood by it against wrong advice {shares(kept_right)}."
    )


def took(analyses: Analyses, plan: Mapping[str, Any]) -> str:
    found = estimates(analyses, "time")
    said = []
    for phase, arms in plan.get("advised", {}).items():
        for arm in arms:
            ratio = found.get(f"ratio/{arm}/{phase}")
            if ratio and usable(ratio["value"]):
                ends = f"{ratio['low']:.2f} to {ratio['high']:.2f}" if usable(ratio["low"]) else ""
                interval = f" (95% interval {ends})" if ends else ""
                said.append(
                    f"A decision with advice ({phase}) took {ratio['value']:.2f} times as long as one "
                    f"without{interval}."
                )
    return " ".join(said)
