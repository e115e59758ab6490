"""What of a case an arm is shown: with or without the faults planted in its record, with more or less that is beside
the point, at once or on request. Each is a factor of a design; the case as it is written is the default."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simlab.engine.case import Case
from simlab.engine.parsing import document

# Where a fault may stand, and by which field an entry of that list is named.
_NAMED_BY = {"problems": "term", "medication": "drug", "allergies": "substance", "results": "name", "letters": "date"}
NoiseLevel = Literal["none", "half", "all"]


@dataclass(frozen=True)
class View:
    """`faults`: faulty entries of the record are there. `noise`: findings that do not matter are there.

    `record_noise`: how many of the entries that have nothing to do with the complaint stand in the record. `asked`:
    findings come when they are asked for.
    """

    faults: bool = True
    noise: bool = True
    record_noise: NoiseLevel = "none"
    asked: bool = False


WHOLE = View()


def seen(public: Mapping[str, Any], case: Case, view: View, asked: Collection[str] = ()) -> dict[str, Any]:
    """The public part of a case (`Case.public`, with its menu where findings are asked for) as this view shows it.

    `public` itself stays as it is. Without faults, the entries of the record that a fault names are left out. Without
    noise, only findings marked as key stay; a stage of which nothing would be left is kept whole, since an empty one
    would be a hint. Where findings are asked for, those in `asked` (ids) are told, and of all others the label.
    """
    shown = dict(public)
    if not view.faults:
        shown["record"] = without_faults(public["record"], (fault.where for fault in case.record.faults))
    if view.record_noise != "none":
        shown["record"] = with_noise(shown["record"], case, view.record_noise)
    if not view.noise:
        key = {item.id for stage in case.stages for item in stage.items if item.key}
        shown["stages"] = [
            {**stage, "items": [item for item in stage["items"] if item["id"] in key] or stage["items"]}
            for stage in public["stages"]
        ]
    if view.asked:
        shown["stages"] = [
            {**stage, "items": [_on_request(item, asked) for item in stage["items"]]} for stage in shown["stages"]
        ]
    return shown


def _on_request(item: Mapping[str, Any], asked: Collection[str]) -> dict[str, Any]:
    told = item["id"] in asked
    return {**(item if told else {name: item[name] for name in ("id", "label", "cost")}), "asked": told}


def with_noise(record: Mapping[str, Any], case: Case, level: NoiseLevel) -> dict[str, Any]:
    """The record with entries that have nothing to do with the complaint among its own, at places set by their hash.

    Half of them is every list's first half, rounded up, so that more noise holds all of the lesser. Everybody who sees
    a case at one level sees the same record.
    """
    mixed = dict(record)
    for part, extra in document(case.record.noise).items():
        wanted = extra if level == "all" else extra[: (len(extra) + 1) // 2]
        entries = list(record.get(part) or ())
        for entry in wanted:
            name = f"{case.id}/{part}/{entry[_NAMED_BY[part]]}"
            place = int(hashlib.sha256(name.encode()).hexdigest(), 16) % (len(entries) + 1)
            entries.insert(place, entry)
        mixed[part] = entries
    return mixed


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
