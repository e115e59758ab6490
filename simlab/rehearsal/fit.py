"""A truth fitted to the data of a study, so that a pilot feeds the next study's power figure.

The shipped mixed models are fitted to what people did: first answers for skill, cases and practice; stated confidence
over the log-odds of these; disagreements for reliance; log times; and counts for who stays. What the data cannot tell
(half-lives, spread of wrong answers, carelessness) is taken from a truth that is given, and said so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.engine.casefile import Pack
from simlab.rehearsal import clinician, fit_confidence
from simlab.rehearsal.clinician import ADVICE_MIDDLE, OWN_MIDDLE
from simlab.rehearsal.traits import Flags, Floats
from simlab.rehearsal.truth import BadTruth, DropOut, Loss, Truth
from simlab.stats import glmm, lmm
from simlab.stats.columns import NEVER_ALLOCATED, check
from simlab.stats.glmm import Factor
from simlab.stats.prepare import no, yes

FEWEST_ROWS = 60


@dataclass(frozen=True)
class Estimated:
    """One value of the fitted truth: its place, the estimate, its standard error where there is one, and rows used."""

    name: str
    value: float
    se: float | None
    n: int


@dataclass(frozen=True)
class FittedTruth:
    """The truth, every value that was fitted, and what was left as it was given, in words."""

    truth: Truth
    values: tuple[Estimated, ...]
    kept: tuple[str, ...]


def fit(table: pd.DataFrame, packs: Mapping[str, Pack], base: Truth) -> FittedTruth:
    """The truth of the people in an analysis table; ``base`` gives what the data cannot tell.

    Raises BadTruth where the table holds too few decisions, BadTable where it is no analysis table.
    """
    checked = check(table)
    rows = _in_order(checked[~checked["status"].isin(NEVER_ALLOCATED)])
    done = rows[rows["status"] == "complete"].reset_index(drop=True)
    if len(done) < FEWEST_ROWS:
        raise BadTruth("the data", f"hold {len(done)} decisions, too few to fit clinicians to", "collect more")
    values, kept = _arrivals(checked), ["half-lives, the spread of wrong answers and carelessness"]
    for part, needs in ((_skill, "skill"), (_reliance, "reliance"), (_times, "times")):
        try:
            values += part(done, packs, base)
        except (_TooFewError, glmm.CannotFit) as why:
            kept.append(f"{needs} ({why})")
    values += _drop_out(rows)
    if not any(one.name.startswith("confidence.") for one in values):
        kept.append("confidence (too few answers state one)")
    return FittedTruth(_truth(base, values), tuple(values), tuple(kept))


class _TooFewError(Exception):
    """A part of the truth that these data say nothing of."""


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    place = ["participant", "phase_index", "sitting", "position"]
    return rows.sort_values(place, kind="stable").reset_index(drop=True)


def _arrivals(table: pd.DataFrame) -> list[Estimated]:
    people = table.drop_duplicates("participant")
    n = len(people)
    shares = [(name, float((people["status"] == name).sum()) / n) for name in ("declined", "ineligible")]
    made = [Estimated(f"arrivals.{name}", share, float(np.sqrt(share * (1 - share) / n)), n) for name, share in shares]
    enrolled = people[~people["status"].isin(NEVER_ALLOCATED)]
    grades = enrolled["grade"].dropna()
    for grade, count in grades.value_counts(sort=False).items():
        share = float(count) / len(grades)
        made.append(
            Estimated(f"arrivals.grades.{grade}", share, float(np.sqrt(share * (1 - share) / len(grades))), len(grades))
        )
    return made


def _practised(done: pd.DataFrame, base: Truth) -> tuple[Floats, Floats]:
    """For each row, in order, the faded numbers of cases answered and aided before it."""
    answered, aided = np.zeros(len(done)), np.zeros(len(done))
    day = done["day"].fillna(0.0).to_numpy(dtype=np.float64)
    shown = yes(done["advice_shown"]).astype(np.float64)
    practice = base.practice
    person = done["participant"].to_numpy()
    for start in np.flatnonzero(np.append(True, person[1:] != person[:-1])):
        stop = start + int(np.argmax(np.append(person[start:] != person[start], True)))
        days = day[start:stop, None] - day[None, start:stop]
        before = np.tril(np.ones_like(days), k=-1)
        learnt = clinician.faded(before, days, practice.learning_half_life_days, practice)
        lost = clinician.faded(before, days, practice.recovery_half_life_days, practice)
        answered[start:stop], aided[start:stop] = learnt.sum(axis=1), lost @ shown[start:stop]
    return answered, aided


def _difficulty(cases: "pd.Series[Any]", packs: Mapping[str, Pack], base: Truth) -> Floats:
    known = {case.id: case.difficulty for pack in packs.values() for case in pack.cases.values()}
    share = np.array([known.get(case) or base.cases.unknown_difficulty for case in cases], dtype=np.float64)
    share = np.clip(share, 0.01, 0.99)
    return np.log(share / (1.0 - share))


def _skill(done: pd.DataFrame, packs: Mapping[str, Pack], base: Truth) -> list[Estimated]:
    answered, aided = _practised(done, base)
    first = done["initial_correct"].where(done["initial_correct"].notna(), done["final_correct"])
    alone = (done["initial_correct"].notna() | ~yes(done["advice_shown"])) & first.notna()
    use = alone.to_numpy(dtype=bool)
    if use.sum() < FEWEST_ROWS:
        raise _TooFewError("no first answers without advice")
    grades = sorted(done["grade"].dropna().unique()) or ["other-clinician"]
    dummies = [(done["grade"] == grade).to_numpy(dtype=np.float64) for grade in grades[1:]]
    offered = {"answered": answered, "missed": aided, "difficulty": _difficulty(done["case"], packs, base)}
    varied = _distinct({name: column[use] for name, column in offered.items()})
    x = np.column_stack([np.ones(int(use.sum())), *(dummy[use] for dummy in dummies), *varied.values()])
    names = ("(intercept)", *grades[1:], *varied)
    factors = [Factor("clinician", done["participant"].to_numpy()[use]), Factor("case", done["case"].to_numpy()[use])]
    fitted = glmm.fit(yes(first)[use].astype(np.float64), x, factors, names=names)
    _refuse(fitted)
    n, beta, se = int(use.sum()), dict(zip(names, fitted.beta, strict=True)), dict(zip(names, fitted.se, strict=True))
    made = [Estimated(f"skill.grades.{grades[0]}", beta["(intercept)"], se["(intercept)"], n)]
    made += [
        Estimated(
            f"skill.grades.{grade}",
            beta["(intercept)"] + beta[grade],
            _sum_error(fitted.vcov, 0, names.index(grade)),
            n,
        )
        for grade in grades[1:]
    ]
    made += [_spread(fitted, "clinician", "skill.sd", n), _spread(fitted, "case", "cases.sd", n)]
    if "answered" in beta:
        made.append(Estimated("practice.learning_per_case", beta["answered"], se["answered"], n))
    if "missed" in beta:
        made.append(Estimated("practice.loss_per_aided_case", max(-beta["missed"], 0.0), se["missed"], n))
    sure = [*fit_confidence.stated(done[use], fitted), *fit_confidence.moved(done)]
    return made + [Estimated(*one) for one in sure]


def _reliance(done: pd.DataFrame, packs: Mapping[str, Pack], base: Truth) -> list[Estimated]:
    twice = yes(done["advice_shown"]) & done["initial_agrees"].notna().to_numpy(dtype=bool)
    against = twice & no(done["initial_agrees"])
    if against.sum() < FEWEST_ROWS:
        raise _TooFewError("too few pieces of advice that disagreed with a first answer")
    rows = done[against]
    own = rows["initial_confidence"].fillna(OWN_MIDDLE).to_numpy(dtype=np.float64) - OWN_MIDDLE
    printed = rows["advice_confidence"].fillna(ADVICE_MIDDLE).to_numpy(dtype=np.float64) - ADVICE_MIDDLE
    right = yes(rows["advice_correct"]).astype(np.float64)
    varied = _distinct({"own_confidence": own, "right": right, "advice_confidence": printed})
    x = np.column_stack([np.ones(len(rows)), *varied.values()])
    factors = [Factor("clinician", rows["participant"].to_numpy()), Factor("case", rows["case"].to_numpy())]
    followed = yes(rows["final_agrees"]).astype(np.float64)
    fitted = glmm.fit(followed, x, factors, names=("(intercept)", *varied))
    _refuse(fitted)
    n = len(rows)
    names = ("base", *varied)
    made = [
        Estimated(f"reliance.{name}", float(value), float(error), n)
        for name, value, error in zip(names, fitted.beta, fitted.se, strict=True)
    ]
    made += [_spread(fitted, "clinician", "reliance.person_sd", n)]
    made += [_spread(fitted, "case", "cases.advice_slope_sd", n)]
    unmoved = against & no(done["final_agrees"])
    made += [_share("reliance.third", yes(done["changed"]), unmoved)]
    return [*made, _share("reliance.contrary", yes(done["changed"]), twice & yes(done["initial_agrees"]))]


def _times(done: pd.DataFrame, packs: Mapping[str, Pack], base: Truth) -> list[Estimated]:
    made: list[Estimated] = []
    alone = (done["structure"] == "unaided").to_numpy(dtype=bool)
    twice = done["structure"].isin(["two-stage", "reconsider"]).to_numpy(dtype=bool)
    hidden = done["hidden_s"].fillna(0.0).to_numpy(dtype=np.float64)
    first = np.where(
        alone,
        done["time_active_s"].to_numpy(dtype=np.float64),
        done["time_initial_s"].to_numpy(dtype=np.float64) - hidden,
    )
    made += _stage("first", done, first, alone | twice, base.times.first.shift, spread=True)
    after = done["time_after_advice_s"].to_numpy(dtype=np.float64)
    advised = (done["structure"] == "two-stage").to_numpy(dtype=bool)
    again = (done["structure"] == "reconsider").to_numpy(dtype=bool)
    disagreed = no(done["initial_agrees"]).astype(np.float64)
    made += _stage("after_advice", done, after, advised, base.times.after_advice.shift, disagreed)
    made += _stage("reconsider", done, after, again, base.times.reconsider.shift)
    if not made:
        raise _TooFewError("no times")
    away = hidden > 0
    made.append(_share("times.hidden_share", away, np.ones(len(done), dtype=bool)))
    if away.any():
        made.append(Estimated("times.hidden_median", float(np.median(hidden[away])), None, int(away.sum())))
    return made


def _stage(
    name: str,
    done: pd.DataFrame,
    seconds: Floats,
    use: Flags,
    shift: float,
    slower: Floats | None = None,
    *,
    spread: bool = False,
) -> list[Estimated]:
    """Median and log-SD of one stage's shifted log-normal, and by how much ``slower`` rows take longer."""
    with np.errstate(invalid="ignore"):
        use = use & (seconds > shift)
    if use.sum() < FEWEST_ROWS:
        return []
    columns = [np.ones(int(use.sum()))]
    names = ["(intercept)"]
    if slower is not None and np.ptp(slower[use]) > 0:
        columns, names = [*columns, slower[use]], [*names, "slower"]
    rows = done[use]
    factors = [Factor("clinician", rows["participant"].to_numpy()), Factor("case", rows["case"].to_numpy())]
    fitted = lmm.fit(np.log(seconds[use] - shift), np.column_stack(columns), factors, names=names)
    n = int(use.sum())
    median = float(np.exp(fitted.beta[0]))
    made = [
        Estimated(f"times.{name}.median", median, median * float(fitted.se[0]), n),
        Estimated(f"times.{name}.sd", float(fitted.sigma), float(fitted.sigma / np.sqrt(2 * n)), n),
    ]
    if len(names) > 1:
        factor = float(np.exp(fitted.beta[1]))
        made.append(Estimated("times.disagreement", factor, factor * float(fitted.se[1]), n))
    if spread:
        made += [_spread(fitted, "clinician", "times.person_sd", n), _spread(fitted, "case", "cases.pace_sd", n)]
    return made


