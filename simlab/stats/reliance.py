"""Reliance on advice: what participants did with it, counted over decisions.

I, A and F say whether the first answer, the advice and the last answer are right; i, a and f are their labels.
Each measure is a ratio with its own denominator. An empty denominator gives no value, never 0. Measures that look at
the first answer are undefined where only one answer was asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from simlab.stats import resample
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Mask, Prepared, Sieved, incomplete, no, sieve, yes
from simlab.stats.result import Analysis, Estimate, Table


@dataclass(frozen=True)
class Flags:
    """What is known of each advised decision, one element a row. Two-answer flags are False where there is no i."""

    two: Mask
    initial_right: Mask
    initial_wrong: Mask
    advice_right: Mask
    advice_wrong: Mask
    final_right: Mask
    final_wrong: Mask
    followed: Mask
    agreed: Mask
    disagreed: Mask
    changed: Mask


def flags(rows: pd.DataFrame) -> Flags:
    """The flags of advised decisions with a complete set of labels."""
    two = rows["initial"].notna().to_numpy(dtype=bool) | rows["initial_correct"].notna().to_numpy(dtype=bool)
    return Flags(
        two=two,
        initial_right=yes(rows["initial_correct"]),
        initial_wrong=no(rows["initial_correct"]),
        advice_right=yes(rows["advice_correct"]),
        advice_wrong=no(rows["advice_correct"]),
        final_right=yes(rows["final_correct"]),
        final_wrong=no(rows["final_correct"]),
        followed=yes(rows["final_agrees"]),
        agreed=two & yes(rows["initial_agrees"]),
        disagreed=two & no(rows["initial_agrees"]),
        changed=two & yes(rows["changed"]),
    )


@dataclass(frozen=True)
class Measure:
    """A ratio: which decisions are counted (`over`) out of which (`of`)."""

    name: str
    label: str
    over: Callable[[Flags], Mask]
    of: Callable[[Flags], Mask]


def _all(f: Flags) -> Mask:
    return np.ones(len(f.two), dtype=bool)


def _misled(f: Flags) -> Mask:
    """Right before, wrong advice taken. Right to wrong without following wrong advice is no automation bias."""
    return f.initial_right & f.advice_wrong & f.final_wrong & f.followed


MEASURES: tuple[Measure, ...] = (
    Measure("rair", "Took right advice when wrong (RAIR)",
            lambda f: f.initial_wrong & f.advice_right & f.final_right, lambda f: f.initial_wrong & f.advice_right),
    Measure("rsr", "Kept a right answer against wrong advice (RSR)",
            lambda f: f.initial_right & f.advice_wrong & f.final_right, lambda f: f.initial_right & f.advice_wrong),
    Measure("agreement", "Last answer agrees with the advice",
            lambda f: f.followed, _all),
    Measure("agreement-before", "First answer agrees with advice not yet seen",
            lambda f: f.agreed, lambda f: f.two),
    Measure("switch", "Switched to the advice when it differed",
            lambda f: f.disagreed & f.followed, lambda f: f.disagreed),
    Measure("contrarian", "Left an answer that the advice confirmed",
            lambda f: f.agreed & f.changed, lambda f: f.agreed),
    Measure("over", "Over-reliance, of all wrong advice",
            lambda f: f.advice_wrong & f.followed, lambda f: f.advice_wrong),
    Measure("over-conditional", "Over-reliance, of wrong advice after a right answer (1 − RSR)",
            lambda f: f.initial_right & f.advice_wrong & f.final_wrong, lambda f: f.initial_right & f.advice_wrong),
    Measure("under", "Under-reliance, of all right advice",
            lambda f: f.advice_right & ~f.followed, lambda f: f.advice_right),
    Measure("under-conditional", "Under-reliance, of right advice after a wrong answer (1 − RAIR)",
            lambda f: f.initial_wrong & f.advice_right & f.final_wrong, lambda f: f.initial_wrong & f.advice_right),
    Measure("changed", "Changed the answer",
            lambda f: f.changed, lambda f: f.two),
    Measure("positive-consultation", "Wrong to right (positive consultation)",
            lambda f: f.initial_wrong & f.final_right, lambda f: f.two),
    Measure("negative-consultation", "Right to wrong (negative consultation)",
            lambda f: f.initial_right & f.final_wrong, lambda f: f.two),
    Measure("automation-bias", "Automation bias, of all advised decisions",
            _misled, lambda f: f.two),
    Measure("automation-bias-wrong", "Automation bias, of wrong advice",
            _misled, lambda f: f.two & f.advice_wrong),
    Measure("automation-bias-avoidable", "Automation bias, of wrong advice after a right answer",
            _misled, lambda f: f.initial_right & f.advice_wrong),
    Measure("both-right", "First answer and advice both right",
            lambda f: f.initial_right & f.advice_right, lambda f: f.two),
    Measure("both-wrong", "First answer and advice both wrong",
            lambda f: f.initial_wrong & f.advice_wrong, lambda f: f.two),
)  # fmt: skip


def advised(encounters: pd.DataFrame, plan: Plan) -> Sieved:
    """The decisions that reliance speaks of: advice planned or shown, complete, and both answers judged."""
    cells = zip(encounters["arm"], encounters["phase"], strict=True)
    planned = np.array([plan.aided(arm, phase) for arm, phase in cells], dtype=bool)
    rows = encounters[planned | yes(encounters["advice_shown"])]
    return sieve(
        rows,
        [
            *incomplete(rows),
            ("advice was not shown", no(rows["advice_shown"])),
            ("advice without a verdict", rows["advice_correct"].isna()),
            ("last answer without a verdict", rows["final_correct"].isna()),
            ("not known whether the advice was followed", rows["final_agrees"].isna()),
        ],
    )


def counts(rows: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of every measure over advised decisions: for one participant, or for any set."""
    known = flags(rows)
    return {m.name: (int((m.over(known) & m.of(known)).sum()), int(m.of(known).sum())) for m in MEASURES}


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of b against c discordant pairs; every p is two-sided. None when there is no discordant pair."""

    chi2: float | None
    chi2_corrected: float | None
    p: float | None
    p_exact: float | None


def mcnemar(improved: int, worsened: int) -> McNemar:
    """For one decision a person; with several, the pairs are not independent and a mixed model is wanted."""
    n = improved + worsened
    if n == 0:
        return McNemar(None, None, None, None)
    chi2 = (improved - worsened) ** 2 / n
    corrected = max(abs(improved - worsened) - 1, 0) ** 2 / n
    exact = float(stats.binomtest(improved, n).pvalue)
    return McNemar(chi2, corrected, float(stats.chi2.sf(chi2, 1)), exact)


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Every measure over all advised decisions, then by arm and phase where there is more than one such cell."""
    kept = advised(prepared.encounters, plan)
    if len(kept.rows) == 0:
        said = "No decision in these data was advised and judged, so reliance cannot be measured."
        return Analysis("reliance", "Reliance on advice", warnings=(said,))
    cells = [("", "", kept.rows)]
    groups = [(str(a), str(p), rows) for (a, p), rows in kept.rows.groupby(["arm", "phase"], sort=True)]
    if len(groups) > 1:
        cells += [(f"/{arm}/{phase}", f", {arm} arm, {phase}", rows) for arm, phase, rows in groups]
    estimates: list[Estimate] = []
    macro: list[tuple[str, float | None, int, int]] = []
    for suffix, words, rows in cells:
        made, by_person = _measure(rows, kept, plan, suffix, words)
        estimates += made
        macro += by_person
    table = Table(
        "mean of each participant's own ratio", ("measure", "mean", "participants", "undefined"), tuple(macro)
    )
    tables = (table, _switches(cells))
    return Analysis("reliance", "Reliance on advice", tuple(estimates), None, _warn(kept.rows, estimates), tables)


