"""YAML with line numbers, and without YAML's surprises.

Only mappings with text keys, sequences and plain scalars are read, by the rules of YAML 1.2: `no`, `on` and `12:30`
stay text, and so do dates. A key given twice is a fault, not a silent choice. Anchors and aliases are refused, and
with them the "billion laughs" file. The document is read event by event, because PyYAML's composer recurses in C and a
deeply nested file ends the process there.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from simlab.engine.errors import Fault, InvalidFile

FieldPath = tuple[str | int, ...]
LineOf = Callable[[FieldPath], int]

MOST_BYTES = 8_000_000
DEEPEST = 40

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's safe loader with the scalar rules of YAML 1.2 and nothing else."""

    yaml_implicit_resolvers: dict[str, Any] = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), "-+0123456789")
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?:\.[0-9]*)?[eE][-+][0-9]+)$"),
    "-+.0123456789",
)


def load(source: Path | str, name: str = "") -> tuple[Any, LineOf]:
    """Read a YAML file (a `Path`) or a YAML text (a `str`, called `name` in messages).

    Returns the plain data and a function from a field path, such as `("phases", "exposure", 0)`, to the line where
    it stands (1-based). A path that is not in the file gives the line of its nearest parent.
    Raises InvalidFile.
    """
    name = name or (source.name if isinstance(source, Path) else "text")
    text = _read(source, name) if isinstance(source, Path) else source
    if len(text.encode()) > MOST_BYTES:
        raise _invalid(
            name, 1, f"the file is larger than {MOST_BYTES // 1_000_000} MB.", "Split it into smaller files."
        )
    try:
        reader = _Reader(name, _Loader(text))
        data = reader.read()
    except yaml.YAMLError as error:
        raise _syntax_fault(name, error) from None
    if reader.faults:
        raise InvalidFile(reader.faults)
    return data, reader.line_of


def nodes_of(text: str) -> Any:
    """The nodes of a YAML text with their places, for a change in the text. Raises InvalidFile, as `load` does."""
    load(text)  # the composer recurses in C: what is nested too deeply must be refused before
    return yaml.compose(text, Loader=_Loader)


def fault_at(name: str, line: int | None, path: FieldPath, message: str, remedy: str) -> Fault:
    """A fault at a field of a file; `path` may be empty for the file as a whole."""
    field = dotted(path)
    place = name + (f":{line}" if line else "") + (f", field {field}" if field else "")
    return Fault(place, message, remedy, file=name, line=line, field=field)


def dotted(path: FieldPath) -> str:
    """The field path as people write it: `advice[2].diagnosis.term` (items counted from 1)."""
    words = ""
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words


class _Reader:
    """Turns PyYAML events into plain data, remembering lines and collecting faults."""

    def __init__(self, name: str, loader: Any) -> None:
        self.name = name
        self._next: Callable[[], Any] = loader.get_event
        self._tag_of: Callable[..., str] = loader.resolve
        self.lines: dict[FieldPath, int] = {}
        self.faults: list[Fault] = []

    def line_of(self, path: FieldPath) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def read(self) -> Any:
        """The one document of the stream."""
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _invalid(self.name, 1, "the file is empty.", "Start from one of the examples in the documentation.")
        data = self._build(self._next(), ())
        self._next()  # the end of the document
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            line = following.start_mark.line + 1
            raise _invalid(
                self.name, line, "a second document begins here.", "Keep one document a file, without “---”."
            )
        return data

    def _build(self, event: Any, path: FieldPath) -> Any:
        line = event.start_mark.line + 1
        if len(path) > DEEPEST:
            raise _invalid(self.name, line, f"the file is nested deeper than {DEEPEST} levels.", "Flatten it.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            name = f"“{event.anchor}”"
            raise _invalid(self.name, line, f"anchors and aliases are not read ({name}).", "Write the value out.")
        self.lines.setdefault(path, line)
        if event.tag is not None:
            self._fault(line, path, f"the tag “{event.tag}” is not read.", "Remove the tag.")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event)

    def _sequence(self, path: FieldPath) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._build(event, (*path, len(found))))
        return found

    def _mapping(self, path: FieldPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise _invalid(self.name, line, "a key is not plain text.", "Write a word followed by a colon.")
            key = str(event.value)
            if key in found:
                first = self.lines[(*path, key)]
                remedy = f"Keep one of them; the first is on line {first}."
                self._fault(line, (*path, key), f"“{key}” is given twice.", remedy)
                self._build(self._next(), (*path, key))
                continue
            self.lines[(*path, key)] = line
            found[key] = self._build(self._next(), (*path, key))
        return found

    def _scalar(self, event: Any) -> Any:
        tag = event.tag or self._tag_of(yaml.ScalarNode, event.value, event.implicit)
        kind = tag.rpartition(":")[2]
        if kind == "null":
            return None
        if kind == "bool":
            return event.value.lower() == "true"
        if kind == "int" and len(event.value) < 20:
            return int(event.value)
        return float(event.value) if kind == "float" else str(event.value)

    def _fault(self, line: int, path: FieldPath, message: str, remedy: str) -> None:
        self.faults.append(fault_at(self.name, line, path, message, remedy))


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _invalid(name, None, "the file does not exist.", f"Create {path.name} or correct its path.") from None
    except UnicodeDecodeError:
        raise _invalid(name, None, "the file is not UTF-8 text.", "Save it again with the encoding UTF-8.") from None
    except OSError as error:
        raise _invalid(name, None, f"the file cannot be read ({error.strerror}).", "Check its permissions.") from None


def _invalid(name: str, line: int | None, message: str, remedy: str) -> InvalidFile:
    return InvalidFile([fault_at(name, line, (), message, remedy)])


def _syntax_fault(name: str, error: yaml.YAMLError) -> InvalidFile:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark is not None else 1
    problem = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
    remedy = "Check the indentation, the colons and the quotation marks here and on the line before."
    return _invalid(name, line, f"this is not valid YAML ({problem}).", remedy)
