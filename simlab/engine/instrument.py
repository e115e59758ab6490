"""The instrument file: a questionnaire with its scoring key and what is done about missing answers.

Answers are stored as given; scores are worked out when they are read. `docs/instrument-format.md` explains every field.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from simlab.engine import yamlfile
from simlab.engine.case import Line, Slug, Text
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.instrumentchecks import instrument_faults
from simlab.engine.parsing import Origin, Part, content_hash, document, parse

Answer = str | float | list[str] | None
Answers = Mapping[str, Any]
LONGEST_TEXT = 2000


class Option(Part):
    id: Slug
    text: Line


class Item(Part):
    """One question. `scale` runs from `low` to `high` in steps; `choice` takes one option, `choices` several.

    `text` is empty where the wording is not ours to give. With `expected`, the item is an attention check.
    """

    id: Slug
    kind: Literal["scale", "number", "choice", "choices", "text"] = "scale"
    text: Line | None = None
    hint: Line | None = None
    low: float = 1
    high: float = 5
    step: Annotated[float, Field(gt=0)] = 1
    ends: tuple[Line, Line] | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    expected: str | float | None = None

    @property
    def points(self) -> list[float]:
        """Every value of a scale."""
        return [self.low + step * self.step for step in range(round((self.high - self.low) / self.step) + 1)]


class Scale(Part):
    """One score. `reverse` names items that are turned round (low + high − x) before anything else.

    `sum-from-zero` adds the distances from `low`. `weighted-mean` weighs each item by how often its id was chosen among
    the items of `pairs`. `missing`: no score when any item is missing (`none-allowed`), when more than half are
    (`half`), or the middle of the scale in its place (`centre`).
    """

    items: Annotated[tuple[Slug, ...], Field(min_length=1)]
    reverse: tuple[Slug, ...] = ()
    statistic: Literal["mean", "sum", "sum-from-zero", "weighted-mean"] = "mean"
    times: float = 1
    pairs: tuple[Slug, ...] = ()
    missing: Literal["none-allowed", "half", "centre"] = "none-allowed"


class Event(Part):
    """An answer that tells of an event after allocation: help from outside, or own use of AI between phases."""

    event: Literal["outside-help", "ai-between-phases"]
    item: Slug
    answers: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Instrument(Part):
    """A questionnaire. `scores_as` names the scale of the statistics that reads the items in their order."""

    simlab: Literal["instrument/1"] = "instrument/1"
    id: Slug
    version: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)*$")]
    title: Line
    heading: Line
    intro: Text | None = None
    source: Line
    licence: Line
    wording: Literal["given", "to-be-filled-in"] = "given"
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    scales: dict[Slug, Scale] = {}
    events: tuple[Event, ...] = ()
    scores_as: dict[Slug, tuple[Slug, ...]] = {}
    minutes: Annotated[float, Field(gt=0)] = 1

    @property
    def hash(self) -> str:
        return content_hash(self)

    @property
    def document(self) -> dict[str, Any]:
        return document(self)

    def item(self, item_id: str) -> Item:
        return {item.id: item for item in self.items}[item_id]


def load_instrument(path: Path) -> Instrument:
    """Read and check one instrument file. Raises InvalidFile."""
    return parse_instrument(path.read_text(encoding="utf-8"), path.name)


def parse_instrument(text: str, name: str) -> Instrument:
    """The same from its text; `name` is the file name, whose stem must be the id."""
    data, line_of = yamlfile.load(text, name)
    origin = Origin(name, line_of)
    instrument = parse(Instrument, data, origin, "instrument/1")
    faults = instrument_faults(instrument, origin)
    if faults:
        raise InvalidFile(faults)
    return instrument


def load_folder(folder: Path) -> dict[str, Instrument]:
    """Every instrument of a folder by its id; empty when there is no such folder."""
    return {path.stem: load_instrument(path) for path in sorted(folder.glob("*.yaml"))} if folder.is_dir() else {}


def checked_answers(instrument: Instrument, given: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers in their stored form: every item is there, a missing one as null. Raises Refused naming the item."""
    unknown = set(given) - {item.id for item in instrument.items}
    if unknown:
        raise Refused("malformed", f"“{min(unknown)}” is not an item of this questionnaire.")
    return {item.id: _checked(item, given.get(item.id)) for item in instrument.items}


