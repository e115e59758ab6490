"""What one trainee's answers say about how they reason: formative, with intervals, never a rank.

Pure: from the table of `simlab.teaching.responses` and what the educator chose. Fewer than ENOUGH of anything are told
as a count, and a mean of fewer is withheld.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats import calibration, intervals, proportions, skill
from simlab.stats.intervals import Interval
from simlab.teaching.review import ENOUGH, Share

DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Chosen:
    """Of the two charts: rates of wrong answers that are acceptable and not, and the sums that give a signal.

    `gap`: days without a case after which one speaks of retention.
    """

    acceptable: float = 0.2
    unacceptable: float = 0.4
    learned: float = 2.0
    lost: float = 2.0
    gap: int = 14

    @property
    def right_to_signal(self) -> int:
        """Right answers in a row that take the chart of learning from nothing to its limit."""
        return math.ceil(self.learned / math.log((1 - self.acceptable) / (1 - self.unacceptable)) - 1e-9)

    @property
    def wrong_to_signal(self) -> int:
        """Wrong answers in a row that take the chart of loss from nothing to its limit."""
        return math.ceil(self.lost / math.log(self.unacceptable / self.acceptable) - 1e-9)


@dataclass(frozen=True)
class Mean:
    """A mean over cases with its t interval at 95 %; withheld (None) below ENOUGH cases."""

    n: int
    found: Interval | None


@dataclass(frozen=True)
class Band:
    """Answers given with a confidence between two bounds: how sure on average, and how often right."""

    low: float
    high: float
    confidence: float
    right: Share


@dataclass(frozen=True)
class Calibration:
    """`over`: mean of confidence minus right (1 or 0); above 0 is surer than right. `brier` is withheld when few."""

    over: Mean
    brier: float | None
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Times:
    """Seconds from the opening of a case to its last answer: geometric mean with interval, and quartiles."""

    mean: Mean
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True)
class Retention:
    """The last answers before a gap and the first after it, of cases never met before, and what was lost."""

    days: float
    before: Share
    after: Share
    change: Interval | None  # after minus before; withheld when few


@dataclass(frozen=True)
class Charts:
    """Of `n` answers: being learned (LC-CUSUM), and being lost again, over the answers after that signal only."""

    n: int
    learning: skill.Chart
    loss: skill.Chart | None


@dataclass(frozen=True)
class TraineeReview:
    answered: int
    alone: Share
    aided: Share
    competences: list[tuple[str, Share, Share]]  # right without and with advice
    took_right: Share
    kept_right: Share
    calibration: Calibration
    time_alone: Times
    time_aided: Times
    curve: list[tuple[int, int, Share]]  # first and last case of a block, right on their own
    charts: Charts
    retention: list[Retention]
    met_again: Share  # cases right before and met again after the gap: right again

    @property
    def reliance_told(self) -> bool:
        """Enough occasions of both kinds for a point in the square; fewer are words."""
        return self.took_right.enough and self.kept_right.enough


def review_of(table: pd.DataFrame, chosen: Chosen) -> TraineeReview:
    """The review of one trainee's answers, a table as `responses_of` makes it."""
    judged = table[table["right"].notna()].sort_values("at", kind="stable")
    judged = judged.assign(right=judged["right"].astype(bool), advised=judged["advised"].astype(bool))
    own = own_answers(judged)
    new = own.drop_duplicates("case")
    took, kept = reliance_of(judged)
    return TraineeReview(
        answered=len(table),
        alone=share_of(judged.loc[~judged["advised"], "right"]),
        aided=share_of(judged.loc[judged["advised"], "right"]),
        competences=by_competence(judged),
        took_right=took,
        kept_right=kept,
        calibration=calibration_of(judged),
        time_alone=times_of(judged.loc[~judged["advised"], "seconds"]),
        time_aided=times_of(judged.loc[judged["advised"], "seconds"]),
        curve=curve_of(list(new["own"])),
        charts=charts_of(list(new["own"]), chosen),
        retention=retention_of(new, chosen.gap),
        met_again=met_again(own, chosen.gap),
    )


def share_of(right: "pd.Series[bool]") -> Share:
    return Share(int(right.sum()), len(right))


def own_answers(judged: pd.DataFrame) -> pd.DataFrame:
    """Those where the trainee answered before any advice, with `own`: was that answer right."""
    first = judged["first_right"].notna()
    found = judged[first | ~judged["advised"]]
    own = found["first_right"].where(found["first_right"].notna(), found["right"])
    return found.assign(own=own.astype(bool))


