"""An allocation list made elsewhere, as a table with the columns `stratum` and `arm` in the order of allocation."""

import csv
import io
from collections import Counter

from simlab.engine.allocation import SlotPlan
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.parsing import nearest
from simlab.engine.protocol import Protocol
from simlab.engine.recruitment import Allocation

COLUMNS = ["stratum", "arm"]
MOST = 100_000


def read_list(text: str, protocol: Protocol, name: str = "allocation.csv") -> list[SlotPlan]:
    """The slots of an external list; every row is a place, counted within its stratum. Raises InvalidFile.

    A study without strata writes “all” in the first column. Blocks are not known, so all places are of block 1.
    """
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or [cell.strip() for cell in rows[0]] != COLUMNS:
        raise InvalidFile([_fault(name, 1, "the columns are not “stratum,arm”.", "Begin the file with: stratum,arm")])
    slots, faults, places = [], [], Counter[str]()
    for line, row in enumerate(rows[1 : MOST + 1], start=2):
        fault = _wrong(row, protocol, name, line)
        if fault:
            faults.append(fault)
            continue
        stratum, arm = (cell.strip() for cell in row)
        places[stratum] += 1
        slots.append(SlotPlan(stratum, places[stratum], arm, 1))
    for stratum in protocol.strata:
        if not places[stratum] and not faults:
            faults.append(_fault(name, len(rows), f"the stratum “{stratum}” has no place.", "Add rows for it."))
    if faults:
        raise InvalidFile(faults)
    return slots


def without_list(protocol: Protocol) -> Protocol:
    """The protocol with blocks of twice and three times its ratio in place of its list; any other as it is."""
    if protocol.allocation is None or protocol.allocation.method != "list":
        return protocol
    strata = protocol.allocation.strata if protocol.allocation else ()
    ratio = sum(protocol.arms.values())
    sizes = tuple(ratio * times for times in (2, 3))
    return protocol.model_copy(update={"allocation": Allocation(method="blocks", sizes=sizes, strata=strata)})


def _wrong(row: list[str], protocol: Protocol, name: str, line: int) -> Fault | None:
    if len(row) != len(COLUMNS):
        return _fault(name, line, f"the row has {len(row)} cells.", "Write a stratum and an arm.")
    stratum, arm = (cell.strip() for cell in row)
    if stratum not in protocol.strata:
        return _fault(name, line, f"there is no stratum “{stratum}”.", nearest(stratum, protocol.strata), "stratum")
    if arm not in protocol.arms:
        return _fault(name, line, f"there is no arm “{arm}”.", nearest(arm, protocol.arms), "arm")
    return None


def _fault(name: str, line: int, message: str, remedy: str, field: str = "") -> Fault:
    place = f"{name}:{line}" + (f", column {field}" if field else "")
    return Fault(place, message, remedy, file=name, line=line, field=field)
