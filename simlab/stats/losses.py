"""What following advice cost, in right answers: decision-theoretic losses with cross-fitting (Guo and others 2024).

On disagreements a rational agent who sees only a signal (the confidence printed on the advice, or the clinician's own)
follows where following pays. Which bands pay is learned from some participants and paid out on others: learned and paid
out on the same decisions, chance would look like a benchmark that nobody reached.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import advice_taking, resample
from simlab.stats.described import PERCENTILE, nothing
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Codes, Prepared, Sieved, sieve
from simlab.stats.reliance import advised, flags
from simlab.stats.resample import Numbers
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "What following advice cost"
BANDS, FOLDS = 5, 5
SIGNALS = {
    "advice-confidence": ("advice_confidence", "confidence printed on the advice"),
    "own-confidence": ("initial_confidence", "own confidence before advice"),
}


@dataclass(frozen=True)
class Bands:
    """Disagreements by person and band of the signal: how many, right alone, right advice (P × V); followed and right
    in the end (P); and the fold of each person."""

    n: Numbers
    human: Numbers
    ai: Numbers
    followed: Numbers
    right: Numbers
    fold: Codes


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Reliance and discrimination loss for each signal that the table holds, over all advised disagreements."""
    kept = disagreements(prepared.encounters, plan)
    if not len(kept.rows):
        return nothing("losses", TITLE, "No first answer in these data differs from the advice, so nothing was lost.")
    estimates: list[Estimate] = []
    tables: list[Table] = []
    for name, (column, words) in SIGNALS.items():
        held = sieve(kept.rows, [(f"no {words}", kept.rows[column].isna())])
        if len(held.rows):
            about = Sieved(held.rows, kept.dropped + held.dropped)
            made, table = _of_signal(name, words, column, about, plan)
            estimates += made
            tables.append(table)
    if not estimates:
        said = "Neither advice nor clinicians gave a confidence, so there is no signal to have followed."
        return nothing("losses", TITLE, said)
    return Analysis("losses", TITLE, tuple(estimates), tables=tuple(tables))


def disagreements(encounters: pd.DataFrame, plan: Plan) -> Sieved:
    """Advised decisions whose first answer, judged, is not the advice."""
    kept = advised(encounters, plan)
    none = kept.rows["initial_correct"].isna() | kept.rows["initial_agrees"].isna()
    found = sieve(
        kept.rows, [("no first answer", none), ("first answer equals the advice", ~flags(kept.rows).disagreed)]
    )
    return Sieved(found.rows, kept.dropped + found.dropped)


def bands(rows: pd.DataFrame, column: str, seed: int) -> Bands:
    """At most five bands of equal count, cut without a look at outcomes; persons are dealt to folds by the seed."""
    signal = rows[column].to_numpy(dtype=float)
    edges = np.unique(np.quantile(signal, np.linspace(0, 1, BANDS + 1)[1:-1]))
    place = np.searchsorted(edges, signal, side="left")
    person, people = pd.factorize(rows["participant"], sort=True)
    f, count = flags(rows), int(place.max()) + 1
    in_band = np.eye(count)[place]
    sums = [
        resample.sums(person, in_band * np.asarray(value, dtype=float)[:, None], len(people))
        for value in (np.ones(len(rows)), ~f.initial_wrong, f.advice_right)
    ]
    ends = resample.sums(person, np.column_stack([f.followed, f.final_right]), len(people))
    dealt = resample.generator(seed, f"folds/{column}").permutation(len(people)) % min(FOLDS, len(people))
    return Bands(sums[0], sums[1], sums[2], ends[:, 0], ends[:, 1], dealt)


def payoffs(made: Bands, weights: Numbers) -> Numbers:
    """Mean payoffs (draws × 5) under person weights (draws × P): baseline, benchmark, misreliant, observed, followed.

    Copies of one person share a fold, so no draw is judged on the decisions it learned from.
    """
    total = (weights @ made.n).sum(axis=1)
    followed = weights @ made.followed / total
    paid = np.zeros((len(weights), 3))
    for fold in np.unique(made.fold):
        held = np.where(made.fold == fold, weights, 0.0)
        n, human, ai = (held @ part for part in (made.n, made.human, made.ai))
        rest = weights - held
        learned = rest @ (made.ai - made.human) / np.maximum(rest @ made.n, 1e-300)
        overall = rest @ (made.ai - made.human).sum(axis=1)
        paid[:, 0] += np.where(overall > 0, ai.sum(axis=1), human.sum(axis=1))
        paid[:, 1] += np.where(learned > 0, ai, human).sum(axis=1)
        paid[:, 2] += human.sum(axis=1) + _filled(n, ai - human, learned, followed)
    return np.column_stack([paid / total[:, None], weights @ made.right / total, followed])


