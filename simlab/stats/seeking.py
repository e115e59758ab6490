"""Asking for advice: how often, how soon, whether when it was needed, and what else was opened."""

import numpy as np
import pandas as pd

from simlab.stats.described import Words, by_person, cells_and_all, measured, nothing, over, share, suffix, where
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, in_cells, incomplete, no, sieve, yes
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate

TITLE = "Asking for advice"
_COLUMNS = ("advice_sought", "time_to_advice_s", "items_opened")


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Request rate, appropriate asking, time to the request, items opened, and opening before following, by cell."""
    rows = prepared.encounters
    if all(rows[name].isna().all() for name in _COLUMNS):
        said = "These data do not say whether advice was asked for or evidence opened, so seeking cannot be measured."
        return nothing("seeking", TITLE, said)
    kept = sieve(rows, incomplete(rows))
    estimates: list[Estimate] = []
    for cell, part in cells_and_all(kept.rows[kept.rows[list(_COLUMNS)].notna().any(axis=1)], plan):
        estimates += _of_cell(cell, part, kept, plan)
    return Analysis("seeking", TITLE, tuple(estimates))


def _of_cell(cell: Cell, rows: pd.DataFrame, whole: Sieved, plan: Plan) -> list[Estimate]:
    end, words = suffix(cell), where(cell)
    offered = sieve(rows, [("advice did not wait to be asked for", rows["advice_sought"].isna())])
    about = Sieved(offered.rows, whole.dropped + offered.dropped)
    asked = yes(about.rows["advice_sought"])
    made = [share(Words(f"request-rate{end}", f"Asked for advice, {words}"), asked, about.rows, about, plan)]
    made.append(_appropriate(f"appropriate-request{end}", words, about, whole.rows, plan))
    timed = sieve(about.rows, [("did not ask", ~asked), ("no time of asking", ~_positive(about.rows))])
    log = np.log(timed.rows["time_to_advice_s"].to_numpy(dtype=float))
    made.append(
        measured(
            Words(f"time-to-request{end}", f"Geometric mean time to the request, {words}", "seconds"),
            _sums(timed.rows, log), lambda s: np.exp(s[:, 0] / s[:, 1]),
            Sieved(timed.rows, about.dropped + timed.dropped), plan,
        )
    )  # fmt: skip
    opened = sieve(rows, [("not known what was opened", rows["items_opened"].isna())])
    seen = Sieved(opened.rows, whole.dropped + opened.dropped)
    items = seen.rows["items_opened"].to_numpy(dtype=float)
    label = f"Items opened a decision, {words}"
    made.append(
        measured(Words(f"items-opened{end}", label, "score"), _sums(seen.rows, items), over((0, 1)), seen, plan)
    )
    followed = yes(seen.rows["final_agrees"]) & yes(seen.rows["advice_shown"])
    label = f"Opened something before following advice, {words}"
    of = seen.rows[followed]
    made.append(share(Words(f"opened-before-following{end}", label), items[followed] > 0, of, seen, plan))
    return made


def _sums(rows: pd.DataFrame, values: Numbers) -> Numbers:
    if not len(rows):
        return np.zeros((1, 2))
    return by_person(rows, np.column_stack([values, np.ones(len(rows))]))


def _positive(rows: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.asarray(rows["time_to_advice_s"].to_numpy(dtype=float, na_value=np.nan) > 0)


def _appropriate(name: str, words: str, about: Sieved, whole: pd.DataFrame, plan: Plan) -> Estimate:
    """P(asked | would be wrong) − P(asked | would be right): from the first answer, else from unaided decisions of the
    control arm on the same case, whose share of errors then stands for the chance of being wrong."""
    rows = about.rows
    wrong = no(rows["initial_correct"]).astype(np.float64)
    known = rows["initial_correct"].notna().to_numpy(dtype=bool)
    if plan.control is not None and not known.all():
        alone = in_cells(whole, *((plan.control, phase) for phase in plan.phases))
        alone = alone[no(alone["advice_shown"]) & alone["final_correct"].notna().to_numpy(dtype=bool)]
        errors = 1 - alone["final_correct"].astype(float).groupby(alone["case"]).mean()
        guess = rows["case"].map(errors).to_numpy(dtype=float)
        wrong, known = np.where(known, wrong, guess), known | np.isfinite(guess)
    found = sieve(rows, [("not known whether the answer alone would be wrong", ~known)])
    wrong, asked = wrong[known], yes(found.rows["advice_sought"]).astype(np.float64)
    columns = np.column_stack([asked * wrong, wrong, asked * (1 - wrong), 1 - wrong])
    sums = by_person(found.rows, columns) if len(columns) else np.zeros((1, 4))
    said = Words(
        name, f"Asked when alone wrong, minus when alone right, {words}",
        undefined="Undefined: never wrong or never right alone, or not known.",
    )  # fmt: skip
    kept = Sieved(found.rows, about.dropped + found.dropped)
    return measured(said, sums, lambda s: s[:, 0] / s[:, 1] - s[:, 2] / s[:, 3], kept, plan)
