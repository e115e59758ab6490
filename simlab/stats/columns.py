"""The analysis table: one row per planned encounter of an allocated participant.

A person who was never allocated has one row with `case` empty. This list is the contract for whatever makes such a
table: the extract of a study, a rehearsal, or a foreign data set whose columns were mapped to these names.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from simlab.stats.errors import BadTable

Kind = Literal["text", "whole", "number", "yes-no"]

STATUSES = (
    "complete",
    "missing",
    "timed-out",
    "skipped",
    "declined",
    "ineligible",
    "arrived",
)
NEVER_ALLOCATED = ("declined", "ineligible", "arrived")
STRUCTURES = ("unaided", "two-stage", "reconsider", "concurrent")
ONE_ANSWER = ("unaided", "concurrent")


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, and what a value may be."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    remedy: str = ""


def _share(name: str, meaning: str) -> Column:
    remedy = "divide percentages by 100"
    return Column(name, "number", meaning, unit="0 to 1", lowest=0.0, highest=1.0, remedy=remedy)


def _seconds(name: str, meaning: str) -> Column:
    return Column(name, "number", meaning, unit="seconds")


COLUMNS: tuple[Column, ...] = (
    Column("participant", "text", "Pseudonym of the participant", required=True),
    Column("site", "text", "Site or practice"),
    Column("stratum", "text", "Stratum of the allocation"),
    Column("grade", "text", "Professional grade"),
    Column("arm", "text", "Arm allocated to; empty for a person who was never allocated"),
    Column("phase", "text", "Phase of the study"),
    Column("phase_index", "whole", "Place of the phase in the study, from 0", lowest=0),
    Column("sitting", "whole", "Number of the sitting within the phase, from 1", lowest=0),
    Column("position", "whole", "Place of the case within the sitting, from 1", lowest=0),
    Column("form", "text", "Parallel form that the case belongs to"),
    Column("case", "text", "Case; empty for a person who was never allocated"),
    Column("specialty", "text", "Specialty of the case"),
    Column(
        "status",
        "text",
        "What became of the encounter or of the person",
        required=True,
        values=STATUSES,
    ),
    Column("structure", "text", "How answers were asked for", values=STRUCTURES),
    Column("advice_shown", "yes-no", "Advice was put before the participant"),
    Column("advice_id", "text", "Which advice was shown"),
    Column("advice_correct", "yes-no", "The advice shown was right"),
    Column("advice_error_type", "text", "How the advice was wrong; empty when it was right"),
    _share("advice_confidence", "Confidence printed on the advice"),
    Column(
        "initial",
        "text",
        "First choice before advice; empty where only one answer was asked for",
    ),
    Column("advice", "text", "Diagnosis that was advised"),
    Column("final", "text", "First choice at the end"),
    Column("truth", "text", "Reference answer"),
    Column("initial_correct", "yes-no", "The first choice before advice was right"),
    Column("final_correct", "yes-no", "The first choice at the end was right"),
    Column(
        "initial_rank",
        "whole",
        "Rank of the reference in the first list, from 1; empty: not listed",
        lowest=1,
    ),
    Column(
        "final_rank",
        "whole",
        "Rank of the reference in the last list, from 1; empty: not listed",
        lowest=1,
    ),
    Column("initial_agrees", "yes-no", "First choice before advice = advice"),
    Column("final_agrees", "yes-no", "First choice at the end = advice"),
    Column(
        "changed",
        "yes-no",
        "First choice at the end differs from the one before advice",
    ),
    _share("initial_confidence", "Confidence in the answer before advice"),
    _share("final_confidence", "Confidence in the answer at the end"),
    _seconds("time_total_s", "From the case shown to the last answer"),
    _seconds("time_active_s", "The same without time hidden or idle"),
    _seconds("time_initial_s", "From the case shown to the first answer"),
    _seconds("time_after_advice_s", "From the advice shown to the last answer"),
    _seconds("hidden_s", "Time for which the page was hidden"),
    Column("advice_sought", "yes-no", "Advice was asked for; empty where it did not wait to be asked for"),
    _seconds("time_to_advice_s", "From the case shown to the request for advice"),
    Column(
        "advice_event",
        "text",
        "What befell the advice of this case by design; empty where nothing did",
        values=("down", "slow", "tampered"),
    ),
    Column("items_asked", "whole", "Findings asked for where they wait in menus; empty elsewhere", lowest=0),
    _share("key_items_share", "Share of the findings that decide the case which were asked for"),
    Column("ask_cost", "number", "What the findings asked for cost in all", lowest=0),
    _seconds("interrupted_s", "From an interruption on the page to its answer"),
    Column("items_opened", "whole", "Items of evidence or explanation opened before the last answer", lowest=0),
    Column("answer_kind", "text", "Form of the answer; number and probability make quantities of the answers"),
    _share("score", "Score of the last answer, 1 the best, for forms with more than right and wrong"),
    Column("further_scores", "text", "Scores of the further questions of a case, by their ids, as JSON"),
    Column("lure", "text", "Wrong answer to which the AI's kind of error leads on this case, advice shown or not"),
    Column("lure_type", "text", "Kind of error that leads to the lure, in the words of advice_error_type"),
    Column("questionnaire", "text", "Items of questionnaires filled in with this phase, as JSON (see below)"),
    Column("outside_help", "yes-no", "The participant told of help from outside in this phase"),
    Column("ai_between_phases", "yes-no", "The participant told of using AI of their own since the phase before"),
    Column("day", "number", "Days since enrolment", unit="days"),
    Column("virtual", "yes-no", "The participant was simulated"),
)
BY_NAME = {column.name: column for column in COLUMNS}
NAMES = tuple(BY_NAME)
DTYPES: dict[Kind, str] = {
    "text": "str",
    "whole": "Int64",
    "number": "float64",
    "yes-no": "boolean",
}


def check(table: pd.DataFrame) -> pd.DataFrame:
    """The table with exactly these columns, in this order and of these kinds; columns of other names are left out.

    Optional columns that are absent come back empty, except that `advice_shown` and `virtual` are then "no" and
    verdicts are worked out from the labels (`initial_correct` from `initial` and `truth`, and so on).
    Raises BadTable, naming the column and the first row at fault.
    """
    for column in COLUMNS:
        if column.required and column.name not in table.columns:
            raise BadTable(
                f"column {column.name}",
                "is missing",
                "add it or map one of the table's columns to it",
            )
    if len(table) == 0:
        raise BadTable("the table", "has no rows", "give at least one encounter")
    made = pd.DataFrame({c.name: _column(table, c) for c in COLUMNS}, index=pd.RangeIndex(len(table)))
    _fill(made, table)
    _check_rows(made)
    return made


def empty() -> pd.DataFrame:
    """A table of no rows with every column and kind."""
    return pd.DataFrame({c.name: pd.Series([], dtype=DTYPES[c.kind]) for c in COLUMNS})


def _column(table: pd.DataFrame, column: Column) -> "pd.Series[Any]":
    if column.name not in table.columns:
        return pd.Series([None] * len(table), dtype=DTYPES[column.kind])
    if list(table.columns).count(column.name) > 1:
        raise BadTable(f"column {column.name}", "appears twice", "keep one of the two")
    raw = table[column.name].reset_index(drop=True)
    made = _READERS[column.kind](raw, column)
    absent = made.isna()
    if column.required and absent.any():
        raise _at(column, absent, "is empty", "every row needs a value here")
    if column.values:
        wrong = ~absent & ~made.isin(list(column.values))
        if wrong.any():
            raise _at(
                column,
                wrong,
                f"holds {_first(raw, wrong)!r}",
                f"use one of {', '.join(column.values)}",
            )
    _check_range(column, made, raw)
    return made


def _check_range(column: Column, made: "pd.Series[Any]", raw: "pd.Series[Any]") -> None:
    if column.lowest is None:
        return
    wrong = (made < column.lowest).fillna(False)
    says = f"at least {column.lowest:g}"
    if column.highest is not None:
        wrong = wrong | (made > column.highest).fillna(False)
        says = f"from {column.lowest:g} to {column.highest:g}"
    if wrong.any():
        raise _at(
            column,
            wrong,
            f"holds {_first(raw, wrong)!r}",
            column.remedy or f"give a value {says}",
        )


def _text(raw: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    # The fast way for a column that holds text and nothing else, as most do.
    if str(raw.dtype) == "str" or pd.api.types.infer_dtype(raw, skipna=True) in ("string", "empty"):
        made = raw.astype("str")
        return made.mask(made == "")
    values = [None if _absent(v) else str(v) for v in raw.tolist()]
    return pd.Series([v if v else None for v in values], dtype="str")


def _number(raw: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    if pd.api.types.is_integer_dtype(raw.dtype) or pd.api.types.is_float_dtype(raw.dtype):
        made = pd.Series(raw.to_numpy(dtype="float64", na_value=np.nan))
    else:
        blank = raw.map(lambda v: _absent(v) or v == "").astype(bool)
        made = pd.to_numeric(raw.where(~blank, None), errors="coerce").astype("float64")
        wrong = made.isna() & ~blank
        if wrong.any():
            raise _at(
                column,
                wrong,
                f"holds {_first(raw, wrong)!r}",
                "give a number or leave it empty",
            )
    endless = pd.Series(np.isinf(made.to_numpy(dtype=float, na_value=np.nan)))
    if endless.any():
        raise _at(column, endless, "is infinite", "give a number or leave it empty")
    return made


def _whole(raw: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    made = _number(raw, column)
    broken = made.notna() & (made != made.round())
    if broken.any():
        raise _at(
            column,
            broken,
            f"holds {_first(raw, broken)!r}",
            "give a whole number or leave it empty",
        )
    return made.astype("Int64")


_YES_NO = {
    "true": True,
    "false": False,
    "1": True,
    "0": False,
    "yes": True,
    "no": False,
    "1.0": True,
    "0.0": False,
}


def _yes_no(raw: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    if raw.dtype == bool or str(raw.dtype) == "boolean":
        return raw.astype("boolean")
    values = [None if _absent(v) or v == "" else _YES_NO.get(str(v).strip().lower(), "?") for v in raw.tolist()]
    wrong = pd.Series([v == "?" for v in values])
    if wrong.any():
        raise _at(
            column,
            wrong,
            f"holds {_first(raw, wrong)!r}",
            "use true, false or leave it empty",
        )
    return pd.Series(values, dtype="boolean")


_READERS: dict[Kind, Callable[["pd.Series[Any]", Column], "pd.Series[Any]"]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "yes-no": _yes_no,
}

# A verdict that the table does not bring is worked out from two labels.
_FROM_LABELS = {
    "initial_correct": ("initial", "truth", True),
    "final_correct": ("final", "truth", True),
    "advice_correct": ("advice", "truth", True),
    "initial_agrees": ("initial", "advice", True),
    "final_agrees": ("final", "advice", True),
    "changed": ("final", "initial", False),
}


def _fill(made: pd.DataFrame, given: pd.DataFrame) -> None:
    for verdict, (one, other, when_equal) in _FROM_LABELS.items():
        if verdict not in given.columns:
            same = (made[one] == made[other]).astype("boolean")
            known = made[one].notna() & made[other].notna()
            made[verdict] = (same if when_equal else ~same).where(known)
    if "advice_shown" not in given.columns:
        made["advice_shown"] = made["advice"].notna().astype("boolean")
    made["advice_shown"] = made["advice_shown"].fillna(False)
    made["virtual"] = made["virtual"].fillna(False)


def _check_rows(table: pd.DataFrame) -> None:
    allocated = table["arm"].notna()
    never = table["status"].isin(NEVER_ALLOCATED)
    _refuse(
        never & allocated,
        "status",
        "says the person was never allocated but arm is given",
        "empty one of them",
    )
    encounter = ~never
    for name in ("arm", "phase", "case"):
        without = encounter & table[name].isna()
        _refuse(
            without,
            name,
            "is empty on the row of an encounter",
            "give it, or correct the row's status",
        )
    one_answer = table["structure"].isin(ONE_ANSWER) & table["initial"].notna()
    _refuse(
        one_answer,
        "initial",
        "is given where one answer is asked for",
        "empty it or correct structure",
    )
    place = ["participant", "phase", "sitting", "position"]
    placed = table[place].notna().all(axis=1)
    twice = table[placed].duplicated(place).reindex(table.index, fill_value=False)
    _refuse(
        twice,
        "position",
        "repeats a place already taken by the same participant",
        "keep one of the two rows",
    )
    arms = table[allocated].groupby("participant")["arm"].nunique()
    if (arms > 1).any():
        person = str(arms.index[arms > 1][0])
        wrong = (table["participant"] == person) & allocated
        first = str(table.loc[wrong, "arm"].iloc[0])
        _refuse(
            wrong & (table["arm"] != first),
            "arm",
            "is a second arm for one participant",
            "give the allocated arm",
        )


def _refuse(wrong: "pd.Series[Any]", name: str, message: str, remedy: str) -> None:
    if wrong.any():
        raise _at(BY_NAME[name], wrong, message, remedy)


def _at(column: Column, wrong: "pd.Series[Any]", message: str, remedy: str) -> BadTable:
    row = int(np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))[0]) + 1
    return BadTable(f"column {column.name}, row {row}", message, remedy)


def _first(raw: "pd.Series[Any]", wrong: "pd.Series[Any]") -> Any:
    value = raw[wrong.to_numpy(dtype=bool, na_value=False)].iloc[0]
    return value.item() if isinstance(value, np.generic) else value


def _absent(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