def _filled(n: Numbers, gain: Numbers, learned: Numbers, followed: Numbers) -> Numbers:
    """What following this share adds when the bands that looked best are followed first; the last one in part."""
    order = np.argsort(-learned, axis=1, kind="stable")
    n, gain = np.take_along_axis(n, order, axis=1), np.take_along_axis(gain, order, axis=1)
    before = np.cumsum(n, axis=1) - n
    taken = np.clip(followed[:, None] * n.sum(axis=1, keepdims=True) - before, 0, n)
    return np.asarray((np.divide(taken, n, out=np.zeros_like(n), where=n > 0) * gain).sum(axis=1))


_LOSSES = (
    ("reliance-loss", "Lost by following too often or too seldom", "difference"),
    ("discrimination-loss", "Lost by following in the wrong cases", "difference"),
    ("reliance-loss-scaled", "The first as a share of what the signal is worth", "ratio"),
    ("discrimination-loss-scaled", "The second as a share of what the signal is worth", "ratio"),
)


def _losses(paid: Numbers) -> Numbers:
    """(draws × 4) from the payoffs; scaled losses are NaN where the signal is worth nothing."""
    baseline, benchmark, misreliant, observed = paid[:, :4].T
    two = np.column_stack([benchmark - misreliant, misreliant - observed])
    worth = (benchmark - baseline)[:, None]
    return np.hstack([two, np.divide(two, worth, out=np.full_like(two, np.nan), where=worth > 1e-12)])


def _of_signal(name: str, words: str, column: str, about: Sieved, plan: Plan) -> tuple[list[Estimate], Table]:
    made = bands(about.rows, column, plan.seed)
    people = len(made.n)
    if people < 2:
        values, drawn, paid = np.full(4, np.nan), np.full((1, 4), np.nan), np.full(5, np.nan)
    else:
        paid = payoffs(made, np.ones((1, people)))[0]
        values = _losses(paid[None, :])[0]
        rng = resample.generator(plan.seed, f"losses/{column}")
        step = max(1, 4_000_000 // people)
        parts = []
        for start in range(0, plan.bootstrap, step):
            size = min(step, plan.bootstrap - start)
            drawn_people = rng.multinomial(people, np.full(people, 1 / people), size=size).astype(np.float64)
            parts.append(_losses(payoffs(made, drawn_people)))
        drawn = np.vstack(parts)
    estimates = [
        _estimate(f"{key}/{name}", f"{label}; signal: {words}", scale, values[at], drawn[:, at], about, plan)
        for at, (key, label, scale) in enumerate(_LOSSES)
    ]
    return estimates, _table(name, made, paid)


def _estimate(name: str, label: str, scale: str, value: float, drawn: Numbers, about: Sieved, plan: Plan) -> Estimate:
    held = drawn[np.isfinite(drawn)]
    known, sure = bool(np.isfinite(value)), len(held) > plan.bootstrap / 2
    tail = (1 - plan.level) / 2
    low, high = (float(q) for q in np.quantile(held, [tail, 1 - tail])) if known and sure else (None, None)
    method = f"cross-fitted over {FOLDS} folds of participants, {PERCENTILE.format(plan.bootstrap)}"
    note = None if known else "Undefined: one participant, or a signal that is worth nothing."
    return Estimate(
        name, label, float(value) if known else None, scale, method, low, high,
        level=plan.level if low is not None else None,
        n_used=len(about.rows), n_dropped=about.n_dropped, dropped=about.dropped, note=note,
    )  # fmt: skip


def _table(name: str, made: Bands, paid: Numbers) -> Table:
    """The payoffs, cross-fitted and as the same decisions would flatter themselves."""
    n, human, ai = (part.sum(axis=0) for part in (made.n, made.human, made.ai))
    held = n > 0
    flattered = advice_taking.reliance_losses(
        n[held].tolist(), (human[held] / n[held]).tolist(), (ai[held] / n[held]).tolist(),
        followed=float(made.followed.sum() / n.sum()), observed=float(made.right.sum() / n.sum()),
    )  # fmt: skip
    rows = [("cross-fitted", *(float(v) for v in paid))]
    if flattered is not None:
        own = (flattered.baseline, flattered.benchmark, flattered.misreliant, flattered.observed)
        rows.append(("same decisions", *own, float(made.followed.sum() / n.sum())))
    columns = ("how", "baseline", "benchmark", "misreliant benchmark", "observed", "followed")
    return Table(f"payoffs, {name}", columns, tuple(rows))
