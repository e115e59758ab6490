"""Cases as items of a test of a cohort: how hard, how telling, how well they fit, and what they are worth together.

Read are answers given without advice, each trainee's first on a case: one made with advice, or after the debrief of an
earlier try, tells of the advice or of memory. What too few trainees would make a matter of chance is withheld and said.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import classical, gstudy, item_fit, item_persons, item_quality, item_response, resample
from simlab.stats.intervals import CannotFit, quantile
from simlab.stats.item_response import Answers
from simlab.stats.modelling import fitted
from simlab.teaching.models import Cohort
from simlab.teaching.reading import participants_of
from simlab.teaching.responses import responses_of

FEWEST_TRAINEES = 10  # below this a correlation over trainees is noise
FEWEST_FOR_RASCH = 30  # a difficulty is then known to about one logit (Linacre 1994)
AT_ONCE = 4000  # answers; more are modelled when asked for, since that takes over a second
DRAWS = 1000
SEED = 9


@dataclass(frozen=True)
class Sheet:
    """Trainees × cases with what each said, and the answers that were left out with the reason."""

    answers: Answers
    titles: dict[str, str]
    rows: pd.DataFrame
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Case:
    """One case in classical terms; `choices` are the answers given to it, commonest first."""

    title: str
    item: classical.Item
    choices: list[classical.Choice]


@dataclass(frozen=True)
class Difficulty:
    """On the Rasch scale, in log odds, with infit and outfit mean squares."""

    value: float
    low: float
    high: float
    infit: float
    infit_z: float
    outfit: float
    outfit_z: float


@dataclass(frozen=True)
class Needed:
    """Cases for a coefficient of 0.8. `low`, `high` hold for ranking, from the interval of alpha."""

    parts: gstudy.Components
    ranking: int | None
    standard: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Modelled:
    """What is estimated from all cases together. A part that is None has its reason in `withheld`."""

    alpha: classical.Alpha
    needed: Needed | None
    rasch: dict[str, Difficulty]
    grades: list[dict]
    withheld: dict[str, str]


def sheet_of(cohort: Cohort) -> Sheet:
    """Four facts of every answer as a matrix, from a number of queries that does not grow."""
    grades = {str(one): grade for one, grade in participants_of(cohort).values_list("seat__trainee_id", "grade")}
    return sheet(responses_of(cohort), grades)


def sheet(table: pd.DataFrame, grades: dict[str, str]) -> Sheet:
    """From a table of responses in the order of time; `grades` by trainee."""
    said = table["first"].where(table["first"].notna(), table["last"].where(~table["advised"].astype(bool)))
    right = table["first_right"].where(table["first"].notna(), table["right"])
    rows = table[["trainee", "case", "title"]].assign(said=said, right=right)
    alone = rows[rows["said"].notna()]
    first = alone[~alone.duplicated(["trainee", "case"])]
    kept = first[first["right"].notna()]
    kept = kept.assign(grade=kept["trainee"].map(grades).replace("", None), participant=kept["trainee"])
    left = (
        ("made with advice only", len(rows) - len(alone)),
        ("a later try of the same case", len(alone) - len(first)),
        ("waiting for raters", len(first) - len(kept)),
    )
    person, persons = pd.factorize(kept["trainee"], sort=True)
    case, cases = pd.factorize(kept["case"], sort=True)
    matrix = np.full((len(persons), len(cases)), np.nan)
    matrix[person, case] = kept["right"].astype(float)
    titles = dict(zip(kept["case"], kept["title"], strict=True))
    return Sheet(Answers(tuple(persons), tuple(cases), matrix), titles, kept, tuple(one for one in left if one[1]))


def cases_of(made: Sheet) -> list[Case]:
    """Difficulty, corrected item-rest correlation and the answers given, case by case."""
    if not made.answers.items:
        return []
    statistics = classical.items(made.answers.right, made.answers.items)
    rests = _rests(made.answers.right)
    own = dict(iter(made.rows.groupby("case")))
    place = {trainee: n for n, trainee in enumerate(made.answers.persons)}
    found = []
    for column, item in enumerate(statistics):
        rows = own[item.name]
        at = [place[trainee] for trainee in rows["trainee"]]
        rest = [None if np.isnan(rests[n, column]) else float(rests[n, column]) for n in at]
        right = rows.loc[rows["right"].astype(bool), "said"]
        key = str(right.iloc[0]) if len(right) else None
        found.append(Case(made.titles[item.name], item, classical.distractors(list(rows["said"]), rest, key)))
    return found


def _rests(right: np.ndarray) -> np.ndarray:
    """Each trainee's share right on the other cases (trainees × cases); NaN where there was no other."""
    asked = np.isfinite(right)
    filled = np.where(asked, right, 0.0)
    count = asked.sum(axis=1)[:, None] - asked
    with np.errstate(invalid="ignore"):
        return (filled.sum(axis=1)[:, None] - filled) / np.where(count > 0, count, np.nan)


