"""Cases as items of a test: how hard, how telling, how well they fit, and how much the whole can be relied on.

Only unaided decisions are read, each person's first on a case. Forms are told by the table's column `form`; without it
all cases are one form. Persons of all arms are taken together: this is about the cases, and compares no arms.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import classical, item_fit, item_persons, item_quality, item_response, resample
from simlab.stats.accuracy import unreadable
from simlab.stats.intervals import quantile
from simlab.stats.item_response import Answers, ItemModel
from simlab.stats.modelling import Fitted, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, incomplete, sieve, yes
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Cases as items"
ONE_FORM = "all cases"
FEWEST_FOR_SLOPES = 200  # persons; with fewer a slope of its own for every case is hardly estimable
MOST_LISTED = 1000  # persons in the table of measures


@dataclass(frozen=True)
class Items:
    """Answers by person and case, the forms that cases belong to, and the decisions they come from."""

    answers: Answers
    forms: dict[str, list[str]]
    kept: Sieved


def of(encounters: pd.DataFrame, plan: Plan) -> Items:
    """First unaided, judged decisions as persons × cases."""
    planned = [plan.aided(arm, phase) for arm, phase in zip(encounters["arm"], encounters["phase"], strict=True)]
    advised = np.array(planned, dtype=bool) | yes(encounters["advice_shown"])
    tests = [("made with advice", advised), *incomplete(encounters)]
    judged = sieve(encounters, [*tests, ("without a verdict", encounters["final_correct"].isna())])
    place = {phase: n for n, phase in enumerate(plan.phases)}
    rows = judged.rows.assign(_phase=judged.rows["phase"].map(place))
    rows = rows.sort_values(["participant", "_phase", "sitting", "position"], kind="stable")
    first = sieve(rows, [("case answered before", rows.duplicated(["participant", "case"]))])
    kept = Sieved(first.rows, judged.dropped + first.dropped)
    return Items(_matrix(kept.rows), _forms(kept.rows), kept)


def _matrix(rows: pd.DataFrame) -> Answers:
    person, persons = pd.factorize(rows["participant"], sort=True)
    case, cases = pd.factorize(rows["case"], sort=True)
    right = np.full((len(persons), len(cases)), np.nan)
    right[person, case] = yes(rows["final_correct"])
    return Answers(tuple(map(str, persons)), tuple(map(str, cases)), right)


def _forms(rows: pd.DataFrame) -> dict[str, list[str]]:
    named = rows["form"].fillna(ONE_FORM)
    pairs = sorted(set(zip(named, rows["case"], strict=True)))
    return {form: [case for f, case in pairs if f == form] for form in sorted({f for f, _ in pairs})}


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Alpha of each form; Rasch difficulty of each case with fit, spread of ability, reliability; 2PL beside it."""
    made = of(prepared.encounters, plan)
    if not len(made.kept.rows):
        return unreadable("items", TITLE, "No unaided decision in these data has a verdict, so there are no items.")
    says: list[str] = []
    tables = [_classical(made, plan), *item_quality.dependability(made.answers, says)]
    tables += item_quality.by_grade(made.answers, made.kept.rows, says)
    estimates = [_alpha(form, cases, made, plan) for form, cases in made.forms.items()]
    rasch = fitted(lambda: item_response.fit(made.answers, "rasch"))
    says += rasch.warnings
    if rasch.fit is not None:
        says += [f"Case {item} is {why} and has no finite difficulty." for item, why in rasch.fit.left_out]
    if rasch.fit is not None and rasch.readable:
        people = item_persons.of(rasch.fit, made.answers)
        estimates += _rasch(rasch.fit, people, made, plan)
        tables += [_fit_table("Rasch", rasch.fit, made.answers, people), *_people(people)]
        tables += _slopes(rasch.fit, made, says)
    else:
        label = "Spread (SD) of ability, log odds"
        estimates.append(_estimate("spread", label, None, None, None, made, plan, note=_why(rasch)))
    return Analysis("items", TITLE, tuple(estimates), rasch.convergence, tuple(says), tuple(tables))


def _why(model: Fitted[ItemModel]) -> str:
    return f"Withheld: the model is {model.convergence.verdict} ({model.convergence.detail})."


def _estimate(
    name: str,
    label: str,
    value: float | None,
    se: float | None,
    limits: tuple[float, float] | None,
    made: Items,
    plan: Plan,
    *,
    method: str = "Rasch model, marginal maximum likelihood",
    n: int | None = None,
    note: str | None = None,
    scale: str = "score",
) -> Estimate:
    low, high = limits if limits is not None else (None, None)
    return Estimate(
        name, label, value, scale, method, low, high, se, level=None if low is None else plan.level,
        n_used=len(made.kept.rows) if n is None else n, n_dropped=made.kept.n_dropped, dropped=made.kept.dropped,
        note=note,
    )  # fmt: skip


