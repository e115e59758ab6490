"""What of a case an arm is shown: with or without the faults planted in its record, with or without what is beside the
point. Each is a factor of a design; the whole case is the default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simlab.engine.case import Case

# Where a fault may stand, and by which field an entry of that list is named.
_NAMED_BY = {"problems": "term", "medication": "drug", "allergies": "substance", "results": "name", "letters": "date"}


@dataclass(frozen=True)
class View:
    """`faults`: faulty entries of the record are there. `noise`: findings that do not matter are there."""

    faults: bool = True
    noise: bool = True


WHOLE = View()


def seen(public: Mapping[str, Any], case: Case, view: View) -> dict[str, Any]:
    """The public part of a case (`Case.public`) as this view shows it; `public` itself stays as it is.

    Without faults, the entries of the record that a fault names are left out. Without noise, only findings marked as
    key stay; a stage of which nothing would be left is kept whole, since an empty one would be a hint.
    """
    shown = dict(public)
    if not view.faults:
        shown["record"] = without_faults(public["record"], (fault.where for fault in case.record.faults))
    if not view.noise:
        key = {item.id for stage in case.stages for item in stage.items if item.key}
        shown["stages"] = [
            {**stage, "items": [item for item in stage["items"] if item["id"] in key] or stage["items"]}
            for stage in public["stages"]
        ]
    return shown


def without_faults(record: Mapping[str, Any], places: Iterable[str]) -> dict[str, Any]:
    """The record without the entries at `places` (“medication/Stemetil”); a whole list for a place without a name."""
    left = dict(record)
    for place in places:
        part, _, name = place.partition("/")
        entries = left.get(part)
        if part in _NAMED_BY and entries:
            left[part] = [entry for entry in entries if name and str(entry[_NAMED_BY[part]]) != name]
    return left


def unplaced(case: Case) -> list[str]:
    """The places of faults that name no entry of the record: hiding them would change nothing."""
    record = case.public()["record"]
    return [fault.where for fault in case.record.faults if without_faults(record, [fault.where]) == record]