def _drop_out(rows: pd.DataFrame) -> list[Estimated]:
    """Who stays away from each phase, of those with and without advice so far, and who stops within a sitting."""
    rows = rows.assign(block=rows["phase_index"].astype(int) * 1000 + rows["sitting"].fillna(1).astype(int))
    sat = (rows["status"] == "complete").astype(float)
    by = [rows["participant"], rows["block"]]
    share, advised = sat.groupby(by).mean().unstack(), (rows["advice_shown"].astype(float).groupby(by).sum()).unstack()
    phase = rows.groupby("block")["phase"].first()
    counts: dict[tuple[str, str], list[int]] = {}
    stopped = began = 0
    here = pd.Series(True, index=share.index)
    for number, block in enumerate(share.columns):
        had = advised.iloc[:, :number].sum(axis=1) > 0
        away = here & (share[block].fillna(0.0) == 0.0)
        if number:
            for kind, who in (("advised", had), ("unaided", ~had)):
                count = counts.setdefault((str(phase[block]), kind), [0, 0])
                count[0] += int((away & who).sum())
                count[1] += int((here & who).sum())
        part = here & ~away & (share[block] < 1.0)
        began, stopped = began + int((here & ~away).sum()), stopped + int(part.sum())
        here = here & ~away & ~part
    made = [
        Estimated(f"drop_out.phases.{name}.{kind}", lost / of, float(np.sqrt(lost * (of - lost) / of) / of), of)
        for (name, kind), (lost, of) in counts.items()
        if of
    ]
    if began:
        made.append(Estimated("drop_out.within_sitting", stopped / began, float(np.sqrt(stopped) / began), began))
    return made


