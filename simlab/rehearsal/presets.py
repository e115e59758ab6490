"""Named truths that a rehearsal may begin with, each with its source, in the folder ``presets`` beside this file."""

from dataclasses import dataclass
from pathlib import Path

from simlab.engine.protocol import Protocol
from simlab.rehearsal.truth import BadTruth, Truth, load_truth

FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Preset:
    """A truth with the name by which it is chosen."""

    name: str
    truth: Truth

    @property
    def label(self) -> str:
        """The title, with what its numbers rest on."""
        said = {"assumed": "assumed", "fitted": "fitted to data", "calibrated": "calibrated to a published figure"}
        return f"{self.truth.title} ({said[self.truth.basis]})"


def presets() -> tuple[Preset, ...]:
    """All presets, the assumed ones first."""
    found = [Preset(path.stem, load_truth(path)) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda one: one.truth.basis != "assumed"))


def preset(name: str) -> Truth:
    """The truth of a preset. Raises BadTruth naming those there are."""
    found = {one.name: one.truth for one in presets()}
    if name not in found:
        raise BadTruth("the preset", f"there is none called {name}", f"use one of {', '.join(found)}")
    return found[name]


def suited(truth: Truth, protocol: Protocol) -> Truth:
    """The truth for the people of a protocol: roles that it does not know are left out.

    Where none of its grades may take part, all roles of the protocol come in equal number, each of average skill.
    """
    roles = protocol.population.roles
    grades = {grade: share for grade, share in truth.arrivals.grades.items() if grade in roles}
    if grades == truth.arrivals.grades:
        return truth
    return truth.changed(arrivals={"grades": grades or dict.fromkeys(roles, 1.0)})
