"""What an educator reads about trainees: formative, case by case, never a rank list.

Trainees sit studies of kind training. A study of any other kind is never read here, whoever asks.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd

from simlab.analyses.extract import analysis_table
from simlab.stats import proportions, reliance
from simlab.studies.models import Study
from simlab.teaching.models import Cohort, Trainee
from simlab.teaching.reading import trainees_by_participant

# Below this a share of a single trainee is told as a count; a percentage would pretend to a precision it has not.
ENOUGH = 8


@dataclass(frozen=True)
class Share:
    """How many of how many, with Wilson's interval at 95 %; no share and no interval of nothing."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        return _wilson(self.numerator, self.denominator)

    @property
    def enough(self) -> bool:
        return self.denominator >= ENOUGH


@lru_cache(maxsize=4096)
def _wilson(k: int, n: int) -> tuple[float, float] | None:
    """Kept, because a large cohort's table has thousands of cells and few different shares."""
    found = proportions.wilson(k, n)
    return None if found is None else (found.low, found.high)


@dataclass(frozen=True)
class TraineeRow:
    """One trainee in a cohort's table."""

    trainee: Trainee
    planned: int
    done: int
    unaided: Share
    aided: Share
    took_right: Share  # RAIR: right advice taken after a wrong first answer
    kept_right: Share  # RSR: a right first answer kept against wrong advice


def cohort_rows(cohort: Cohort) -> list[TraineeRow]:
    """Every trainee of the cohort by label, with what they did in all that was assigned; a fixed number of queries."""
    table = _encounters(cohort, cohort)
    by_person = dict(iter(table.groupby("trainee"))) if len(table) else {}
    return [_row(trainee, by_person.get(str(trainee.pk), table.iloc[:0])) for trainee in cohort.trainees.all()]


def trainee_row(trainee: Trainee) -> TraineeRow:
    return _row(trainee, _encounters(trainee.cohort, trainee))


def _encounters(cohort: Cohort, whom: Cohort | Trainee) -> pd.DataFrame:
    """The cases of all that was assigned, of these people only, with the column `trainee`."""
    studies = Study.objects.filter(assignments__cohort=cohort, kind=Study.Kind.TRAINING).select_related("protocol")
    tables = [analysis_table(study) for study in studies.order_by("assignments__assigned_at")]
    tables = [table[table["case"].notna()] for table in tables if len(table)]
    if not tables:
        return pd.DataFrame({"participant": [], "trainee": []})
    table = pd.concat(tables)
    table = table.assign(trainee=table["participant"].map(trainees_by_participant(whom)))
    return table[table["trainee"].notna()]


def _row(trainee: Trainee, rows: pd.DataFrame) -> TraineeRow:
    if rows.empty:
        nothing = Share(0, 0)
        return TraineeRow(trainee, 0, 0, nothing, nothing, nothing, nothing)
    done = rows[rows["status"] == "complete"]
    advised = done[done["advice_shown"].astype(bool)]
    counted = reliance.counts(advised)
    return TraineeRow(
        trainee,
        planned=len(rows),
        done=len(done),
        unaided=_right(done[~done["advice_shown"].astype(bool)]),
        aided=_right(advised),
        took_right=Share(*counted["rair"]),
        kept_right=Share(*counted["rsr"]),
    )


def _right(rows: pd.DataFrame) -> Share:
    judged = rows["final_correct"].dropna()
    return Share(int(judged.sum()), len(judged))
