"""The review of one trainee in words, shares and small drawings; what is too little to tell is withheld in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from simlab.engine.errors import Refused
from simlab.stats.intervals import Interval
from simlab.stats.skill import Chart
from simlab.teaching.gathering import Gathering
from simlab.teaching.progress import Read
from simlab.teaching.review import ENOUGH, Share
from simlab.teaching.traineereview import Calibration, Charts, Chosen, Mean, Retention, Times, TraineeReview
from simlab.web.presenters.teachingpage import out_of, share_of
from simlab.web.words import count, counted, number, percent, points, sentence

WIDE, HIGH = 300, 80  # of a chart

# Name of the field, its label, the bounds it must keep and what its number is divided by.
FIELDS = (
    ("acceptable", "Acceptable rate of wrong answers, in %", 1, 98, 100),
    ("unacceptable", "Unacceptable rate of wrong answers, in %", 2, 99, 100),
    ("learned", "Limit of the learning chart", 0.1, 20, 1),
    ("lost", "Limit of the chart of loss", 0.1, 20, 1),
    ("gap", "Days without a case that count as a gap", 1, 730, 1),
)


def chosen_of(query: Mapping[str, str]) -> Chosen:
    """What the educator chose on the page; a field left out has its usual value."""
    usual = Chosen()
    found = {name: _chosen(query.get(name), getattr(usual, name), *rest) for name, *rest in FIELDS}
    if found["acceptable"] >= found["unacceptable"]:
        raise Refused("malformed", "The unacceptable rate must be above the acceptable one. Choose a higher one.")
    return Chosen(**{**found, "gap": int(found["gap"])})


def _chosen(told: str | None, usual: float, label: str, low: float, high: float, unit: int) -> float:
    if told is None:
        return usual
    try:
        value = float(told)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise Refused("malformed", f"{label}: give a number from {low} to {high}.")
    return value / unit


def fields_of(chosen: Chosen) -> list[tuple[str, str, str]]:
    """Name, label and value of each field of the form."""
    return [(name, label, f"{getattr(chosen, name) * unit:g}") for name, label, _, _, unit in FIELDS]


def page_of(read: Read, chosen: Chosen) -> dict[str, Any]:
    review = read.review
    return {
        "answered": review.answered,
        "held": read.held,
        "alone": share_of(review.alone, "case"),
        "aided": share_of(review.aided, "case"),
        "competences": [
            (sentence(name.replace("-", " ")), share_of(alone, "case"), share_of(aided, "case"))
            for name, alone, aided in review.competences
        ],
        "took": share_of(review.took_right, "chance"),
        "kept": share_of(review.kept_right, "chance"),
        "point": _point(review),
        "reliance": _reliance(review),
        "calibration": _calibration(review.calibration),
        "times": [("Without AI advice", _times(review.time_alone)), ("With AI advice", _times(review.time_aided))],
        "gathering": _gathering(read.gathering) if read.gathering.cases else None,
        "curve": [(f"New cases {low} to {high}", share_of(share, "case")) for low, high, share in review.curve],
        "learning": _learning(review.charts, chosen),
        "loss": _loss(review.charts, chosen),
        "retention": [_retention(one) for one in review.retention],
        "again": share_of(review.met_again, "case met again"),
        "gap": counted(chosen.gap, "day"),
    }


def _reliance(review: TraineeReview) -> str:
    took, kept = review.took_right, review.kept_right
    said = []
    if took.denominator:
        said.append(f"Right advice was taken after a wrong first answer {out_of(took)}.")
    if kept.denominator:
        said.append(f"A right first answer was kept against wrong advice {out_of(kept)}.")
    if not said:
        return "No case yet in which the advice and the first answer pulled apart."
    if not review.reliance_told:
        said.append(f"A point is drawn from {count(ENOUGH)} occasions of both kinds; there are fewer.")
    return " ".join(said)


def _point(review: TraineeReview) -> dict[str, float] | None:
    """In the square with right advice taken across and right answers kept upwards; with the cross of its intervals."""
    if not review.reliance_told or review.took_right.interval is None or review.kept_right.interval is None:
        return None
    (left, right), (down, up) = review.took_right.interval, review.kept_right.interval
    return {
        "x": 100 * (review.took_right.value or 0.0), "y": 100 * (1 - (review.kept_right.value or 0.0)),
        "left": 100 * left, "right": 100 * right, "top": 100 * (1 - up), "bottom": 100 * (1 - down),
    }  # fmt: skip


def _calibration(found: Calibration) -> dict[str, Any] | None:
    if not found.over.n:
        return None
    bands = [
        (f"{percent(one.low)} to {percent(one.high)}", percent(one.confidence), share_of(one.right, "answer"))
        for one in found.bands
    ]
    return {"said": _over(found.over), "brier": found.brier, "bands": bands}


def _over(over: Mean) -> str:
    if over.found is None:
        return f"{sentence(counted(over.n, 'answer'))} with a confidence: too few to say whether it was too high."
    low, high = limits(over.found)
    told = f"95% interval {points(low, 0)} to {points(high, 0)}, {count(over.n)} answers"
    if low <= 0 <= high:
        verdict = "No clear difference between confidence and being right"
    else:
        verdict = "Surer than right, on average" if low > 0 else "Less sure than right, on average"
    return f"{verdict}: confidence minus share right is {points(over.found.value, 0)} percentage points ({told})."


def limits(found: Interval) -> tuple[float, float]:
    return (found.value if found.low is None else found.low), (found.value if found.high is None else found.high)


def _times(found: Times) -> str:
    if found.quartiles is None:
        return "no case yet"
    low, middle, high = map(seconds, found.quartiles)
    if found.mean.found is None:
        return f"median {middle} over {counted(found.mean.n, 'case')}: too few to say more"
    one, two = map(seconds, limits(found.mean.found))
    mean = f"geometric mean {seconds(found.mean.found.value)}, 95% interval {one} to {two}"
    return f"median {middle}, the middle half from {low} to {high}; {mean}, {count(found.mean.n)} cases"


def seconds(value: float) -> str:
    whole = round(value)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def _gathering(found: Gathering) -> dict[str, Any]:
    return {
        "key": _mean_share(found.key),
        "beside": _mean_share(found.beside),
        "first": share_of(found.began_with_key, "case"),
        "cases": [
            {"title": one.title, "asked": one.asked, "missed": one.missed, "cost": one.cost,
             "key": f"{one.key.numerator} of {one.key.denominator}",
             "beside": f"{one.beside.numerator} of {one.beside.denominator}"}
            for one in found.cases
        ],
    }  # fmt: skip


def _mean_share(mean: Mean) -> str:
    if mean.found is None:
        return f"{counted(mean.n, 'case')}: too few for a mean, see the cases below"
    low, high = (min(max(one, 0.0), 1.0) for one in limits(mean.found))
    return f"{percent(mean.found.value)} a case, 95% interval {percent(low)} to {percent(high)}, {count(mean.n)} cases"


def _learning(charts: Charts, chosen: Chosen) -> dict[str, Any]:
    rates = f"{percent(chosen.acceptable)} than {percent(chosen.unacceptable)}"
    if not charts.n:
        said = "No new case was answered before any advice yet."
    elif charts.learning.signal:
        said = f"The sum reached its limit at new case {charts.learning.signal}: by then errors look more like {rates}."
    else:
        cases = counted(charts.n, "new case")
        said = f"After {cases} the sum is below its limit: not shown yet, which does not show the contrary."
    row = f"{sentence(counted(chosen.right_to_signal, 'right answer'))} in a row would reach the limit from nothing."
    return {"said": said, "row": row, **_drawn(charts.learning, chosen.learned)}


def _loss(charts: Charts, chosen: Chosen) -> dict[str, Any]:
    row = f"{sentence(counted(chosen.wrong_to_signal, 'wrong answer'))} in a row would reach the limit from nothing."
    if charts.loss is None:
        waits = "No new case since." if charts.learning.signal else "Watched from the case at which learning is shown."
        return {"said": waits, "row": row, "path": ""}
    if charts.loss.signal:
        after = counted(charts.loss.signal, "case")
        said = f"The sum reached its limit {after} after learning was shown: a reason to talk, not a verdict."
    else:
        said = f"No sign of loss in {counted(len(charts.loss.path), 'case')} since learning was shown."
    return {"said": said, "row": row, **_drawn(charts.loss, chosen.lost)}


def _drawn(chart: Chart, limit: float) -> dict[str, Any]:
    """The path of a sum from nothing, and the line of its limit, in a box WIDE by HIGH."""
    top, path = 1.15 * max([limit, *chart.path]), [0.0, *chart.path]
    if len(path) < 2:
        return {"path": ""}
    places = [(WIDE * k / (len(path) - 1), HIGH * (1 - value / top)) for k, value in enumerate(path)]
    return {"path": _line(places), "limit": round(HIGH * (1 - limit / top), 1)}


def _line(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _retention(one: Retention) -> dict[str, Any]:
    if one.change is None:
        change = "Too few on one side to speak of a change."
    else:
        low, high = limits(one.change)
        told = f"95% interval {points(low, 0)} to {points(high, 0)}"
        change = f"Change over the gap: {points(one.change.value, 0)} percentage points ({told})."
    return {
        "days": number(round(one.days)), "before": _side(one.before), "after": _side(one.after), "change": change,
    }  # fmt: skip


def _side(share: Share) -> dict[str, Any]:
    return share_of(share, "case")
