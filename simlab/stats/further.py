"""Secondary analyses of a plan: complementarity and ranked differentials.

They describe each cell with intervals from resampling participants; they make no comparison between arms.
"""

from collections.abc import Callable

import numpy as np

from simlab.stats import complementarity as complementarity_of
from simlab.stats import resample
from simlab.stats.confidence import with_column
from simlab.stats.described import Words, by_person, measured, where
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Cell, Prepared, Sieved, filled_cells, in_cells, sieve, yes
from simlab.stats.reliance import advised
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate

_NO_BETTER = "Undefined: the AI is no better than the human."


def complementarity(prepared: Prepared, plan: Plan) -> Analysis:
    """Accuracy of first answers, of the advice and of last answers on the same decisions; what the pair gains."""
    title = "Human and AI together"
    kept = advised(prepared.encounters, plan)
    two = sieve(kept.rows, [("no first answer", kept.rows["initial_correct"].isna())])
    if len(two.rows) == 0:
        said = "No advised decision in these data has a first answer, so human and AI cannot be compared."
        return Analysis("complementarity", title, warnings=(said,))
    made: list[Estimate] = []
    for cell in filled_cells(two.rows, plan):
        rows = in_cells(two.rows, cell)
        about = Sieved(rows, kept.dropped + two.dropped)
        columns = np.column_stack([yes(rows[c]) for c in ("initial_correct", "advice_correct", "final_correct")])
        sums = by_person(rows, np.column_stack([columns, np.ones(len(rows))]))
        for name, label, function in _PAIRS:
            scale = "ratio" if name == "performance-gain" else "difference"
            words = Words(f"{name}/{cell[0]}/{cell[1]}", f"{label}, {where(cell)}", scale, _NO_BETTER)
            made.append(measured(words, sums, function, about, plan))
        made += _standardised(sums, cell, about)
    return Analysis("complementarity", title, tuple(made))


def _standardised(sums: Numbers, cell: Cell, about: Sieved) -> list[Estimate]:
    """Hedges' g of augmentation and synergy over participants, for meta-analysis."""
    human, together = sums[:, 0] / sums[:, 3], sums[:, 2] / sums[:, 3]
    best = float(max(sums[:, 0].sum(), sums[:, 1].sum()) / sums[:, 3].sum())
    found = (
        ("augmentation-g", "Together against human alone, Hedges' g", complementarity_of.hedges_g(together, human)),
        ("synergy-g", "Together against the better of human and AI, Hedges' g",
         complementarity_of.hedges_g_against(together, human, best)),
    )  # fmt: skip
    return [
        Estimate(
            f"{name}/{cell[0]}/{cell[1]}", f"{label}, {where(cell)}", value, "standard",
            "accuracies of participants, small-sample factor, no interval", n_used=len(about.rows),
            n_dropped=about.n_dropped, dropped=about.dropped,
            note=None if value is not None else "Undefined: participants do not differ, or there is one.",
        )
        for name, label, value in found
    ]  # fmt: skip


def _augmentation(s: Numbers) -> Numbers:
    return np.asarray((s[:, 2] - s[:, 0]) / s[:, 3])


def _synergy(s: Numbers) -> Numbers:
    return np.asarray((s[:, 2] - np.maximum(s[:, 0], s[:, 1])) / s[:, 3])


def _gain(s: Numbers) -> Numbers:
    """No value unless the AI is better: below that the sign would turn."""
    return np.asarray(np.where(s[:, 1] > s[:, 0], (s[:, 2] - s[:, 0]) / (s[:, 1] - s[:, 0]), np.nan))


_PAIRS: tuple[tuple[str, str, Callable[[Numbers], Numbers]], ...] = (
    ("augmentation", "Together minus human alone", _augmentation),
    ("synergy", "Together minus the better of human and AI", _synergy),
    ("performance-gain", "Gain as a share of what the AI could add", _gain),
)


def differentials(prepared: Prepared, plan: Plan) -> Analysis:
    """Share of last differentials with the reference in the first one, three and five, and mean reciprocal rank."""
    title = "Ranked differentials"
    if prepared.encounters["final_rank"].isna().all():
        said = "No differential in these data has the rank of its reference, so ranks cannot be scored."
        return Analysis("differential", title, warnings=(said,))
    kept = with_column(prepared.encounters, "final_correct", "last answer without a verdict")
    made: list[Estimate] = []
    for cell in filled_cells(kept.rows, plan):
        about = with_column(in_cells(prepared.encounters, cell), "final_correct", "last answer without a verdict")
        # An answer that does not list the reference has no rank: it scores 0, it is not missing.
        rank = about.rows["final_rank"].to_numpy(dtype=float, na_value=np.inf)
        scores = np.column_stack([rank <= 1, rank <= 3, rank <= 5, 1 / rank, 1 / np.log2(rank + 1)]).astype(np.float64)
        sums = by_person(about.rows, scores)
        under = by_person(about.rows, np.ones_like(scores))
        suffix = f"/{cell[0]}/{cell[1]}"
        rng = resample.generator(plan.seed, f"differential{suffix}")
        found = resample.ratios(sums, under, rng=rng, draws=plan.bootstrap, level=plan.level)
        for (name, label), r in zip(_RANKED, found, strict=True):
            made.append(resample.estimate(name + suffix, f"{label}, {where(cell)}", r, about, plan.level))
    return Analysis("differential", title, tuple(made))


_RANKED = (
    ("top-1", "Reference first"),
    ("top-3", "Reference among the first three"),
    ("top-5", "Reference among the first five"),
    ("reciprocal-rank", "Mean reciprocal rank"),
    ("ndcg", "Normalised discounted gain, one relevant answer"),
)
