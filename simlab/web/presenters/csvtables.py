"""Every table of a report as CSV, unrounded where it comes from the result."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from simlab.stats.figure_style import as_csv
from simlab.web.presenters import checklist
from simlab.web.presenters.about import About
from simlab.web.presenters.departures import departures_of

ESTIMATE = (
    "name", "label", "value", "low", "high", "level", "scale", "se", "df", "p", "numerator", "denominator", "n_used",
    "n_dropped", "method", "note",
)  # fmt: skip
STUDY = "study"


def csv_of(section: str, name: str, result: Mapping[str, Any]) -> str | None:
    """Estimates or a table of one analysis of the result; None where there is no such thing."""
    analysis = next((one for one in result["analyses"] if one["name"] == section), None)
    if analysis is None:
        return None
    if name == "estimates":
        return as_csv(ESTIMATE, [[one[key] for key in ESTIMATE] for one in analysis["estimates"]])
    found = next((table for table in analysis["tables"] if slugify(table["name"]) == name), None)
    return found and as_csv(found["columns"], found["rows"])


def csv_of_study(name: str, about: About, plan: Mapping[str, Any], names: set[str]) -> str | None:
    """The tables that do not come from the result: participants, wrong advice, deviations, reporting items."""
    from simlab.web.presenters.paper import baseline_table, errors_table  # which links to these files

    if name == "reporting-items":
        rows = checklist.checklist_of(about, plan, names)
        columns = ("guide", "item", "asked", "said", "gap")
        return as_csv(columns, [[row[column] for column in columns] for row in rows])
    tables = {
        "participants-at-the-start": baseline_table(about) if about.characteristics else None,
        "wrong-advice": errors_table(about) if about.wrong_advice else None,
        "deviations": departures_of(about)["table"],
    }
    found = tables.get(name)
    return found and as_csv([column["text"] for column in found["columns"]], found["rows"])
