"""The page docs/validation-report.md: what each check came to, from the tallies that are kept beside it as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simlab.rehearsal.validation import Law, Tally, coverage_allowed

PAGE, KEPT = "validation-report.md", "validation-report.json"
WHOLE = 2000
"""Runs at which the range of coverage is that of the aim."""

HEAD = """# Validation report

Written by `python3 manage.py validate_statistics`; do not edit. Every shipped analysis is run on simulated studies
whose truth is known. A line is renewed when its check is run again; its seed, number of runs and day are its own.

- **Type-I error**: share of 95 % intervals that leave out no effect, where there is none.
- **Coverage**: share of 95 % intervals that hold the truth. It must lie within three Monte-Carlo standard errors of
  95 %: {low:.1%} to {high:.1%} with 2,000 runs, a wider range with fewer.
- **Bias**: mean estimate minus truth, on the scale of the estimate, with its Monte-Carlo standard error. It must be
  within three of them and 2 % of the truth.
- **Laws** hold exactly or not at all: other names, another order, arms exchanged.
"""


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    """The lines of earlier runs, by the name of the check; none when there is no file."""
    path = folder / KEPT
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def line_of(tally: Tally, *, seed: int, day: str) -> dict[str, Any]:
    """A tally as it is kept."""
    return {**asdict(tally), "kind": "check", "seed": seed, "day": day}


def line_of_law(law: Law, problems: Sequence[str], *, seed: int, day: str) -> dict[str, Any]:
    """What became of a law, as it is kept."""
    told = {"name": law.name, "analysis": law.analysis, "study": law.study, "runs": law.runs}
    return {**told, "problems": list(problems), "kind": "law", "seed": seed, "day": day}


def write(folder: Path, lines: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the page and the lines that it was made from."""
    ordered = dict(sorted(lines.items()))
    text = json.dumps(ordered, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / KEPT).write_text(text + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(ordered), encoding="utf-8")


def page(lines: Mapping[str, Mapping[str, Any]]) -> str:
    """The page in Markdown."""
    low, high = coverage_allowed(2000)
    checks = [one for one in lines.values() if one["kind"] == "check"]
    laws = [one for one in lines.values() if one["kind"] == "law"]
    parts = [HEAD.format(low=low, high=high), _summary(checks + laws)]
    parts.append("## Simulations\n\n" + _table(_CHECKS, [_check(one) for one in checks]))
    if laws:
        parts.append("## Laws\n\n" + _table(_LAWS, [_law(one) for one in laws]))
    if notes := [one for one in checks if one.get("note")]:
        parts.append("## Notes\n\n" + "\n".join(f"- `{one['name']}`: {one['note']}" for one in notes) + "\n")
    return "\n".join(parts)


_CHECKS = (
    "check", "study", "truth", "runs", "withheld", "bias (Monte-Carlo SE)", "spread, mean SE", "coverage",
    "type-I error", "verdict", "seed, day",
)  # fmt: skip
_LAWS = ("law", "what is done", "data sets", "verdict", "seed, day")


def _summary(lines: Sequence[Mapping[str, Any]]) -> str:
    wrong = [one["name"] for one in lines if one["problems"]]
    told = f"{len(lines) - len(wrong)} of {len(lines)} checks are in range."
    if wrong:
        told += f" Out of range: {', '.join(f'`{name}`' for name in wrong)}."
    short = [one["name"] for one in lines if one["kind"] == "check" and one["runs"] < WHOLE]
    if short:
        told += f" Fewer than {WHOLE:,} runs, and so a range too wide to settle much: "
        told += ", ".join(f"`{name}`" for name in short) + "."
    return told + "\n"


def _check(one: Mapping[str, Any]) -> list[str]:
    bias = "none" if one["bias"] is None else f"{one['bias']:+.4f} ({one['bias_error'] or 0:.4f})"
    spread = f"{_number(one['spread'])}, {_number(one['mean_se'])}"
    type_one = _share(one["excluded_null"], one["intervals"], one["rejections"]) if one["at_null"] else "–"
    return [
        f"`{one['name']}`", one["study"], f"{one['truth']:g}", str(one["runs"]), str(one["withheld"]), bias, spread,
        _share(one["covered"], one["intervals"], one["coverage"]), type_one, _verdict(one),
        f"{one['seed']}, {one['day']}",
    ]  # fmt: skip


def _law(one: Mapping[str, Any]) -> list[str]:
    return [f"`{one['name']}`", one["study"], str(one["runs"]), _verdict(one), f"{one['seed']}, {one['day']}"]


def _verdict(one: Mapping[str, Any]) -> str:
    return "; ".join(one["problems"]) if one["problems"] else "in range" if one["kind"] == "check" else "holds"


def _share(count: int | None, of: int, interval: Sequence[float] | None) -> str:
    if count is None or not of or interval is None:
        return "–"
    return f"{100 * count / of:.1f} % ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"
