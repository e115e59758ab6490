"""What an effect may differ by: grade, baseline skill, difficulty of the case; measured without the outcome itself.

Baseline skill and difficulty are estimated from few decisions each, so interactions with them are smaller than with the
true ones; each says so.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats.accuracy import judged
from simlab.stats.intervals import Array, CannotFit
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Mask, Sieved, no, yes

FEWEST_IN_GRADE = 5  # clinicians of a grade in each arm
FEWEST_UNAIDED = 3  # decisions that a baseline or a difficulty rests on


@dataclass(frozen=True)
class Modifier:
    """One modifier of n decisions: `columns` (kept × k) with names, which rows are kept, and why others are not.

    words: one phrase a column for its odds, steps: one for its points. compared: the two values (k each) whose effects
    are subtracted, the second minus the first; at: named values (k) at which the effect is told; says: what a reader
    must know.
    """

    name: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    steps: tuple[str, ...]
    columns: Array
    kept: Mask
    lost: str
    compared: tuple[tuple[Array, Array], ...]
    at: tuple[tuple[str, Array], ...]
    says: tuple[str, ...] = ()


def modifier(name: str, about: Sieved, encounters: pd.DataFrame, plan: Plan) -> Modifier:
    """The modifier of that name for these decisions. Raises CannotFit with the reason when it cannot be measured."""
    if name == "grade":
        return _grade(about.rows)
    return _continuous(name, about.rows, encounters, plan)


def _grade(rows: pd.DataFrame) -> Modifier:
    grades = rows["grade"]
    people = rows.drop_duplicates("participant")
    arms = sorted(set(people["arm"]))
    own = {str(grade): members["arm"].tolist() for grade, members in people.groupby("grade")}
    large = [grade for grade, of in own.items() if min(of.count(arm) for arm in arms) >= FEWEST_IN_GRADE]
    if len(arms) < 2 or len(large) < 2:
        raise CannotFit(f"fewer than two grades have {FEWEST_IN_GRADE} clinicians in each arm")
    large.sort(key=lambda grade: (-len(own[grade]), grade))
    reference, others = large[0], large[1:]
    kept = grades.isin(large).to_numpy(dtype=bool)
    columns = np.column_stack([(grades[kept] == grade).to_numpy(dtype=bool) for grade in others]).astype(np.float64)
    zero = np.zeros(len(others))
    values = [(grade, np.eye(len(others))[place]) for place, grade in enumerate(others)]
    return Modifier(
        "grade",
        tuple(others),
        tuple(f"{grade} compared with {reference}" for grade in others),
        tuple(f"{grade} minus {reference}" for grade in others),
        columns,
        kept,
        f"of a grade that is not known or has fewer than {FEWEST_IN_GRADE} clinicians in an arm",
        tuple((zero, value) for _, value in values),
        ((reference, zero), *values),
    )


def _continuous(name: str, rows: pd.DataFrame, encounters: pd.DataFrame, plan: Plan) -> Modifier:
    key = "participant" if name == "baseline" else "case"
    sources = _unaided_before(encounters, rows, plan)
    of = sources.groupby(key)["right"].agg(["sum", "size"])
    of = of[of["size"] >= FEWEST_UNAIDED]
    odds = (of["sum"] + 0.5) / (of["size"] - of["sum"] + 0.5)
    # Skill is the logit of being right; a hard case is one that few get right.
    logit = pd.Series(np.log(odds.to_numpy(dtype=np.float64)), index=of.index) * (1.0 if name == "baseline" else -1.0)
    own = rows[key].map(logit)
    kept = own.notna().to_numpy(dtype=bool)
    what = "clinicians" if name == "baseline" else "cases"
    if own[kept].nunique() < 2 or kept.mean() < 0.5:
        raise CannotFit(f"most {what} have no {FEWEST_UNAIDED} unaided decisions in an earlier phase")
    each = logit[logit.index.isin(set(rows[key]))]
    middle, spread = float(each.mean()), float(each.std(ddof=1))
    scaled = ((own[kept] - middle) / spread).to_numpy(dtype=np.float64)[:, None]
    low, high = np.array([-1.0]), np.array([1.0])
    words = {"baseline": ("abler at baseline", "less able", "abler"), "difficulty": ("harder", "easier", "harder")}[
        name
    ]
    unit = "clinician" if name == "baseline" else "case"
    said = (
        f"{name.capitalize()} is measured by {of['size'].median():g} decisions a {unit}, with error, so its "
        "interaction is closer to none than that with the true one."
    )
    return Modifier(
        name,
        (name,),
        (f"for each standard deviation that a {unit} is {words[0]}",),
        (f"{unit}s one standard deviation {words[2]} than the mean minus {unit}s as much {words[1]}",),
        scaled,
        kept,
        f"of a {unit} with fewer than {FEWEST_UNAIDED} unaided decisions in an earlier phase",
        ((low, high),),
        ((f"{words[1]} {unit}s", low), (f"{words[2]} {unit}s", high)),
        (said,),
    )


def _unaided_before(encounters: pd.DataFrame, rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Judged unaided decisions of the phases before anybody is advised and before the phases of the effect."""
    first = min(plan.phases.index(str(phase)) for phase in rows["phase"].unique())
    advised = [plan.phases.index(phase) for phase, arms in plan.advised.items() if arms]
    before = plan.phases[: min([first, *advised])]
    kept = judged(encounters[encounters["phase"].isin(before)]).rows
    kept = kept[no(kept["advice_shown"])]
    return kept.assign(right=yes(kept["final_correct"]).astype(np.float64))
