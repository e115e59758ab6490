"""One entry of the catalogue of measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What a reader needs to check a measure by hand."""

    name: str
    title: str
    formula: str
    undefined: str
    source: str
    example: str
