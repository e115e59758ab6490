"""The mapping of a foreign table: which of its columns holds what, in which unit and under which codes.

Every scalar of the YAML stays text, so that `yes`, `1.0` and `007` mean what stands in the table. The field by field
description is docs/analysing.md.
"""

import hashlib
import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from simlab.stats.errors import BadInput

Kind = Literal["text", "answer", "yes-no", "share", "seconds", "number", "count"]


class BadMapping(BadInput):
    """The place names a field of the mapping, or a line of its file."""


@dataclass(frozen=True)
class Target:
    """Something a column can be mapped to: how it is read, and the column of the analysis table that it fills."""

    kind: Kind
    fills: str | None


TARGETS: dict[str, Target] = {
    "participant": Target("text", "participant"),
    "case": Target("text", "case"),
    "condition": Target("text", "arm"),
    "phase": Target("text", "phase"),
    "reader": Target("text", None),
    "initial": Target("answer", "initial"),
    "advice": Target("answer", "advice"),
    "final": Target("answer", "final"),
    "truth": Target("answer", "truth"),
    "initial_correct": Target("yes-no", "initial_correct"),
    "advice_correct": Target("yes-no", "advice_correct"),
    "final_correct": Target("yes-no", "final_correct"),
    "initial_agrees": Target("yes-no", "initial_agrees"),
    "final_agrees": Target("yes-no", "final_agrees"),
    "changed": Target("yes-no", "changed"),
    "advice_shown": Target("yes-no", "advice_shown"),
    "initial_confidence": Target("share", "initial_confidence"),
    "confidence": Target("share", "final_confidence"),
    "advice_confidence": Target("share", "advice_confidence"),
    "time": Target("seconds", "time_total_s"),
    "time_active": Target("seconds", "time_active_s"),
    "time_initial": Target("seconds", "time_initial_s"),
    "time_after_advice": Target("seconds", "time_after_advice_s"),
    "probability": Target("share", None),
    "rating": Target("number", None),
    "n": Target("count", None),
    "correct": Target("count", None),
    "site": Target("text", "site"),
    "stratum": Target("text", "stratum"),
    "grade": Target("text", "grade"),
    "form": Target("text", "form"),
    "specialty": Target("text", "specialty"),
    "advice_id": Target("text", "advice_id"),
    "advice_error_type": Target("text", "advice_error_type"),
    "advice_sought": Target("yes-no", "advice_sought"),
    "time_to_advice": Target("seconds", "time_to_advice_s"),
    "items_opened": Target("number", "items_opened"),
    "score": Target("share", "score"),
    "lure": Target("answer", "lure"),
    "lure_type": Target("text", "lure_type"),
    "day": Target("number", "day"),
}
UNITS: dict[str, dict[str, float]] = {
    "share": {"share": 1.0, "percent": 0.01},
    "seconds": {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0},
    "count": {"count": 1.0, "share": 1.0, "percent": 0.01},
}

Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """Where a target comes from: a column, one value for all rows, or two columns of clock times."""

    column: Text | None = None
    value: Text | None = None
    start: Text | None = None
    end: Text | None = None
    unit: Text | None = None
    values: dict[str, str] = {}
    others: str | None = None
    missing: tuple[str, ...] = ()
    pattern: Text | None = None
    reverse: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        origins = (self.column, self.value, self.start or self.end)
        if sum(o is not None for o in origins) != 1:
            raise ValueError("give one of column, value, or start with end")
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end belong together")
        if self.others is not None and not self.values:
            raise ValueError("others needs values: it stands for every code that values does not list")
        if self.pattern is not None:
            _one_group(self.pattern)
        return self


