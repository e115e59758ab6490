"""The debrief: a summary in words with its uncertainty, then case by case, wrong advice corrected first."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from simlab.engine.scoring import rank_of_reference, synonyms_of
from simlab.web.presenters.arrival import without_title
from simlab.web.words import count, counted, percent, sentence


class Named(NamedTuple):
    term: str
    synonyms: tuple[str, ...]


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


def page_of(told: dict[str, Any], synonyms: Mapping[str, str]) -> dict[str, Any]:
    """Context of the page. `synonyms` maps other names of a condition to its own, as for scoring."""
    cases = [{**case_of(case, synonyms), "number": n} for n, case in enumerate(told["cases"], start=1)]
    order = list(dict.fromkeys(case["phase"] for case in cases))
    cases = [{**case, "phase_order": order.index(case["phase"])} for case in cases]
    return {
        "study": told["study"],
        "text": without_title(told["document"]),
        "cases": cases,
        "summary": summary_of(cases),
    }


def case_of(case: dict[str, Any], synonyms: Mapping[str, str]) -> dict[str, Any]:
    reference = case["reference"]["diagnosis"]
    advice = case["advice"]
    names = {**synonyms, **synonyms_of([Named(reference["term"], tuple(reference.get("synonyms") or ()))])}
    return {
        **case,
        "first": answer_of(case["own_initial"], reference["term"], names),
        "last": answer_of(case["own_final"], reference["term"], names),
        "reference_term": reference["term"],
        "others": ", ".join(term["term"] for term in case["reference"]["differential"]),
        "correction": correction(advice, reference["term"]) if case["advice_was_wrong"] else None,
    }


def answer_of(answer: dict[str, Any] | None, reference: str, synonyms: Mapping[str, str]) -> dict[str, Any] | None:
    """The list as given, with where the reference stands in it."""
    if answer is None:
        return None
    terms = [item["term"] for item in answer["differential"]]
    rank = rank_of_reference(terms, reference, synonyms)
    said = {None: "The reference answer is not in the list.", 1: "The first choice is the reference answer."}
    place = said.get(rank) or f"The reference answer is number {rank} in the list."
    return {"terms": terms, "confidence": answer["confidence"], "rank": rank, "place": place}


def correction(advice: dict[str, Any], reference: str) -> str:
    why = ERRORS.get(advice["error_type"] or "", "")
    said = advice["diagnosis"]["term"]
    return f"The suggestion here was wrong. It said {said}; the reference answer is {reference}. {why}".strip()


def summary_of(cases: list[dict[str, Any]]) -> list[str]:
    """Sentences, each with numerator, denominator and a 95 % interval."""
    last = [case["last"]["rank"] == 1 for case in cases if case["last"]]
    both = [case for case in cases if case["first"] and case["last"]]
    wrong = [case for case in cases if case["advice_was_wrong"] and case["last"]]
    told = [share("Your final first choice was the reference answer", sum(last), len(last))]
    if both:
        first = sum(case["first"]["rank"] == 1 for case in both)
        final = sum(case["last"]["rank"] == 1 for case in both)
        told.append(
            f"Of the {counted(len(both), 'case')} that you answered twice, "
            f"you had {count(first)} right at first and {count(final)} right in the end."
        )
    if wrong:
        kept = sum(case["last"]["rank"] == 1 for case in wrong)
        told.append(share("When the suggestion was wrong, you ended on the reference answer", kept, len(wrong)))
    return [line for line in told if line]


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
