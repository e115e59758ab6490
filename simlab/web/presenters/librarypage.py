"""The library in words: packs and cases with their state, filters, blueprint and forms."""

import datetime
from collections.abc import Mapping
from typing import Any

from simlab.engine.caseblueprint import band, blueprint
from simlab.engine.casefile import Case, Pack
from simlab.engine.caseindex import match_rows
from simlab.engine.casesigning import signed, state_of
from simlab.exchange.moodle import Sifted
from simlab.web.words import counted, day, percent

STATES = {
    "unsigned": "Unsigned",
    "signed": "Signed",
    "overdue": "Review overdue",
    "changed": "Changed since it was signed",
    "unfinished": "Unfinished",
}
NOT_PARALLEL = (
    "These forms are matched by design. They may be called parallel only after equating on the data of a pilot. Where "
    "no record below says so, a difference between forms may be a difference of difficulty."
)


def pack_line(pack: Pack, today: datetime.date) -> dict[str, Any]:
    cases = [case for case in pack.cases.values() if case.twin_of is None]
    twins = len(pack.cases) - len(cases)
    signed_now = sum(signed(case, today.isoformat()) for case in pack.cases.values())
    words = [
        counted(len(cases), "case"),
        *([counted(twins, "twin")] if twins else []),
        f"{signed_now or 'none'} signed",
    ]
    return {"id": pack.id, "title": pack.title, "words": " · ".join(words)}


def case_rows(pack: Pack, drafts: Mapping[str, Any], today: datetime.date) -> list[dict[str, Any]]:
    return [case_row(pack, case, drafts.get(case.id), today) for case in sorted(pack.cases.values(), key=_by_title)]


def _by_title(case: Case) -> tuple[str, str]:
    return case.title, case.id


def case_row(pack: Pack, case: Case, draft: Any, today: datetime.date) -> dict[str, Any]:
    state = state_of(case, today.isoformat())
    until = day(case.status.review_by) if case.status.review_by else ""
    told = f"Signed by {case.status.reviewer}, review by {until}" if state == "signed" else STATES[state]
    return {
        "id": case.id, "title": case.title, "pack": pack.id, "pack_title": pack.title,
        "specialty": case.specialty, "kind": case.question.kind, "state": state, "state_words": told,
        "errors": [advice.error_type for advice in case.wrong if advice.error_type], "draft": draft,
        "difficulty": percent(case.difficulty), "band": band(case.difficulty) if case.difficulty is not None else "",
        "twin_of": case.twin_of, "faults": len(case.record.faults), "competences": case.competences,
        "forms": [name for name, members in pack.forms.items() if case.id in members],
    }  # fmt: skip


FILTERS = (("specialty", "Specialty"), ("kind", "Form of answer"), ("error", "Error of the advice"), ("state", "State"))


def filters_of(rows: list[dict[str, Any]], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The choices that the rows offer, with the one that is asked for."""
    return [
        {"name": name, "label": label, "chosen": asked.get(name, ""), "options": _options(rows, name)}
        for name, label in FILTERS
    ]


def _options(rows: list[dict[str, Any]], name: str) -> list[dict[str, str]]:
    found = sorted({value for row in rows for value in _values(row, name)})
    return [{"value": value, "text": STATES.get(value, value.replace("-", " ").capitalize())} for value in found]


def _values(row: dict[str, Any], name: str) -> list[str]:
    return row["errors"] if name == "error" else [row[name]]


def kept(rows: list[dict[str, Any]], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows that fit every filter and hold the words asked for."""
    words = asked.get("q", "").casefold().split()
    return [
        row
        for row in rows
        if all(not asked.get(name) or asked[name] in _values(row, name) for name, _ in FILTERS)
        and all(word in f"{row['title']} {row['id']}".casefold() for word in words)
    ]


def blueprint_of(pack: Pack) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "columns": [name.replace("-", " ") for name in one.columns],
            "rows": [(row.replace("-", " "), counts) for row, counts in zip(one.rows, one.counts, strict=True)],
            "totals": one.totals,
            "absent": [name.replace("-", " ") for name in one.absent],
            "gaps": one.gaps,
            "cells": one.cells,
            "wanted": [name not in one.unwanted for name in one.columns],
        }
        for one in blueprint(pack)
    ]


def forms_of(pack: Pack) -> list[dict[str, Any]]:
    return [
        {
            "form": row.form,
            "cases": row.cases,
            "difficulty": percent(row.difficulty),
            "spread": percent(row.spread),
            "words": row.words,
            "female": row.female,
            "specialties": ", ".join(f"{n} {name.replace('-', ' ')}" for name, n in sorted(row.specialties.items())),
            "errors": ", ".join(f"{n} {name.replace('-', ' ')}" for name, n in sorted(row.errors.items())),
            "members": [pack.cases[name] for name in pack.forms[row.form]],
        }
        for row in match_rows(pack)
    ]


def moodle_of(sifted: Sifted) -> dict[str, Any]:
    """How many questions fit, and the others by form of answer, for nothing is left out silently."""
    left_out: dict[str, list[str]] = {}
    for case, question in sifted.left_out:
        left_out.setdefault(question.kind.replace("-", " ").capitalize(), []).append(case.title)
    fit, of = len(sifted.fit), len(sifted.fit) + len(sifted.left_out)
    words = f"{fit} of {counted(of, 'question')} {'fits' if fit == 1 else 'fit'}."
    return {"count": fit, "words": words, "left_out": sorted(left_out.items())}
