"""From a table of vignettes and tables of recorded AI output to a case pack in SimLab's own format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.scoring import normalise
from simlab.exchange.bank import NO_DIAGNOSIS, Bank, Item, contradictions, read_bank
from simlab.exchange.mapping import Mapping, load_mapping
from simlab.exchange.oddities import Oddity, at, possible_slips, stray_commas
from simlab.exchange.tables import Row, read_rows

NOTICE = "Imported for simulation; not clinically reviewed by this project"
DEMOGRAPHICS = re.compile(r"^(?P<age>\d{1,3}) year old (?P<sex>male|female)$", re.I)
LONGEST_SUMMARY = 139


@dataclass(frozen=True)
class Imported:
    """The pack as plain documents, ready to be written, and the report."""

    head: dict[str, Any]
    terms: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    oddities: list[Oddity]

    @property
    def advice(self) -> list[dict[str, Any]]:
        return [advice for case in self.cases for advice in case["advice"]]

    @property
    def both_kinds(self) -> int:
        """Cases whose bank holds a right and a wrong first condition as they were judged."""
        given = [[a for a in case["advice"] if a["diagnosis"]["term"] != NO_DIAGNOSIS] for case in self.cases]
        return sum(len({a["correct"] for a in advice}) == 2 for advice in given)

    @property
    def contrast(self) -> int:
        """Those that still do once contradictory judgements are set aside: they may carry a randomised contrast."""
        return sum(len({a["correct"] for a in case["advice"] if "unusable" not in a}) == 2 for case in self.cases)


def read_vignettes(mapping_path: Path, folder: Path | None = None) -> Imported:
    """Read every table that a mapping file names, in `folder` (by default its own). Raises InvalidFile."""
    mapping = load_mapping(mapping_path)
    folder = folder or mapping_path.parent
    rows = read_rows(folder / mapping.vignettes.file, mapping.vignettes.columns)
    tables = [(table, read_rows(folder / table.file, table.columns)) for table in mapping.advice]
    references = {str(row.number): row.values[mapping.vignettes.reference].strip() for row in rows}
    bank = read_bank(tables, references)
    oddities = [*_odd_vignettes(mapping, rows), *bank.oddities]
    cases = [_case(mapping, row, bank, oddities) for row in rows]
    return Imported(_head(mapping, cases), _terms(cases), cases, oddities)


def _head(mapping: Mapping, cases: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"simlab": "pack/1", **mapping.pack.model_dump(exclude={"author"}, exclude_none=True)}
    return {**head, "specialties": sorted({case["specialty"] for case in cases}), "terms": "terms.yaml", "forms": {}}


def _terms(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every condition named in the pack, once; what one case calls a synonym may be another's reference."""
    named = [case["reference"]["diagnosis"]["term"] for case in cases]
    named += [term["term"] for case in cases for a in case["advice"] for term in (a["diagnosis"], *a["differential"])]
    unique = {normalise(term): term for term in reversed(named)}
    return [{"term": term} for name, term in sorted(unique.items()) if term != NO_DIAGNOSIS]


def _case(mapping: Mapping, row: Row, bank: Bank, oddities: list[Oddity]) -> dict[str, Any]:
    columns, number = mapping.vignettes, str(row.number)
    items = bank.items.get(number, [])
    if not items:
        raise _invalid(row, "", "no advice was recorded for this vignette.", "Remove it, or add advice.")
    reference = row.values[columns.reference].strip()
    if not reference:
        raise _invalid(row, columns.reference, "the reference is empty.", "Give the reference diagnosis.")
    unsure = contradictions(items, reference)
    doubtful = [item for item in items if item.id in unsure]
    oddities += [at(item.row, item.table.position, unsure[item.id], "kept, and never shown") for item in doubtful]
    return {
        "simlab": "case/1",
        "id": f"{columns.id_prefix}-{row.number:03d}",
        "origin": "imported",
        "title": row.values[columns.title].strip().rstrip("."),
        "specialty": _slug(bank.specialties.get(number, "general")),
        "patient": _patient(row, columns.demographics),
        "presentation": "\n\n".join(_sentence(row.values[name]) for name in columns.presentation),
        "stages": _stages(mapping, row),
        "record": {},
        "reference": {"diagnosis": _reference(reference, items, unsure)},
        "advice": [_advice(item, unsure) for item in items],
        "status": {"notice": NOTICE, "author": mapping.pack.author},
        "licence": mapping.pack.licence,
    }


def _reference(reference: str, items: list[Item], unsure: dict[str, str]) -> dict[str, Any]:
    """The reference with the names under which it was recognised in the lists, so that answers score alike."""
    doubtful = {normalise(item.top) for item in items if item.id in unsure and item.top}
    found = {normalise(term): term for item in items if (term := item.judged_right())}
    synonyms = [term for name, term in sorted(found.items()) if name != normalise(reference) and name not in doubtful]
    return {"term": reference, "synonyms": synonyms}


def _advice(item: Item, unsure: dict[str, str]) -> dict[str, Any]:
    top = item.top or NO_DIAGNOSIS
    summary = f"Most likely: {top}"
    made = {
        "id": item.id,
        "correct": item.right,
        "diagnosis": {"term": top},
        "differential": [{"term": term} for term in item.ranked[1:]],
        "summary": summary if len(summary) <= LONGEST_SUMMARY else summary[: LONGEST_SUMMARY - 1] + "…",
        "rationale": f"Next in the list: {'; '.join(item.ranked[1:])}." if item.ranked[1:] else None,
        "recorded": {
            "system": item.row.values[item.table.system],
            "run": item.row.values[item.table.run],
            "row": f"{item.row.file}, row {item.row.number}",
            "judged-by": item.table.judged_by,
        },
    }
    reason = unsure.get(item.id) or (None if item.top else "the recorded list has no first condition")
    return {**made, "unusable": reason} if reason else made


def _patient(row: Row, column: str) -> dict[str, Any]:
    found = DEMOGRAPHICS.match(row.values[column].strip())
    if not found:
        message = f"“{row.values[column]}” does not say age and sex."
        raise _invalid(row, column, message, "Write it as “61 year old Male”.")
    return {"age": int(found["age"]), "sex": found["sex"].lower()}


def _stages(mapping: Mapping, row: Row) -> list[dict[str, Any]]:
    given = [(item, row.values[item.column].strip()) for item in mapping.vignettes.history]
    empty = mapping.vignettes.empty
    items = [{"id": i.id, "label": i.label, "text": _sentence(text)} for i, text in given if text not in empty]
    return [{"kind": "history", "items": items}] if items else []


def _odd_vignettes(mapping: Mapping, rows: list[Row]) -> Iterator[Oddity]:
    columns = mapping.vignettes
    lists = [columns.title, *(item.column for item in columns.history)]
    for row in rows:
        for item in columns.history:
            if row.values[item.column].strip() in columns.empty:
                shown = row.values[item.column].strip() or "nothing"
                yield at(row, item.column, f"empty, written as “{shown}”", "left out of the history")
        for column in lists:
            yield from stray_commas(row, column)
        text = " ".join(row.values[c] for c in columns.columns if c != columns.reference)
        if f" {normalise(row.values[columns.reference])} " in f" {normalise(text)} ":
            yield at(row, columns.reference, "the vignette names its own reference", "kept as published")
    yield from possible_slips(rows, dict.fromkeys(columns.columns))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "general"


def _invalid(row: Row, column: str, message: str, remedy: str) -> InvalidFile:
    place = f"{row.file}:{row.line}" + (f", column {column}" if column else "")
    return InvalidFile([Fault(place, message, remedy, file=row.file, line=row.line, field=column)])
