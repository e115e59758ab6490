"""What a report says of its study besides the numbers: plain facts, gathered once, for page and paper alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from simlab.engine.protocol import Protocol
from simlab.stats.baseline import Characteristic, ErrorKind
from simlab.stats.deviations import Deviation

BANNERS = {
    "rehearsal": (
        "Rehearsal.",
        "The clinicians in this report are virtual. Nothing in it says anything about real people.",
    ),
    "demonstration": ("Demonstration.", "These data do not come from a real trial."),
    "training": ("Training.", "These data come from teaching, not from a trial."),
}


BLINDED = {
    "head": "Blinded, before the lock.",
    "text": "The arms are called A and B, in an order that chance drew. Advice, its use and everything else that would "
    "tell them apart is withheld until the study is locked or unblinded.",
}


@dataclass(frozen=True)
class Amendment:
    """A version of the protocol that was made after the launch."""

    number: int
    made_on: date
    used: bool


@dataclass(frozen=True)
class About:
    """The study behind a run. Dates are None where nobody has enrolled; `arms` are letters where it is blinded."""

    title: str
    kind: str
    protocol: Protocol
    protocol_number: int
    made_on: date
    virtual: int
    participants: int
    label: str = "exploratory"
    blinded: bool = False
    arms: tuple[str, ...] = ()
    enrolled_from: date | None = None
    enrolled_to: date | None = None
    commitment: str = ""
    packs: tuple[tuple[str, str], ...] = ()
    characteristics: list[Characteristic] = field(default_factory=list)
    wrong_advice: list[ErrorKind] = field(default_factory=list)
    deviations: list[Deviation] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    unblinded: tuple[date, str] | None = None
    unsigned: tuple[int, str] | None = None


def banner_of(kind: str, virtual: int = 0, *, blinded: bool = False) -> dict[str, str] | None:
    """What must stand on every page of a report that is blinded, is of no trial, or has virtual people in its data."""
    if blinded:
        some = f" {virtual:,} of the participants are virtual." if virtual else ""
        return {**BLINDED, "text": BLINDED["text"] + some}
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
    "blinded": "Blinded, before the lock",
    "interim": "Interim: the locked plan, on data from before the lock",
    "rehearsal": "Rehearsal: virtual clinicians",
    "demonstration": "Demonstration: not a trial",
    "training": "Teaching: not a trial",
}


def listed(items: Sequence[str], last: str = "and") -> str:
    """“a, b and c”."""
    return f" {last} ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
