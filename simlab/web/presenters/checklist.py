"""Items that a journal asks for, filled from the data; where the platform cannot know, the gap is named."""

from collections.abc import Mapping
from typing import Any

from simlab.web.presenters.about import About, listed
from simlab.web.words import counted, short_day

NOTE = (
    "Item numbers follow CONSORT 2025 and CONSORT-AI as noted by the authors of this software. Check numbering and "
    "wording against the published statements before submission. A gap is for the authors to fill; it is not a failing "
    "of the data."
)
GAP = "Gap"
AMENDED = "the protocol was amended, see Deviations: say what changed and why"
WITHHELD = "withheld until the study is unblinded"


def checklist_of(about: About, plan: Mapping[str, Any], names: set[str]) -> list[dict[str, Any]]:
    """One row an item: guide, number, what is asked, what this report says, and whether a gap is left."""
    rows = [*consort(about, plan, names), *consort_ai(about, plan)]
    return [
        {"guide": guide, "item": item, "asked": asked, "said": said or f"{GAP}: {gap}", "gap": not said}
        for guide, item, asked, said, gap in rows
    ]


Row = tuple[str, str, str, str, str]


def consort(about: About, plan: Mapping[str, Any], names: set[str]) -> list[Row]:
    protocol, primary = about.protocol, plan.get("primary")
    dates = about.enrolled_from and about.enrolled_to
    changes = "none, see Deviations from the protocol" if not about.amendments else ""
    asked = [
        ("2", "Registration", "", "name the register and the number"),
        ("3", "Protocol and analysis plan", "hashes of both under “How to repeat this”", ""),
        ("4", "Data sharing", "", "say who may have data.parquet, and where; it holds pseudonyms only"),
        ("8", "Patient and public involvement", "", "say who took part in design and case writing"),
        ("9", "Design", "Methods, Design", ""),
        ("10", "Changes after the start", changes, AMENDED),
        ("12", "Eligibility", "Methods, Participants", ""),
        ("13", "Intervention and comparator", "Methods, Advice and Design" if protocol.advice else "", "describe it"),
        ("14", "Outcomes", "Methods, Outcome" + (" and Primary comparison" if primary else ""), ""),
        ("15", "Harms, how sought", "", "say how harm to participants was looked for; no patient was treated"),
        ("16", "Sample size", "", "give the calculation or the rehearsal that it came from"),
        ("17–19", "Random sequence and concealment", "Methods, Allocation" if protocol.allocation else "", "describe"),
        ("20", "Blinding", blinding(about), "participants see whether they have advice; say who else knew the arms"),
        ("21", "Statistical methods", "Methods, Analysis", ""),
        ("22", "Participant flow", "figure and tables under Participant flow" if "flow" in names else "", "count them"),
        ("23", "Recruitment dates", recruited(about) if dates else "", "nobody has enrolled"),
        ("24", "Delivery and adherence", "tables of encounters and of reliance" if "reliance" in names else "", "say"),
        ("25", "Baseline data", "table of participants" if about.characteristics else "", "describe the participants"),
        ("26", "Numbers analysed, effects", "each table gives n, estimate and interval", ""),
        ("27", "Harms", "", "report any distress or complaint of participants"),
        ("28", "Ancillary analyses", "secondary and case-by-case results, labelled as such", ""),
        ("29–30", "Interpretation, limitations", "", "discuss, beyond “What this report does not say”"),
    ]  # fmt: skip
    return [("CONSORT 2025", *row) for row in asked]


def blinding(about: About) -> str:
    """What the platform itself kept from the study team; nothing for what is no trial."""
    if about.kind not in ("main", "pilot"):
        return ""
    kept = "participants saw whether they had advice; reports called the arms A and B for the study team"
    return kept + (" until the study was unblinded, see Deviations" if about.unblinded else " until the lock")


def recruited(about: About) -> str:
    return f"{short_day(about.enrolled_from)} to {short_day(about.enrolled_to)}"


def consort_ai(about: About, plan: Mapping[str, Any]) -> list[Row]:
    protocol = about.protocol
    kinds = sum(1 for kind in about.wrong_advice if kind.shown)
    shown = sum(kind.shown for kind in about.wrong_advice)
    packs = listed([f"{name} {digest[:12]}" for name, digest in about.packs])
    stated = listed(list(dict.fromkeys(policy.label for policy in protocol.advice.values())))
    asked = [
        ("1", "AI and its use in title and abstract", "", "name the kind of AI and its intended use"),
        ("2a", "Intended use and users", "", "say where in care such advice would be used, and by whom"),
        ("4a(i)", "Eligible participants", "Methods, Participants", ""),
        ("4a(ii)", "Eligible input data", "Methods, Cases: written cases, the same in each arm", ""),
        ("4b", "Integration of the AI", "Methods, Advice: a card beside the case, in the study’s own pages", ""),
        ("5(i)", "Version of the AI", f"advice bank within case packs {packs}" if packs else "", "name the version"),
        ("5(ii)", "Acquisition of input", "", "say how the advice in the bank was made, and from what input"),
        ("5(iii)", "Poor or missing input", "", "say what was done, or that cases were complete by design"),
        ("5(iv)", "Human–AI interaction, expertise", "Methods, Design; table of participants by grade", ""),
        ("5(v)", "Output of the AI", f"a card labelled “{stated}”: Methods, Advice" if stated else "", "describe it"),
        ("5(vi)", "How output fed the decision", "answers before and after advice: Reliance", ""),
        (
            "19", "Analysis of errors",
            WITHHELD
            if about.blinded
            else f"{counted(kinds, 'kind')} of wrong advice, shown {shown:,} times: table of wrong advice"
            if kinds
            else "",
            "no wrong advice was shown",
        ),
        ("25", "Access to AI and code", "analysis code: hash under “How to repeat this”", ""),
    ]  # fmt: skip
    return [("CONSORT-AI", *row) for row in asked]
