"""Words of a debrief about what the advice did, how sure somebody was, and what was asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from simlab.web.words import count, counted, sentence

FEW = 8  # answers; below, a mean says nothing about the next ones


def effect_of(advice: Mapping[str, Any], first: Mapping[str, Any] | None, last: Mapping[str, Any] | None) -> str:
    """What following or overriding one piece of advice did; empty while there is no final answer."""
    effect = advice["effect"]
    if effect is None or last is None:
        return ""
    if first is None or effect["before"] is None:
        did = "Your answer was the same as the suggestion" if effect["after"] else "You answered otherwise"
        return f"{did}. {ended(last['correct'])}"
    did = {
        (True, True): "You had this answer before you saw the suggestion, and kept it",
        (False, True): "You changed your answer to that of the suggestion",
        (True, False): "You had this answer before you saw the suggestion, and left it",
        (False, False): "You did not take up the suggestion",
    }[effect["before"], effect["after"]]
    return f"{did}. {turned(first['correct'], last['correct'])}"


def turned(before: bool | None, after: bool | None) -> str:
    """What became of the answer."""
    if before is None or after is None:
        return "Your words are still to be judged by two readers."
    return {
        (True, True): "You were right before and right after.",
        (True, False): "You were right before and wrong after.",
        (False, True): "You were wrong before and right after.",
        (False, False): "You were wrong before and wrong after.",
    }[before, after]


def ended(correct: bool | None) -> str:
    if correct is None:
        return "Your words are still to be judged by two readers."
    return "You were right." if correct else "You were wrong."


def sureness_of(answer: Mapping[str, Any]) -> str:
    """How sure, beside how right."""
    outcome = {None: "", True: ", and you were right", False: ", and you were wrong"}[answer["correct"]]
    return f"Confidence {answer['confidence']} out of 100{outcome}."


def asked_words(asked: Mapping[str, Any]) -> str:
    """What was asked for, in numbers."""
    got = len(asked["got"])
    if not got:
        return f"You asked for none of the {counted(asked['of'], 'finding')}."
    told = f"You asked for {count(got)} of {counted(asked['of'], 'finding')}, at a cost of {asked['cost']}."
    if asked["key_of"]:
        told += (
            f" You got {count(asked['key'])} of the {count(asked['key_of'])} that decide{'s' * (asked['key_of'] == 1)}"
        )
        told += f" the case; {count(asked['beside'])} did not bear on it."
    return told


def confidence_line(cases: Sequence[Mapping[str, Any]]) -> str:
    """Confidence against correctness over the final answers that have been judged; empty without any."""
    finals = [case["last"] for case in cases if case["last"] and case["last"]["correct"] is not None]
    means = {right: mean([one["confidence"] for one in finals if one["correct"] is right]) for right in (True, False)}
    n = {right: sum(one["correct"] is right for one in finals) for right in means}
    told = [
        f"{round(value)} out of 100 in the {counted(n[right], 'case')} that you had {'right' if right else 'wrong'}"
        for right, value in means.items()
        if value is not None
    ]
    if not told:
        return ""
    line = f"Your mean confidence was {' and '.join(told)}."
    if len(finals) < FEW:
        return f"{line} That is too few to say more."
    right = sum(one["correct"] for one in finals)
    whole = mean([one["confidence"] for one in finals])
    return sentence(
        f"{line} Over all, confidence of {round(whole)} out of 100 stood beside {right} of {len(finals)} right."
    )


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
