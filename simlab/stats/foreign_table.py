"""The mapped columns of a foreign table as values of known kind and unit."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats.errors import BadTable
from simlab.stats.foreign_file import as_texts
from simlab.stats.foreign_mapping import TARGETS, UNITS, Columns, Kind, Mapping, Source, Where
from simlab.stats.result import Dropped

ROW = "row"  # the row of the foreign table, from 1, header not counted
GROUP = "group"
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
Texts = list[str | None]


@dataclass(frozen=True)
class Mapped:
    """One row a decision (or a cell of decisions): a column for each target, `row`, and `group` where `by` is given."""

    rows: pd.DataFrame
    targets: frozenset[str]
    read: int
    dropped: tuple[Dropped, ...]


def mapped(table: pd.DataFrame, mapping: Mapping) -> Mapped:
    """The table under the mapping. Raises BadTable naming column and row."""
    texts = as_texts(table)
    for name in (*mapping.where, *([mapping.by] if mapping.by else [])):
        _column(texts, name, "where" if name in mapping.where else "by")
    kept, dropped = _chosen(texts, mapping.where)
    if mapping.by and kept[mapping.by].isna().any():
        nameless = int(kept[mapping.by].isna().sum())
        dropped = (*dropped, Dropped(f"left out for want of {mapping.by}, by which the table is split", nameless))
        kept = kept[kept[mapping.by].notna()]
    if len(kept) == 0:
        raise BadTable("the table", "has no row that `where` keeps", "correct the values under where")
    parts = [_block(kept, columns, mapping) for columns in mapping.blocks]
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    targets = mapping.targets
    if "reader" in targets and "participant" not in targets:
        # A reader is a participant by another name.
        rows, targets = rows.assign(participant=rows["reader"]), targets | {"participant"}
    lines = content(rows)
    ordered = rows.iloc[sorted(range(len(rows)), key=lines.__getitem__)].reset_index(drop=True)
    return Mapped(ordered, targets, len(texts), dropped)


def content(rows: pd.DataFrame) -> list[str]:
    """Each mapped row as one line of text, without its number: the order and identity of the data."""
    names = sorted(name for name in rows.columns if name != ROW)
    return ["\x1f".join(map(str, cells)) for cells in zip(*(rows[name].tolist() for name in names), strict=True)]


def _chosen(texts: pd.DataFrame, where: dict[str, Where]) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    dropped = []
    for name, rule in where.items():
        keeps = np.array([_stays(value, rule) for value in texts[name]], dtype=bool)
        if not keeps.all():
            dropped.append(Dropped(f"left out by `where` on {name}", int((~keeps).sum())))
        texts = texts[keeps]
    return texts, tuple(dropped)


def _stays(value: str | None, rule: Where) -> bool:
    if rule.one_of and not any(_same(value, v) for v in rule.one_of):
        return False
    if any(_same(value, v) for v in rule.none_of):
        return False
    return rule.matches is None or (value is not None and re.match(rule.matches, value) is not None)


def _same(cell: str | None, code: str) -> bool:
    """Equal as text, or as numbers: 1 and 1.0 are one code."""
    if cell is None:
        return code == ""
    if cell == code:
        return True
    one, other = _float(cell), _float(code)
    return one is not None and one == other


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _column(texts: pd.DataFrame, name: str, target: str) -> Texts:
    if name not in texts.columns:
        known = ", ".join(texts.columns)
        raise BadTable(f"column {name}", f"is not in the table, but {target} is mapped to it", f"use one of {known}")
    return list(texts[name])


def _block(texts: pd.DataFrame, columns: Columns, mapping: Mapping) -> pd.DataFrame:
    made: dict[str, Any] = {ROW: texts.index.to_numpy()}
    if mapping.by:
        made[GROUP] = pd.Series(list(texts[mapping.by]), dtype=object)
    for target, source in columns.items():
        made[target] = _values(texts, target, source, mapping)
    return pd.DataFrame(made, index=pd.RangeIndex(len(texts)))


def _values(texts: pd.DataFrame, target: str, source: Source, mapping: Mapping) -> "pd.Series[Any]":
    kind = TARGETS[target].kind
    if kind == "answer" and mapping.answers == "numbers":
        kind = "number"
    if source.start is not None and source.end is not None:
        return _between(texts, target, source.start, source.end, mapping.missing)
    if source.value is not None:
        cells: Texts = [source.value] * len(texts)
    else:
        cells = _coded(texts, target, source, mapping.missing)
        if mapping.decimal == "comma" and kind not in ("text", "answer", "yes-no"):
            cells = [None if c is None else c.replace(",", ".") for c in cells]
    return _typed(cells, kind, _Place(target, source, texts.index.tolist()))


@dataclass(frozen=True)
class _Place:
    """What an error names: the target, its column, and the row of the table."""

    target: str
    source: Source
    rows: list[Any]

    def fault(self, at: int, message: str, remedy: str) -> BadTable:
        column = self.source.column or self.source.start or "(constant)"
        return BadTable(f"column {column}, row {self.rows[at]}", f"{message} for {self.target}", remedy)


def _coded(texts: pd.DataFrame, target: str, source: Source, missing: tuple[str, ...]) -> Texts:
    """The cells of a column after missing codes, the pattern and the recoding."""
    cells = _column(texts, str(source.column), target)
    gone = (*missing, *source.missing)
    place = _Place(target, source, texts.index.tolist())
    known: dict[str | None, str | None] = {None: None}
    for at, cell in enumerate(cells):
        if cell is not None and cell not in known:
            absent = any(_same(cell, code) for code in gone)
            known[cell] = None if absent else _recoded(cell, source, place, at) or None
    return [known[cell] for cell in cells]


def _recoded(cell: str, source: Source, place: _Place, at: int) -> str:
    if source.pattern is not None:
        found = re.search(source.pattern, cell)
        if found is None or found.group(1) is None:
            raise place.fault(
                at,
                f"holds {cell!r}, which the pattern does not match",
                "correct the pattern, or leave the row out with where",
            )
        cell = found.group(1)
    if not source.values:
        return cell
    if cell in source.values:
        return source.values[cell]
    for code, value in source.values.items():
        if _same(cell, code):
            return value
    if source.others is not None:
        return source.others
    listed = ", ".join(source.values)
    raise place.fault(
        at,
        f"holds {cell!r}, which values does not list ({listed})",
        "add the code to values, to missing, or give others",
    )


def _typed(cells: Texts, kind: Kind, place: _Place) -> "pd.Series[Any]":
    if kind == "text":
        return pd.Series(cells, dtype=object)
    if kind == "answer":
        return pd.Series([None if c is None else _label(c) for c in cells], dtype=object)
    if kind == "yes-no":
        return pd.Series([_verdict(c, place, at) for at, c in enumerate(cells)], dtype="boolean")
    numbers = pd.Series([_number(c, place, at) for at, c in enumerate(cells)], dtype="float64")
    if place.source.reverse:
        numbers = -numbers
    if place.source.unit is not None:
        numbers = numbers * UNITS[kind][place.source.unit]
    if kind == "share":
        _refuse(
            numbers,
            (numbers < 0) | (numbers > 1),
            place,
            "which is no probability",
            "say `unit: percent`, or map each code to its probability under values",
        )
    if kind == "count":
        _refuse(numbers, numbers < 0, place, "which is below 0", "correct the table")
    return numbers


def _refuse(numbers: "pd.Series[float]", wrong: "pd.Series[bool]", place: _Place, words: str, remedy: str) -> None:
    if wrong.any():
        at = int(np.flatnonzero(wrong.to_numpy())[0])
        raise place.fault(at, f"gives {numbers.iloc[at]:g}, {words},", remedy)


def _label(cell: str) -> str:
    """Codes that are numbers compare as numbers: 1 and 1.0 are one answer."""
    number = _float(cell)
    return cell if number is None else repr(int(number) if number.is_integer() else number)


def _verdict(cell: str | None, place: _Place, at: int) -> bool | None:
    if cell is None:
        return None
    found = _YES_NO.get(_label(cell.lower()))
    if found is None:
        raise place.fault(at, f"holds {cell!r}, neither yes nor no,", "map its codes to yes and no under values")
    return found


def _number(cell: str | None, place: _Place, at: int) -> float:
    if cell is None:
        return math.nan
    value = _float(cell)
    if value is None:
        raise place.fault(at, f"holds {cell!r}, which is no number", "list it under missing, or map it under values")
    return value


def _between(texts: pd.DataFrame, target: str, start: str, end: str, missing: tuple[str, ...]) -> "pd.Series[Any]":
    """Seconds from one clock time to another; negative and zero spans are kept, for the analysis to leave out."""
    moments = []
    for column in (start, end):
        cells = _column(texts, column, target)
        cells = [None if c is None or any(_same(c, m) for m in missing) else c for c in cells]
        found = pd.to_datetime(pd.Series(cells, dtype=object), errors="coerce", format="ISO8601", utc=True)
        wrong = found.isna().to_numpy() & np.array([c is not None for c in cells])
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            row = texts.index[at]
            raise BadTable(
                f"column {column}, row {row}",
                f"holds {cells[at]!r}, which is no clock time for {target}",
                "write it as 2026-11-23 13:05:00, or list it under missing",
            )
        moments.append(found)
    return (moments[1] - moments[0]).dt.total_seconds().astype("float64")
