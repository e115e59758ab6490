"""Answers of a known quality to any question: what is right, and wrong answers that somebody might give.

Rehearsals answer with them, and the label of a right answer is the truth of the analysis.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from simlab.engine import questions as q
from simlab.engine.answers import BANDS
from simlab.engine.answerwords import label_of
from simlab.engine.scoring import Named, synonyms_of

Parts = dict[str, Any]
MOST_WRONG = 6
NONSENSE = "Something else altogether"


def right_answer(question: q.Question, reference: Named) -> Parts:  # noqa: C901 - one branch a form
    """The parts of an answer that scores 1, without kind and confidence."""
    match question:
        case q.RankedDifferential():
            return {"differential": [{"term": reference.term, "icd10": None}], "management": None}
        case q.SingleBestAnswer():
            return {"choice": question.answer}
        case q.Triage():
            return {"level": question.answer}
        case q.ExtendedMatching():
            return {"matches": {stem.id: stem.answer for stem in question.stems}}
        case q.Probability():
            return _certain(question, question.answer)
        case q.KeyFeature():
            return {"chosen": {f.id: [o.id for o in f.options if o.right] for f in question.features}}
        case q.ScriptConcordance():
            return {"ratings": {item.id: item.panel.index(max(item.panel)) - 2 for item in question.items}}
        case q.ReflectionGrid():
            return _grid(question, question.answer)
        case q.ErrorSpotting():
            return {"marked": [passage.id for passage in question.passages if passage.fault]}
        case q.ManagementChoices():
            return {"chosen": [option.id for option in question.options if option.essential]}
        case q.Prescribing():
            return _prescribed(question, question.accepted[0].drug)
        case q.FreeText():
            return {"text": question.accepted[0]}


def wrong_answers(question: q.Question) -> list[Parts]:
    """At most six different wrong answers, the first of the question first; none for a ranked differential."""
    made = []
    for answer in _wrong(question):
        if answer not in made:
            made.append(answer)
        if len(made) == MOST_WRONG:
            break
    return made


def _wrong(question: q.Question) -> Iterator[Parts]:  # noqa: C901 - one branch a form
    match question:
        case q.SingleBestAnswer():
            yield from ({"choice": option.id} for option in question.options if option.id != question.answer)
        case q.Triage():
            yield from ({"level": level.id} for level in question.levels if level.id != question.answer)
        case q.ExtendedMatching():
            for shift in range(1, len(question.themes)):
                yield {"matches": {stem.id: _beside(question, stem.answer, shift) for stem in question.stems}}
        case q.Probability():
            yield from (_certain(question, h.id) for h in question.hypotheses if h.id != question.answer)
        case q.KeyFeature():
            yield from _wrong_features(question)
        case q.ScriptConcordance():
            modal = {item.id: item.panel.index(max(item.panel)) for item in question.items}
            for shift in range(1, 5):
                yield {"ratings": {name: (place + shift) % 5 - 2 for name, place in modal.items()}}
        case q.ReflectionGrid():
            yield from (_grid(question, h.id) for h in question.hypotheses if h.id != question.answer)
        case q.ErrorSpotting():
            sound = [passage.id for passage in question.passages if not passage.fault]
            if len(sound) < len(question.passages):
                yield {"marked": []}
            yield from ({"marked": [name]} for name in sound)
        case q.ManagementChoices():
            yield from ({"chosen": [option.id]} for option in question.options if not option.essential)
        case q.Prescribing():
            accepted = {one.drug for one in question.accepted}
            yield from (_prescribed(question, drug.id) for drug in question.drugs if drug.id not in accepted)
        case q.FreeText():
            yield from ({"text": text} for text in question.rejected or (NONSENSE,))


def _certain(question: q.Probability, name: str) -> Parts:
    return {"percents": {h.id: 100 if h.id == name else 0 for h in question.hypotheses}}


def _beside(question: q.ExtendedMatching, theme: str, shift: int) -> str:
    order = [one.id for one in question.themes]
    return order[(order.index(theme) + shift) % len(order)]


def _wrong_features(question: q.KeyFeature) -> Iterator[Parts]:
    for index in range(max(len(feature.options) for feature in question.features)):
        chosen = {}
        for feature in question.features:
            wrong = [option.id for option in feature.options if not option.right] or [feature.options[0].id]
            chosen[feature.id] = [wrong[index % len(wrong)]]
        yield {"chosen": chosen}


def _grid(question: q.ReflectionGrid, first: str) -> Parts:
    names = [h.id for h in question.hypotheses]
    marks: dict[str, dict[str, str]] = {name: {} for name in names}
    for finding in question.findings:
        for mark, named in (("for", finding.for_), ("against", finding.against), ("absent", finding.absent)):
            for name in named:
                marks[name][finding.id] = mark
    return {"marks": marks, "ranking": [first, *(name for name in names if name != first)]}


def _prescribed(question: q.Prescribing, drug: str) -> Parts:
    if next(one for one in question.drugs if one.id == drug).none:
        return {"drug": drug, "dose": None, "frequency": None, "days": None}
    like = next((one for one in question.accepted if one.drug == drug), question.accepted[0])
    return {
        "drug": drug,
        "dose": like.dose[0] if like.dose else 1.0,
        "frequency": like.frequency[0] if like.frequency else question.frequencies[0].id,
        "days": like.days[0] if like.days else 7,
    }


def answers_by_label(question: q.Question, reference: Named) -> dict[str, Parts]:
    """The right answer and then the wrong ones, each under its label."""
    made = [right_answer(question, reference), *wrong_answers(question)]
    found: dict[str, Parts] = {}
    for parts in made:
        found.setdefault(label_of(question, parts, synonyms_of([reference])), parts)
    return found


def on_scale(confidence: int, scale: str) -> int:
    """A confidence of 0..100 as the scale of a study takes it: as it is, or the middle of the nearest band."""
    return confidence if scale == "percent" else min(BANDS, key=lambda middle: abs(middle - confidence))


def stored_form(question: q.Question, parts: Mapping[str, Any], confidence: int) -> dict[str, Any]:
    """An answer as a browser would send it."""
    if question.kind == "ranked-differential":
        return {**parts, "confidence": confidence}
    return {"kind": question.kind, **parts, "confidence": confidence}
