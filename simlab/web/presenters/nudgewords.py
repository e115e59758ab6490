"""How a way of nudging is told in words: in short for a study's front page, in sentences for its report."""

from simlab.engine.nudge import AdvicePolicy
from simlab.web.words import counted

AIDS = {
    "guideline": "A link to a guideline",
    "checklist": "A checklist",
    "peers": "A comparison with peers",
    "reminder": "A reminder",
}
PARTS = {
    "rationale": "a short rationale",
    "findings": "the findings for and against",
    "weights": "the weights of findings",
    "highlights": "words marked in the case",
    "similar": "similar cases",
    "counterfactual": "what would change it",
    "heat-map": "a heat map over the picture",
    "excerpt": "an excerpt of a source",
    "data-quality": "a warning about the data",
}
IN_SHORT = {
    "after-commit": "after own answer",
    "with-case": "with the case",
    "after-reflection": "after reflection",
    "before-history": "before the history",
    "at-submit": "where own answer differs",
}
CONFIDENCE = {
    "percent": "It stated its confidence in percent. ",
    "independent": "It stated a confidence in percent that was drawn at random, right or wrong alike. ",
    "calibrated": "It stated a confidence in percent, drawn so that advice was as often right as it said. ",
    "none": "It stated no confidence. ",
}
DISPLAYS = {
    "inline": "",
    "banner": "It stood above the case. ",
    "panel": "It stood over the page until it was closed. ",
}


def in_short(policy: AdvicePolicy) -> str:
    """For a cell of the study's picture."""
    if policy.is_chat:
        return f"Live chat, at most {counted(policy.calls or 0, 'question')}"
    if not policy.is_advice:
        return AIDS[policy.nudge]
    said = f"Advice {IN_SHORT[policy.when]}, {policy.wrong} wrong"
    if policy.delivery == "on-demand":
        said += ", on demand"
    if policy.delay:
        said += f", after {policy.delay} s"
    return said + (", two advisers" if policy.second else "")


def when_shown(policy: AdvicePolicy) -> str:
    when = {
        "after-commit": "after the participant’s own answer was committed",
        "with-case": "with the case",
        "after-reflection": "after the participant had committed an answer and written a reflection on it",
        "before-history": "after the patient’s first words and before the rest of the case",
        "at-submit": "after the participant had submitted an answer, where the advice differed from it",
    }[policy.when]
    if policy.delivery == "on-demand":
        when += ", where the participant asked for it"
    return when + (f", {policy.delay} seconds later" if policy.delay else "")


def in_sentences(name: str, policy: AdvicePolicy) -> str:
    """For the methods of a report."""
    if policy.is_chat:
        return (
            f"Under “{name}”, a live chat with a language model, labelled “{policy.label}”, stood beside the case for "
            f"at most {policy.calls} questions a case; each turn is on record."
        )
    if not policy.is_advice:
        places = {"with-case": "with the case", "before-history": "before the history"}
        where = places.get(policy.when, "after the first answer")
        return f"Under “{name}”, {AIDS[policy.nudge].lower()} was shown {where}."
    text = (
        f"Under “{name}”, a card labelled “{policy.label}” was shown {when_shown(policy)}. Advice came from a bank "
        f"written beforehand, not from a running system; it was wrong in {policy.wrong} cases by design"
    )
    if policy.first_wrong_after:
        text += f", never before {counted(policy.first_wrong_after, 'case')} with right advice"
    text += ". "
    text += CONFIDENCE[policy.confidence]
    return text + DISPLAYS[policy.display] + _explanation(policy) + _further(policy)


def _explanation(policy: AdvicePolicy) -> str:
    parts = [words for part, words in PARTS.items() if part in policy.explains]
    if not parts:
        return "No explanation was given."
    if policy.explanation == "findings":
        return "A rationale and the findings for and against were given."
    if parts == [PARTS["rationale"]]:
        return "A short rationale was given."
    return "Its explanation held " + ", ".join(parts) + "."


def _further(policy: AdvicePolicy) -> str:
    said = []
    if policy.second:
        stance = "agreed with it" if policy.second.stance == "agrees" else "disagreed with it"
        said.append(f"A second adviser, “{policy.second.label}”, {stance}.")
    if policy.preselected:
        said.append("Its suggestion was filled in beforehand and could be taken out.")
    if policy.reasons != "none":
        whom = "everyone" if policy.reasons == "always" else "those only who did not follow it (an asymmetry)"
        said.append(f"Once the answer was saved, {whom} was asked for reasons.")
    if policy.strength == "hard-stop":
        said.append("It could be overridden with a reason only (a hard stop).")
    for kind, words in (("down", "not available"), ("slow", "slow"), ("tampered", "tampered with")):
        n = sum(event.kind == kind for event in policy.events)
        if n:
            said.append(f"By design it was {words} at {counted(n, 'case')}.")
    return "".join(" " + sentence for sentence in said)
