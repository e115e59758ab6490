"""The review of a cohort in words, shades and intervals; small numbers as counts."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from simlab.teaching.cohortreview import Behind, CaseRow, CohortReview, Reliance
from simlab.teaching.models import Cohort
from simlab.teaching.review import Share
from simlab.web.presenters.teachingpage import out_of, share_of, times
from simlab.web.words import percent, sentence

SIDE = 100  # of the square of reliance
LISTED = 200  # answers on one page


def page_of(review: CohortReview, cohort: Cohort) -> dict[str, Any]:
    behind = reverse("cohort-answers", args=[cohort.pk])
    return {
        "behind": behind,
        "responses": review.responses,
        "competences": [(name, spoken(name)) for name in review.competences],
        "rows": [(one, [_cell(review.cells.get((str(one.pk), c))) for c in review.competences])
                 for one in review.trainees],
        "stuck": [(one.trainee, one.competence, spoken(one.competence), one.share) for one in review.stuck],
        "cases": [(row, share_of(row.right, "answer")) for row in review.cases],
        "misleading": [(row, _misled(row)) for row in review.misleading],
        "points": [_point(one) for one in review.reliance if one.told],
        "few": [(one.trainee, _few(one)) for one in review.reliance if not one.told and _any(one)],
        "none": sum(not _any(one) for one in review.reliance),
        "progress": [(_month(month), share_of(alone, "case"), share_of(aided, "case"))
                     for month, alone, aided in review.progress],
    }  # fmt: skip


def answers_page(cohort: Cohort, behind: Behind, asked: dict[str, str | None]) -> dict[str, Any]:
    """The answers behind a figure: by what was answered, and one by one, the newest first."""
    rows = behind.answers
    labels = {str(one.pk): one.label for one in cohort.trainees.all()}
    told = rows.head(LISTED)
    return {
        "title": _heading(behind, asked, labels),
        "right": share_of(behind.right, "answer"),
        "total": len(rows),
        "listed": len(told),
        "by_answer": behind.by_answer if asked["case"] else [],
        "answers": [
            {
                "trainee": trainee, "label": labels.get(trainee, ""), "title": title, "case": case, "last": last,
                "first": first if first != last else None, "right": right, "advice": advice,
                "advice_right": advice_right, "on": datetime.fromtimestamp(at, UTC),
                "link": "?" + urlencode({"case": case}),
            }
            for trainee, title, case, first, last, right, advice, advice_right, at in zip(
                told["trainee"], told["title"], told["case"], told["first"], told["last"], told["right"],
                told["advice"], told["advice_right"], told["at"], strict=True,
            )
        ],
    }  # fmt: skip


def spoken(competence: str) -> str:
    return sentence(competence.replace("-", " "))


def _heading(behind: Behind, asked: dict[str, str | None], labels: dict[str, str]) -> str:
    """What was asked for, in names that the educator knows; "All answers" where nothing was."""
    titles = list(behind.answers["title"].head(1))
    parts = [
        labels.get(asked["trainee"], "Nobody of this cohort") if asked["trainee"] else None,
        spoken(asked["competence"]) if asked["competence"] else None,
        (titles[0] if titles else "No such case") if asked["case"] else None,
    ]
    return " · ".join(part for part in parts if part) or "All answers"


def _cell(share: Share | None) -> dict[str, Any]:
    """Shaded and with its interval only where it is told as a share; fewer cases are a count on white."""
    if share is None or not share.denominator:
        return {"shade": 0, "text": "", "interval": ""}
    text = f"{share.numerator} of {share.denominator}"
    if not share.enough:
        return {"shade": 0, "text": text, "interval": ""}
    low, high = share.interval or (0.0, 1.0)
    shade = 1 + min(int((share.value or 0.0) * 4), 3)
    return {"shade": shade, "text": text, "interval": f"{percent(low)} to {percent(high)}"}


def _misled(row: CaseRow) -> str:
    """What was counted, and no more: taking wrong advice is not yet being misled by it."""
    taken = row.taken
    said = f"Wrong advice was shown {times(taken.denominator)} and was the last answer {times(taken.numerator)}."
    if taken.enough and taken.interval:
        low, high = taken.interval
        said = f"{said[:-1]} ({percent(taken.value)}, 95% interval {percent(low)} to {percent(high)})."
    if row.misled.denominator:
        said += f" A right first answer was given up for it {out_of(row.misled)}."
    return said


def _point(one: Reliance) -> dict[str, Any]:
    """The point of a trainee and the cross of its intervals, in the square with RAIR across and RSR up."""
    (left, right), (down, up) = one.took_right.interval or (0.0, 1.0), one.kept_right.interval or (0.0, 1.0)
    return {
        "trainee": one.trainee,
        "took": share_of(one.took_right, "chance"),
        "kept": share_of(one.kept_right, "chance"),
        "x": _at(one.took_right.value or 0.0), "y": _at(1 - (one.kept_right.value or 0.0)),
        "left": _at(left), "right": _at(right), "top": _at(1 - up), "bottom": _at(1 - down),
    }  # fmt: skip


def _at(share: float) -> float:
    return round(SIDE * share, 1)


def _any(one: Reliance) -> bool:
    return bool(one.took_right.denominator or one.kept_right.denominator)


def _few(one: Reliance) -> str:
    took, kept = one.took_right, one.kept_right
    said = []
    if took.denominator:
        said.append(f"took right advice after a wrong first answer {out_of(took)}")
    if kept.denominator:
        said.append(f"kept a right first answer against wrong advice {out_of(kept)}")
    return "; ".join(said)


def _month(name: str) -> str:
    return datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC).strftime("%B %Y")