def _alpha(form: str, cases: list[str], made: Items, plan: Plan) -> Estimate:
    place = [made.answers.items.index(case) for case in cases]
    scores = made.answers.right[:, place]
    rng = resample.generator(plan.seed, f"alpha/{form}")
    a = classical.alpha(scores, rng=rng, draws=plan.bootstrap, level=plan.level)
    limits = None if a.low is None or a.high is None else (a.low, a.high)
    method = f"covariances of cases from persons who answered both; {a.draws} draws of {a.persons} persons"
    note = None if a.value is not None else "No value: fewer than two cases, or pairs of cases without common persons."
    label = f"Alpha (KR-20) of {form}, {len(cases)} cases"
    n = int(np.isfinite(scores).sum())
    return _estimate(f"alpha/{form}", label, a.value, None, limits, made, plan, method=method, n=n, note=note)


def _rasch(model: ItemModel, people: item_persons.Abilities, made: Items, plan: Plan) -> list[Estimate]:
    half = quantile(plan.level, None)
    estimates = []
    for item, b, se in zip(model.items, model.difficulty, model.difficulty_se, strict=True):
        n = int(np.isfinite(made.answers.right[:, made.answers.items.index(item)]).sum())
        reach = (float(b - half * se), float(b + half * se))
        name, label = f"difficulty/{item}", f"Difficulty of {item}, log odds"
        estimates.append(_estimate(name, label, float(b), float(se), reach, made, plan, n=n))
    # The interval is symmetric on the log scale, since an SD is positive.
    known = bool(np.isfinite(model.sd_se)) and model.sd > 0
    turn = np.exp(half * model.sd_se / model.sd) if known else None
    limits = None if turn is None else (float(model.sd / turn), float(model.sd * turn))
    note = None if known else "The spread is estimated as zero: these answers do not tell persons apart."
    label = "Spread (SD) of ability, log odds"
    se = model.sd_se if known else None
    estimates.append(_estimate("spread", label, model.sd, se, limits, made, plan, note=note))
    for name, label, value in (
        (
            "reliability/expected",
            "Reliability of expected a posteriori measures",
            item_persons.marginal_reliability(people),
        ),
        (
            "reliability/separation",
            "Reliability of weighted likelihood measures",
            item_persons.separation_reliability(people),
        ),
    ):
        estimates.append(_estimate(name, label, value, None, None, made, plan))
    return estimates


def _classical(made: Items, plan: Plan) -> Table:
    columns = ("form", "case", "answers", "share right", "low", "high", "case-rest correlation", "correlation low",
               "correlation high", "alpha without")  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for form, cases in made.forms.items():
        place = [made.answers.items.index(case) for case in cases]
        rows += [
            (form, i.name, i.n, i.difficulty, i.low, i.high, i.rest, i.rest_low, i.rest_high, i.alpha_without)
            for i in classical.items(made.answers.right[:, place], cases, level=plan.level)
        ]
    return Table("cases", columns, tuple(rows))


def _fit_table(name: str, model: ItemModel, answers: Answers, people: item_persons.Abilities) -> Table:
    squares, scores = item_fit.mean_squares(model, answers, people), item_fit.by_score(model, answers)
    columns = ("case", "answers", "slope", "slope SE", "difficulty", "difficulty SE", "infit", "infit z", "outfit",
               "outfit z", "S-X2", "df", "p")  # fmt: skip
    numbers = np.column_stack([model.slope, model.slope_se, model.difficulty, model.difficulty_se, squares.infit,
                               squares.infit_z, squares.outfit, squares.outfit_z])  # fmt: skip
    rows = [
        (item, int(n), *(float(v) for v in line), score.statistic, score.df, score.p)
        for item, n, line, score in zip(model.items, squares.n, numbers, scores, strict=True)
    ]
    return Table(name, columns, tuple(rows))


def _people(people: item_persons.Abilities) -> list[Table]:
    if len(people.persons) > MOST_LISTED:
        return []
    columns = ("participant", "answers", "right", "expected", "expected SD", "weighted likelihood", "SE")
    numbers = np.column_stack([people.eap, people.eap_sd, people.wle, people.wle_se])
    rows = [
        (person, int(n), int(right), *(float(v) for v in line))
        for person, n, right, line in zip(people.persons, people.answered, people.right, numbers, strict=True)
    ]
    return [Table("persons", columns, tuple(rows))]


def _slopes(rasch: ItemModel, made: Items, says: list[str]) -> list[Table]:
    """The two-parameter model where there are persons enough, and whether slopes are needed."""
    if rasch.persons < FEWEST_FOR_SLOPES:
        says.append(
            f"There are {rasch.persons} persons; a slope for each case is fitted from {FEWEST_FOR_SLOPES} persons on."
        )
        return []
    two = fitted(lambda: item_response.fit(made.answers, "2pl"))
    if two.fit is None or not two.readable:
        says.append(f"The two-parameter model may not be read: {two.convergence.detail}.")
        return []
    if falling := [item for item, slope in zip(two.fit.items, two.fit.slope, strict=True) if slope < 0]:
        says.append(f"Able persons are more often wrong on {', '.join(falling)}: look at the case and its reference.")
    people = item_persons.of(two.fit, made.answers)
    gain, df = 2 * (two.fit.loglik - rasch.loglik), len(two.fit.items) - 1
    compared = Table("Rasch against 2PL", ("likelihood ratio", "df", "p"), ((gain, df, item_fit.upper(gain, df)),))
    return [_fit_table("2PL", two.fit, made.answers, people), compared]
