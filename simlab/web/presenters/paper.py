"""The report as an article: the sections of the page in the order of a journal, as plain values for typesetting.

Words and rounding of results are those of the page (`reportpage`, `headline`, `numbers`); nothing is worked out anew.
"""

import re
from collections.abc import Mapping
from typing import Any

from simlab.analyses.models import Figure
from simlab.engine.recruitment import ROLES
from simlab.stats.baseline import Characteristic
from simlab.web.presenters import reportpage
from simlab.web.presenters.about import LABELS, About, banner_of, listed
from simlab.web.presenters.checklist import NOTE, checklist_of
from simlab.web.presenters.departures import departures_of
from simlab.web.presenters.limits import limits_of
from simlab.web.presenters.paper_methods import Cited, methods_of
from simlab.web.presenters.plain import READERS
from simlab.web.words import MISSING, count, counted, day, percent, sentence

FIGURE_INTROS = {
    "cases": "Observed differences in single cases vary by chance more than true effects do; most intervals are wide.",
    "reliance-over-time": "Only decisions count whose first answer differed from the advice.",
    "calibration": "Answers on the broken line were right as often as their confidence said.",
}
REPEAT = (
    "Take data.parquet and plan.json of this report to any computer with the code named below. No database and no web "
    "server are needed, and the same code gives the same bytes."
)
REPEAT_BLINDED = (
    "The data and the result named below by their SHA-256 stay on the server until the study is unblinded. From then "
    "on anybody to whom they are given can repeat this report, with its arms by name, byte for byte."
)
POINTS_PER_CM = 72 / 2.54
SCALES = {"cases": 0.9}  # small lettering already
WIDEST, TALLEST = 14.2, 21.0  # cm on a page of A4 with its caption


def paper_of(
    about: About, result: Mapping[str, Any], plan: Mapping[str, Any], figures: Mapping[str, Figure]
) -> dict[str, Any]:
    """Everything that the typesetter needs, as JSON can hold it."""
    page = reportpage.page_of(result, plan, figures, blinded=about.blinded)
    names = {section["name"] for section in page["sections"]}
    cite = Cited()
    methods = methods_of(about, plan, planned(about, plan, names), cite)
    cite("consort")
    cite("consort-ai")
    return {
        "title": about.title,
        "made": f"Report of {day(about.made_on)}. {LABELS[about.label]}.",
        "banner": banner_of(about.kind, about.virtual, blinded=about.blinded),
        "abstract": [{"question": "What was done?", "answer": done(about, plan)}, *page["headline"]],
        "limits": limits_of(about, result, plan),
        "methods": methods,
        "estimand": estimand_of(page["sections"]),
        "results": results_of(about, page),
        "departures": departures_of(about),
        "supplement": [part for part in map(supplement_of, page["sections"]) if part],
        "checklist": {"note": NOTE, "rows": checklist_of(about, plan, names)},
        "references": cite.works(),
        "repeat": repeat_of(page["provenance"], blinded=about.blinded),
    }


