"""Is this an answer to that question? The answer in its stored form, or a refusal in one clear sentence.

| kind                | the parts of the answer                                                   |
| ------------------- | ------------------------------------------------------------------------- |
| ranked-differential | differential: [{term, icd10}], management: [ids] or null                  |
| single-best-answer  | choice: id                                                                |
| extended-matching   | matches: {stem: theme}                                                    |
| probability         | percents: {hypothesis: whole number}, 100 in all                          |
| triage              | level: id                                                                 |
| key-feature         | chosen: {feature: [ids]}                                                  |
| script-concordance  | ratings: {item: −2 … +2}                                                  |
| reflection-grid     | marks: {hypothesis: {finding: for, against or absent}}, ranking: [ids]    |
| error-spotting      | marked: [ids], empty for “nothing is wrong”                               |
| management          | chosen: [ids]                                                             |
| prescribing         | drug: id; unless nothing is prescribed dose: number, frequency: id, days  |
| free-text           | text                                                                      |

Every answer has besides `confidence` (0..100), and `kind`, which only a ranked differential may leave out. Where the
case asks further questions, `also` holds the parts of the answer to each, by its id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from simlab.engine import questions as q
from simlab.engine.errors import Refused
from simlab.engine.scoring import normalise

LONGEST_TERM = 200
BANDS = (10, 30, 50, 70, 90)
"""What is stored for a confidence given in bands: the middle of each fifth of the scale."""

MARKS = ("for", "against", "absent")
Answer = dict[str, Any]


def checked_answer(question: q.Question, answer: Any, *, confidence: str = "percent") -> Answer:
    """The answer in its stored form: nothing added, nothing left out, choices in the order of the question.

    `confidence` is the scale of the study: "percent" or "bands". Raises Refused.
    """
    if not isinstance(answer, Mapping):
        raise _refused("The answer is missing.")
    if answer.get("kind", "ranked-differential") != question.kind:
        raise _refused(f"This case asks for another kind of answer: {question.kind}.")
    parts = _PARTS[question.kind]
    unknown = set(answer) - {*parts, "kind", "confidence", *(("also",) if question.also else ())}
    if unknown:
        raise _refused(f"The answer holds an unknown field: {min(map(str, unknown))}.")
    checked = parts_checked(question, {name: answer.get(name) for name in parts})
    sure = _confidence(answer.get("confidence"), confidence)
    further = {"also": _also(question, answer.get("also"))} if question.also else {}
    if question.kind == "ranked-differential":
        listed = {"differential": checked["differential"], "confidence": sure, "management": checked["management"]}
        return {**listed, **further}
    return {"kind": question.kind, **checked, "confidence": sure, **further}


def _also(question: q.Question, given: Any) -> Answer:
    """The answers to the further questions of a case, by their ids."""
    names = [str(one.id) for one in question.also]
    answers = _mapping(given, names, "Answer every question of this case.")
    if not all(isinstance(parts, Mapping) for parts in answers.values()):
        raise _refused("Answer every question of this case.")
    return {str(one.id): parts_checked(one, answers[str(one.id)]) for one in question.also}


def parts_checked(question: q.Question, parts: Mapping[str, Any]) -> Answer:
    """The parts of an answer without its confidence, as an advised answer holds them. Raises Refused."""
    unknown = set(parts) - set(_PARTS[question.kind])
    if unknown:
        raise _refused(f"The answer holds an unknown field: {min(map(str, unknown))}.")
    return _CHECKS[question.kind](question, parts)


def _refused(message: str) -> Refused:
    return Refused("malformed", message)


def _confidence(given: Any, scale: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= 100:
        raise _refused("Give your confidence as a whole number from 0 to 100.")
    if scale == "bands" and given not in BANDS:
        raise _refused("Choose one of the five levels of confidence.")
    return given


def _one(given: Any, options: Iterable[q.Option], missing: str) -> str:
    if given is None or given == "":
        raise _refused(missing)
    if not isinstance(given, str) or given not in {option.id for option in options}:
        raise _refused("The answer names something that is not among the choices.")
    return given


def _several(given: Any, options: Sequence[q.Option], most: int) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _refused("The answer is a list of choices.")
    known = [option.id for option in options]
    if not set(given) <= set(known):
        raise _refused("The answer names something that is not among the choices.")
    if len(set(given)) > most:
        raise _refused(f"Choose at most {most}.")
    return [one for one in known if one in given]


def _mapping(given: Any, wanted: Sequence[str], missing: str) -> Mapping[str, Any]:
    """A mapping with exactly these keys."""
    if not isinstance(given, Mapping) or set(wanted) - set(given):
        raise _refused(missing)
    if set(given) - set(wanted):
        raise _refused("The answer names something that the question does not ask.")
    return given


def _differential(question: q.RankedDifferential, given: Mapping[str, Any]) -> Answer:
    return {
        "differential": _terms(given.get("differential"), question.most),
        "management": _management(given.get("management")),
    }


def _terms(entries: Any, most: int) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or not entries:
        raise _refused("Name at least one condition.")
    kept: dict[str, dict[str, Any]] = {}
    for entry in entries:
        term = entry.get("term") if isinstance(entry, Mapping) else None
        code = entry.get("icd10") if isinstance(entry, Mapping) else None
        if not isinstance(term, str) or not normalise(term):
            raise _refused("A condition has no name.")
        if len(term) > LONGEST_TERM or not (code is None or (isinstance(code, str) and len(code) <= 16)):
            raise _refused(f"A condition may have at most {LONGEST_TERM} characters.")
        kept.setdefault(normalise(term), {"term": " ".join(term.split()), "icd10": code})
    if len(kept) > most:
        raise _refused(f"Name at most {most} conditions.")
    return list(kept.values())


def _management(choices: Any) -> list[str] | None:
    if choices is None:
        return None
    if not isinstance(choices, list) or not all(isinstance(choice, str) and choice for choice in choices):
        raise _refused("The management is a list of choices.")
    return list(dict.fromkeys(choices))


def _single(question: q.SingleBestAnswer, given: Mapping[str, Any]) -> Answer:
    return {"choice": _one(given.get("choice"), question.options, "Choose one answer.")}


def _triage(question: q.Triage, given: Mapping[str, Any]) -> Answer:
    return {"level": _one(given.get("level"), question.levels, "Choose one level.")}


def _matching(question: q.ExtendedMatching, given: Mapping[str, Any]) -> Answer:
    missing = "Choose an answer for every part."
    matches = _mapping(given.get("matches"), [stem.id for stem in question.stems], missing)
    return {"matches": {stem.id: _one(matches[stem.id], question.themes, missing) for stem in question.stems}}


def _probability(question: q.Probability, given: Mapping[str, Any]) -> Answer:
    names = [hypothesis.id for hypothesis in question.hypotheses]
    percents = _mapping(given.get("percents"), names, "Give a percentage for every hypothesis.")
    if not all(isinstance(p, int) and not isinstance(p, bool) and 0 <= p <= 100 for p in percents.values()):
        raise _refused("Each percentage is a whole number from 0 to 100.")
    total = sum(percents.values())
    if total != 100:
        raise _refused(f"The percentages must come to 100; they come to {total}.")
    return {"percents": {name: percents[name] for name in names}}


def _key_features(question: q.KeyFeature, given: Mapping[str, Any]) -> Answer:
    missing = "Choose at least one option in every part."
    chosen = _mapping(given.get("chosen"), [feature.id for feature in question.features], missing)
    made = {f.id: _several(chosen[f.id], f.options, f.most) for f in question.features}
    if not all(made.values()):
        raise _refused(missing)
    return {"chosen": made}


def _concordance(question: q.ScriptConcordance, given: Mapping[str, Any]) -> Answer:
    names = [item.id for item in question.items]
    ratings = _mapping(given.get("ratings"), names, "Rate every finding.")
    if not all(isinstance(r, int) and not isinstance(r, bool) and -2 <= r <= 2 for r in ratings.values()):
        raise _refused("Each rating is a whole number from −2 to +2.")
    return {"ratings": {name: ratings[name] for name in names}}


def _grid(question: q.ReflectionGrid, given: Mapping[str, Any]) -> Answer:
    names, findings = [h.id for h in question.hypotheses], [f.id for f in question.findings]
    rows = _mapping(given.get("marks"), names, "Fill in the grid for every hypothesis.")
    marks: dict[str, dict[str, str]] = {}
    for name in names:
        row = rows[name]
        if not isinstance(row, Mapping) or set(row) - set(findings) or not all(mark in MARKS for mark in row.values()):
            raise _refused("A mark in the grid is “for”, “against” or “absent”.")
        marks[name] = {finding: row[finding] for finding in findings if finding in row}
    ranking = given.get("ranking")
    if not isinstance(ranking, list) or len(ranking) != len(names) or any(name not in ranking for name in names):
        raise _refused("Put every hypothesis in order, most likely first.")
    return {"marks": marks, "ranking": list(ranking)}


def _passages(question: q.ErrorSpotting, given: Mapping[str, Any]) -> Answer:
    options = [q.Option(id=passage.id, text=passage.text) for passage in question.passages]
    if given.get("marked") is None:
        raise _refused("Mark what is wrong, or say that nothing is.")
    return {"marked": _several(given["marked"], options, len(options))}


def _actions(question: q.ManagementChoices, given: Mapping[str, Any]) -> Answer:
    chosen = _several(given.get("chosen") or [], question.options, question.most)
    if not chosen:
        raise _refused("Choose at least one action.")
    return {"chosen": chosen}


def _prescription(question: q.Prescribing, given: Mapping[str, Any]) -> Answer:
    drug = _one(given.get("drug"), question.drugs, "Choose what to prescribe, or nothing.")
    if next(one for one in question.drugs if one.id == drug).none:
        return {"drug": drug, "dose": None, "frequency": None, "days": None}
    dose, days = given.get("dose"), given.get("days")
    if not isinstance(dose, int | float) or isinstance(dose, bool) or not 0 < dose <= 100_000:
        raise _refused(f"Give the dose as a number of {question.unit}.")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 366:
        raise _refused("Give the length as a whole number of days, from 1 to 366.")
    frequency = _one(given.get("frequency"), question.frequencies, "Choose how often it is taken.")
    return {"drug": drug, "dose": float(dose), "frequency": frequency, "days": days}


def _free_text(question: q.FreeText, given: Mapping[str, Any]) -> Answer:
    text = given.get("text")
    if not isinstance(text, str) or not normalise(text):
        raise _refused("Write your answer.")
    if len(text) > question.longest:
        raise _refused(f"Your answer may have at most {question.longest} characters.")
    return {"text": text.strip()}


_CHECKS: dict[str, Callable[[Any, Mapping[str, Any]], Answer]] = {
    "ranked-differential": _differential,
    "single-best-answer": _single,
    "extended-matching": _matching,
    "probability": _probability,
    "triage": _triage,
    "key-feature": _key_features,
    "script-concordance": _concordance,
    "reflection-grid": _grid,
    "error-spotting": _passages,
    "management": _actions,
    "prescribing": _prescription,
    "free-text": _free_text,
}
_PARTS: dict[str, tuple[str, ...]] = {
    "ranked-differential": ("differential", "management"),
    "single-best-answer": ("choice",),
    "extended-matching": ("matches",),
    "probability": ("percents",),
    "triage": ("level",),
    "key-feature": ("chosen",),
    "script-concordance": ("ratings",),
    "reflection-grid": ("marks", "ranking"),
    "error-spotting": ("marked",),
    "management": ("chosen",),
    "prescribing": ("drug", "dose", "frequency", "days"),
    "free-text": ("text",),
}
