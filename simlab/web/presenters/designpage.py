"""The Design page: what is wrong with a study document, what is weak, its picture, and its form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simlab.engine import yamledit
from simlab.engine.duration import LONG, Pace, minutes_of_sitting
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.instrument import Instrument
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol, check_against_pack, check_instruments, parse_protocol
from simlab.engine.recruitment import ROLES
from simlab.engine.yamlfile import FieldPath, dotted
from simlab.web.presenters import studypage

ADVICE_FIELDS = {"wrong": "Wrong advice", "first-wrong-after": "Cases before the first wrong one",
                 "longest-run": "Wrong ones in a row, at most", "label": "Label"}  # fmt: skip
PHASE_FIELDS = {"label": "What participants read", "opens": "Opens", "window": "Stays open", "sittings": "Sittings",
                "practice": "Practice cases", "time-limit": "Time limit a case"}  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A study document as it was read: the protocol (None where it cannot be), faults and warnings."""

    source: str
    protocol: Protocol | None
    faults: list[Fault]
    warnings: list[Fault] = field(default_factory=list)


def checked(source: str, packs: Mapping[str, Pack], known: Mapping[str, Instrument]) -> Checked:
    try:
        protocol = parse_protocol(source)
    except InvalidFile as invalid:
        return Checked(source, None, list(invalid.faults))
    faults = [*check_instruments(protocol, known), *check_against_pack(protocol, packs)]
    return Checked(source, protocol, sorted(faults, key=lambda fault: fault.line or 0), protocol.warnings())


def state_of(found: Checked, pace: Pace) -> dict[str, Any]:
    """What stands beside the text: problems with their places, the picture, minutes a sitting, the form."""
    protocol = found.protocol
    return {
        "faults": found.faults,
        "warnings": found.warnings,
        "picture": studypage.picture_of(protocol) if protocol else None,
        "minutes": minutes(protocol, pace) if protocol else [],
        "groups": groups(protocol, found) if protocol else [],
    }


def minutes(protocol: Protocol, pace: Pace) -> list[dict[str, Any]]:
    rows = []
    for phase in protocol.phase_names:
        longest = max(minutes_of_sitting(protocol, arm, phase, pace) for arm in protocol.arms)
        rows.append({"phase": phase, "minutes": round(longest), "long": longest > LONG})
    return rows


def groups(protocol: Protocol, found: Checked) -> list[dict[str, Any]]:
    """The form: groups of fields, each with its place in the file, its words and its value."""
    told = {fault.field: fault for fault in [*found.faults, *found.warnings]}
    made = []
    for title, fields in _groups(protocol):
        rows = [
            {**one, "name": "/".join(map(str, path)), "id": f"field-{'-'.join(map(str, path))}",
             "fault": told.get(dotted(path))}
            for path, one in fields
        ]  # fmt: skip
        made.append({"title": title, "fields": rows})
    return made


Field = tuple[FieldPath, dict[str, Any]]


def _groups(protocol: Protocol) -> Iterator[tuple[str, list[Field]]]:
    yield "The study", [_text(("title",), "Title", protocol.title), _text(("summary",), "Summary", protocol.summary)]
    people = protocol.population
    roles = [{"value": role, "text": words, "on": role in people.roles} for role, words in ROLES.items()]
    yield (
        "People",
        [
            (("population", "roles"), {"label": "Who may take part", "kind": "several", "options": roles}),
            _number(("population", "planned"), "People wanted in all", people.planned),
        ],
    )
    yield "Cases", [_number(("cases", "forms", name), f"Cases in form {name}", size)
                    for name, size in protocol.cases.forms.items()]  # fmt: skip
    if not protocol.factors:
        yield "Arms", [_number(("arms", arm), f"Weight of “{arm}”", weight) for arm, weight in protocol.arms.items()]
    for name in protocol.phases:
        yield f"Phase “{name}”", list(_phase(protocol, name))
    for name, policy in protocol.advice.items():
        if policy.is_advice:
            values = policy.model_dump(mode="json", by_alias=True)
            yield f"Advice “{name}”", [_text(("advice", name, key), label, _said(values.get(key)))
                                       for key, label in ADVICE_FIELDS.items()]  # fmt: skip
    if protocol.allocation and protocol.allocation.method == "blocks":
        sizes = ", ".join(map(str, protocol.allocation.sizes))
        yield "Allocation", [(("allocation", "sizes"), {"label": "Block sizes", "kind": "numbers", "value": sizes})]
    if protocol.analysis.primary:
        primary = protocol.analysis.primary
        yield (
            "Analysis",
            [
                _text(("analysis", "primary", "margin"), "Margin", primary.margin),
                _text(("analysis", "primary", "reason"), "Why this margin", primary.reason),
            ],
        )


def _phase(protocol: Protocol, name: str) -> Iterator[Field]:
    values = protocol.phases[name].model_dump(mode="json", by_alias=True)
    for key, label in PHASE_FIELDS.items():
        yield _text(("phases", name, key), label, _said(values.get(key)))
    options = ["none", "reconsider", *protocol.advice, *protocol.conditions]
    advice = protocol.phases[name].advice
    places = [(("phases", name, "advice"), "Advice", advice)]
    if isinstance(advice, Mapping):
        places = [(("phases", name, "advice", arm), f"Advice in “{arm}”", way) for arm, way in advice.items()]
    for path, label, way in places:
        yield path, {"label": label, "kind": "one", "options": [
            {"value": one, "text": one, "on": one == way} for one in options]}  # fmt: skip


def _text(path: FieldPath, label: str, value: Any) -> Field:
    return path, {"label": label, "kind": "text", "value": value or ""}


def _number(path: FieldPath, label: str, value: Any) -> Field:
    return path, {"label": label, "kind": "number", "value": "" if value is None else value}


def _said(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"wrong", "of"}:
        return f"{value['wrong']} of {value['of']}"
    return "" if value in (None, False) else str(value)


def with_field(source: str, name: str, values: list[str]) -> str:
    """The text with one field of the form put into it; every other byte stays. Raises CannotEdit and InvalidFile."""
    path = tuple(name.split("/"))
    said = [value.strip() for value in values if value.strip()]
    if path[-1] == "roles":
        return yamledit.set_value(source, path, said)
    if not said:
        try:
            return yamledit.remove(source, path)
        except (KeyError, IndexError, TypeError):
            return source
    if path[-1] == "sizes":
        parts = [part.strip() for part in said[0].split(",") if part.strip()]
        return yamledit.set_value(source, path, [_plain(part) for part in parts])
    return yamledit.set_value(source, path, _plain(said[0]) if path[-1] not in ("title", "summary") else said[0])


def _plain(text: str) -> int | str:
    return int(text) if text.isdigit() and len(text) < 10 else text
