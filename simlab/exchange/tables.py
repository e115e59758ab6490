"""Rows of a foreign table (CSV, TSV or JSON lines), each with its place for messages."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simlab.engine.errors import Fault, InvalidFile

DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = {".jsonl", ".ndjson"}


@dataclass(frozen=True)
class Row:
    """One row: `number` counts from 1 (a header is not counted), `line` is where it stands in the file."""

    file: str
    number: int
    line: int
    values: dict[str, str]


def read_rows(path: Path, columns: Iterable[str]) -> list[Row]:
    """All rows of a table that must have these columns. Raises InvalidFile naming file, line and column."""
    if not path.is_file():
        raise _invalid(path.name, None, "", "there is no such file.", "Correct its name in the mapping file.")
    if path.suffix.lower() in JSON_LINES:
        rows = list(_json_lines(path))
    elif path.suffix.lower() in DELIMITERS:
        rows = list(_delimited(path))
    else:
        raise _invalid(path.name, None, "", "this kind of table is not known.", "Use .csv, .tsv or .jsonl.")
    if not rows:
        raise _invalid(path.name, None, "", "the table has no rows.", "Give a table with at least one vignette.")
    _require(rows, columns)
    return rows


def _require(rows: list[Row], columns: Iterable[str]) -> None:
    for column in columns:
        lacking = next((row for row in rows if column not in row.values), None)
        if lacking is not None:
            found = ", ".join(sorted(lacking.values)) or "none"
            remedy = f"Correct the mapping or the table; the columns are: {found}."
            raise _invalid(lacking.file, lacking.line, column, f"the column “{column}” is missing.", remedy)


def _delimited(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=DELIMITERS[path.suffix.lower()], strict=True)
        try:
            header = next(reader, [])
            if twice := next((name for name in header if header.count(name) > 1), None):
                message = f"the column “{twice}” is there twice."
                raise _invalid(path.name, 1, twice, message, "Give each column a name of its own.")
            line = reader.line_num + 1
            for number, cells in enumerate(reader, start=1):
                if len(cells) != len(header):
                    message = f"the row has {len(cells)} cells where the header has {len(header)}."
                    raise _invalid(path.name, line, "", message, "Quote cells that hold the delimiter.")
                yield Row(path.name, number, line, dict(zip(header, cells, strict=True)))
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            raise _invalid(path.name, reader.line_num, "", f"cannot be read ({error}).", "Save it as UTF-8.") from None


def _json_lines(path: Path) -> Iterator[Row]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # JSON text may hold other line ends
    except UnicodeDecodeError as error:
        raise _invalid(path.name, None, "", f"cannot be read ({error}).", "Save it as UTF-8.") from None
    filled = ((line, text) for line, text in enumerate(lines, start=1) if text.strip())
    for number, (line, text) in enumerate(filled, start=1):
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise _invalid(path.name, line, "", f"is not JSON ({error.msg}).", "One JSON object a line.") from None
        if not isinstance(values, dict):
            raise _invalid(path.name, line, "", "is not a JSON object.", "One JSON object a line.")
        plain = {str(name): "" if value is None else str(value) for name, value in values.items()}
        yield Row(path.name, number, line, plain)


def _invalid(file: str, line: int | None, field: str, message: str, remedy: str) -> InvalidFile:
    place = f"{file}:{line}" if line else file
    place += f", column {field}" if field else ""
    return InvalidFile([Fault(place, message, remedy, file=file, line=line, field=field)])
