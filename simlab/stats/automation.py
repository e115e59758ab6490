"""What advice did beyond what would have happened without it: the same cases, decided by people who had none.

A base rate of misses is no automation bias, and agreement is mostly shared competence. So every rate of those with
advice is set against that of the control arm on the same cases, each case counting as often as it was met with advice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats.accuracy import judged
from simlab.stats.described import Words, group_of, measured, nothing
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Codes, Mask, Prepared, Sieved, in_cells, no, sieve, yes
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Errors and agreement that advice brought about"
INHERITED = "Errors of the AI's kind after it is gone"


@dataclass(frozen=True)
class Contrast:
    """Rows with advice and rows of the control arm. `item` is what is matched, 0 or 1 what is counted."""

    rows: pd.DataFrame
    exposed: Mask
    item: "pd.Series[str]"
    counted: Numbers


def analyse(prepared: Prepared, plan: Plan) -> list[Analysis]:
    """Agreement, commission, omission and wrong answers beyond those of the control arm; then inherited errors."""
    if plan.control is None:
        why = "The plan names no control arm, so nobody decided the same cases without advice."
        return [nothing("automation", TITLE, why), nothing("inheritance", INHERITED, why)]
    return [_with_advice(prepared, plan, plan.control), _inherited(prepared, plan, plan.control)]


def _with_advice(prepared: Prepared, plan: Plan, control: str) -> Analysis:
    made: list[Estimate] = []
    counts: list[tuple[str, str, str, int, int, int]] = []
    for phase, arms in plan.advised.items():
        for arm in arms:
            both = judged(in_cells(prepared.encounters, (arm, phase), (control, phase)))
            alone = (both.rows["arm"] == control).to_numpy(dtype=bool) & no(both.rows["advice_shown"])
            if arm == control or not alone.any():
                continue
            for name, label, contrast in _questions(both.rows, arm, alone):
                words = Words(
                    f"{name}/{arm}/{phase}", f"{label}, {arm} arm, {phase}, minus the control arm on the same cases",
                    undefined="Undefined: no such decision, or none in the control arm on the same cases.",
                )  # fmt: skip
                found, n, without = matched(words, contrast, both, plan)
                made.append(found)
                counts.append((name, arm, phase, n, without, int(contrast.counted[contrast.exposed].sum())))
    if not made:
        said = "No phase has decisions with advice and decisions of an unadvised control arm, so there is no contrast."
        return nothing("automation", TITLE, said)
    columns = ("measure", "arm", "phase", "decisions with advice", "matched decisions without", "counted with advice")
    return Analysis("automation", TITLE, tuple(made), tables=(Table("matched on cases", columns, tuple(counts)),))


def _questions(rows: pd.DataFrame, arm: str, alone: Mask) -> Iterator[tuple[str, str, Contrast]]:
    """Each measure: its name, words, and what is set against what."""
    own = (rows["arm"] == arm).to_numpy(dtype=bool)
    shown, labelled = own & yes(rows["advice_shown"]), rows["advice"].notna().to_numpy(dtype=bool)
    wrong = no(rows["advice_correct"])
    yield "agreement-rise", "Answer equals the advice", _of_labels(rows, shown & labelled, alone)
    yield "commission", "Wrong answer that wrong advice gave", _of_labels(rows, shown & wrong & labelled, alone)
    for name, words, which in (
        ("wrong-with-wrong-advice", "Wrong answer beside wrong advice", shown & wrong),
        ("wrong-with-right-advice", "Wrong answer beside right advice", shown & yes(rows["advice_correct"])),
        ("omission", "Wrong answer where advice was meant and stayed silent", own & no(rows["advice_shown"])),
    ):
        yield name, words, _of_cases(rows, which, alone)


def _of_cases(rows: pd.DataFrame, which: Mask, alone: Mask) -> Contrast:
    kept = rows[which | alone].reset_index(drop=True)
    return Contrast(kept, which[which | alone], kept["case"], no(kept["final_correct"]).astype(np.float64))


def _of_labels(rows: pd.DataFrame, which: Mask, alone: Mask) -> Contrast:
    """Matched on case and advised answer: a control decision is compared with each advice that its case was given."""
    exposed = rows[which]
    given = exposed[["case", "advice"]].drop_duplicates()
    other = rows[alone].drop(columns="advice").merge(given, on="case", how="inner")
    kept = pd.concat([exposed, other], ignore_index=True)
    item = kept["case"] + "\x1f" + kept["advice"]
    equal = yes((kept["final"] == kept["advice"]).astype("boolean")).astype(np.float64)
    flags = np.arange(len(kept)) < len(exposed)
    return Contrast(kept, flags, item, equal)


def matched(words: Words, made: Contrast, about: Sieved, plan: Plan) -> tuple[Estimate, int, int]:
    """Rate with advice minus the rate without it, standardised to the items met with advice; and both numbers of
    decisions that could be matched. Participants are drawn within their arm."""
    codes = pd.factorize(made.item)[0]
    both = np.isin(codes, codes[made.exposed]) & np.isin(codes, codes[~made.exposed])
    rows, exposed, counted = made.rows[both], made.exposed[both], made.counted[both]
    if not len(rows):
        return measured(words, np.zeros((1, 1)), lambda s: np.full(len(s), np.nan), about, plan), 0, 0
    codes = np.asarray(pd.factorize(codes[both])[0])
    count = int(codes.max()) + 1
    sums, groups = _by_item(rows, codes, count, exposed, counted), group_of(rows)
    kept = Sieved(rows, about.dropped)
    found = measured(words, sums, lambda s: _difference(s, count), kept, plan, groups=groups, n_used=int(exposed.sum()))
    return found, int(exposed.sum()), int((~exposed).sum())


def _by_item(rows: pd.DataFrame, codes: Codes, count: int, exposed: Mask, counted: Numbers) -> Numbers:
    """Per participant: decisions and counted ones by item with advice, then the same without, (P × 4·items)."""
    person, people = pd.factorize(rows["participant"], sort=True)
    cell = person * count + codes
    parts = [
        np.bincount(cell, weights=weight, minlength=len(people) * count).reshape(len(people), count)
        for weight in (exposed, exposed * counted, ~exposed, ~exposed * counted)
    ]
    return np.hstack(parts).astype(np.float64)


def _difference(s: Numbers, count: int) -> Numbers:
    with_n, with_k, without_n, without_k = (s[:, at * count : (at + 1) * count] for at in range(4))
    used = np.where(without_n > 0, with_n, 0.0)
    rate = np.divide(without_k, without_n, out=np.zeros_like(without_n), where=without_n > 0)
    top = (np.where(without_n > 0, with_k, 0.0) - used * rate).sum(axis=1)
    return np.asarray(top / used.sum(axis=1))


def _inherited(prepared: Prepared, plan: Plan, control: str) -> Analysis:
    rows = prepared.encounters
    wrong = rows[yes(rows["advice_shown"]) & no(rows["advice_correct"])]
    if not len(wrong):
        return nothing(
            "inheritance", INHERITED, "No wrong advice was shown in these data, so there is none to inherit."
        )
    first = {arm: plan.phases.index(phase) for phase in reversed(plan.phases) for arm in plan.advised.get(phase, ())}
    made = []
    for arm in plan.arms:
        after = [
            p for p in plan.phases if arm in first and plan.phases.index(p) > first[arm] and not plan.aided(arm, p)
        ]
        after = [p for p in after if not plan.aided(control, p)]
        if arm == control or not after:
            continue
        cells = [(a, p) for a in (arm, control) for p in after]
        made.append(_after(judged(in_cells(rows, *cells)), wrong[wrong["arm"] == arm], arm, after, plan))
    if not made:
        said = "No arm decides without advice after it had advice, beside a control arm that never had it."
        return nothing("inheritance", INHERITED, said)
    return Analysis("inheritance", INHERITED, tuple(made))


def _after(kept: Sieved, wrong: pd.DataFrame, arm: str, phases: list[str], plan: Plan) -> Estimate:
    """Answers that the AI's kind of error would give, on unaided cases of that kind."""
    words = Words(
        f"inheritance/{arm}",
        f"Answers with the AI's kind of error in {' and '.join(phases)}, {arm} arm minus control on the same cases",
        undefined="Undefined: no unaided case on which the AI's kind of error is known.",
    )
    rows = kept.rows[no(kept.rows["advice_shown"])]
    given = wrong.drop_duplicates("case").set_index("case")["advice"]
    # Where the table names no lure, wrong advice shown to somebody else on the same case tells what it would be.
    lure = rows["lure"].fillna(rows["case"].map(given).astype("str"))
    known = set(wrong["advice_error_type"].dropna())
    strange = rows["lure_type"].notna() & ~rows["lure_type"].isin(known) if known else lure.isna()
    found = sieve(
        rows, [("no error of the AI known for the case", lure.isna()), ("not an error that was met", strange)]
    )
    used = found.rows.assign(lure=lure[lure.notna() & ~strange].to_numpy())
    like = yes((used["final"] == used["lure"]).astype("boolean")).astype(np.float64)
    exposed = (used["arm"] == arm).to_numpy(dtype=bool)
    about = Sieved(used, kept.dropped + found.dropped)
    return matched(words, Contrast(used, exposed, used["case"], like), about, plan)[0]