def _one_group(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as fault:
        raise ValueError(f"pattern is not a regular expression ({fault})") from None
    if groups != 1:
        raise ValueError(f"pattern has {groups} groups in brackets; the one group is what is kept")


class Where(_Part):
    """Which rows stay: those whose cell is one of these, is none of those, or matches an expression from its start."""

    one_of: tuple[str, ...] = Field((), alias="is")
    none_of: tuple[str, ...] = Field((), alias="not")
    matches: Text | None = None


class Join(_Part):
    """A further table (path beside the first): rows whose `key` equals the first table's `on` add their columns."""

    table: Text
    on: Text
    key: Text | None = None


class TruthRows(_Part):
    """Rows whose `column` is `is` give no answer but the truth of a `case`, in the column `value`."""

    column: Text
    equals: Text = Field(alias="is")
    case: Text
    value: Text


def _as_source(given: Any) -> Any:
    return {"column": given} if isinstance(given, str) else given


def _as_where(given: Any) -> Any:
    if isinstance(given, str):
        return {"is": [given]}
    return {"is": given} if isinstance(given, list) else given


Columns = dict[str, Annotated[Source, BeforeValidator(_as_source)]]


class Mapping(_Part):
    """A whole mapping. `rows` makes several rows of one: each entry adds its own columns to the shared ones."""

    simlab: Literal["mapping/1"]
    title: Text
    separator: Literal["comma", "semicolon", "tab"] | None = None
    encoding: Text = "utf-8"
    decimal: Literal["point", "comma"] = "point"
    missing: tuple[str, ...] = ()
    where: dict[str, Annotated[Where, BeforeValidator(_as_where)]] = {}
    by: Text | None = None
    joined: tuple[Join, ...] = Field((), alias="with")
    truth_rows: TruthRows | None = None
    columns: Columns
    rows: tuple[Columns, ...] = ()
    answers: Literal["labels", "numbers"] = "labels"
    tolerance: Annotated[float, Field(ge=0)] | None = None
    cut: float | None = None
    slopes: bool = True
    options: Annotated[int, Field(ge=2)] | None = None
    positive: tuple[str, ...] = ()
    control: Text | None = None
    covariance: Literal["jackknife", "delong", "bootstrap"] = "jackknife"
    detect: Annotated[float, Field(gt=0, lt=1)] | None = None
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    seed: Annotated[int, Field(ge=0)] = 0
    bootstrap: Annotated[int, Field(ge=100, le=100_000)] = 2000

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("positive"), str):
            return {**given, "positive": [given["positive"]]}
        return given

    @model_validator(mode="after")
    def _known_targets(self) -> "Mapping":
        for columns in (self.columns, *self.rows):
            for name, source in columns.items():
                _check_source(name, source)
        if not self.targets:
            raise ValueError("columns maps nothing")
        if (self.tolerance is not None or self.cut is not None) and self.answers != "numbers":
            raise ValueError("tolerance and cut are for `answers: numbers`")
        if self.tolerance is not None and self.cut is not None:
            raise ValueError("tolerance and cut are two ways to judge a number; give one")
        return self

    @property
    def targets(self) -> frozenset[str]:
        """Everything that some row gets."""
        return frozenset(self.columns).union(*self.rows)

    @property
    def blocks(self) -> tuple[Columns, ...]:
        """The columns of each row that one row of the table becomes."""
        return tuple({**self.columns, **extra} for extra in self.rows) or (self.columns,)


def _check_source(name: str, source: Source) -> None:
    if name not in TARGETS:
        raise ValueError(f"{name!r} is nothing to map to; use one of {', '.join(TARGETS)}")
    kind = TARGETS[name].kind
    units = UNITS.get(kind, {})
    if source.unit is not None and source.unit not in units:
        allowed = f"use one of {', '.join(units)}" if units else "it has no unit"
        raise ValueError(f"{name} has the unit {source.unit!r}; {allowed}")
    if source.reverse and name != "rating":
        raise ValueError(f"{name} cannot be reversed; only rating can")
    if source.start is not None and kind != "seconds":
        raise ValueError(f"{name} is no time, so it has no start and end")


def parse(document: object) -> Mapping:
    """A mapping from plain values. Raises BadMapping naming the first field at fault."""
    if not isinstance(document, dict):
        raise BadMapping("the mapping", "is not a set of named fields", "begin it with `simlab: mapping/1`")
    try:
        return Mapping.model_validate(document)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        where = f"field {place}" if place else "the mapping"
        raise BadMapping(where, message[:1].lower() + message[1:], "see docs/analysing.md") from None


class _Texts(yaml.SafeLoader):
    """Plain data in which every scalar is text."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise BadMapping(f"line {line}", f"{key.value!r} is given a second time", "keep one of the two")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path | str) -> dict[str, Any]:
    """The document of a mapping file, as text and lists. Raises BadMapping when there is none or it is not YAML."""
    path = Path(path)
    if not path.is_file():
        raise BadMapping(str(path), "there is no such file", "give the path of a mapping in YAML")
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Texts)  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise BadMapping(f"{path}, line {line}", f"is not YAML ({fault.problem})", "mend that line") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        reason = str(fault).splitlines()[0]
        raise BadMapping(str(path), f"is not YAML ({reason})", "save it as UTF-8 text") from None
    parse(document)
    return dict(document)


def mapping_hash(document: dict[str, Any]) -> str:
    """SHA-256 of the document's canonical JSON: the identity of the mapping as it was written."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
