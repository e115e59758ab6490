"""The advice bank: recorded AI output, each item known to be right or wrong, or kept aside with the reason."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.scoring import normalise
from simlab.exchange.mapping import AdviceTable
from simlab.exchange.oddities import Oddity, at
from simlab.exchange.tables import Row

NO_DIAGNOSIS = "No diagnosis given"
REMARK = re.compile(
    r"^(?P<term>[^(]+?)\s*\((?P<remark>(?:though |although )?(?:less|more|un)\W?\s?likely[^)]*)\)$", re.I
)


@dataclass(frozen=True)
class Item:
    """One recorded list: its conditions in order, and the position of the reference (None: not in the list).

    `cells` are the list as it stands in the table, gaps included; `position` counts in it.
    """

    row: Row
    table: AdviceTable
    cells: tuple[str, ...]
    position: int | None

    @property
    def id(self) -> str:
        return f"{self.table.id_prefix}-{self.row.values[self.table.run]}"

    @property
    def ranked(self) -> tuple[str, ...]:
        return tuple(cell for cell in self.cells if cell)

    @property
    def top(self) -> str | None:
        return self.cells[0] or None

    @property
    def right(self) -> bool:
        return self.position == 1

    def judged_right(self) -> str | None:
        return (self.cells[self.position - 1] or None) if self.position else None

    def judged_wrong(self) -> tuple[str, ...]:
        """Conditions ranked above the reference, or all of them when it is not listed; those below were not judged."""
        above = self.cells[: self.position - 1] if self.position else self.cells
        return tuple(cell for cell in above if cell)


@dataclass
class Bank:
    """Items by case, and what was odd on the way."""

    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    oddities: list[Oddity] = field(default_factory=list)
    specialties: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(items) for items in self.items.values())


def read_bank(tables: Sequence[tuple[AdviceTable, list[Row]]], references: Mapping[str, str]) -> Bank:
    """Sort every row of every table to its case. `references` holds the reference of each case by its number.

    Raises InvalidFile when a row names a case that is not in the table of vignettes, or gives no usable position.
    """
    bank = Bank()
    for table, rows in tables:
        for row in rows:
            number = row.values[table.case]
            if number not in references:
                remedy = "Remove the row, or add the vignette."
                raise _invalid(row, table.case, f"there is no vignette “{number}”.", remedy)
            bank.items[number].append(_item(table, row, bank.oddities))
            bank.oddities += _disagreement(table, row, references[number])
            if table.specialty and row.values[table.specialty].strip():
                bank.specialties.setdefault(number, row.values[table.specialty].strip())
    return bank


def _item(table: AdviceTable, row: Row, oddities: list[Oddity]) -> Item:
    item = Item(row, table, tuple(_cell(row, column, oddities) for column in table.ranked), _position(table, row))
    ranked = item.ranked
    if len(ranked) < len(item.cells):
        done = "kept with those it has" if item.top else "kept, and never shown"
        oddities.append(at(row, table.ranked[0], f"a list of {len(ranked)}, not of {len(item.cells)}", done))
    if item.position and not item.judged_right():
        found = f"the reference is said to stand at position {item.position}, where the list is empty"
        oddities.append(at(row, table.position, found, "kept, and never shown"))
    if len(ranked) > len({normalise(term) for term in ranked}):
        oddities.append(at(row, table.ranked[0], "a condition is listed twice", "kept; scoring counts the first"))
    return item


def _cell(row: Row, column: str, oddities: list[Oddity]) -> str:
    cell = row.values[column].strip()
    remark = REMARK.match(cell)
    if not remark:
        return cell
    oddities.append(at(row, column, f"a remark in the list: “{cell}”", f"read as “{remark['term']}”"))
    return str(remark["term"])


def _position(table: AdviceTable, row: Row) -> int | None:
    text = row.values[table.position].strip()
    if not text:
        return None
    if not text.isdigit() or not 1 <= int(text) <= len(table.ranked):
        remedy = f"Give a number from 1 to {len(table.ranked)}, or leave it empty when the reference is not listed."
        raise _invalid(row, table.position, f"“{text}” is not a position in the list.", remedy)
    return int(text)


def _disagreement(table: AdviceTable, row: Row, reference: str) -> Iterator[Oddity]:
    if table.reference and normalise(row.values[table.reference]) != normalise(reference):
        found = f"the reference “{row.values[table.reference]}” differs from the vignette's “{reference}”"
        yield at(row, table.reference, found, "the vignette's is used")


def contradictions(items: Sequence[Item], reference: str) -> dict[str, str]:
    """Why an item's verdict cannot be trusted, by item id.

    The same words were judged right in one list and wrong in another of the same case, so that neither verdict is
    known. What bears the reference's own name is right whatever a judge said of it.
    """
    right = {normalise(term) for item in items if (term := item.judged_right())}
    wrong = {normalise(term) for item in items for term in item.judged_wrong()}
    unsure = (right & wrong) | (wrong & {normalise(reference)})
    return {
        item.id: f"“{item.top}” was judged right in one list and wrong in another"
        for item in items
        if item.top and normalise(item.top) in unsure
    }


def _invalid(row: Row, column: str, message: str, remedy: str) -> InvalidFile:
    place = f"{row.file}:{row.line}, column {column}"
    return InvalidFile([Fault(place, message, remedy, file=row.file, line=row.line, field=column)])