def _switches(cells: list[tuple[str, str, pd.DataFrame]]) -> Table:
    """Decisions that got better and worse, their net share, and McNemar's test.

    The test takes every decision for its person's only one. With several a person its p is too small.
    """
    rows = []
    for suffix, _, held in cells:
        f = flags(held)
        better, worse = int((f.initial_wrong & f.final_right).sum()), int((f.initial_right & f.final_wrong).sum())
        other, n = int((f.changed & f.initial_wrong & f.final_wrong).sum()), int(f.two.sum())
        test, net = mcnemar(better, worse), (better - worse) / n if n else None
        once = n == held.loc[f.two, "participant"].nunique()
        found = (test.chi2, test.chi2_corrected, test.p, test.p_exact)
        rows.append((suffix.strip("/") or "all", n, better, worse, other, net, *found, once))
    columns = ("cell", "decisions", "wrong to right", "right to wrong", "wrong to other wrong", "net share",
               "McNemar chi-squared", "with continuity correction", "p", "exact p", "one each")  # fmt: skip
    return Table("switches", columns, tuple(rows))


def _measure(
    rows: pd.DataFrame, kept: Sieved, plan: Plan, suffix: str, words: str
) -> tuple[list[Estimate], list[tuple[str, float | None, int, int]]]:
    known = flags(rows)
    person, names = pd.factorize(rows["participant"], sort=True)
    under = np.column_stack([m.of(known) for m in MEASURES])
    over = np.column_stack([m.over(known) for m in MEASURES]) & under
    tops, bottoms = resample.sums(person, over, len(names)), resample.sums(person, under, len(names))
    rng = resample.generator(plan.seed, "reliance" + suffix)
    found = resample.ratios(tops, bottoms, rng=rng, draws=plan.bootstrap, level=plan.level)
    estimates = [
        resample.estimate(m.name + suffix, m.label + words, r, kept, plan.level)
        for m, r in zip(MEASURES, found, strict=True)
    ]
    macro = [(m.name + suffix, *_mean_of_ratios(tops[:, j], bottoms[:, j])) for j, m in enumerate(MEASURES)]
    return estimates, macro


def _mean_of_ratios(tops: resample.Numbers, bottoms: resample.Numbers) -> tuple[float | None, int, int]:
    has = bottoms > 0
    if not has.any():
        return None, 0, len(bottoms)
    return float(np.mean(tops[has] / bottoms[has])), int(has.sum()), int((~has).sum())


def _warn(rows: pd.DataFrame, estimates: list[Estimate]) -> tuple[str, ...]:
    says = []
    people = int(rows["participant"].nunique())
    if people < resample.FEW:
        says.append(f"Only {people} participants were advised: bootstrap intervals of so few are too narrow.")
    if rows["initial"].isna().all():
        says.append("Answers were asked for once, so measures that need a first answer are undefined.")
    if not no(rows["advice_correct"]).any():
        says.append("No advice was wrong, so over-reliance and RSR are undefined.")
    if not yes(rows["advice_correct"]).any():
        says.append("No advice was right, so under-reliance and RAIR are undefined.")
    return tuple(says)