def by_competence(judged: pd.DataFrame) -> list[tuple[str, Share, Share]]:
    rows = judged.explode("competences")
    return [
        (str(name), share_of(own.loc[~own["advised"], "right"]), share_of(own.loc[own["advised"], "right"]))
        for name, own in rows.groupby("competences")
    ]


def reliance_of(judged: pd.DataFrame) -> tuple[Share, Share]:
    """RAIR and RSR, as in simlab.stats.reliance: occasions by the first answer and the advice."""
    two = judged[judged["first_right"].notna() & judged["advice_right"].notna()]
    first, advice = two["first_right"].astype(bool), two["advice_right"].astype(bool)
    return share_of(two.loc[~first & advice, "right"]), share_of(two.loc[first & ~advice, "right"])


def calibration_of(judged: pd.DataFrame) -> Calibration:
    """Five bands of confidence; a value on an inner bound belongs to the band above."""
    rows = judged[judged["confidence"].notna()]
    said, right = rows["confidence"].astype(float), rows["right"]
    scored = calibration.brier(list(said), [int(one) for one in right]) if len(rows) >= ENOUGH else None
    place = np.minimum(np.floor(said * 5 + 1e-12), 4)
    bands = [
        Band(float(k) / 5, (float(k) + 1) / 5, float(said[place == k].mean()), share_of(right[place == k]))
        for k in sorted(place.unique())
    ]
    return Calibration(mean_of(list(said - right.astype(float))), scored.score if scored else None, tuple(bands))


def mean_of(values: Sequence[float]) -> Mean:
    """Student's interval of a mean of independent values."""
    n = len(values)
    if n < ENOUGH:
        return Mean(n, None)
    spread = float(np.std(values, ddof=1)) / math.sqrt(n)
    return Mean(n, intervals.symmetric(float(np.mean(values)), spread, n - 1, 0.95, "t of a mean", ""))


def times_of(seconds: "pd.Series[float]") -> Times:
    """The mean is geometric: times are skewed, and one case left open would carry an arithmetic mean away."""
    known = seconds.dropna().astype(float)
    known = known[known > 0]
    log = mean_of(list(np.log(known)))
    mean = Mean(log.n, intervals.transformed(log.found, np.exp, "seconds") if log.found else None)
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else (0.0, 0.0, 0.0)
    return Times(mean, (float(low), float(middle), float(high)) if len(known) else None)


def curve_of(right: Sequence[bool]) -> list[tuple[int, int, Share]]:
    """Blocks of ENOUGH new cases in the order in which they were met; the last may be shorter."""
    blocks = [right[start : start + ENOUGH] for start in range(0, len(right), ENOUGH)]
    return [(ENOUGH * k + 1, ENOUGH * k + len(own), Share(sum(own), len(own))) for k, own in enumerate(blocks)]


def charts_of(right: Sequence[bool], chosen: Chosen) -> Charts:
    """Learning from the first new case; loss can be watched only from the case after learning was signalled."""
    failures = [not one for one in right]
    learning = skill.learning_cusum(failures, chosen.acceptable, chosen.unacceptable, chosen.learned)
    after = failures[learning.signal :] if learning.signal else []
    loss = skill.cusum(after, chosen.acceptable, chosen.unacceptable, chosen.lost) if after else None
    return Charts(len(failures), learning, loss)


def retention_of(new: pd.DataFrame, gap: int) -> list[Retention]:
    """Every gap of at least so many days: up to ENOUGH new cases on either side of it."""
    at, right = new["at"].to_numpy(dtype=float), new["own"].to_numpy(dtype=bool)
    days = np.diff(at) / DAY
    made = []
    for place in np.flatnonzero(days >= gap):
        before, after = right[max(0, place + 1 - ENOUGH) : place + 1], right[place + 1 : place + 1 + ENOUGH]
        old, late = Share(int(before.sum()), len(before)), Share(int(after.sum()), len(after))
        change = (
            proportions.newcombe(late.numerator, late.denominator, old.numerator, old.denominator)
            if old.enough and late.enough
            else None
        )
        made.append(Retention(float(days[place]), old, late, change))
    return made


def met_again(own: pd.DataFrame, gap: int) -> Share:
    """Of meetings of a case that was right the time before, at least `gap` days ago: right again."""
    before = own.groupby("case")[["own", "at"]].shift()
    again = own[(before["own"] == True) & (own["at"] - before["at"] >= gap * DAY)]  # noqa: E712 - None is neither
    return share_of(again["own"])
