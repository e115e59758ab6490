"""JSON Schemas of plans and results, and the pages of columns and measures.

`python -m simlab.stats.schemas` writes them to docs.
"""

import json
from pathlib import Path
from typing import Any

from simlab.stats import measures, planfile, questionnaires
from simlab.stats.columns import COLUMNS, Column

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = {"type": ["number", "null"]}
_WORDS = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SCALES = [
    "count",
    "proportion",
    "difference",
    "ratio",
    "seconds",
    "points",
    "standard",
    "score",
    "area",
]


def plan_schema() -> dict[str, Any]:
    """The schema of plan/1."""
    made = planfile.Plan.model_json_schema()
    return {"$schema": _DRAFT, **made, "title": "Analysis plan, plan/1"}


def result_schema() -> dict[str, Any]:
    """The schema of result/1."""
    return {
        "$schema": _DRAFT,
        "title": "Result of a plan, result/1",
        **_fields(
            simlab={"const": "result/1"},
            title=_TEXT,
            plan_sha256=_SHA256,
            data_sha256=_SHA256,
            code_version=_TEXT,
            seed=_COUNT,
            analyses=_list(_analysis()),
        ),
    }


def _analysis() -> dict[str, Any]:
    convergence = _fields(converged={"type": "boolean"}, verdict=_TEXT, detail=_TEXT)
    cell = {"type": ["string", "number", "boolean", "null"]}
    return _fields(
        name=_TEXT,
        title=_TEXT,
        estimates=_list(_estimate()),
        convergence={"anyOf": [{"type": "null"}, convergence]},
        warnings=_list(_TEXT),
        tables=_list(_fields(name=_TEXT, columns=_list(_TEXT), rows=_list(_list(cell)))),
    )


def _estimate() -> dict[str, Any]:
    numbers = (
        "value",
        "low",
        "high",
        "se",
        "df",
        "level",
        "numerator",
        "denominator",
        "p",
    )
    return _fields(
        name=_TEXT,
        label=_TEXT,
        method=_TEXT,
        scale={"enum": SCALES},
        n_used=_COUNT,
        n_dropped=_COUNT,
        dropped=_list(_fields(reason=_TEXT, n=_COUNT)),
        note=_WORDS,
        **dict.fromkeys(numbers, _NUMBER),
    )


def _fields(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def columns_page() -> str:
    """docs/columns.md: the analysis table, column by column."""
    lines = [
        "# The analysis table",
        "",
        "One row is one planned encounter of an allocated participant: one clinician, one case, one phase. A person",
        "who was never allocated has one row whose `case` is empty. Written from `simlab/stats/columns.py` by",
        "`python -m simlab.stats.schemas`; a test keeps the two equal.",
        "",
        "An empty value means that there is none. Columns with other names are left out. Only `participant` and",
        "`status` must be there. Verdicts that a table does not bring are worked out from its labels, for example",
        "`final_correct` from `final` and `truth`.",
        "",
        "| column | kind | meaning | values |",
        "| --- | --- | --- | --- |",
        *(f"| `{c.name}` | {c.kind} | {c.meaning} | {_values(c)} |" for c in COLUMNS),
        "",
        "Where one answer is asked for (`unaided`, `concurrent`) the `initial` columns are empty and the `final`",
        "columns hold the answer. A `reconsider` encounter has both and no advice.",
        "",
        "Where `answer_kind` is `number` or `probability`, `initial`, `advice`, `final` and `truth` are written as",
        "numbers and weight of advice can be measured. Any other word there is a label of the form of the answer.",
        "",
        "`questionnaire` stands on one row of the participant's phase and holds items, not scores, for example",
        '`{"sus": [4, 2, 5, 1, 4, 2, 5, 1, 4, 2]}`; an item left out is `null`. Names and numbers of items:',
        f"{_instruments()}. Scores are worked out when a plan is run.",
        "",
        "A column that is empty throughout and one that is absent are the same data and give the same hash.",
        "",
    ]
    return "\n".join(lines)


def _instruments() -> str:
    return ", ".join(f"`{name}` {count}" for name, count in questionnaires.ITEMS.items())


def _values(column: Column) -> str:
    if column.values:
        return ", ".join(f"`{v}`" for v in column.values)
    if column.unit:
        return column.unit
    return f"{column.lowest:g} or more" if column.lowest is not None else ""


def pages() -> dict[str, str]:
    """Each generated page under docs/ and its text."""
    schemas = {"plan-1": plan_schema(), "result-1": result_schema()}
    made = {f"schemas/{name}.schema.json": json.dumps(s, indent=2) + "\n" for name, s in schemas.items()}
    return {**made, "columns.md": columns_page(), "measures.md": measures.page()}


def write(docs: Path) -> None:
    """Write every generated page under the folder `docs`."""
    for name, text in pages().items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
