"""A case as plain text for a language model: what a participant may see of it and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

STAGES = {"history": "History", "examination": "Examination", "investigations": "Tests"}


def case_text(case: Mapping[str, Any]) -> str:
    """`case` is `Case.public()`."""
    return "\n".join(_lines(case))


def _lines(case: Mapping[str, Any]) -> Iterator[str]:
    who = case.get("patient") or {}
    known = [f"{who['age']:g} years" if who.get("age") is not None else "", who.get("sex") or "", who.get("occupation")]
    yield "Patient: " + ", ".join(part for part in known if part and part != "not-stated")
    yield f"Presentation: {case['presentation']}"
    for stage in case.get("stages") or ():
        yield f"{STAGES.get(stage['kind'], stage['kind'])}:"
        yield from (f"- {item['label']}: {item['text']}" for item in stage["items"])
    yield from _record(case.get("record") or {})


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    for name, words in (("problems", "Problems"), ("medication", "Medication"), ("allergies", "Allergies")):
        if record.get(name):
            yield f"{words}:"
            yield from ("- " + ", ".join(str(value) for value in one.values() if value) for one in record[name])
    for result in record.get("results") or ():
        values = ", ".join(f"{value['value']:g} ({value['date']})" for value in result["values"])
        yield f"Result {result['name']}: {values} {result.get('unit') or ''}".rstrip()
    for letter in record.get("letters") or ():
        yield f"Letter from {letter['from']}, {letter['date']}: {letter['text']}"
