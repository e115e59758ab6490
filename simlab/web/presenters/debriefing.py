"""The debrief: a summary in words with its uncertainty, then case by case, wrong advice corrected first."""

from typing import Any

from simlab.web.presenters.arrival import without_title
from simlab.web.presenters.debriefwords import asked_words, confidence_line, effect_of, sureness_of
from simlab.web.words import count, counted, percent, sentence

RANKED = "ranked-differential"
ERRORS = {
    "premature-closure": "It settled on a first idea and left findings out that speak against it.",
    "base-rate-neglect": "It gave too little weight to how common conditions are in patients like this one.",
    "outdated-guideline": "It followed guidance that has since been replaced.",
    "missed-interaction": "It overlooked a medicine that matters here.",
    "hallucinated-finding": "It relied on a finding that is not in the case.",
    "wrong-patient": "It relied on information that belongs to somebody else.",
    "over-triage": "It asked for more urgency than the case needs.",
    "under-triage": "It asked for less urgency than the case needs.",
}


def page_of(told: dict[str, Any]) -> dict[str, Any]:
    """Context of the page."""
    cases = [{**case_of(case), "number": n} for n, case in enumerate(told["cases"], start=1)]
    order = list(dict.fromkeys(case["phase"] for case in cases))
    cases = [{**case, "phase_order": order.index(case["phase"])} for case in cases]
    return {
        "study": told["study"],
        "text": without_title(told["document"]),
        "cases": cases,
        "summary": summary_of(cases),
    }


def case_of(case: dict[str, Any]) -> dict[str, Any]:
    reference = case["reference"]
    ranked = case["kind"] == RANKED
    return {
        **case,
        "first": answer_of(case["first"], ranked=ranked),
        "last": answer_of(case["last"], ranked=ranked),
        "prompt": "" if ranked else case["question"],
        "reference_lines": reference["words"],
        "others": ", ".join(term["term"] for term in reference["differential"]) if ranked else "",
        "correction": corrections(case, reference["words"]),
        "advices": [{**advice, "did": did(case, advice)} for advice in case["advices"]],
        "asked_words": asked_words(case["asked"]) if case["asked"] else "",
    }


def did(case: dict[str, Any], advice: dict[str, Any]) -> str:
    """What the advice did; nothing is said of a card that was altered, for it did not say what the bank has."""
    return "" if case["was_altered"] else effect_of(advice, case["first"], case["last"])


def answer_of(answer: dict[str, Any] | None, *, ranked: bool) -> dict[str, Any] | None:
    """The answer in words, with how right it was."""
    if answer is None:
        return None
    said = {None: "The reference answer is not in the list.", 1: "The first choice is the reference answer."}
    rank = answer["rank"]
    place = said.get(rank) or f"The reference answer is number {rank} in the list."
    further = [{**one, "place": verdict(one["score"] == 1, one["score"])} for one in answer.get("further", ())]
    return {
        **answer,
        "further": further,
        "sureness": sureness_of(answer),
        "ranked": ranked,
        "place": place if ranked else verdict(answer["correct"], answer["score"]),
    }


def verdict(correct: bool | None, score: float | None) -> str:
    """How right an answer is that is not a list of diagnoses."""
    if correct is None or score is None:
        return "These words are still to be judged by two readers."
    if score == 1:
        return "This is right."
    if correct:
        return f"The main choice is right; {round(100 * score)} of 100 points in all."
    return f"Partly right: {round(100 * score)} of 100 points." if score else "This is not right."


def corrections(case: dict[str, Any], reference: list[str]) -> str | None:
    """One correction for each adviser who was wrong, and what was done to a card on purpose."""
    told = [correction(advice, reference) for advice in case["advices"] if not advice["correct"]]
    if case["was_altered"]:
        told.append("The card had been altered on purpose here, as if somebody had tampered with the program.")
    return " ".join(told) or None


def correction(advice: dict[str, Any], reference: list[str]) -> str:
    why = ERRORS.get(advice["error_type"] or "", "")
    said, right = advice["said"].rstrip("."), "; ".join(reference).rstrip(".")
    against = "; ".join(point.rstrip(".") for point in advice.get("against", ()))
    told = f"The suggestion here was wrong. It said {said}; the reference answer is {right}. {why}".strip()
    return f"{told} Against it: {against}." if against else told


def summary_of(cases: list[dict[str, Any]]) -> list[str]:
    """Sentences, each with numerator, denominator and a 95 % interval. What still waits for its readers is left out."""
    judged = [case for case in cases if case["last"] and case["last"]["correct"] is not None]
    both = [case for case in judged if case["first"] and case["first"]["correct"] is not None]
    wrong = [case for case in judged if case["advice_was_wrong"]]
    lists = all(case["kind"] == RANKED for case in judged)
    answered = "Your final first choice was the reference answer" if lists else "Your final answer was right"
    told = [share(answered, right_of(judged, "last"), len(judged))]
    if both:
        first, last = (count(right_of(both, which)) for which in ("first", "last"))
        twice = f"Of the {counted(len(both), 'case')} that you answered twice"
        told.append(f"{twice}, you had {first} right at first and {last} right in the end.")
    if wrong:
        kept = right_of(wrong, "last")
        told.append(share("When the suggestion was wrong, you ended on the reference answer", kept, len(wrong)))
    return [line for line in (*told, confidence_line(cases)) if line]


def right_of(cases: list[dict[str, Any]], which: str) -> int:
    return sum(bool(case[which]["correct"]) for case in cases)


def share(what: str, k: int, n: int) -> str:
    from simlab.stats.proportions import wilson  # late: reading scipy would delay the first page by seconds

    interval = wilson(k, n) if n else None
    if interval is None:
        return ""
    words = f"{what} in {count(k)} of {count(n)} {'case' if n == 1 else 'cases'}."
    if n < 8:
        return f"{words} That is too few to say more."
    between = f"{percent(interval.low)} and {percent(interval.high)}"
    return sentence(f"{words} With so few cases, your long-run share could lie anywhere between {between}.")
