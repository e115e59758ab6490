"""What must hold inside an instrument file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.errors import Fault
from simlab.engine.parsing import Origin, nearest
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.instrument import Instrument, Item

Finding = tuple[FieldPath, str, str]


def instrument_faults(instrument: "Instrument", origin: Origin) -> list[Fault]:
    findings = [*_name(instrument, origin), *_items(instrument), *_scales(instrument), *_references(instrument)]
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _name(instrument: "Instrument", origin: Origin) -> Iterator[Finding]:
    stem = origin.name.rpartition("/")[2].removesuffix(".yaml")
    if stem != instrument.id:
        message = f"the id “{instrument.id}” is not the name of the file, “{stem}”."
        yield ("id",), message, "Make them the same."


def _items(instrument: "Instrument") -> Iterator[Finding]:
    seen = set()
    for index, item in enumerate(instrument.items):
        path: FieldPath = ("items", index)
        if item.id in seen:
            yield (*path, "id"), f"the item “{item.id}” is listed twice.", "Give each item its own id."
        seen.add(item.id)
        if item.text is None and instrument.wording == "given":
            remedy = "Add “text:”, or write “wording: to-be-filled-in”."
            yield path, f"the item “{item.id}” has no text.", remedy
        yield from _range(item, path)
        yield from _options(item, path)


def _range(item: "Item", path: FieldPath) -> Iterator[Finding]:
    if item.kind not in ("scale", "number"):
        return
    if item.low >= item.high:
        yield (*path, "low"), f"the item “{item.id}” runs from {item.low:g} to {item.high:g}.", "Write a higher “high”."
    elif item.kind == "scale" and abs((item.high - item.low) / item.step % 1) > 1e-9:
        message = f"steps of {item.step:g} do not lead from {item.low:g} to {item.high:g}."
        yield (*path, "step"), message, "Write a step that divides the range."


def _options(item: "Item", path: FieldPath) -> Iterator[Finding]:
    if item.kind in ("choice", "choices"):
        if len(item.options) < 2:
            yield path, f"the item “{item.id}” offers nothing to choose.", "Add at least two “options:”."
        ids = [option.id for option in item.options]
        if len(set(ids)) < len(ids):
            yield (*path, "options"), "two options have one id.", "Give each option its own id."
    elif item.options:
        yield (*path, "options"), f"an item of the kind {item.kind} has no options.", "Remove them."


def _scales(instrument: "Instrument") -> Iterator[Finding]:
    items = {item.id: item for item in instrument.items}
    for name, scale in instrument.scales.items():
        for field in ("items", "reverse", "pairs"):
            for index, item in enumerate(getattr(scale, field)):
                path: FieldPath = ("scales", name, field, index)
                if item not in items:
                    yield path, f"there is no item “{item}”.", nearest(item, items)
                elif field != "pairs" and items[item].kind not in ("scale", "number"):
                    yield path, f"the item “{item}” has no number to score.", "Name items of the kind scale."
        if (scale.statistic == "weighted-mean") != bool(scale.pairs):
            message = "a weighted mean needs pairs, and only a weighted mean."
            yield ("scales", name), message, "Add “pairs:” or choose another statistic."
        if set(scale.reverse) - set(scale.items):
            yield ("scales", name, "reverse"), "an item is reversed that does not count.", "Name it under “items” too."


def _references(instrument: "Instrument") -> Iterator[Finding]:
    items = {item.id: item for item in instrument.items}
    for index, event in enumerate(instrument.events):
        path: FieldPath = ("events", index)
        if event.item not in items:
            yield (*path, "item"), f"there is no item “{event.item}”.", nearest(event.item, items)
            continue
        options = [option.id for option in items[event.item].options]
        for answer in event.answers:
            if answer not in options:
                yield (*path, "answers"), f"“{answer}” is not an answer to “{event.item}”.", nearest(answer, options)
    for name, order in instrument.scores_as.items():
        for index, item in enumerate(order):
            if item not in items:
                yield ("scores-as", name, index), f"there is no item “{item}”.", nearest(item, items)
