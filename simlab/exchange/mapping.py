"""The mapping file: which columns of a foreign table mean what. See docs/importing.md for an example."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from simlab.engine import yamlfile
from simlab.engine.case import Line, Slug, Text
from simlab.engine.parsing import Origin, Part, parse

Column = Annotated[str, StringConstraints(min_length=1)]


class PackHead(Part):
    """What the pack says of itself."""

    id: Slug
    title: Line
    description: Text
    licence: Line
    author: Line
    notice: Text | None = None


class HistoryColumn(Part):
    """A column that becomes one item of the history."""

    id: Slug
    label: Line
    column: Column


class Vignettes(Part):
    """The table of vignettes. `demographics` holds texts such as “61 year old Male”."""

    file: Line
    id_prefix: Slug
    title: Column
    demographics: Column
    presentation: Annotated[tuple[Column, ...], Field(min_length=1)]
    history: tuple[HistoryColumn, ...] = ()
    reference: Column
    empty: tuple[str, ...] = ("",)

    @property
    def columns(self) -> tuple[str, ...]:
        items = tuple(item.column for item in self.history)
        return (self.title, self.demographics, *self.presentation, *items, self.reference)


class AdviceTable(Part):
    """A table of recorded AI output: one ranked list a row, with the position of the reference in it."""

    file: Line
    id_prefix: Slug
    case: Column
    system: Column
    run: Column
    ranked: Annotated[tuple[Column, ...], Field(min_length=1)]
    position: Column
    reference: Column | None = None
    specialty: Column | None = None
    judged_by: Line

    @property
    def columns(self) -> tuple[str, ...]:
        optional = tuple(name for name in (self.reference, self.specialty) if name)
        return (self.case, self.system, self.run, *self.ranked, self.position, *optional)


class Mapping(Part):
    simlab: Literal["vignettes/1"] = "vignettes/1"
    pack: PackHead
    vignettes: Vignettes
    advice: Annotated[tuple[AdviceTable, ...], Field(min_length=1)]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises InvalidFile with every fault at its line."""
    data, line_of = yamlfile.load(path)
    return parse(Mapping, data, Origin(path.name, line_of), "vignettes/1")
