"""The review of a cohort: who knows what, who is stuck, which cases mislead, how reliance lies. Never a rank list."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from simlab.teaching.models import Cohort, Trainee
from simlab.teaching.responses import responses_of
from simlab.teaching.review import Share

STUCK_AFTER = 8  # cases; fewer do not tell being stuck from bad luck
STUCK_BELOW = 0.5
MOST_WRONG = 3  # wrong answers told of a case
MOST_MISLEADING = 8  # cases told of


@dataclass(frozen=True)
class Stuck:
    """The last cases of a trainee in one competence: surely below half, by Wilson's interval."""

    trainee: Trainee
    competence: str
    share: Share


@dataclass(frozen=True)
class CaseRow:
    """One case over the cohort.

    taken: the last answer was the wrong advice, of the times wrong advice was shown. misled: of those in which the
    first answer had been right. The second is the harm; the first counts those too who thought so anyway.
    """

    case: str
    title: str
    right: Share
    taken: Share
    misled: Share
    wrong_answers: tuple[tuple[str, int], ...]
    advised_wrongly: str | None


@dataclass(frozen=True)
class Reliance:
    """Where a trainee stands between taking right advice (RAIR) and keeping right answers (RSR)."""

    trainee: Trainee
    took_right: Share
    kept_right: Share

    @property
    def told(self) -> bool:
        """Enough occasions of both kinds for a point: fewer are words."""
        return self.took_right.enough and self.kept_right.enough


@dataclass(frozen=True)
class CohortReview:
    trainees: list[Trainee]
    competences: list[str]
    cells: dict[tuple[str, str], Share]  # by key of the trainee and competence
    stuck: list[Stuck]
    cases: list[CaseRow]
    misleading: list[CaseRow]  # those whose wrong advice was taken, by how surely it is
    reliance: list[Reliance]
    progress: list[tuple[str, Share, Share]]  # month; right without and with advice
    responses: int


def cohort_review(cohort: Cohort) -> CohortReview:
    table = responses_of(cohort)
    trainees = list(cohort.trainees.all())
    judged = table[table["right"].notna()].assign(right=lambda t: t["right"].astype(bool))
    by_competence = judged.explode("competences")
    cases = _cases(judged)
    return CohortReview(
        trainees=trainees,
        competences=sorted(by_competence["competences"].unique()),
        cells=_cells(by_competence),
        stuck=_stuck(by_competence, trainees),
        cases=cases,
        misleading=_misleading(cases),
        reliance=reliance_of(judged, trainees),
        progress=progress_of(judged),
        responses=len(table),
    )


def share_of(right: pd.Series) -> Share:
    return Share(int(right.sum()), len(right))


def _cells(rows: pd.DataFrame) -> dict[tuple[str, str], Share]:
    counted = rows.groupby(["trainee", "competences"], sort=False)["right"].agg(["sum", "size"])
    return {
        key: Share(int(k), int(n)) for key, k, n in zip(counted.index, counted["sum"], counted["size"], strict=True)
    }


def _stuck(rows: pd.DataFrame, trainees: list[Trainee]) -> list[Stuck]:
    """By the roster: competences in which the last STUCK_AFTER cases are surely below STUCK_BELOW."""
    last = rows.groupby(["trainee", "competences"], sort=False).tail(STUCK_AFTER)
    found: dict[str, list[tuple[str, Share]]] = {}
    for (trainee, competence), share in _cells(last).items():
        if share.denominator == STUCK_AFTER and share.interval and share.interval[1] < STUCK_BELOW:
            found.setdefault(trainee, []).append((competence, share))
    return [Stuck(one, name, share) for one in trainees for name, share in sorted(
        found.get(str(one.pk), []), key=lambda pair: pair[0]
    )]  # fmt: skip


def _cases(rows: pd.DataFrame) -> list[CaseRow]:
    """By title, in the alphabet."""
    return sorted((_case(str(case), own) for case, own in rows.groupby("case", sort=False)), key=lambda row: row.title)


def _misleading(cases: list[CaseRow]) -> list[CaseRow]:
    """By the lower end of the interval, so that two of two do not stand before forty of fifty."""
    taken = [row for row in cases if row.taken.numerator]
    return sorted(taken, key=lambda row: -(row.taken.interval or (0.0,))[0])[:MOST_MISLEADING]


def _case(case: str, own: pd.DataFrame) -> CaseRow:
    wrong = Counter(own.loc[~own["right"], "last"]).most_common(MOST_WRONG)
    against = own[_is(own["advice_right"], False)]
    turned = against[_is(against["first_right"], True)]
    advised = Counter(against["advice"]).most_common(1)
    return CaseRow(
        case, str(own["title"].iloc[0]), share_of(own["right"]),
        taken=share_of(_is(against["followed"], True)), misled=share_of(_is(turned["followed"], True)),
        wrong_answers=tuple(wrong), advised_wrongly=advised[0][0] if advised else None,
    )  # fmt: skip


def _is(column: pd.Series, verdict: bool) -> pd.Series:
    """Where the verdict is known and this one: what is not known is neither."""
    return column.map(lambda one: one is verdict).astype(bool)


def reliance_of(rows: pd.DataFrame, trainees: list[Trainee]) -> list[Reliance]:
    """RAIR and RSR of each trainee, as in simlab.stats.reliance: occasions by the first answer and the advice."""
    took = _by_trainee(rows[_is(rows["first_right"], False) & _is(rows["advice_right"], True)])
    kept = _by_trainee(rows[_is(rows["first_right"], True) & _is(rows["advice_right"], False)])
    nothing = Share(0, 0)
    return [Reliance(one, took.get(str(one.pk), nothing), kept.get(str(one.pk), nothing)) for one in trainees]


def _by_trainee(rows: pd.DataFrame) -> dict[str, Share]:
    counted = rows.groupby("trainee", sort=False)["right"].agg(["sum", "size"])
    return {
        key: Share(int(k), int(n)) for key, k, n in zip(counted.index, counted["sum"], counted["size"], strict=True)
    }


def progress_of(rows: pd.DataFrame) -> list[tuple[str, Share, Share]]:
    """Month by month: right without advice, right with it. `advised` is of the rows, so the two share no case."""
    month = pd.to_datetime(rows["at"].astype(float), unit="s", utc=True).dt.strftime("%Y-%m")
    return [
        (str(name), share_of(own.loc[~own["advised"], "right"]), share_of(own.loc[own["advised"], "right"]))
        for name, own in rows.groupby(month)
    ]


@dataclass(frozen=True)
class Behind:
    """What lies behind a figure of the review: the answers it was counted from."""

    answers: pd.DataFrame  # newest first
    by_answer: list[tuple[str, bool | None, int]]  # label, right, how often; most often first
    right: Share


def answers_behind(
    cohort: Cohort, *, trainee: str | None = None, competence: str | None = None, case: str | None = None
) -> Behind:
    """The answers of the cohort in one cell, column, row or case; a name that is not known leaves none."""
    table = responses_of(cohort)
    kept = pd.Series(True, index=table.index)
    if trainee is not None:
        kept &= table["trainee"] == trainee
    if case is not None:
        kept &= table["case"] == case
    if competence is not None:
        kept &= table["competences"].map(lambda names: competence in names).astype(bool)
    rows = table[kept]
    judged = rows.loc[rows["right"].notna(), "right"].astype(bool)
    counted = Counter(zip(rows["last"], rows["right"], strict=True)).most_common()
    by_answer = [(label, right, n) for (label, right), n in counted]
    return Behind(rows.iloc[::-1], by_answer, share_of(judged))
