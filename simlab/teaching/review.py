"""What an educator reads about trainees: formative, case by case, never a rank list.

Trainees sit studies of kind training. A study of any other kind is never read here, whoever asks.
"""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from simlab.analyses.extract import analysis_table
from simlab.stats import proportions, reliance
from simlab.studies.models import Study
from simlab.teaching.models import Cohort, Trainee

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
        found = proportions.wilson(self.numerator, self.denominator)
        return None if found is None else (found.low, found.high)

    @property
    def enough(self) -> bool:
        return self.denominator >= ENOUGH


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
    trainees = list(cohort.trainees.select_related("participant"))
    table = _encounters(cohort)
    by_person = dict(iter(table.groupby("participant"))) if len(table) else {}
    return [_row(trainee, by_person.get(str(trainee.participant_id), table.iloc[:0])) for trainee in trainees]


def trainee_row(trainee: Trainee) -> TraineeRow:
    table = _encounters(trainee.cohort)
    return _row(trainee, table[table["participant"] == str(trainee.participant_id)])


def _encounters(cohort: Cohort) -> pd.DataFrame:
    studies = Study.objects.filter(assignments__cohort=cohort, kind=Study.Kind.TRAINING).select_related("protocol")
    tables = [analysis_table(study) for study in studies.order_by("assignments__assigned_at")]
    tables = [table[table["case"].notna()] for table in tables if len(table)]
    return pd.concat(tables) if tables else pd.DataFrame({"participant": []})


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
