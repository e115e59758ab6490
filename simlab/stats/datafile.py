"""The one file format of analysis tables: Parquet in and out, CSV in; and the identity of the data in it."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
import pyarrow.csv  # type: ignore[import-untyped,unused-ignore]
import pyarrow.parquet  # type: ignore[import-untyped,unused-ignore]

from simlab.stats.columns import COLUMNS, NAMES, Column, Kind, check
from simlab.stats.errors import BadTable

_ARROW: dict[Kind, Any] = {
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "yes-no": pa.bool_(),
}
SCHEMA = pa.schema([(c.name, _ARROW[c.kind]) for c in COLUMNS])
_AT_ONCE = 50_000  # rows
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def write(table: pd.DataFrame, path: Path | str) -> str:
    """Check the table, write it as Parquet and return its `data_hash`. Equal rows in equal order give equal bytes."""
    made = check(table)
    arrow = pa.Table.from_pandas(made, schema=SCHEMA, preserve_index=False).replace_schema_metadata(None)
    pyarrow.parquet.write_table(arrow, str(path), compression="zstd", store_schema=False)
    return data_hash(made)


def read(path: Path | str) -> pd.DataFrame:
    """A checked table from a Parquet or CSV file. Raises BadTable when there is no such table to read."""
    path = Path(path)
    if not path.is_file():
        raise BadTable(str(path), "there is no such file", "give the path of a Parquet or CSV file")
    try:
        return check(_read_csv(path) if path.suffix.lower() == ".csv" else _read_parquet(path))
    except pa.ArrowInvalid as fault:
        first_line = str(fault).splitlines()[0].rstrip(".")
        raise BadTable(
            str(path),
            f"cannot be read ({first_line})",
            "give a Parquet file or a CSV with a header",
        ) from None


def _read_parquet(path: Path) -> pd.DataFrame:
    arrow = pyarrow.parquet.read_table(str(path))
    known = arrow.select([n for n in arrow.column_names if n in NAMES])
    return pd.DataFrame(known.to_pandas(types_mapper=_TYPES.get))


# Arrow's nullable whole numbers and yes-no values would otherwise turn into floats and objects.
_TYPES: dict[Any, Any] = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def _read_csv(path: Path) -> pd.DataFrame:
    # All columns are read as text: a label such as "007" or "NA" must not be guessed into a number or a blank.
    header = pyarrow.csv.open_csv(str(path)).schema.names
    options = pyarrow.csv.ConvertOptions(
        column_types={name: pa.string() for name in header},
        null_values=[""],
        strings_can_be_null=True,
    )
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return pd.DataFrame(pyarrow.csv.read_csv(str(path), parse_options=parsing, convert_options=options).to_pandas())


def canonical_rows(table: pd.DataFrame) -> list[str]:
    """Each row of a checked table as one line of JSON, in the order of the columns that hold anything; floats in
    shortest exact form."""
    rows: list[str] = []
    held = _held(table)
    # In parts, for all values of a million rows at once would be forty million objects.
    for start in range(0, len(table), _AT_ONCE):
        part = table.iloc[start : start + _AT_ONCE]
        columns = [_as_json(part[column.name], column.kind) for column in held]
        rows += [f"[{','.join(row)}]" for row in zip(*columns, strict=True)]
    return rows


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order that depends on nothing but their content, so that shuffled rows give the same analysis."""
    return ordered(table)[0]


def ordered(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """`in_order` and `data_hash` of a checked table in one go: both need the canonical rows."""
    rows = canonical_rows(table)
    order = sorted(range(len(rows)), key=rows.__getitem__)
    digest = _digest((rows[place] for place in order), table)
    return table.iloc[order].reset_index(drop=True), digest


def data_hash(table: pd.DataFrame) -> str:
    """SHA-256 over the column names and the sorted canonical rows: the identity of the data, not of a file."""
    return _digest(sorted(canonical_rows(table)), table)


def _held(table: pd.DataFrame) -> list[Column]:
    """The columns with at least one value: an empty column says no more than an absent one."""
    return [column for column in COLUMNS if table[column.name].notna().any()]


def _digest(rows: Iterable[str], table: pd.DataFrame) -> str:
    digest = hashlib.sha256(json.dumps([column.name for column in _held(table)]).encode())
    for row in rows:
        digest.update(b"\n")
        digest.update(row.encode())
    return digest.hexdigest()


def _as_json(column: "pd.Series[Any]", kind: Kind) -> list[str]:
    """Each value as JSON. Values that repeat are encoded once; numbers hardly ever do."""
    if kind == "number":
        values = column.to_numpy(dtype="float64", na_value=np.nan).tolist()
        return ["null" if value != value else repr(value) for value in values]
    codes, distinct = pd.factorize(column)
    words = [_encode(value) for value in distinct.astype(object).tolist()]
    made: list[str] = np.array([*words, "null"], dtype=object)[codes].tolist()  # −1, the last, is no value
    return made
