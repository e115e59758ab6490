"""One page for those who took part, and one for those who teach: what was asked and found, and what it does not say."""

from collections.abc import Mapping
from typing import Any

from simlab.stats.baseline import ErrorKind
from simlab.web.presenters.about import About, banner_of, listed
from simlab.web.presenters.headline import estimates, headline_of
from simlab.web.presenters.limits import limits_of, plain_limits_of
from simlab.web.words import count, counted, day, percent, usable

NOTHING_YET = "There are not enough data yet to say anything in plain words."
OFTEN = 20  # times that a kind of wrong advice must have been shown before it is spoken of
FEW = 100  # occasions: below, a tenth more or less is easily chance
READERS = {"participants": "For those who took part", "educators": "For those who teach"}


def plain_of(reader: str, about: About, result: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """The short page for one of READERS, as plain values."""
    analyses = {analysis["name"]: analysis for analysis in result["analyses"]}
    taking_part = reader == "participants"
    found = participants_found(analyses, plan) if taking_part else headline_of(analyses, plan)
    limits = plain_limits_of(about, result, plan) if taking_part else limits_of(about, result, plan)
    found = [one for one in found if one["answer"]]
    return {
        "title": about.title,
        "reader": READERS[reader],
        "made": day(about.made_on),
        "banner": banner_of(about.kind, about.virtual, blinded=about.blinded),
        "parts": [
            {"title": "What was asked", "paragraphs": [asked(about, plan)], "points": []},
            {"title": "What was found", "paragraphs": [] if found else [NOTHING_YET], "points": found},
            {"title": "What this does not say", "paragraphs": limits, "points": []},
            *([teaching(analyses, about)] if reader == "educators" and "reliance" in analyses else []),
            *([thanks()] if reader == "participants" else []),
        ],
    }


def asked(about: About, plan: Mapping[str, Any]) -> str:
    phases = plan["phases"]
    advised = [
        f"the {listed(arms)} {'group' if len(arms) == 1 else 'groups'} in one part of it, called {phase}"
        for phase, arms in plan.get("advised", {}).items()
    ]
    text = (
        f"{about.participants:,} clinicians read written patient cases and gave their diagnosis. The study had "
        f"{counted(len(phases), 'part')}, one after the other: {listed(phases)}. Chance put each of them in one of "
        f"{counted(len(plan['arms']), 'group')}: {listed(plan['arms'])}. "
    )
    if advised:
        text += (
            f"Advice from a computer was shown to {'; '.join(advised)}. Some of it was wrong on purpose, to "
            "see how people tell right advice from wrong."
        )
    if plan.get("primary"):
        text += " The main question was whether people who had had advice do less well when it is taken away."
    return text


def participants_found(analyses: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]) -> list[dict[str, str]]:
    """The same findings in whole people out of ten or in words, without intervals of models."""
    return [
        {"question": "When the advice was gone", "answer": afterwards(analyses, plan)},
        {"question": "While the advice was there", "answer": with_advice(analyses, plan)},
        {"question": "Right advice and wrong advice", "answer": told_apart(analyses)},
    ]


def with_advice(analyses: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]) -> str:
    found, control = estimates(analyses, "accuracy"), plan.get("control")
    said = []
    for phase, arms in plan.get("advised", {}).items():
        for arm in arms:
            own, other = found.get(f"accuracy/{arm}/{phase}"), found.get(f"accuracy/{control}/{phase}")
            if own and other and usable(own["value"]) and usable(other["value"]):
                gap = found.get(f"difference/{arm}/{phase}")
                said.append(
                    f"Out of 100 cases, people with advice were right in about {round(100 * own['value'])}, people "
                    f"without in about {round(100 * other['value'])}. {sureness(gap)}"
                )
    return " ".join(said)


def sureness(estimate: Mapping[str, Any] | None) -> str:
    """How far the difference may be chance, without a number."""
    if not estimate or not usable(estimate["low"]) or not usable(estimate["high"]):
        return "How far this is chance could not be told."
    if estimate["low"] > 0 or estimate["high"] < 0:
        return "Chance alone would seldom give a difference as large as this."
    return "A difference as large as this may well be chance."


def afterwards(analyses: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]) -> str:
    found = estimates(analyses, "deskilling")
    control, exposed, gap = found.get("accuracy/control"), found.get("accuracy/exposed"), found.get("difference")
    if not control or not exposed or not usable(control["value"]) or not usable(exposed["value"]):
        return ""
    return (
        f"On their own afterwards, people who had had advice were right in about {round(100 * exposed['value'])} of "
        f"100 cases, the others in about {round(100 * control['value'])}. {sureness(gap)}"
    )


def told_apart(analyses: Mapping[str, Mapping[str, Any]]) -> str:
    found = estimates(analyses, "reliance")
    right, wrong = found.get("rair"), found.get("rsr")
    if not right or not wrong or not usable(right["value"]) or not usable(wrong["value"]):
        return ""
    said = (
        f"When people were wrong at first and the advice was right, they took it {in_ten(right['value'])} times. When "
        f"they were right and the advice was wrong, they kept their own answer {in_ten(wrong['value'])} times."
    )
    rare = min(right["denominator"], wrong["denominator"]) < FEW
    return said + (" Both happened seldom, so these numbers are rough." if rare else "")


def in_ten(share: float) -> str:
    """“six out of ten”, never all or none unless it was."""
    tenths = round(10 * share)
    if tenths == 0:
        return "no" if share == 0 else "fewer than one out of ten"
    return "ten out of ten" if tenths == 10 and share == 1 else f"about {count(min(tenths, 9))} out of ten"


def teaching(analyses: Mapping[str, Mapping[str, Any]], about: About) -> dict[str, Any]:
    found = estimates(analyses, "reliance")
    over, under = found.get("over"), found.get("under")
    said = []
    if over and under and usable(over["value"]) and usable(under["value"]):
        said.append(
            f"Two habits can be taught separately: checking advice before following it (wrong advice was followed in "
            f"{percent(over['value'])} of its cases), and letting go of a wrong answer (right advice was left in "
            f"{percent(under['value'])})."
        )
    said += [text for text in (most_followed(about),) if text]
    said.append("An interval holds the values that fit the data. One that holds zero fits no difference as well.")
    said.append("These are figures of a group. They are no standard that a single trainee could pass or fail.")
    return {"title": "For teaching", "paragraphs": said, "points": []}


def most_followed(about: About) -> str:
    """The kind of wrong advice that was followed most often, where kinds were shown often enough to be compared."""
    kinds = [kind for kind in about.wrong_advice if kind.shown >= OFTEN]
    if len(kinds) < 2:
        return ""
    most = max(kinds, key=lambda kind: kind.followed / kind.shown)
    least = min(kinds, key=lambda kind: kind.followed / kind.shown)
    return (
        f"Of the kinds of wrong advice, {named(most)} was followed most often ({most.followed} of {most.shown} times) "
        f"and {named(least)} least often ({least.followed} of {least.shown}). They came with different cases, so this "
        "is a hint for discussion and no comparison of dangers."
    )


def named(kind: ErrorKind) -> str:
    return f"“{kind.kind.replace('-', ' ')}”"


def thanks() -> dict[str, Any]:
    said = (
        "Results are of groups, not of persons. Your own page of the study shows each of your cases with its answer, "
        "and which advice was wrong. Thank you for the time that you gave."
    )
    return {"title": "Your part", "paragraphs": [said], "points": []}
