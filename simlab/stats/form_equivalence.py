"""Are two forms parallel within a bound that was declared beforehand? Equivalence by an interval.

Forms are called parallel where the whole interval of the difference of mean difficulty lies inside ±bound, and not
parallel where it lies outside; anything else is undecided (Westlake 1972; Schuirmann 1987). The interval is the 95 %
one, which is stricter than the 90 % of two one-sided tests at 5 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from simlab.stats import equating
from simlab.stats.errors import BadTable
from simlab.stats.intervals import Interval
from simlab.stats.item_response import Answers, ItemModel
from simlab.stats.modelling import fitted

METHOD = "concurrent calibration, Rasch, marginal maximum likelihood"
COLUMNS = ("participant", "case", "correct")
RIGHT = {"1": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "false": 0.0, "no": 0.0}
Verdict = Literal["parallel", "not-parallel", "undecided"]


@dataclass(frozen=True)
class Compared:
    """Mean difficulty of the second form minus that of the first, in logits; None with the reason in `note`.

    `persons` answered a case of either form; `decisions` are their answers to them."""

    one: str
    other: str
    persons: int
    decisions: int
    gap: Interval | None
    note: str

    def verdict(self, bound: float) -> Verdict:
        return verdict(self.gap.low if self.gap else None, self.gap.high if self.gap else None, bound)


def verdict(low: float | None, high: float | None, bound: float) -> Verdict:
    if low is None or high is None or not bound > 0:
        return "undecided"
    if -bound < low and high < bound:
        return "parallel"
    return "not-parallel" if low > bound or high < -bound else "undecided"


def answers_of(table: pd.DataFrame) -> Answers:
    """Persons × cases from rows of participant, case and correct (1 or 0, true or false, yes or no; empty: no answer).

    Raises BadTable, naming the column and row."""
    for column in COLUMNS:
        if column not in table.columns:
            raise BadTable(column, "the data have no such column", "give the columns " + ", ".join(COLUMNS))
    text = table[list(COLUMNS)].astype("string").fillna("").apply(lambda column: column.str.strip())
    text = text[text["correct"] != ""]
    known = text["correct"].str.lower().map(RIGHT)
    for place, why, remedy in (
        (known.isna(), "is neither right nor wrong", "write 1 for a right answer and 0 for a wrong one"),
        (text.duplicated(["participant", "case"]), "answers a case a second time", "keep the first answer"),
    ):
        if place.any():
            raise BadTable(f"correct, row {int(place.idxmax()) + 1}", why, remedy)
    person, persons = pd.factorize(text["participant"], sort=True)
    case, cases = pd.factorize(text["case"], sort=True)
    right = np.full((len(persons), len(cases)), np.nan)
    right[person, case] = known
    return Answers(tuple(map(str, persons)), tuple(map(str, cases)), right)


def compare(answers: Answers, forms: Mapping[str, Sequence[str]], *, level: float = 0.95) -> list[Compared]:
    """Every pair of forms that the answers speak of, in one calibration.

    A case that nobody answered, or all alike, has no finite difficulty; without it the form is another one, so its
    pairs get no difference."""
    held = {form: [case for case in cases if case in answers.items] for form, cases in forms.items()}
    known = {form: cases for form, cases in held.items() if cases}
    places = [i for i, item in enumerate(answers.items) if any(item in cases for cases in known.values())]
    kept = Answers(answers.persons, tuple(answers.items[i] for i in places), answers.right[:, places])
    if len(known) < 2:
        return []
    model = fitted(lambda: equating.concurrent(kept, known))
    gaps = equating.mean_difficulties(model.fit, known, level=level) if model.fit and model.readable else {}
    found = []
    for pair in equating.shared(kept, known):
        absent = _absent(model.fit, [*forms[pair.one], *forms[pair.other]])
        why = f"No estimate: {model.convergence.detail or model.convergence.verdict}." if not gaps else absent
        both = [i for i, item in enumerate(kept.items) if item in (*known[pair.one], *known[pair.other])]
        given = np.isfinite(kept.right[:, both])
        gap = None if why else gaps[pair.one, pair.other]
        found.append(Compared(pair.one, pair.other, int(given.any(axis=1).sum()), int(given.sum()), gap, why))
    return found


def _absent(model: ItemModel | None, cases: Sequence[str]) -> str:
    absent = sorted({case for case in cases if model is None or case not in model.items})
    if not absent:
        return ""
    return f"No estimate: {', '.join(absent)} had no answers that differ, so a whole form could not be placed."
