"""Files of a foreign table as text, with further tables joined to it."""

import csv
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
import pyarrow.parquet  # type: ignore[import-untyped,unused-ignore]

from simlab.stats.errors import BadTable
from simlab.stats.foreign_mapping import Join, Mapping, TruthRows

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


def load(path: Path | str, mapping: Mapping) -> pd.DataFrame:
    """The table with the tables that `with` joins to it and the column that `truth_rows` makes. Raises BadTable."""
    texts = read(path, mapping.separator, mapping.encoding)
    for other in mapping.joined:
        texts = _joined(texts, read(Path(path).parent / other.table, mapping.separator, mapping.encoding), other)
    return _truth_rows(texts, mapping.truth_rows) if mapping.truth_rows is not None else texts


def _joined(texts: pd.DataFrame, other: pd.DataFrame, join: Join) -> pd.DataFrame:
    """Every row keeps its place; columns of the other table whose names are taken get its name behind theirs."""
    key = join.key or join.on
    _need(texts, join.on, "the table")
    _need(other, key, join.table)
    twice = other[key].duplicated() & other[key].notna()
    if twice.any():
        row = int(other.index[twice][0])
        raise BadTable(f"{join.table}, column {key}, row {row}", f"repeats {other[key][row]!r}", "keep one row a key")
    place = {value: row for row, value in other[key].items() if value is not None}
    rows = [place.get(value) for value in texts[join.on]]
    added = {}
    for name in other.columns:
        if name != key:
            values = other[name].to_dict()
            cells = [None if row is None else values[row] for row in rows]
            title = f"{name} ({join.table})" if name in texts.columns else name
            added[title] = pd.Series(cells, index=texts.index, dtype=object)
    return pd.concat([texts, pd.DataFrame(added, index=texts.index)], axis=1)


def _truth_rows(texts: pd.DataFrame, given: TruthRows) -> pd.DataFrame:
    """Rows that carry the truth of a case become the column `truth_rows` of the other rows."""
    for name in (given.column, given.case, given.value):
        _need(texts, name, "the table")
    carries = texts[given.column] == given.equals
    truths = dict(zip(texts.loc[carries, given.case], texts.loc[carries, given.value], strict=True))
    kept = texts[~carries]
    cells = [truths.get(case) for case in kept[given.case]]
    return kept.assign(truth_rows=pd.Series(cells, index=kept.index, dtype=object))


def _need(texts: pd.DataFrame, name: str, where: str) -> None:
    if name not in texts.columns:
        raise BadTable(f"column {name}", f"is not in {where}", f"use one of {', '.join(texts.columns)}")


def read(path: Path | str, separator: str | None = None, encoding: str = "utf-8") -> pd.DataFrame:
    """A CSV, TSV or Parquet file with every cell as text; empty cells are None. Raises BadTable."""
    path = Path(path)
    if not path.is_file():
        raise BadTable(str(path), "there is no such file", "give the path of a CSV, TSV or Parquet file")
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    mark = SEPARATORS[separator] if separator else ("\t" if path.suffix.lower() in (".tsv", ".tab") else ",")
    try:
        coding = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
        with path.open(encoding=coding, newline="") as file:
            rows = list(csv.reader(file, delimiter=mark, strict=True))
    except LookupError:
        raise BadTable(str(path), f"is said to be in {encoding!r}, which is unknown", "try utf-8 or cp1252") from None
    except (csv.Error, UnicodeDecodeError) as fault:
        remedy = "save it as UTF-8 text with a header, or name its encoding in the mapping"
        raise BadTable(str(path), f"cannot be read ({fault})", remedy) from None
    return _from_rows(path, rows)


def _from_rows(path: Path, rows: list[list[str]]) -> pd.DataFrame:
    if not rows:
        raise BadTable(str(path), "is empty", "give a table with a header")
    header, body = rows[0], [row for row in rows[1:] if row]
    if body and all(len(row) == len(header) + 1 for row in body):
        header = ["row name", *header]  # as R's write.table leaves it
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise BadTable(f"column {twice}", "appears twice", "rename one of the two")
    for place, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise BadTable(
                f"{path.name}, row {place}",
                f"has {len(row)} cells where the header has {len(header)}",
                "mend the row, or name the separator in the mapping",
            )
    if not body:
        raise BadTable(str(path), "has no rows", "give at least one row below the header")
    return as_texts(pd.DataFrame(body, columns=header, dtype=object))


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return as_texts(pyarrow.parquet.read_table(str(path)).to_pandas())
    except pa.ArrowInvalid as fault:
        reason = str(fault).splitlines()[0].rstrip(".")
        raise BadTable(str(path), f"cannot be read ({reason})", "give a Parquet file") from None


def as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Any table with its cells as stripped text, None where there is nothing; rows are numbered from 1."""
    if len(table) == 0:
        raise BadTable("the table", "has no rows", "give at least one row below the header")
    number = pd.RangeIndex(1, len(table) + 1)
    return pd.DataFrame(
        {str(n): pd.Series([_text(v) for v in table[n].tolist()], index=number, dtype=object) for n in table.columns}
    )


def _text(value: Any) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None
