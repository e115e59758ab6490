"""A result in plain words and numbers for a terminal: rounded to seven digits, which `result.json` is not."""

import textwrap
from typing import Any

from simlab.stats.foreign_readers import CURVES

WIDTH = 100


def text(document: dict[str, Any]) -> str:
    """The whole result, one analysis after the other."""
    lines = [document["title"], "=" * min(len(document["title"]), WIDTH), ""]
    for analysis in document["analyses"]:
        lines += _analysis(analysis)
    return "\n".join(lines).rstrip() + "\n"


def _analysis(analysis: dict[str, Any]) -> list[str]:
    lines = [analysis["title"], "-" * min(len(analysis["title"]), WIDTH)]
    for estimate in analysis["estimates"]:
        lines += _estimate(estimate)
    for table in analysis["tables"]:
        if table["name"] != CURVES:  # points to draw, hundreds of them
            lines += _table(table)
    if analysis["convergence"]:
        verdict = analysis["convergence"]
        lines += _wrapped(f"Model: {verdict['verdict']} ({verdict['detail']}).")
    for warning in analysis["warnings"]:
        lines += _wrapped(f"Note: {warning}")
    return [*lines, ""]


def _estimate(e: dict[str, Any]) -> list[str]:
    parts = [f"{e['label']}: {number(e['value'])}"]
    if e["low"] is not None or e["high"] is not None:
        parts.append(f"{100 * (e['level'] or 0.95):g} % interval {number(e['low'])} to {number(e['high'])}")
    for key, words in (("se", "SE"), ("df", "df"), ("p", "p")):
        if e[key] is not None:
            parts.append(f"{words} {number(e[key])}")
    if e["numerator"] is not None and e["denominator"]:
        parts.append(f"{number(e['numerator'])} of {number(e['denominator'])}")
    parts.append(f"n = {e['n_used']}")
    if e["n_dropped"]:
        why = "; ".join(f"{d['reason']}: {d['n']}" for d in e["dropped"])
        parts.append(f"{e['n_dropped']} left out ({why})")
    said = f"{', '.join(parts)}. [{e['method']}]" + (f" {e['note']}" if e["note"] else "")
    return _wrapped(said)


def _table(table: dict[str, Any]) -> list[str]:
    rows = [[str(c) for c in table["columns"]], *([number(c) for c in row] for row in table["rows"])]
    widths = [max(len(row[j]) for row in rows) for j in range(len(table["columns"]))]
    return [
        f"  {table['name']}",
        *("    " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows),
    ]


def number(value: Any) -> str:
    """Seven significant digits; a dash where there is no value."""
    if value is None:
        return "–"
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="      ")
