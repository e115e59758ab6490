"""Trust over time: what clinicians do with advice after they have met wrong advice, and what they say of it.

Whether advice is wrong, and where, is set by the schedule and not by the clinician, so what was met before is as good
as drawn by lot. That a clinician knew it was wrong is not recorded: "met" means shown.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import glmm, marginal, resample, scales
from simlab.stats.accuracy import spread_table, unreadable
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.intervals import Array
from simlab.stats.marginal import Cell
from simlab.stats.modelling import Fitted, Naming, fitted
from simlab.stats.odds import odds_ratio
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared, Sieved, no, sieve, yes
from simlab.stats.reliance import advised
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "Trust in advice over time"
NAMES = ("(intercept)", "last advice wrong", "wrong advice before", "log advice before", "advice right")
FEWEST = 30  # decisions
# What is asked after advice, of which decisions, and in words.
KINDS = {
    "switch": "Changed to the advice, where the first answer differed",
    "follow": "Ended on the advice, where one answer was asked for",
}
TRUST_SCORES = ("jian-trust", "trust-in-automation-trust-in-automation", "merritt-trust", "perceived-accuracy")


def exposed(encounters: pd.DataFrame, plan: Plan) -> Sieved:
    """Advised decisions with what had been met before each: `before` (advice), `errors` (wrong) and `last_wrong`."""
    kept = advised(encounters, plan)
    place = ["phase_index", "sitting", "position"]
    placed = sieve(kept.rows, [("place in the order not known", kept.rows[place].isna().any(axis=1))])
    rows = placed.rows.sort_values(["participant", *place], kind="stable").reset_index(drop=True)
    wrong = pd.Series(no(rows["advice_correct"]).astype(np.float64))
    by = wrong.groupby(rows["participant"])
    rows = rows.assign(
        before=by.cumcount().astype(float), errors=by.cumsum() - wrong, last_wrong=by.shift(1, fill_value=0.0)
    )
    return Sieved(rows, kept.dropped + placed.dropped)


def analyse(prepared: Prepared, plan: Plan) -> list[Analysis]:
    """Reliance after errors met, one analysis a way of asking; and trust scores against the accuracy that was met."""
    kept = exposed(prepared.encounters, plan)
    asked = {
        "switch": kept.rows["initial_agrees"].notna() & ~yes(kept.rows["initial_agrees"]),
        "follow": kept.rows["initial_agrees"].isna(),
    }
    made = [_reliance(kind, Sieved(kept.rows[of].reset_index(drop=True), kept.dropped), plan)
            for kind, of in asked.items() if of.any()]  # fmt: skip
    said = "No decision in these data was made with advice whose place in the order is known."
    return [*(made or [unreadable("trust", TITLE, said)]), _scores(kept.rows, prepared, plan)]


def _reliance(kind: str, about: Sieved, plan: Plan) -> Analysis:
    title = f"{TITLE}: {KINDS[kind][:1].lower()}{KINDS[kind][1:]}"
    rows = about.rows
    if len(rows) < FEWEST or np.ptp(rows["errors"]) == 0 or np.ptp(rows["last_wrong"]) == 0:
        why = (
            f"{len(rows)} such decisions, with wrong advice before some and not before others, are too few for a model."
        )
        return unreadable("trust", title, why)
    model = fitted(lambda: _fit(rows))
    naming = Naming(plan.level, about)
    estimates = [
        _odds(model, 1, f"last-wrong/{kind}", "Odds of going with advice, last advice wrong ÷ right", naming),
        _odds(model, 2, f"per-error/{kind}", "The same for each further wrong advice met, at equal advice met", naming),
        _difference(model, rows, f"difference/{kind}", naming),
    ]
    tables: tuple[Table, ...] = (_observed(rows),)
    if model.fit is not None and model.readable:
        tables = (_by_errors(model.fit, rows, plan.level), spread_table(model.fit.effects), *tables)
    return Analysis(f"trust-{kind}", title, tuple(estimates), model.convergence, model.warnings, tables)


def design(rows: pd.DataFrame) -> Array:
    """Columns of NAMES, one row a decision."""
    right = yes(rows["advice_correct"]).astype(np.float64)
    return np.column_stack([np.ones(len(rows)), rows["last_wrong"], rows["errors"], np.log1p(rows["before"]), right])


def _fit(rows: pd.DataFrame) -> GlmmFit:
    errors = rows["errors"].to_numpy(dtype=np.float64)
    factors = [
        # Clinicians differ in how much an error costs them in trust.
        Factor("clinician", rows["participant"].to_numpy(dtype=object), {"wrong advice before": errors}),
        Factor("case", rows["case"].to_numpy(dtype=object)),
    ]
    return glmm.fit(yes(rows["final_agrees"]).astype(np.float64), design(rows), factors, names=NAMES)


def _odds(model: Fitted[GlmmFit], place: int, name: str, label: str, naming: Naming) -> Estimate:
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "ratio", model.convergence)
    return naming.estimate(name, label, odds_ratio(model.fit, np.eye(len(NAMES))[place], level=naming.level), "ratio")


def _difference(model: Fitted[GlmmFit], rows: pd.DataFrame, name: str, naming: Naming) -> Estimate:
    label = "Share going with advice, last advice wrong minus right, all else as it was"
    if model.fit is None or not model.readable:
        return naming.withheld(name, label, "difference", model.convergence)
    later = rows[rows["before"] > 0]
    x = design(later)
    wrong, right = (np.column_stack([x[:, :1], np.full(len(x), flag), x[:, 2:]]) for flag in (1.0, 0.0))
    one, other = (_cell(name, columns, later) for columns in (wrong, right))
    found = marginal.risk_difference(model.fit, one, other, level=naming.level, df="least")
    return naming.estimate(name, label, found, "difference")


def _cell(label: str, x: Array, rows: pd.DataFrame, errors: float | None = None) -> Cell:
    met = rows["errors"].to_numpy(dtype=np.float64) if errors is None else np.full(len(rows), errors)
    distinct, counts = np.unique(np.column_stack([x, met]), axis=0, return_counts=True)
    own = np.column_stack([np.ones(len(distinct)), distinct[:, -1]])
    return Cell(label, distinct[:, :-1], {"clinician": own, "case": np.ones(1)}, counts.astype(np.float64))


def _by_errors(fit: GlmmFit, rows: pd.DataFrame, level: float) -> Table:
    """What the model expects at so many errors met, where the last advice was right and so much advice had been met."""
    middle = float(np.log1p(rows["before"]).mean())
    made = []
    for errors in range(int(rows["errors"].quantile(0.95)) + 1):
        x = np.column_stack([np.ones(len(rows)), np.zeros(len(rows)), np.full(len(rows), float(errors)),
                             np.full(len(rows), middle), yes(rows["advice_correct"]).astype(np.float64)])  # fmt: skip
        found = marginal.risk(fit, _cell(str(errors), x, rows, float(errors)), level=level)
        made.append((errors, found.value, found.low, found.high))
    return Table(
        "share going with advice by errors met, by the model", ("errors met", "share", "from", "to"), tuple(made)
    )


def _observed(rows: pd.DataFrame) -> Table:
    agreed = pd.Series(yes(rows["final_agrees"]).astype(np.float64))
    by = agreed.groupby(rows["errors"].astype(int))
    made = tuple(
        (int(n), float(share), int(count))
        for n, share, count in zip(by.mean().index, by.mean(), by.size(), strict=True)
    )
    return Table("share going with advice by errors met, as observed", ("errors met", "share", "decisions"), made)


@dataclass(frozen=True)
class Pair:
    """A trust score and the share of right advice that this person had been shown up to then."""

    person: str
    phase: str
    score: float
    accuracy: float


def _scores(rows: pd.DataFrame, prepared: Prepared, plan: Plan) -> Analysis:
    title = f"{TITLE}: what was said against what was met"
    estimates, table = [], []
    for scale in scales.SCALES:
        if scale.name not in TRUST_SCORES:
            continue
        pairs = _pairs(scale, rows, prepared, plan)
        if not pairs:
            continue
        estimates.append(correlation(scale, pairs, plan))
        for phase in plan.phases:
            own = [pair for pair in pairs if pair.phase == phase]
            if own:
                table.append((scale.name, phase, len(own), float(np.mean([p.score for p in own])),
                              float(np.mean([p.accuracy for p in own]))))  # fmt: skip
    if not estimates:
        said = "These data hold no trust score of anybody who had been shown advice, so only behaviour can be told."
        return Analysis("trust-scores", title, convergence=Convergence(False, "not fitted", said), warnings=(said,))
    columns = ("score", "phase", "clinicians", "mean score", "share of right advice met")
    return Analysis(
        "trust-scores", title, tuple(estimates), tables=(Table("scores and accuracy met", columns, tuple(table)),)
    )


def _pairs(scale: scales.Scale, rows: pd.DataFrame, prepared: Prepared, plan: Plan) -> list[Pair]:
    filled = prepared.encounters[prepared.encounters["questionnaire"].notna()]
    made = []
    for person, phase, text in zip(filled["participant"], filled["phase"], filled["questionnaire"], strict=True):
        answers = scales.read(text)
        met = rows[(rows["participant"] == person) & rows["phase"].isin(plan.phases[: plan.phases.index(phase) + 1])]
        score = scales.score(scale, answers) if set(scale.reads) <= set(answers) else None
        if score is not None and len(met):
            made.append(Pair(str(person), str(phase), score, float(yes(met["advice_correct"]).mean())))
    return made


def correlation(scale: scales.Scale, pairs: list[Pair], plan: Plan) -> Estimate:
    """Pearson's correlation over persons and phases, resampling persons."""
    name, label = f"correlation/{scale.name}", f"{scale.label}: correlation with the share of right advice met"
    table = pd.DataFrame([(p.person, p.score, p.accuracy) for p in pairs], columns=["person", "score", "accuracy"])
    a, b = table["score"] - table["score"].mean(), table["accuracy"] - table["accuracy"].mean()
    person, people = pd.factorize(table["person"], sort=True)
    columns = np.column_stack([np.ones(len(a)), a, b, a * a, b * b, a * b]).astype(np.float64)
    sums = resample.sums(person, columns, len(people))
    value = float(_pearson(sums.sum(axis=0)[None, :])[0])
    rng = resample.generator(plan.seed, name)
    low, high = resample.statistic(sums, _pearson, rng=rng, draws=plan.bootstrap, level=plan.level)
    method = f"Pearson's correlation, percentile bootstrap of clinicians, {plan.bootstrap} draws"
    defined = bool(np.isfinite(value))
    return Estimate(
        name, label, value if defined else None, "score", method, low=low if defined else None,
        high=high if defined else None, level=plan.level if defined and low is not None else None, n_used=len(pairs),
        note=None if defined else "All scores, or all shares of right advice, are equal: there is no correlation.",
    )  # fmt: skip


def _pearson(s: Array) -> Array:
    n, a, b, aa, bb, ab = s.T
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (ab - a * b / n) / np.sqrt((aa - a * a / n) * (bb - b * b / n))
    return found
