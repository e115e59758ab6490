"""A roster as a CSV file: one label a line, or a table with the column `label`."""

import csv
import io

from simlab.engine.errors import Fault, InvalidFile

MOST = 500
LONGEST = 80


def read_roster(text: str, taken: set[str]) -> list[str]:
    """The labels in their order. Raises InvalidFile with every bad row; `taken` are labels the cohort has."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), skipinitialspace=True))
    column, begin = 0, 0
    if rows and "label" in (head := [name.strip().lower() for name in rows[0]]):
        column, begin = head.index("label"), 1
    labels: dict[str, int] = {}
    faults = []
    for line, row in enumerate(rows[begin:], start=begin + 1):
        if not any(cell.strip() for cell in row):
            continue
        label = " ".join(row[column].split()) if len(row) > column else ""
        if problem := _problem(label, labels, taken):
            faults.append(Fault(f"Line {line}", *problem, line=line))
        labels.setdefault(label, line)
    if not labels:
        faults.append(Fault("The roster", "holds nobody.", "Write one label a line."))
    if len(labels) > MOST:
        faults.append(Fault("The roster", f"holds more than {MOST} people.", "Make several cohorts."))
    if faults:
        raise InvalidFile(faults)
    return list(labels)


def _problem(label: str, before: dict[str, int], taken: set[str]) -> tuple[str, str] | None:
    if not label:
        return "the label is empty.", "Write one."
    if len(label) > LONGEST:
        return f"the label is longer than {LONGEST} characters.", "Shorten it."
    if not label.isprintable() or "@" in label:
        return f"“{label}” is no label.", "Write a name or number of the group, never an e-mail address."
    if label in before:
        return f"“{label}” stands in line {before[label]} already.", "Keep one of the two."
    if label in taken:
        return f"“{label}” is on the roster already.", "Leave it out."
    return None
