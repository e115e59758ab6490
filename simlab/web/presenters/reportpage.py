"""The report: the result of a run as headline, sections, tables and notes. Words and rounding only."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import slugify

from simlab.analyses.models import Figure
from simlab.web.presenters.figureplaces import OTHERS, placed
from simlab.web.presenters.headline import blinded_headline_of, headline_of
from simlab.web.presenters.numbers import estimate_row, p_words
from simlab.web.presenters.tablewords import CHOICES, COLUMNS, TITLES
from simlab.web.words import percent, points, usable

# What stands in a section's first table; the rest unfolds below it. Names end at a slash for a family of estimates.
FIRST = {
    "flow": ("came", "declined", "ineligible", "arrived", "allocated"),
    "accuracy": ("accuracy/", "difference/"),
    "reliance": ("rair", "rsr", "switch", "over", "under"),
    "time": ("ratio/", "seconds/"),
    "deskilling": ("difference", "accuracy/"),
    "persistence": ("difference", "accuracy/"),
    "decay": ("difference", "change/"),
    "sensitivity": (),
}
# The order of a journal; any other analysis follows in the order of the result, and what is withheld comes last.
ORDER = (
    "flow", "deskilling", "sensitivity", "persistence", "decay", "forgetting", "readers", "readers-alike",
    "accuracy", "reliance", "slack", "calibration", "time",
)  # fmt: skip
LAST = ("multiplicity", "withheld")
INTROS = {
    "flow": "How many came, how many were allocated, and how many stayed to the end of each phase.",
    "accuracy": "The share of cases whose final first choice was the reference, and the difference between arms.",
    "reliance": "What clinicians did with the advice. Each share has its own denominator.",
    "time": "Time from the case on screen to the final answer, while the page was in view and in use.",
    "deskilling": "Cases without advice after the phase with advice: those who had had it against those who had not.",
    "persistence": "The same comparison at the last phase without advice.",
    "sensitivity": "The same question with other people, other rules for missing answers and other models.",
    "forgetting": "How fast unaided accuracy falls with the logarithm of time, arm by arm.",
    "slack": "Whether people who know that advice will come try less hard before it does.",
    "multiplicity": "With many contrasts some will look clear by chance; these p values allow for that.",
    "decay": "How unaided accuracy moved from the first phase without advice to the last.",
    "survival": "How long decisions took, where those that a limit cut short count as longer than the limit.",
    "missing-data": "The primary comparison with missing decisions filled in, weighted for, or worse than the others.",
    "heterogeneity": "Whether the effect is larger for some clinicians or on some cases. No subgroup was searched for.",
    "trust-switch": "What clinicians did with advice that they had disagreed with, once they had met wrong advice.",
    "trust-follow": "What clinicians did with advice that came with the case, once they had met wrong advice.",
    "trust-scores": "What clinicians said of their trust, beside how often the advice they met had been right.",
    "forgetting-curve": "How much is lost in the end and how fast, where the data can tell the two apart.",
    "items": "How hard each case was, whether it told the able from others, and how dependable the whole is.",
    "equating": "Whether the forms were equally hard. Without persons or cases in common that cannot be known.",
    "ordinal": "Ordered answers, such as confidence in bands: the mean step, and the share of each.",
    "interim": "The looks that were planned before the end. Their numbers are for the independent committee.",
    "readers": "How well readers told cases with the condition from cases without it, at every threshold.",
}
REST = {
    "accuracy": "Raw shares, and shares by right and wrong advice",
    "reliance": "All measures of reliance",
    "sensitivity": "Each of them with its n and method",
}
# Tables that belong to a model or to a curve unfold with the method; so does any that is too long to be read at once.
FOLDED = ("estimand", "random effects", "populations", "seconds by cell", "measures", "curve")
ALWAYS_SHOWN = (
    "AUC by reader",
    "participants",
    "encounters",
    "sensitivity",
    "Holm",
    "non-inferiority by population",
    "withheld",
)
SHORT = 15  # rows, of tables and of estimates alike
# Differences of shares and p values in tables, told by the name of their column.
POINTS = ("estimate", "low", "high", "lower limit", "margin")
P_VALUES = ("p", "adjusted p", "exact p")
SPENT = ("alpha spent", "nominal p")  # an early look may spend a hundred-thousandth
SMALL = ("value",)  # mean squares and components of variance


def page_of(
    result: Mapping[str, Any], plan: Mapping[str, Any], figures: Mapping[str, Figure], *, blinded: bool = False
) -> dict[str, Any]:
    analyses = {analysis["name"]: analysis for analysis in result["analyses"]}
    titles = {name: analysis["title"] for name, analysis in analyses.items()}
    drawn = placed(analyses, figures)
    return {
        "headline": blinded_headline_of(analyses) if blinded else headline_of(analyses, plan),
        "sections": [section_of(analyses[name], drawn.get(name, []), titles) for name in sorted(analyses, key=place)],
        "further_figures": drawn.get(OTHERS, []),
        "provenance": {
            "data": result["data_sha256"], "plan": result["plan_sha256"], "code": result["code_version"],
            "seed": result["seed"], "protocol": plan["protocol_sha256"],
        },
    }  # fmt: skip


def place(name: str) -> int:
    if name in LAST:
        return len(ORDER) + 1 + LAST.index(name)
    return ORDER.index(name) if name in ORDER else len(ORDER)


def section_of(
    analysis: Mapping[str, Any], figures: Sequence[Figure] = (), titles: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Any analysis as title, words, figures, estimates, tables and method; none needs code of its own here."""
    name = analysis["name"]
    words = {**(titles or {}), **{one["name"]: one["label"] for one in analysis["estimates"]}}
    first = [estimate for estimate in analysis["estimates"] if place_of(estimate["name"], name) is not None]
    first.sort(key=lambda estimate: place_of(estimate["name"], name) or 0)
    first = first if name in FIRST else first[:SHORT]
    rest = [estimate for estimate in analysis["estimates"] if estimate not in first]
    shown, inner = split_tables(analysis["tables"])
    method = method_of(analysis, inner, words)
    bare = not first and not shown
    return {
        "name": name,
        "title": analysis["title"],
        "intro": INTROS.get(name, ""),
        "figures": list(figures),
        "rows": [estimate_row(estimate) for estimate in first],
        "rest": [estimate_row(estimate) for estimate in rest],
        "rest_title": REST.get(name, "Further numbers"),
        "verdict": verdict_of(analysis["tables"]),
        "trouble": trouble_of(analysis),
        "said": analysis["warnings"] if bare or name == "sensitivity" else [],
        "tables": [table_of(table, words) for table in shown],
        "method": method,
    }


