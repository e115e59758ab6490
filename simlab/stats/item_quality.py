"""What the items of a study are worth as a test: how many cases a dependable score needs, and whether groups are
treated alike. Tables for the analysis of items."""

import numpy as np
import pandas as pd

from simlab.stats import dif, gstudy
from simlab.stats.intervals import CannotFit
from simlab.stats.item_response import Answers
from simlab.stats.result import Table

NUMBERS = (5, 10, 15, 20, 30, 40, 60)


def dependability(answers: Answers, says: list[str]) -> list[Table]:
    """Variance components of right and wrong, coefficients by number of cases, and the cases needed for 0.8."""
    try:
        parts = gstudy.components(answers.right)
    except CannotFit as refusal:
        says.append(f"No study of dependability: {refusal}")
        return []
    if not parts.converged:
        says.append(f"No study of dependability: {parts.verdict}")
        return []
    total = parts.person + parts.case + parts.residual
    rows = [("persons", parts.person), ("cases", parts.case), ("person by case, and error", parts.residual)]
    variances = Table("variance", ("source", "variance", "share"), tuple((name, v, v / total) for name, v in rows))
    found = gstudy.study(parts, NUMBERS)
    coefficients = Table("dependability", ("cases", "for ranking", "for a standard", "SE of a score"),
                         tuple((d.cases, d.relative, d.absolute, d.error) for d in found))  # fmt: skip
    needed = (gstudy.cases_for(parts, absolute=False), gstudy.cases_for(parts))
    return [variances, coefficients, Table("cases for 0.8", ("for ranking", "for a standard"), (needed,))]


def by_grade(answers: Answers, rows: pd.DataFrame, says: list[str]) -> list[Table]:
    """Each case between the commonest grade and every other one of enough persons, at equal score on the rest.

    Persons are matched by their share right on the other cases, in fifths, since not all were given the same.
    """
    grade = rows.drop_duplicates("participant").set_index("participant")["grade"].reindex(answers.persons)
    counts = grade.value_counts()
    large = [str(name) for name, n in counts.items() if n >= dif.FEWEST_IN_GROUP]
    if len(large) < 2:
        return []
    made = []
    for other in large[1:]:
        held = grade.isin([large[0], other]).to_numpy(dtype=bool)
        focal = np.asarray((grade == other)[held], dtype=np.float64)
        for place, item in enumerate(answers.items):
            right = answers.right[held, place]
            rest = np.delete(answers.right[held], place, axis=1)
            asked = np.isfinite(rest)
            with np.errstate(invalid="ignore"):
                share = np.where(asked, rest, 0.0).sum(axis=1) / asked.sum(axis=1)
            m = dif.mantel_haenszel(right, np.minimum(np.floor(share * 5), 4.0), focal)
            fit = dif.logistic(right, share, focal)
            made.append((item, large[0], other, m.n_reference, m.n_focal, m.odds_ratio, m.low, m.high, m.p, m.delta,
                         m.grade, fit.uniform_p, fit.changing_p))  # fmt: skip
    columns = ("case", "reference", "focal", "reference persons", "focal persons", "odds ratio", "low", "high", "p",
               "delta", "class", "p, uniform", "p, changing")  # fmt: skip
    if large_ones := [f"{row[0]} ({row[2]})" for row in made if row[10] == "C"]:
        says.append(f"At equal skill these cases differ much between grades: {', '.join(large_ones)}.")
    return [Table("grades treated alike", columns, tuple(made))]
