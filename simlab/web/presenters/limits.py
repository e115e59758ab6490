"""What a report does not say: limits that follow from the design and from these data, in plain words."""

from collections.abc import Mapping
from typing import Any

from simlab.web.presenters.about import About
from simlab.web.presenters.headline import Analyses, estimates
from simlab.web.words import counted, percent, usable

ALWAYS = (
    "The cases are written, and no patient was treated. What clinicians do on a screen, knowing that they are studied, "
    "may differ from what they do in practice."
)
EARLY = (
    "The study was still under way. Numbers will change, and a trial that is stopped because of such a look finds "
    "effects that are not there more often than its level says."
)
# A phase that loses more than this share of its cases is named.
MUCH = 0.05


def limits_of(about: About, result: Mapping[str, Any], plan: Mapping[str, Any]) -> list[str]:
    """Sentences for report and plain-language versions alike; always at least one."""
    analyses = {analysis["name"]: analysis for analysis in result["analyses"]}
    said = [EARLY] if about.label in ("blinded", "interim") else []
    said.append(ALWAYS)
    if about.virtual:
        said.append(
            f"{about.virtual:,} of {about.participants:,} participants are virtual: programs that answer by chance."
        )
    if plan.get("advised"):
        said.append(
            "The advice came from a bank written beforehand, with a share of errors set by the design. Another system, "
            "or another share of errors, may do better or worse."
        )
    said += [text for text in (lost(analyses), "" if about.blinded else unsure(analyses, plan)) if text]
    if not analyses.get("deskilling"):
        said.append("Whether skill is lost once advice is taken away was not asked.")
    return said


def plain_limits_of(about: About, result: Mapping[str, Any], plan: Mapping[str, Any]) -> list[str]:
    """The same limits for those who took part: no share, no interval, no name of a phase."""
    analyses = {analysis["name"]: analysis for analysis in result["analyses"]}
    said = ["The cases were written for studies and nobody was treated. People may decide differently at work."]
    if about.virtual:
        said.append(f"{about.virtual:,} of the {about.participants:,} participants are computer programs, not people.")
    if plan.get("advised"):
        said.append("The advice was written beforehand, with mistakes put in. Another tool may do better or worse.")
    if lost(analyses):
        said.append("Some people stopped before the end. Those who stayed may differ from those who left.")
    if unsure(analyses, plan):
        said.append("Too few people took part to settle the main question. Larger studies may find something else.")
    return said


def lost(analyses: Analyses) -> str:
    """Phases with many cases not done, by arm: their absence may not be by chance."""
    table = next((t for t in analyses.get("flow", {}).get("tables", []) if t["name"] == "encounters"), None)
    if table is None:
        return ""
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    shares = [(row, 1 - row["complete"] / row["planned"]) for row in rows if row["planned"]]
    told = [f"{percent(share)} in {row['phase']}, {row['arm']} arm" for row, share in shares if share > MUCH]
    if not told:
        return ""
    return f"Planned cases that were not answered: {'; '.join(told)}. Those who left may differ from those who stayed."


def unsure(analyses: Analyses, plan: Mapping[str, Any]) -> str:
    """An interval that holds the margin and is more than twice as wide has not decided anything."""
    difference = estimates(analyses, "deskilling").get("difference")
    if not difference or not usable(difference["low"]) or not usable(difference["high"]):
        return ""
    width, margin = difference["high"] - difference["low"], (plan.get("primary") or {}).get("margin")
    if margin and width > 2 * margin and difference["low"] <= -margin < difference["high"]:
        n = estimates(analyses, "flow").get("allocated", {}).get("value")
        of = f" with {counted(int(n), 'clinician')}" if usable(n) else ""
        return (
            f"The main interval is {100 * width:.0f} points wide{of}, against a margin of {100 * margin:.0f}: too few "
            "decisions to settle the main question by themselves."
        )
    return ""
