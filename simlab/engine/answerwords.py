"""An answer as a label, for comparing, and in words, for reading.

Two answers to one question have the same label exactly when they count as the same answer: so agreement with advice
and changes of mind mean the same for every form. A prescription is labelled by its drug, a reflection grid by the
hypothesis put first, percentages by the most likely hypothesis.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simlab.engine import questions as q
from simlab.engine.scoring import Synonyms, canonical

NOTHING = "none"

SCALES = {
    "likelihood": (
        "much less likely",
        "less likely",
        "neither more nor less likely",
        "more likely",
        "much more likely",
    ),
    "usefulness": ("not useful at all", "less useful", "neither more nor less useful", "more useful", "very useful"),
    "appropriateness": (
        "not appropriate at all",
        "less appropriate",
        "neither more nor less appropriate",
        "more appropriate",
        "very appropriate",
    ),
}
MARK_WORDS = {"for": "for", "against": "against", "absent": "expected but absent"}


def label_of(question: q.Question, answer: Mapping[str, Any], names: Synonyms) -> str:  # noqa: C901 - one branch a form
    """The label of an answer in its stored form."""
    match question:
        case q.RankedDifferential():
            return canonical(str(answer["differential"][0]["term"]), names)
        case q.SingleBestAnswer():
            return str(answer["choice"])
        case q.Triage():
            return str(answer["level"])
        case q.Prescribing():
            return str(answer["drug"])
        case q.ReflectionGrid():
            return str(answer["ranking"][0])
        case q.FreeText():
            return canonical(str(answer["text"]), names)
        case q.Probability():
            return _most_likely(answer["percents"])
        case q.ExtendedMatching():
            matches = answer["matches"]
            return str(next(iter(matches.values()))) if len(matches) == 1 else _joined(matches)
        case q.ScriptConcordance():
            return _joined({item: f"{rating:+d}" for item, rating in answer["ratings"].items()})
        case q.KeyFeature():
            return _joined({feature: "+".join(chosen) for feature, chosen in answer["chosen"].items()})
        case q.ErrorSpotting():
            return "+".join(answer["marked"]) or NOTHING
        case q.ManagementChoices():
            return "+".join(answer["chosen"]) or NOTHING


def _most_likely(percents: Mapping[str, int]) -> str:
    highest = max(percents.values())
    return "/".join(sorted(name for name, percent in percents.items() if percent == highest))


def _joined(parts: Mapping[str, str]) -> str:
    # Sorted: a database keeps the keys of a mapping in an order of its own.
    return " ".join(f"{name}:{value}" for name, value in sorted(parts.items()))


def words_of(question: q.Question, answer: Mapping[str, Any]) -> list[str]:  # noqa: C901 - one branch a form
    """The answer as lines to read, in the words of the question."""
    match question:
        case q.RankedDifferential():
            return [str(entry["term"]) for entry in answer["differential"]]
        case q.SingleBestAnswer():
            return [_text(question.options, answer["choice"])]
        case q.Triage():
            return [_text(question.levels, answer["level"])]
        case q.ExtendedMatching():
            return [f"{s.text} – {_text(question.themes, answer['matches'][s.id])}" for s in question.stems]
        case q.Probability():
            return [f"{h.text}: {answer['percents'][h.id]}%" for h in question.hypotheses]
        case q.KeyFeature():
            return [f"{f.prompt} {_texts(f.options, answer['chosen'][f.id])}" for f in question.features]
        case q.ScriptConcordance():
            scale = SCALES[question.scale]
            return [f"{item.and_}: {scale[answer['ratings'][item.id] + 2]}" for item in question.items]
        case q.ReflectionGrid():
            return [_grid_line(question, answer, name) for name in answer["ranking"]]
        case q.ErrorSpotting():
            marked = [f"“{p.text}”" for p in question.passages if p.id in answer["marked"]]
            return marked or ["Nothing is wrong."]
        case q.ManagementChoices():
            return [option.text for option in question.options if option.id in answer["chosen"]]
        case q.Prescribing():
            return [_prescription(question, answer)]
        case q.FreeText():
            return [str(answer["text"])]


def reference_words(question: q.Question, diagnosis: str) -> list[str]:  # noqa: C901 - one branch a form
    """What would have been right, as lines to read; `diagnosis` is the reference of the case."""
    match question:
        case q.RankedDifferential():
            return [diagnosis]
        case q.ScriptConcordance():
            scale = SCALES[question.scale]
            return [
                f"{item.and_}: most experts say {scale[item.panel.index(max(item.panel))]}" for item in question.items
            ]
        case q.KeyFeature():
            return [f"{f.prompt} {_texts(f.options, [o.id for o in f.options if o.right])}" for f in question.features]
        case q.ErrorSpotting():
            wrong = [f"“{p.text}” {p.note or ''}".strip() for p in question.passages if p.fault]
            return wrong or ["Nothing is wrong."]
        case q.ManagementChoices():
            return [option.text for option in question.options if option.essential]
        case q.Prescribing():
            return [_accepted(question, accepted) for accepted in question.accepted]
        case q.FreeText():
            return [question.accepted[0]]
        case q.ExtendedMatching():
            return [f"{stem.text} – {_text(question.themes, stem.answer)}" for stem in question.stems]
        case q.Triage():
            return [_text(question.levels, question.answer)]
        case q.SingleBestAnswer():
            return [_text(question.options, question.answer)]
        case q.Probability() | q.ReflectionGrid():
            return [_text(question.hypotheses, question.answer)]


def _text(options: Iterable[q.Option], name: str) -> str:
    return next(option.text for option in options if option.id == name)


def _texts(options: Iterable[q.Option], names: Sequence[str]) -> str:
    return "; ".join(option.text for option in options if option.id in names)


def _grid_line(question: q.ReflectionGrid, answer: Mapping[str, Any], name: str) -> str:
    row = answer["marks"][name]
    said = [f"{f.text} ({MARK_WORDS[row[f.id]]})" for f in question.findings if f.id in row]
    return f"{_text(question.hypotheses, name)}: {', '.join(said) or 'no finding marked'}"


def _prescription(question: q.Prescribing, answer: Mapping[str, Any]) -> str:
    drug = _text(question.drugs, answer["drug"])
    if answer["dose"] is None:
        return drug
    often = _text(question.frequencies, answer["frequency"])
    days = f"{answer['days']} day" + ("s" if answer["days"] != 1 else "")
    return f"{drug} {answer['dose']:g} {question.unit}, {often}, for {days}"


def _accepted(question: q.Prescribing, accepted: q.Prescription) -> str:
    parts = [_text(question.drugs, accepted.drug)]
    if accepted.dose:
        parts.append(f"{_between(*accepted.dose)} {question.unit}")
    if accepted.frequency:
        parts.append(" or ".join(_text(question.frequencies, name) for name in accepted.frequency))
    if accepted.days:
        parts.append(f"for {_between(*accepted.days)} days")
    return ", ".join(parts)


def _between(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def further_words(question: q.Question, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answers to the further questions of a case: what was asked (`prompt`), and the answer as `lines`."""
    given = answer.get("also") or {}
    return [
        {"id": one.id, "prompt": one.prompt, "lines": words_of(one, given[str(one.id)])}
        for one in question.also
        if one.id in given
    ]
