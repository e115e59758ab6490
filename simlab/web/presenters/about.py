"""What a report says of its study besides the numbers: plain facts, gathered once, for page and paper alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from simlab.engine.protocol import Protocol
from simlab.stats.baseline import Characteristic, ErrorKind

BANNERS = {
    "rehearsal": (
        "Rehearsal.",
        "The clinicians in this report are virtual. Nothing in it says anything about real people.",
    ),
    "demonstration": ("Demonstration.", "These data do not come from a real trial."),
    "training": ("Training.", "These data come from teaching, not from a trial."),
}


@dataclass(frozen=True)
class About:
    """The study behind a run. Dates are None where nobody has enrolled."""

    title: str
    kind: str
    protocol: Protocol
    protocol_number: int
    made_on: date
    virtual: int
    participants: int
    label: str = "exploratory"
    enrolled_from: date | None = None
    enrolled_to: date | None = None
    commitment: str = ""
    packs: tuple[tuple[str, str], ...] = ()
    characteristics: list[Characteristic] = field(default_factory=list)
    wrong_advice: list[ErrorKind] = field(default_factory=list)


def banner_of(kind: str, virtual: int = 0) -> dict[str, str] | None:
    """What must stand on every page of a report that is not of a trial; also when virtual people are in its data."""
    if kind in BANNERS:
        head, text = BANNERS[kind]
        if kind != "rehearsal" and virtual:
            text += " Virtual clinicians are among the participants."
        return {"head": head, "text": text}
    if virtual:
        return {"head": "Not a trial.", "text": f"{virtual:,} of the participants are virtual."}
    return None


LABELS = {
    "confirmatory": "Confirmatory: the plan that was locked with the protocol",
    "exploratory": "Exploratory: not the plan that was locked with the protocol",
}


def listed(items: Sequence[str], last: str = "and") -> str:
    """“a, b and c”."""
    return f" {last} ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