def _checked(item: Item, given: Any) -> Answer:
    if isinstance(given, str):
        given = given.strip()
    if given in (None, "", []):
        if item.required:
            raise Refused("missing", f"Please answer: {item.text or item.id}")
        return None
    if item.kind in ("scale", "number"):
        return _number(item, given)
    if item.kind == "text":
        if not isinstance(given, str) or len(given) > LONGEST_TEXT:
            raise Refused("malformed", f"{item.text or item.id}: write at most {LONGEST_TEXT} characters.")
        return given
    known = {option.id for option in item.options}
    chosen = given if isinstance(given, list) else [given]
    if not set(map(str, chosen)) <= known or (item.kind == "choice" and len(chosen) != 1):
        raise Refused("malformed", f"{item.text or item.id}: choose from the answers given.")
    return list(dict.fromkeys(chosen)) if item.kind == "choices" else str(chosen[0])


def _number(item: Item, given: Any) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        raise Refused("malformed", f"{item.text or item.id}: write a number.") from None
    if not item.low <= number <= item.high or (item.kind == "scale" and number not in item.points):
        raise Refused("malformed", f"{item.text or item.id}: write a number from {item.low:g} to {item.high:g}.")
    return number


def score(instrument: Instrument, answers: Answers) -> dict[str, float | None]:
    """Every scale of the instrument; None where its missing rule says so."""
    return {name: _score(instrument, scale, answers) for name, scale in instrument.scales.items()}


def _score(instrument: Instrument, scale: Scale, answers: Answers) -> float | None:
    values = {item: _value(instrument.item(item), scale, answers.get(item)) for item in scale.items}
    given = {item: value for item, value in values.items() if value is not None}
    allowed = len(values) / 2 if scale.missing == "half" else 0
    if len(values) - len(given) > allowed or not given:
        return None
    if scale.statistic == "weighted-mean":
        return _weighted(scale, given, answers)
    low = {item: instrument.item(item).low for item in given} if scale.statistic == "sum-from-zero" else {}
    total = sum(value - low.get(item, 0) for item, value in given.items())
    return scale.times * (total / len(given) if scale.statistic == "mean" else total)


def _value(item: Item, scale: Scale, answer: Any) -> float | None:
    if answer is None:
        return (item.low + item.high) / 2 if scale.missing == "centre" else None
    return item.low + item.high - float(answer) if item.id in scale.reverse else float(answer)


def _weighted(scale: Scale, values: Mapping[str, float], answers: Answers) -> float | None:
    chosen = [answers.get(pair) for pair in scale.pairs]
    if None in chosen:
        return None
    weights = Counter(chosen)
    return scale.times * sum(weights[item] * value for item, value in values.items()) / len(chosen)


def attention_passed(instrument: Instrument, answers: Answers) -> bool | None:
    """Whether every attention check was answered as asked; None without one. A check left out is not passed."""
    checks = [item for item in instrument.items if item.expected is not None]
    return all(answers.get(item.id) == item.expected for item in checks) if checks else None


def events_told(instrument: Instrument, answers: Answers) -> dict[str, bool | None]:
    """Event → whether the answers tell of it; None when the item was left out."""
    told: dict[str, bool | None] = {}
    for event in instrument.events:
        given = answers.get(event.item)
        found = None if given is None else bool(set([given] if isinstance(given, str) else given) & set(event.answers))
        told[event.event] = found if told.get(event.event) is None else told[event.event] or found
    return told


def items_for_statistics(instrument: Instrument, answers: Answers) -> dict[str, list[float | None]]:
    """Scale of the statistics → its items in order, for the column `questionnaire` of the analysis table.

    A list of pairs gives how often each item of the scale's first list was chosen.
    """
    made: dict[str, list[float | None]] = {}
    for name, items in instrument.scores_as.items():
        values = [answers.get(item) for item in items]
        made[name] = [None if value is None else float(value) for value in values]
    for name, scale in instrument.scales.items():
        chosen = Counter(answers.get(pair) for pair in scale.pairs)
        if scale.pairs and None not in chosen:
            made[f"{name}-weights"] = [float(chosen[item]) for item in scale.items]
    return made
