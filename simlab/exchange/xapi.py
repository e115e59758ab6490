"""Statements in the form of xAPI 1.0.3: who finished which sitting, and in training how each case was answered.

Who is an opaque name of an account, never an address. Of a trial nothing but its completion is told. No statement names
an arm, or says what the advice was. The id of a statement is a UUIDv5 of what it is about, so that one that is sent
again is known to be the same.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

VERSION = "1.0.3"
LANGUAGE = "en-GB"
ADL = "http://adlnet.gov/expapi"
Statement = dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A sitting that came to its end. `who` is opaque; `began` None where how long it took is not to be told."""

    who: str
    study: str
    study_title: str
    sitting: uuid.UUID
    phase: str
    number: int
    ended: datetime.datetime
    began: datetime.datetime | None


@dataclass(frozen=True)
class Answered:
    """One case of a sitting in training. `score` 0..1 and `correct` are None while raters must judge."""

    encounter: uuid.UUID
    case_version: str
    title: str
    began: datetime.datetime
    ended: datetime.datetime
    score: float | None
    correct: bool | None
    confidence: int | None


def statements(home: str, sitting: Finished, cases: list[Answered]) -> list[Statement]:
    """`home` is the address of this installation; it makes the names and activities of it its own."""
    place = _activity(
        f"{home}/activities/studies/{sitting.study}/{sitting.phase}/{sitting.number}",
        f"{sitting.study_title}, sitting {sitting.number}", "assessment",
    )  # fmt: skip
    whole = f"{home}/activities/studies/{sitting.study}"
    context = {
        "registration": _id(home, "registration", sitting.sitting),
        "contextActivities": {"grouping": [_activity(whole, sitting.study_title, "course")]},
        "platform": "SimLab",
        "language": LANGUAGE,
    }
    result = {"completion": True, **_duration(sitting.began, sitting.ended)}
    ended = _statement(home, sitting.who, "completed", place, result, context, sitting.ended, sitting.sitting)
    parts = {**context, "contextActivities": {**context["contextActivities"], "parent": [place]}}
    told = [
        _statement(
            home, sitting.who, "answered", _activity(f"{home}/activities/cases/{case.case_version}", case.title,
            "simulation"), _result(home, case), parts, case.ended, case.encounter,
        )
        for case in cases
    ]  # fmt: skip
    return [*told, ended]


def _statement(
    home: str, who: str, verb: str, thing: dict, result: dict, context: dict, at: datetime.datetime, about: uuid.UUID
) -> Statement:  # fmt: skip
    return {
        "id": _id(home, verb, about),
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": who}},
        "verb": {"id": f"{ADL}/verbs/{verb}", "display": {LANGUAGE: verb}},
        "object": thing,
        "result": result,
        "context": context,
        "timestamp": at.astimezone(datetime.UTC).isoformat(timespec="milliseconds"),
        "version": VERSION,
    }


def _activity(iri: str, name: str, kind: str) -> dict:
    definition = {"name": {LANGUAGE: name}, "type": f"{ADL}/activities/{kind}"}
    return {"objectType": "Activity", "id": iri, "definition": definition}


def _result(home: str, case: Answered) -> dict:
    made: dict[str, Any] = {"completion": True, **_duration(case.began, case.ended)}
    if case.score is not None:
        made["score"] = {"scaled": round(case.score, 6)}
    if case.correct is not None:
        made["success"] = case.correct
    if case.confidence is not None:
        made["extensions"] = {f"{home}/extensions/confidence": case.confidence}
    return made


def _duration(began: datetime.datetime | None, ended: datetime.datetime) -> dict[str, str]:
    """Hundredths of a second: the precision that 1.0.3 compares."""
    return {} if began is None else {"duration": f"PT{max((ended - began).total_seconds(), 0):.2f}S"}


def _id(home: str, what: str, about: uuid.UUID) -> str:
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, home), f"xapi/{what}/{about}"))
