"""Bounds and equatings of forms in words. The word “parallel” stands only where a record says it."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from simlab.engine.casefile import Pack
from simlab.studies.models import FormBound, FormEquating
from simlab.web.words import day

VERDICTS = {
    "parallel": "Parallel within the declared bound",
    "not-parallel": "Not parallel: the difference is larger than the bound",
    "undecided": "Undecided: the interval reaches over the bound",
}


def pairs_of(
    pack: Pack, bounds: Mapping[tuple[str, str], FormBound], latest: Mapping[tuple[str, str], FormEquating]
) -> list[dict[str, str]]:
    return [
        {
            "name": f"{one} and {other}",
            "value": f"{one} {other}",
            "bound": bound_words(bounds.get((one, other))),
            "claim": claim(latest.get((one, other))),
        }
        for one, other in combinations(pack.forms, 2)
    ]


def bound_words(bound: FormBound | None) -> str:
    if bound is None:
        return "None declared"
    return f"±{bound.bound:g} log odds, {day(bound.declared_at.date().isoformat())}"


def claim(record: FormEquating | None) -> str:
    if record is None:
        return "Nothing: not equated"
    verdict = _verdict(record)
    return f"{verdict} (±{record.bound.bound:g}). {difference(record)}, n = {record.persons} persons"


def _verdict(record: FormEquating) -> str:
    return VERDICTS[record.verdict] if record.difference is not None else record.note or "Undecided: no estimate"


def difference(record: FormEquating) -> str:
    if record.difference is None:
        return "No estimate"
    if record.low is None or record.high is None:
        return f"{record.difference:+.2f}, without an interval"
    return f"{record.difference:+.2f} ({record.low:+.2f} to {record.high:+.2f})"


def rows_of(records: list[FormEquating]) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{row.bound.other} minus {row.bound.one}",
            "source": row.source,
            "persons": row.persons,
            "decisions": row.decisions,
            "difference": difference(row),
            "bound": bound_words(row.bound),
            "verdict": _verdict(row),
            "made": f"{day(row.made_at.date().isoformat())}, {row.made_by}",
        }
        for row in records
    ]