def trouble_of(analysis: Mapping[str, Any]) -> str:
    """Why numbers of a model are not shown, and what stands all the same."""
    judged = analysis["convergence"]
    if not judged or judged["converged"]:
        return ""
    held = [one for one in analysis["estimates"] if one["value"] is None]
    kept = len(held) < len(analysis["estimates"])
    text = (
        f"The model could not be fitted to these data in a way that may be relied on ({judged['detail'].rstrip('.')}). "
    )
    if held:
        text += "Its numbers are withheld" + ("; what was merely counted stands. " if kept else ". ")
    return text + "This happens where clinicians, cases or differences between them are few; more data may settle it."


def place_of(estimate: str, analysis: str) -> int | None:
    """Where an estimate stands in the section's first table; None when it unfolds below it."""
    for place, name in enumerate(FIRST.get(analysis, (estimate,))):
        if estimate == name or (name.endswith("/") and estimate.startswith(name)):
            return place
    return None


def split_tables(tables: list[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """What everybody should read, and what goes to the section's notes on method."""
    named = [table for table in tables if table["name"] != "verdict"]
    shown = [table for table in named if is_shown(table)]
    return shown, [table for table in named if not is_shown(table)]


def is_shown(table: Mapping[str, Any]) -> bool:
    return table["name"] in ALWAYS_SHOWN or (table["name"] not in FOLDED and len(table["rows"]) <= SHORT)


def table_of(table: Mapping[str, Any], words: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A table in words: names of analyses, estimates and choices as a reader would say them."""
    hidden = {"name"} if "contrast" in table["columns"] else set()
    columns = [column for column in table["columns"] if column not in hidden]
    known = {**CHOICES, **(words or {})}
    # Limits of a share are shares; beside an estimate they are those of a difference.
    of_shares = "estimate" not in columns and any(column.startswith("share ") for column in columns)
    share = {"low": "share low", "high": "share high"} if of_shares else {}
    return {
        "name": slugify(table["name"]),
        "title": TITLES.get(table["name"], table["name"][:1].upper() + table["name"][1:]),
        "columns": [COLUMNS.get(column, column) for column in columns],
        "rows": [
            [cell_of(known.get(cell, cell) if isinstance(cell, str) else cell, share.get(column, column))
             for cell, column in zip(row, table["columns"], strict=True) if column not in hidden]
            for row in table["rows"]
        ],
    }  # fmt: skip


def cell_of(cell: Any, column: str = "") -> dict[str, Any]:
    if isinstance(cell, bool):
        return {"text": "yes" if cell else "no", "numeric": False}
    if usable(cell) and column in POINTS:
        return {"text": points(cell).lstrip("+" if column == "margin" else ""), "numeric": True}
    if usable(cell) and column in P_VALUES:
        return {"text": p_words(cell).removeprefix("= "), "numeric": True}
    if usable(cell) and column in SPENT:
        return {"text": "< 0.0001" if 0 < cell < 0.0001 else f"{cell:.4f}", "numeric": True}
    if usable(cell) and column in SMALL:
        return {"text": f"{cell:.5f}".replace("-", "−"), "numeric": True}
    if usable(cell) and column.startswith("AUC"):
        return {"text": f"{cell:.3f}", "numeric": True}
    if usable(cell) and column.startswith("share "):
        return {"text": percent(cell), "numeric": True}
    if not isinstance(cell, int | float):
        return {"text": "–" if cell is None else str(cell), "numeric": False}
    return {"text": f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}".replace("-", "−"), "numeric": True}


def verdict_of(tables: list[Mapping[str, Any]]) -> str | None:
    """The engine's own sentence, with the margin it was judged against."""
    for table in tables:
        if table["name"] == "verdict" and table["rows"]:
            told = dict(zip(table["columns"], table["rows"][0], strict=True))
            margin = told.get("margin")
            return told["sentence"] + (f" The margin is {100 * margin:.0f} points." if usable(margin) else "")
    return None


def method_of(analysis: Mapping[str, Any], tables: list[Mapping[str, Any]], words: Mapping[str, str]) -> dict[str, Any]:
    convergence = analysis["convergence"]
    ways = dict.fromkeys(estimate["method"] for estimate in analysis["estimates"])
    return {
        "ways": [way[:1].upper() + way[1:] + "." for way in ways],
        "convergence": convergence
        and f"The model {'converged' if convergence['converged'] else 'did NOT converge'}: {convergence['detail']}.",
        "trouble": bool(convergence and not convergence["converged"]),
        "warnings": analysis["warnings"],
        "tables": [table_of(table, words) for table in tables],
    }
