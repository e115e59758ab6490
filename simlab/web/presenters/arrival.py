"""What a clinician reads before taking part."""

import re
from datetime import timedelta

from simlab.engine.protocol import Protocol
from simlab.engine.recruitment import ROLES
from simlab.web.words import count, counted, sentence

MINUTES_A_CASE = (2.5, 3.5)
RECORDED = (
    "Your answers and how confident you are, how long you take, which parts of a case you open, and when this window "
    "is hidden or loses the focus. Everything is kept under a made-up code."
)


def facts_of(protocol: Protocol) -> list[dict[str, str]]:
    """The study at a glance: what, how long, who, what is recorded."""
    return [
        {"term": "What you will do", "detail": what(protocol)},
        {"term": "How long it takes", "detail": " ".join(filter(None, (how_long(protocol), *waits(protocol))))},
        {
            "term": "Who can take part",
            "detail": sentence(listed([ROLES[role] for role in protocol.population.roles])) + ".",
        },
        {"term": "What is recorded", "detail": RECORDED},
        {
            "term": "If you stop",
            "detail": "You can leave after any case and come back, or stop for good without giving a reason.",
        },
    ]


def what(protocol: Protocol) -> str:
    cases = set(protocol.cases.forms.values())
    each = f"{count(cases.pop())} short written cases each" if len(cases) == 1 else "a few short written cases each"
    return (
        f"{sentence(counted(len(protocol.phases), 'part'))} with {each}. For each case you say what you think is wrong "
        "and how confident you are."
    )


def how_long(protocol: Protocol) -> str:
    most = max(protocol.cases.forms.values())
    low, high = (5 * round(most * minutes / 5) or 5 for minutes in MINUTES_A_CASE)
    return f"About {low} to {high} minutes for a part." if low < high else f"About {low} minutes for a part."


def waits(protocol: Protocol) -> list[str]:
    """A sentence for each part that opens later than at once."""
    told = []
    for phase in protocol.phase_names:
        opening = protocol.opening(phase)
        if opening and opening.delay:
            part, before = protocol.phase_label(phase), protocol.phase_label(opening.after)
            told.append(f"{part} opens {span(opening.delay)} after {before}.")
    return told


def span(delay: timedelta) -> str:
    if delay.days and delay.days % 7 == 0:
        return counted(delay.days // 7, "week")
    return counted(delay.days, "day") if delay.days else counted(round(delay.total_seconds() / 3600), "hour")


def listed(names: list[str]) -> str:
    lowered = [names[0], *(name if name[:2].isupper() else name[:1].lower() + name[1:] for name in names[1:])]
    return lowered[0] if len(lowered) == 1 else f"{', '.join(lowered[:-1])} or {lowered[-1]}"


def grades_of(protocol: Protocol) -> list[dict[str, str]]:
    return [{"value": role, "text": ROLES[role]} for role in protocol.population.roles]


def sites_of(protocol: Protocol) -> list[dict[str, str]]:
    return [{"value": name, "text": label} for name, label in protocol.population.sites.items()]


def without_statements(markdown: str) -> str:
    """The consent document without the lines that the form shows as boxes to tick, and without its own title."""
    text = re.sub(r"^\s*[-*]\s+\[ \]\s+.+$\n?", "", markdown, flags=re.MULTILINE)
    return without_title(text)


def without_title(markdown: str) -> str:
    """The page has its own heading of the first level."""
    return re.sub(r"\A\s*#\s+.+\n", "", markdown)
