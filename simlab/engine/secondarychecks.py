"""Whether the secondary analyses of a protocol have what they need: an analysis that can tell nothing is refused."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

Finding = tuple[FieldPath, str, str]
OF_THE_PRIMARY = ("interim", "missing-data")


def secondary_findings(protocol: "Protocol") -> Iterator[Finding]:
    """What is lacking, at the line of the analysis that needs it."""
    analysis = protocol.analysis
    lines: dict[str, FieldPath] = {
        name: ("analysis", "secondary", place) for place, name in enumerate(analysis.secondary)
    }
    if analysis.options.interim is not None:
        lines.setdefault("interim", ("analysis", "options", "interim"))
    elif "interim" in lines:
        remedy = "Add “interim: {participants: 120, looks: [0.5, 1]}” under “options”, with your own numbers."
        yield lines["interim"], "“interim” needs to know how many participants are planned, and the looks.", remedy
    if "readers" in lines and not analysis.options.readers.targets:
        remedy = "Add “readers: {target: …}” under “options”: the answer that makes a case positive."
        yield lines["readers"], "“readers” needs the condition that readers look for.", remedy
    if analysis.primary is None:
        for name in OF_THE_PRIMARY:
            if name in lines:
                remedy = f"Add “primary:”, or take “{name}” away."
                yield lines[name], f"“{name}” is about the primary comparison, and there is none.", remedy
