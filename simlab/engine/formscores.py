"""How right an answer is: a score from 0 to 1, and whether it is right outright.

The rules are those of the literature on each form: key features after Page and Bordage (1995), script concordance in
the five variants compared by Goos et al. (2016), percentages by the Brier score (1950). A score of None waits for two
raters.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simlab.engine import questions as q
from simlab.engine.answerwords import label_of
from simlab.engine.modelanswers import right_answer
from simlab.engine.scoring import Named, Synonyms, canonical, normalise, rank_of_reference


@dataclass(frozen=True)
class Scored:
    """`score` 0..1 and `correct`, None where raters must judge; `rank` of the reference where answers are ranked.

    `parts` are the numbers that the score is made of, by name.
    """

    score: float | None
    correct: bool | None
    label: str
    rank: int | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


def truth_label(question: q.Question, reference: Named, names: Synonyms) -> str:
    """The label that a right answer has."""
    return label_of(question, right_answer(question, reference), names)


def score_answer(  # noqa: C901 - one branch a form
    question: q.Question,
    reference: Named,
    answer: Mapping[str, Any],
    names: Synonyms,
    judged: Mapping[str, bool] | None = None,
) -> Scored:
    """Score an answer in its stored form.

    `reference` is the diagnosis of the case, `names` maps names to preferred names, and `judged` holds what raters
    found of answers in free text, by the normalised text.
    """
    label = label_of(question, answer, names)
    match question:
        case q.RankedDifferential():
            return _ranked(answer["differential"], reference, names, judged or {}, label)
        case q.FreeText():
            right = _judged(question, answer["text"], names, judged or {})
            if right:
                label = truth_label(question, reference, names)
            return Scored(None if right is None else float(right), right, label)
        case q.SingleBestAnswer():
            credit = {option.id: option.credit for option in question.options}[answer["choice"]]
            right = answer["choice"] == question.answer
            return Scored(1.0 if right else credit, right, label)
        case q.Triage():
            return _triage(question, answer["level"], label)
        case q.ExtendedMatching():
            hits = [answer["matches"][stem.id] == stem.answer for stem in question.stems]
            return _all_or_share(sum(hits) / len(hits), label)
        case q.Probability():
            return _probability(question, answer["percents"], label)
        case q.KeyFeature():
            return _all_or_share(_key_features(question, answer["chosen"]), label)
        case q.ScriptConcordance():
            return _concordance(question, answer["ratings"], label)
        case q.ReflectionGrid():
            return _grid(question, answer, label)
        case q.ErrorSpotting():
            return _spotting(question, answer["marked"], label)
        case q.ManagementChoices():
            return _all_or_share(management_score(question.options, answer["chosen"]), label)
        case q.Prescribing():
            return _all_or_share(_prescribing(question, answer), label)


def score_further(question: q.Question, reference: Named, answer: Mapping[str, Any]) -> dict[str, Scored]:
    """The scores of the further questions of a case, by their ids; empty where it has none."""
    given = answer.get("also") or {}
    return {
        str(one.id): score_answer(one, reference, given[str(one.id)], {}) for one in question.also if one.id in given
    }


def _all_or_share(score: float, label: str) -> Scored:
    return Scored(score, score == 1.0, label)


def _ranked(
    listed: Sequence[Mapping[str, Any]], reference: Named, names: Synonyms, judged: Mapping[str, bool], label: str
) -> Scored:
    """Reciprocal rank; 0 when the reference is not listed."""
    right = canonical(reference.term, names)
    names = {**names, **{text: right for text, same in judged.items() if same}}
    rank = rank_of_reference(listed, reference.term, names)
    first = canonical(str(listed[0]["term"]), names)
    return Scored(1 / rank if rank else 0.0, rank == 1, first, rank)


def _judged(question: q.FreeText, text: str, names: Synonyms, judged: Mapping[str, bool]) -> bool | None:
    said = canonical(text, names)
    for known, verdict in ((question.accepted, True), (question.rejected, False)):
        if said in {canonical(one, names) for one in known}:
            return verdict
    return judged.get(normalise(text))


def _triage(question: q.Triage, level: str, label: str) -> Scored:
    order = [one.id for one in question.levels]
    over = order.index(level) - order.index(question.answer)
    score = {0: 1.0, 1: question.one_over, -1: question.one_under}.get(over, 0.0)
    return Scored(score, over == 0, label, parts={"levels-over": float(over), "safe": float(over >= 0)})


def brier(shares: Mapping[str, float], truth: str) -> float:
    """The Brier score over all hypotheses, 0 (certain and right) to 2 (certain and wrong)."""
    return sum((share - (name == truth)) ** 2 for name, share in shares.items())


def _probability(question: q.Probability, percents: Mapping[str, int], label: str) -> Scored:
    score = brier({name: percent / 100 for name, percent in percents.items()}, question.answer)
    return Scored(1 - score / 2, label == question.answer, label, parts={"brier": score})


def feature_score(chosen: Collection[str], right: Collection[str], killers: Collection[str], most: int) -> float:
    """The share of the key that was chosen; 0 when a dangerous option, or more than `most`, were chosen."""
    if len(chosen) > most or set(chosen) & set(killers):
        return 0.0
    return len(set(chosen) & set(right)) / len(right)


def _key_features(question: q.KeyFeature, chosen: Mapping[str, Sequence[str]]) -> float:
    scores = [
        feature_score(
            chosen[feature.id],
            [option.id for option in feature.options if option.right],
            [option.id for option in feature.options if option.killer],
            feature.most,
        )
        for feature in question.features
    ]
    return sum(scores) / len(scores)


def concordance_score(rating: int, panel: Sequence[int], scoring: str = "aggregate") -> float:
    """One item of script concordance, 0..1. `panel` counts the experts at −2, −1, 0, +1 and +2.

    Two equally frequent ratings are both modal; the distance is to the nearer.
    """
    place, top = rating + 2, max(panel)
    modes = [i for i, n in enumerate(panel) if n == top]
    aggregate = panel[place] / top
    to_mode = 1 - min(abs(place - mode) for mode in modes) / 4
    mean = sum(i * n for i, n in enumerate(panel)) / sum(panel)
    return {
        "aggregate": aggregate,
        "distance-to-mode": to_mode,
        "distance-to-mean": 1 - abs(place - mean) / 4,
        "aggregate-with-distance": (aggregate + to_mode) / 2,
        "single-best": float(place in modes),
    }[scoring]


def _concordance(question: q.ScriptConcordance, ratings: Mapping[str, int], label: str) -> Scored:
    scores = [concordance_score(ratings[item.id], item.panel, question.scoring) for item in question.items]
    modal = all(item.panel[ratings[item.id] + 2] == max(item.panel) for item in question.items)
    return Scored(sum(scores) / len(scores), modal, label)


def _grid(question: q.ReflectionGrid, answer: Mapping[str, Any], label: str) -> Scored:
    """The share of cells marked as in the key, an empty cell being a mark too, and the hypothesis put first."""
    key = {
        (name, finding.id): mark
        for finding in question.findings
        for mark, names in (("for", finding.for_), ("against", finding.against), ("absent", finding.absent))
        for name in names
    }
    cells = [(h.id, f.id) for h in question.hypotheses for f in question.findings]
    same = sum(answer["marks"][h].get(f) == key.get((h, f)) for h, f in cells) / len(cells)
    rank = answer["ranking"].index(question.answer) + 1
    score = question.grid_weight * same + (1 - question.grid_weight) * (rank == 1)
    return Scored(score, rank == 1, label, rank, {"grid": same})


def spotting_counts(marked: Collection[str], faults: Collection[str], all_: Collection[str]) -> dict[str, int]:
    """Hits, misses, false alarms and correct rejections, for signal detection."""
    hits, alarms = len(set(marked) & set(faults)), len(set(marked) - set(faults))
    return {
        "hits": hits,
        "misses": len(faults) - hits,
        "false-alarms": alarms,
        "rejections": len(all_) - len(faults) - alarms,
    }


def _spotting(question: q.ErrorSpotting, marked: Sequence[str], label: str) -> Scored:
    """Hit rate less false-alarm rate, not below 0; without any error in the text, 1 less the false-alarm rate."""
    faults = [passage.id for passage in question.passages if passage.fault]
    counts = spotting_counts(marked, faults, [passage.id for passage in question.passages])
    found = counts["hits"] / len(faults) if faults else 1.0
    score = max(0.0, found - counts["false-alarms"] / (len(question.passages) - len(faults)))
    return Scored(score, set(marked) == set(faults), label, parts={name: float(n) for name, n in counts.items()})


def management_score(options: Sequence[q.Action], chosen: Collection[str]) -> float:
    """Share of essential actions, less as much for each wrong one; 0 with a dangerous one, and never below 0."""
    taken = [option for option in options if option.id in chosen]
    if any(option.killer for option in taken):
        return 0.0
    earned = sum(option.essential for option in taken) - sum(option.wrong for option in taken)
    return max(0, earned) / sum(option.essential for option in options)


def _prescribing(question: q.Prescribing, answer: Mapping[str, Any]) -> float:
    """0 for a drug that is not accepted; else the share of drug, dose, frequency and length that fit, at best."""
    fits = [_fit(accepted, answer) for accepted in question.accepted if accepted.drug == answer["drug"]]
    return max(fits, default=0.0)


def _fit(accepted: q.Prescription, answer: Mapping[str, Any]) -> float:
    if answer["dose"] is None:
        return 1.0
    parts: list[bool] = [
        True,
        accepted.dose is None or accepted.dose[0] <= answer["dose"] <= accepted.dose[1],
        not accepted.frequency or answer["frequency"] in accepted.frequency,
        accepted.days is None or accepted.days[0] <= answer["days"] <= accepted.days[1],
    ]
    return sum(parts) / len(parts)
