"""Questionnaires: items as they were stored, scored when a plan is run, by arm and phase."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import questionnaires
from simlab.stats.described import Words, by_person, measured, nothing, over, where
from simlab.stats.errors import BadTable
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, filled_cells, in_cells, no, sieve, yes
from simlab.stats.questionnaires import ITEMS, Item
from simlab.stats.result import Analysis, Estimate

TITLE = "Questionnaires"
Answers = Mapping[str, Sequence[Item]]


@dataclass(frozen=True)
class Scale:
    """One score: its name, its words, the questionnaires it reads, and the score (None where an item is missing)."""

    name: str
    label: str
    reads: tuple[str, ...]
    score: Callable[[Answers], float | None]


def _part(whole: Callable[[Sequence[Item]], dict[str, float | None]], questionnaire: str, part: str) -> Scale:
    name = f"{questionnaire}-{part.replace(' ', '-')}"
    words = {
        "jian": "Trust between people and automation (Jian)",
        "trust-in-automation": "Trust in automation (Körber)",
    }
    return Scale(name, f"{words[questionnaire]}: {part}", (questionnaire,), lambda a: whole(a[questionnaire])[part])


def _weighted(a: Answers) -> float | None:
    weights = [w for w in a["tlx-weights"] if w is not None]
    return questionnaires.tlx_weighted(a["tlx"], [int(w) for w in weights]) if len(weights) == 6 else None


SCALES: tuple[Scale, ...] = (
    Scale("sus", "System Usability Scale, 0 to 100", ("sus",), lambda a: questionnaires.sus(a["sus"])),
    Scale("tlx-raw", "NASA-TLX without weights, 0 to 100", ("tlx",), lambda a: questionnaires.tlx_raw(a["tlx"])),
    Scale("tlx-weighted", "NASA-TLX with weights, 0 to 100", ("tlx", "tlx-weights"), _weighted),
    *(_part(questionnaires.trust_jian, "jian", part) for part in ("trust", "distrust items", "trust items")),
    *(_part(questionnaires.trust_in_automation, "trust-in-automation", part) for part in questionnaires.TIA_SCALES),
    Scale("merritt-trust", "Trust (Merritt), 1 to 5", ("merritt-trust",),
          lambda a: questionnaires.merritt(a["merritt-trust"])),
    Scale("merritt-propensity", "Propensity to trust (Merritt), 1 to 5", ("merritt-propensity",),
          lambda a: questionnaires.merritt(a["merritt-propensity"])),
    Scale("perceived-accuracy", "Perceived accuracy of the AI, 0 to 100", ("perceived-accuracy",),
          lambda a: a["perceived-accuracy"][0]),
)  # fmt: skip


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Mean of each score by arm and phase, and how far perceived accuracy of the AI was from its actual accuracy."""
    filled = prepared.encounters[prepared.encounters["questionnaire"].notna()]
    if not len(filled):
        return nothing("questionnaires", TITLE, "These data hold no questionnaire, so there is nothing to score.")
    answers = filled.assign(
        answers=pd.Series([read(text) for text in filled["questionnaire"]], filled.index, dtype=object)
    )
    made: list[Estimate] = []
    for cell in filled_cells(answers, plan):
        rows = in_cells(answers, cell)
        for scale in SCALES:
            made += _mean(scale, rows, cell, plan)
        made += _trust(rows, prepared, cell, plan)
    strange = sorted({name for held in answers["answers"] for name in held} - set(ITEMS))
    says = tuple(f"No scoring key for the questionnaire {name} is known here, so it is left out." for name in strange)
    return Analysis("questionnaires", TITLE, tuple(made), warnings=says)


def read(text: str) -> dict[str, list[Item]]:
    """Items by questionnaire, those without a key here included. Raises BadTable when the text is no such thing."""
    place = "column questionnaire"
    try:
        held = json.loads(text)
    except json.JSONDecodeError:
        raise BadTable(place, f"holds {text[:40]!r}, which is not JSON", 'write {"sus": [4, 2, …]}') from None
    if not isinstance(held, dict):
        raise BadTable(place, "is not a set of named lists", 'write {"sus": [4, 2, …]}')
    for name, items in held.items():
        if name not in ITEMS:
            continue
        fine = isinstance(items, list) and all(
            v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in items
        )
        if not fine or len(items) != ITEMS[name]:
            raise BadTable(place, f"does not give {ITEMS[name]} items of {name}", "write null for an item left out")
    return held


def score(scale: Scale, answers: Answers) -> float | None:
    try:
        return scale.score(answers)
    except ValueError as fault:
        raise BadTable(
            "column questionnaire", f"has {scale.name} items at fault: {fault}", "correct the items"
        ) from None


def _mean(scale: Scale, rows: pd.DataFrame, cell: Cell, plan: Plan) -> list[Estimate]:
    asked = [set(scale.reads) <= set(a) for a in rows["answers"]]
    given = rows[asked]
    if not len(given):
        return []
    scores = pd.Series([score(scale, a) for a in given["answers"]], index=given.index, dtype="float64")
    kept = sieve(given.assign(score=scores), [("items missing", scores.isna())])
    sums = np.zeros((1, 2))
    if len(kept.rows):
        sums = by_person(kept.rows, np.column_stack([kept.rows["score"].astype(float), np.ones(len(kept.rows))]))
    words = Words(
        f"{scale.name}/{cell[0]}/{cell[1]}", f"{scale.label}, {where(cell)}", "points", "Nobody gave all items."
    )
    return [measured(words, sums, over((0, 1)), kept, plan)]


def _trust(rows: pd.DataFrame, prepared: Prepared, cell: Cell, plan: Plan) -> list[Estimate]:
    """Perceived minus actual accuracy of the advice that this arm was shown up to and in this phase."""
    held = [(person, a["perceived-accuracy"][0]) for person, a in zip(rows["participant"], rows["answers"], strict=True)
            if "perceived-accuracy" in a]  # fmt: skip
    said = {person: value for person, value in held if value is not None}
    before = plan.phases[: plan.phases.index(cell[1]) + 1]
    met = in_cells(prepared.encounters, *((cell[0], phase) for phase in before))
    met = met[yes(met["advice_shown"]) & (yes(met["advice_correct"]) | no(met["advice_correct"]))]
    actual = met["advice_correct"].astype(float).groupby(met["participant"]).mean() * 100
    people = sorted(set(said) & set(actual.index))
    if not people:
        return []
    gaps = [questionnaires.trust_calibration(said[p], float(actual[p])) for p in people]
    words = Words(
        f"trust-calibration/{cell[0]}/{cell[1]}",
        f"Perceived minus actual accuracy of the AI, points, {where(cell)}",
        "points",
    )
    kept = Sieved(rows[rows["participant"].isin(people)], ())
    return [measured(words, np.column_stack([gaps, np.ones(len(gaps))]), over((0, 1)), kept, plan)]
