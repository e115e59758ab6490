"""Frozen results: an estimate with its interval and its n, an analysis, a result; and their canonical bytes."""

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

FORMAT = "result/1"


@dataclass(frozen=True)
class Dropped:
    """Units left out of an estimate, and why. A row is counted once, under the first reason that holds."""

    reason: str
    n: int


@dataclass(frozen=True)
class Estimate:
    """One number and all that is needed to judge it.

    `value` is None when it is undefined (denominator 0) or withheld; `note` then says which in words. `scale` is one
    of count, proportion, difference (of proportions), ratio, seconds, points, standard, score or area (under a
    curve). `numerator` and `denominator` are given where the value is their ratio.
    """

    name: str
    label: str
    value: float | None
    scale: str
    method: str
    low: float | None = None
    high: float | None = None
    se: float | None = None
    df: float | None = None
    level: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    p: float | None = None
    n_used: int = 0
    n_dropped: int = 0
    dropped: tuple[Dropped, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Convergence:
    """Whether a model may be read, in one word (`verdict`) and in a sentence (`detail`)."""

    converged: bool
    verdict: str
    detail: str


@dataclass(frozen=True)
class Table:
    """Named columns and rows of plain values."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Analysis:
    """The outcome of one analysis of a plan."""

    name: str
    title: str
    estimates: tuple[Estimate, ...] = ()
    convergence: Convergence | None = None
    warnings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Result:
    """Everything one run of a plan says, and what it was run on."""

    title: str
    plan_sha256: str
    data_sha256: str
    code_version: str
    seed: int
    analyses: tuple[Analysis, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """The result as plain values, ready for JSON: no NaN, no infinity, no numpy scalar."""
        made: dict[str, Any] = _plain({"simlab": FORMAT, **asdict(self)})
        return made


def dump(document: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, shortest exact floats, UTF-8, one newline at the end. Equal results, equal bytes."""
    text = json.dumps(
        document,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return (text + "\n").encode()


def plain(value: Any) -> Any:
    """A value as JSON can hold it; what is not finite becomes None."""
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