def is_small(made: Sheet) -> bool:
    """Whether the models take little enough time to be fitted with the page."""
    return len(made.rows) <= AT_ONCE


def modelled(made: Sheet) -> Modelled:
    """Alpha with its bootstrap, variance components, Rasch model and grades at equal skill: about a second at most
    for 300 trainees and 30 cases each."""
    withheld: dict[str, str] = {}
    rng = resample.generator(SEED, "alpha/cohort")
    alpha = classical.alpha(made.answers.right, rng=rng, draws=DRAWS)
    if alpha.value is None:
        withheld["alpha"] = "fewer than two cases, or pairs of cases that no two trainees have both answered."
    elif alpha.persons < FEWEST_TRAINEES:
        withheld["alpha"] = _few(alpha.persons, FEWEST_TRAINEES)
    return Modelled(alpha, _needed(made, alpha, withheld), _rasch(made.answers, withheld), _grades(made, withheld),
                    withheld)  # fmt: skip


def _few(n: int, wanted: int) -> str:
    return f"{n} trainees have answered without advice; it is told from {wanted} on."


def _needed(made: Sheet, alpha: classical.Alpha, withheld: dict[str, str]) -> Needed | None:
    if alpha.persons < FEWEST_TRAINEES:
        withheld["needed"] = _few(alpha.persons, FEWEST_TRAINEES)
        return None
    try:
        parts = gstudy.components(made.answers.right)
    except CannotFit as refusal:
        withheld["needed"] = str(refusal)
        return None
    if not parts.converged:
        withheld["needed"] = f"the variance components did not settle ({parts.verdict})."
        return None
    ranking, standard = gstudy.cases_for(parts, absolute=False), gstudy.cases_for(parts)
    return Needed(
        parts, ranking, standard, cases_by_alpha(alpha.high, alpha.items), cases_by_alpha(alpha.low, alpha.items)
    )


def cases_by_alpha(alpha: float | None, cases: int, wanted: float = gstudy.WANTED) -> int | None:
    """Cases for the wanted alpha if more of the same kind are added (Spearman 1910; Brown 1910); None without end."""
    if alpha is None or alpha <= 0:
        return None
    # Never above one: then every number of cases would do.
    needed = int(np.ceil(wanted / (1 - wanted) * cases * (1 - min(alpha, 1.0)) / alpha - 1e-9))
    return max(1, needed) if needed <= gstudy.MOST_CASES else None


def _rasch(answers: Answers, withheld: dict[str, str]) -> dict[str, Difficulty]:
    if len(answers.persons) < FEWEST_FOR_RASCH:
        withheld["rasch"] = _few(len(answers.persons), FEWEST_FOR_RASCH)
        return {}
    model = fitted(lambda: item_response.fit(answers))
    if model.fit is None or not model.readable:
        withheld["rasch"] = f"the model is {model.convergence.verdict} ({model.convergence.detail})."
        return {}
    people = item_persons.of(model.fit, answers)
    squares = item_fit.mean_squares(model.fit, answers, people)
    half = quantile(0.95, None)
    numbers = np.column_stack([
        model.fit.difficulty, model.fit.difficulty - half * model.fit.difficulty_se,
        model.fit.difficulty + half * model.fit.difficulty_se,
        squares.infit, squares.infit_z, squares.outfit, squares.outfit_z,
    ])  # fmt: skip
    return {item: Difficulty(*map(float, line)) for item, line in zip(model.fit.items, numbers, strict=True)}


def _grades(made: Sheet, withheld: dict[str, str]) -> list[dict]:
    tables = item_quality.by_grade(made.answers, made.rows, []) if len(made.rows) else []
    if not tables:
        withheld["grades"] = "two grades of at least 20 trainees each are needed."
        return []
    return [dict(zip(tables[0].columns, row, strict=True)) for row in tables[0].rows]