def additions_of(about: About, result: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows beyond the sections of the result, in the words of the article."""
    names = {analysis["name"] for analysis in result["analyses"]}
    cite = Cited()
    methods = methods_of(about, plan, planned(about, plan, names), cite)
    return {
        "banner": banner_of(about.kind, about.virtual, blinded=about.blinded),
        "limits": limits_of(about, result, plan),
        "methods": methods,
        "references": cite.works(),
        "checklist": {"note": NOTE, "rows": checklist_of(about, plan, names)},
        "more_tables": {
            "flow": baseline_table(about) if about.characteristics else None,
            "reliance": errors_table(about) if about.wrong_advice else None,
        },
        "departures": departures_of(about),
        "repeat": REPEAT_BLINDED if about.blinded else REPEAT,
        "readers": {} if about.blinded else READERS,
    }


def results_of(about: About, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    made = [result_of(section) for section in page["sections"]]
    for part in made:
        if part["name"] == "flow" and about.characteristics:
            part["tables"].insert(0, baseline_table(about))
        if part["name"] == "reliance" and about.wrong_advice:
            part["tables"].append(errors_table(about))
    if page["further_figures"]:
        made.append(only_figures("Further figures", page["further_figures"]))
    return made


def result_of(section: Mapping[str, Any]) -> dict[str, Any]:
    counts = section["name"] == "flow"
    tables = [] if counts else [estimates_table(section["title"], section["rows"])]
    primary = section["name"] == "deskilling" and section["verdict"]
    return {
        "name": section["name"],
        "title": f"Primary result: {lower(section['title'])}" if primary else section["title"],
        "paragraphs": [text for text in (section["intro"], section["verdict"], section["trouble"]) if text],
        "figures": [figure_of(figure) for figure in section["figures"]],
        "tables": [table for table in tables if table["rows"]] + [plain_table(table) for table in section["tables"]],
        "notes": section["method"]["warnings"],
    }


def planned(about: About, plan: Mapping[str, Any], names: set[str]) -> set[str]:
    """The analyses that the methods tell of: those made, and where some are withheld all that the plan asks for."""
    more = {*plan["analyses"], *([] if plan.get("multiplicity") == "none" else ["multiplicity"])}
    return names | more if about.blinded else names


def done(about: About, plan: Mapping[str, Any]) -> str:
    """The study in two sentences, for the reader of an abstract alone."""
    arms = len(plan["arms"])
    kind = f"randomised study in {count(arms)} parallel arms" if arms > 1 else "study of one arm"
    cases, phases = sum(about.protocol.cases.forms.values()), counted(len(plan["phases"]), "phase")
    first, last = about.enrolled_from, about.enrolled_to
    when = "" if not first else f" on {day(first)}" if first == last else f", from {day(first)} to {day(last)}"
    who = f"{about.participants:,} clinicians were allocated{when}"
    text = f"In a {kind}, {who}, to decide on {cases} written cases in {phases}."
    advised = list(plan.get("advised", {}))
    return text + (f" Advice was shown in {listed(advised)}, some of it wrong by design." if advised else "")


def lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def only_figures(title: str, figures: list[Figure]) -> dict[str, Any]:
    return {
        "name": "", "title": title, "paragraphs": [], "figures": [figure_of(figure) for figure in figures],
        "tables": [], "notes": [],
    }  # fmt: skip


def figure_of(figure: Figure) -> dict[str, Any]:
    caption = f"{figure.title}. {FIGURE_INTROS.get(figure.name, '')}".strip()
    width = width_of(figure.svg, SCALES.get(figure.name, 0.8))
    return {"svg": figure.svg, "alt": figure.alt, "caption": caption, "width": width}


def width_of(svg: str, scale: float) -> float:
    """Centimetres on paper: a share of the drawing's own size, and less where the page would be too small."""
    size = re.search(r'<svg[^>]*?\bwidth="([\d.]+)pt"', svg), re.search(r'<svg[^>]*?\bheight="([\d.]+)pt"', svg)
    if not all(size):
        return 11.0
    wide, tall = (scale * float(found[1]) / POINTS_PER_CM for found in size if found)
    return round(min(wide, WIDEST, wide * TALLEST / tall), 2)


def column(text: str, numeric: bool = False) -> dict[str, Any]:
    return {"text": text if text in ("n", "p") else sentence(text), "numeric": numeric}


def estimates_table(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Estimates with interval and n; what was left out stands beside n."""
    level = next((row["level"] for row in rows if row["level"]), "Interval")
    over = any(row["over"] for row in rows)
    columns = [column(""), column("Estimate", True), *([column("Count", True)] if over else []), column(level, True)]
    columns += [column("n", True), column("Left out", True)]
    return {
        "title": title,
        "labelled": True,
        "columns": columns,
        "rows": [
            [
                row["label"],
                row["value"],
                *([row["over"]] if over else []),
                row["interval"],
                row["n"],
                str(row["dropped"]),
            ]
            for row in rows
        ],
    }


def plain_table(table: Mapping[str, Any]) -> dict[str, Any]:
    rows = table["rows"]
    numeric = [bool(rows) and rows[0][k]["numeric"] for k in range(len(table["columns"]))]
    return {
        "title": table["title"],
        "labelled": False,
        "columns": [column(text, number) for text, number in zip(table["columns"], numeric, strict=True)],
        "rows": [[cell["text"] for cell in row] for row in rows],
    }


def baseline_table(about: About) -> dict[str, Any]:
    arms = [*(about.arms or about.protocol.arms), "all"]
    rows, group = [], ""
    for line in about.characteristics:
        if line.group and line.group != group:
            group = line.group
            rows.append([group, *("" for _ in arms)])
        indent = "\u2003" if line.group else ""
        rows.append([indent + ROLES.get(line.label, line.label), *(characteristic(line, k) for k in range(len(arms)))])
    return {
        "name": "participants-at-the-start",
        "labelled": True,
        "title": "Participants at the start. Counts with percentages; confidence and seconds as median and middle half",
        "columns": [column(""), *(column(arm, True) for arm in arms)],
        "rows": rows,
    }


def characteristic(line: Characteristic, k: int) -> str:
    cell = line.arms[k]
    if cell is None:
        return MISSING
    if line.kind == "spread":
        low, middle, high = cell
        if high <= 1:
            return f"{percent(middle)} ({percent(low)} to {percent(high)})"
        return f"{middle:.0f} ({low:.0f} to {high:.0f})"
    made, of = cell
    if not line.group:
        return f"{made:,.0f}"
    return (
        f"{made:,.0f} ({percent(made / of)})"
        if line.kind == "count"
        else f"{made:,.0f} of {of:,.0f} ({percent(made / of)})"
    )


def errors_table(about: About) -> dict[str, Any]:
    """What became of each kind of wrong advice (CONSORT-AI 19)."""
    return {
        "name": "wrong-advice",
        "labelled": True,
        "title": "Wrong advice by kind of error: how often shown, followed to the end, and answered rightly",
        "columns": [column("kind of error"), column("shown", True), column("followed", True), column("right", True)],
        "rows": [
            [kind.kind.replace("-", " ").capitalize(), *(f"{n:,}" for n in (kind.shown, kind.followed, kind.right))]
            for kind in about.wrong_advice
        ],
    }


def supplement_of(section: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the page keeps folded: all other numbers, how they were made, and what belongs to the model."""
    rows, method = section["rest"], section["method"]
    tables = [estimates_table(section["rest_title"], rows)] if rows else []
    tables += [plain_table(table) for table in method["tables"] if table["name"] != "estimand"]
    notes = [*([method["convergence"]] if method["convergence"] else []), *ways_of(method["ways"])]
    return {"title": section["title"], "tables": tables, "notes": notes} if tables or method["convergence"] else None


def estimand_of(sections: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The estimand of the primary comparison, attribute by attribute."""
    tables = [table for section in sections if section["name"] == "deskilling" for table in section["method"]["tables"]]
    found = next((table for table in tables if table["name"] == "estimand"), None)
    return found and {**plain_table(found), "title": "The primary comparison as an estimand"}


def ways_of(ways: list[str]) -> list[str]:
    """Each way once: degrees of freedom, which differ from number to number, are in result.json."""
    return list(dict.fromkeys(re.sub(r" df \d[\d.]*\.", " degrees of freedom.", way) for way in ways))


def repeat_of(provenance: Mapping[str, Any], *, blinded: bool) -> dict[str, Any]:
    facts = [("Data", "data"), ("Plan", "plan"), ("Protocol", "protocol"), ("Code", "code"), ("Seed", "seed")]
    return {
        "text": REPEAT_BLINDED if blinded else REPEAT,
        "command": "" if blinded else "python -m simlab.stats run data.parquet plan.json --out again",
        "facts": [[label, str(provenance[key])] for label, key in facts],
    }
