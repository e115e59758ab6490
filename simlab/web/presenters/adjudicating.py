"""The adjudication page in words: what is open, what raters agree on, and the list that has grown."""

from collections.abc import Iterable
from typing import Any

from simlab.engine.answerwords import reference_words
from simlab.engine.questions import FreeText
from simlab.sittings.adjudication import Item, pairs_of
from simlab.web.words import count, counted, number

UNJUDGED = "Kappa is shown once two people have judged the same texts and not all verdicts are alike."


def page_of(items: list[Item], current: Item | None, rescorings: Iterable[Any]) -> dict[str, Any]:
    waiting = [item for item in items if item.verdict is None]
    settled = [item for item in waiting if item.settled is not None]
    accepted = sorted((item for item in items if item.verdict is not None), key=lambda i: (i.case.title, i.text))
    return {
        "state": state_of(waiting, settled, accepted),
        "current": current and question_of(current),
        "left": len(waiting) - len(settled),
        "settled": [line_of(item, item.settled) for item in settled],
        "accepted": [line_of(item, item.verdict) for item in accepted],
        "agreement": agreement_words(items),
        "rescorings": list(rescorings),
    }


def state_of(waiting: list[Item], settled: list[Item], accepted: list[Item]) -> list[dict[str, Any]]:
    open_ = [item for item in waiting if item.settled is None]
    rows = (
        ("Not judged by anybody", [item for item in open_ if not item.ratings]),
        ("Judged by one person", [item for item in open_ if len(item.ratings) == 1]),
        ("Disputed, waiting for a third", [item for item in open_ if item.is_disputed]),
        ("Agreed, not used yet", settled),
        ("In use", accepted),
    )
    return [{"label": label, "n": number(len(found))} for label, found in rows]


def question_of(item: Item) -> dict[str, Any]:
    """What a rater sees. Nothing of the person, the arm, the phase, the advice or the other rater."""
    question, reference = item.case.question, item.case.reference.diagnosis
    known = question.accepted if isinstance(question, FreeText) else (reference.term, *reference.synonyms)
    return {
        "case": item.case.id,
        "title": item.case.title,
        "prompt": question.prompt,
        "text": item.text,
        "reference": reference_words(question, reference.term)[0],
        "known": known,
    }


def line_of(item: Item, right: bool | None) -> dict[str, Any]:
    return {
        "title": item.case.title,
        "text": item.text,
        "verdict": "counts as right" if right else "does not count",
        "answers": counted(item.answers, "answer"),
    }


def agreement_words(items: list[Item]) -> str:
    from simlab.stats.agreement import cohen_kappa  # late: the statistics take seconds to read

    pairs = pairs_of(items)
    found = cohen_kappa(pairs)
    if found.kappa is None:
        return UNJUDGED
    agreed = f"Of {counted(found.n, 'text')} judged by two people, they agreed on {count(found.agreed)}."
    if found.low is None or found.high is None:
        return f"{agreed} Cohen’s kappa {found.kappa:.2f}; these ratings vary too little for an interval."
    value = f"Cohen’s kappa {found.kappa:.2f} (95% interval {found.low:.2f} to {found.high:.2f})."
    few = " The interval is for large samples; with so few texts take it as rough." if found.n < 30 else ""
    return f"{agreed} {value}{few}".replace("-", "−")