def _distinct(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """The columns that vary and that the intercept and those before them do not fix; the others tell nothing more."""
    kept: dict[str, Floats] = {}
    for name, column in columns.items():
        joined = np.column_stack([np.ones(len(column)), *kept.values(), column])
        if np.linalg.matrix_rank(joined, tol=1e-8 * len(column)) == joined.shape[1]:
            kept[name] = column
    return kept


def _refuse(fitted: glmm.GlmmFit) -> None:
    if not fitted.converged:
        raise _TooFewError(fitted.verdict)


def _spread(fitted: Any, factor: str, name: str, n: int) -> Estimated:
    """The SD of a random intercept; its error from the number of levels, as for a plain standard deviation."""
    effect = next(one for one in fitted.effects if one.name == factor)
    sd = float(effect.sd[0])
    return Estimated(name, sd, sd / float(np.sqrt(2 * max(len(effect.levels) - 1, 1))), n)


def _share(name: str, over: Flags, of: Flags) -> Estimated:
    n = int(of.sum())
    share = float((over & of).sum() / n) if n else 0.0
    return Estimated(name, share, float(np.sqrt(share * (1 - share) / n)) if n else None, n)


def _sum_error(vcov: Any, one: int, other: int) -> float:
    return float(np.sqrt(vcov[one, one] + vcov[other, other] + 2 * vcov[one, other]))


def _truth(base: Truth, values: Sequence[Estimated]) -> Truth:
    """The given truth with every fitted value in its place."""
    found = {one.name: one.value for one in values}
    document = base.model_dump(mode="python")
    document |= {"basis": "fitted", "title": "Fitted to the data of a study", "source": "", "calibrated": ()}
    named = {
        "arrivals.grades": _below(found, "arrivals.grades."),
        "skill.grades": _below(found, "skill.grades."),
    }
    for name, value in found.items():
        part, _, rest = name.partition(".")
        field, _, inner = rest.partition(".")
        if f"{part}.{field}" in named or part == "drop_out":
            continue
        if inner:
            document[part][field][inner] = value
        else:
            document[part][field] = value
    for place, grades in named.items():
        part, _, field = place.partition(".")
        if grades:
            document[part][field] = grades
    document["reliance"]["after_commit"] = 0.0
    document["drop_out"] = _losses(found)
    return Truth.model_validate({name.replace("_", "-"): _aliased(part) for name, part in document.items()})


def _losses(found: Mapping[str, float]) -> dict[str, Any]:
    phases: dict[str, dict[str, float]] = {}
    for name, value in _below(found, "drop_out.phases.").items():
        phase, _, kind = name.rpartition(".")
        phases.setdefault(phase, {})[kind] = value
    made = DropOut(phases={phase: Loss(**kinds) for phase, kinds in phases.items()})
    return {**made.model_dump(), "within_sitting": found.get("drop_out.within_sitting", 0.0)}


def _below(found: Mapping[str, float], start: str) -> dict[str, float]:
    return {name.removeprefix(start): value for name, value in found.items() if name.startswith(start)}


def _aliased(part: Any) -> Any:
    """Field names as a file writes them; the names of grades, competences and phases have no underscores to change."""
    if isinstance(part, dict):
        return {name.replace("_", "-"): _aliased(value) for name, value in part.items()}
    return part
