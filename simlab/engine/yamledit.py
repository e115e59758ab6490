"""Changing one value of a YAML text and leaving every other byte as it is: comments, order, quotation marks, breaks.

The text is parsed for the places of its values, and new words are put there. Each change is proved before it is given
back: the new text must read as the old data with that one change. What cannot be proved is refused.
"""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from simlab.engine.errors import InvalidFile
from simlab.engine.yamlfile import FieldPath, dotted, load, nodes_of

_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_PLAIN_UP_TO = 60  # longer texts are put in quotation marks


class CannotEdit(Exception):  # noqa: N818
    """This text is written in a way in which the change cannot be made safely. Nothing was changed."""

    def __init__(self, path: FieldPath) -> None:
        super().__init__(f"“{dotted(path)}” is written in a way that the form cannot change. Change it in the file.")


def set_value(text: str, path: FieldPath, value: Any, order: Sequence[str] = ()) -> str:
    """The text with `value` (plain data) at `path`; missing parents are made. `order` is where a new key belongs.

    Raises CannotEdit, and InvalidFile when the text itself cannot be read.
    """
    return _proved(text, path, _changed(load(text)[0], path, value), _set_candidates(text, path, value, order))


def remove(text: str, path: FieldPath) -> str:
    """The text without the key or the list item at `path`; KeyError or IndexError when there is none."""
    data = load(text)[0]
    expected = copy.deepcopy(data)
    del _at(expected, path[:-1])[path[-1]]
    return _proved(text, path, expected, _without(text, path))


def append(text: str, path: FieldPath, item: Any, order: Sequence[str] = ()) -> str:
    """The text with one more item at the end of the list at `path`, which is made where it is missing."""
    data = load(text)[0]
    try:
        there = _at(data, path)
    except (KeyError, IndexError, TypeError):
        there = None
    if not there:
        return set_value(text, path, [item], order)
    expected = copy.deepcopy(data)
    _at(expected, path).append(item)
    return _proved(text, path, expected, _appended(text, path, item))


def swap(text: str, path: FieldPath, one: int, other: int) -> str:
    """The text with two items of the list at `path` in each other's place."""
    expected = copy.deepcopy(load(text)[0])
    items = _at(expected, path)
    items[one], items[other] = items[other], items[one]
    node = _node(nodes_of(text), path)
    spans = sorted((_span(text, node.value[one]), _span(text, node.value[other])))
    if not node.flow_style:  # a remark behind an item goes with it
        spans = [(start, text.find("\n", end) if "\n" in text[end:] else len(text)) for start, end in spans]
    (start, end), (later, last) = spans
    made = text[:start] + text[later:last] + text[end:later] + text[start:end] + text[last:]
    return _proved(text, path, expected, iter([made]))


def written(data: dict[str, Any]) -> str:
    """Plain data as a new file of lines."""
    return _block(data, 0) + "\n"


def flow_text(value: Any) -> str:
    """Plain data as it is written on one line of a file."""
    return _flow(value)


def _proved(text: str, path: FieldPath, expected: Any, candidates: Iterator[str]) -> str:
    for made in candidates:
        try:
            if _same(load(made)[0], expected):
                return made
        except InvalidFile:
            continue
    raise CannotEdit(path)


def _same(found: Any, expected: Any) -> bool:
    """Equal, but for the break at the end of a text: a block of lines has one, a form does not show it."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(_same(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, str) and isinstance(expected, str):
        return found.rstrip("\n") == expected.rstrip("\n")
    return type(found) is type(expected) and bool(found == expected)


def _at(data: Any, path: FieldPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _changed(data: Any, path: FieldPath, value: Any) -> Any:
    made = copy.deepcopy(data)
    here, rest = made, path
    while len(rest) > 1 and _has(here, rest[0]):
        here, rest = here[rest[0]], rest[1:]
    here[rest[0]] = _nested(rest[1:], value)
    return made


def _has(here: Any, step: str | int) -> bool:
    if isinstance(here, dict):
        return here.get(str(step)) is not None
    return isinstance(here, list) and isinstance(step, int) and step < len(here)


def _nested(path: FieldPath, value: Any) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


def _set_candidates(text: str, path: FieldPath, value: Any, order: Sequence[str]) -> Iterator[str]:
    here, rest = nodes_of(text), path
    while rest and (inner := _child(here, rest[0])) is not None and not _is_null(inner, rest):
        here, rest = inner, rest[1:]
    if not rest:
        yield from _replaced(text, path, here, value)
        return
    value = _nested(rest[1:], value)
    if (empty := _child(here, rest[0])) is not None:
        yield from _replaced(text, (*path[: len(path) - len(rest)], rest[0]), empty, value)
    elif isinstance(here, yaml.MappingNode) and isinstance(rest[0], str):
        yield from _new_key(text, here, rest[0], value, order)


def _is_null(node: Any, rest: FieldPath) -> bool:
    """An empty value that must give way to what comes below it."""
    return len(rest) > 1 and isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def _node(root: Any, path: FieldPath) -> Any:
    for step in path:
        root = _child(root, step)
    return root


def _span(text: str, node: Any) -> tuple[int, int]:
    """Where a value begins and ends, without the empty lines and remarks behind it."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        return start, start + len(text[start:end].rstrip()) if node.style in ("|", ">") else end
    if node.flow_style:
        return start, end
    last = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return start, max(start, _span(text, last)[1])


def _in_flow(root: Any, path: FieldPath) -> bool:
    for step in path:
        if getattr(root, "flow_style", False):
            return True
        root = _child(root, step)
    return False


def _replaced(text: str, path: FieldPath, node: Any, value: Any) -> Iterator[str]:
    root = nodes_of(text)
    start, end = _span(text, node)
    gap = " " if start == end else ""
    flow = _in_flow(root, path)
    scalar = isinstance(node, yaml.ScalarNode) and not isinstance(value, dict | list)
    if scalar:
        indent = _lines_indent(text, node) or _column(root, path) + 2
        for words in _scalars(value, node.style, flow, indent):
            yield text[:start] + gap + words + text[end:]
        return
    if not flow and path and isinstance(path[-1], str):
        key = next(key for key, _ in _node(root, path[:-1]).value if key.value == path[-1])
        colon = text.index(":", key.end_mark.index) + 1
        if "#" not in text[colon:start]:
            yield text[:colon] + _block_value(value, key.start_mark.column) + text[end:]
    yield text[:start] + gap + _flow(value) + text[end:]


def _lines_indent(text: str, node: Any) -> int:
    """The indentation of a block of lines, 0 for anything else."""
    if node.style not in ("|", ">"):
        return 0
    lines = text[node.start_mark.index : node.end_mark.index].splitlines()[1:]
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)


def _column(root: Any, path: FieldPath) -> int:
    """The column of the key under which a value stands, or of the list item."""
    parent = _node(root, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        return int(next(key.start_mark.column for key, _ in parent.value if key.value == path[-1]))
    return int(parent.start_mark.column) if parent is not None else 0


def _new_key(text: str, node: Any, key: str, value: Any, order: Sequence[str]) -> Iterator[str]:
    if not node.value:
        start, end = _span(text, node)
        yield text[:start] + _flow({key: value}) + text[end:]
        return
    before = set(order[: order.index(key)]) if key in order else {one.value for one, _ in node.value}
    known = [pair for pair in node.value if pair[0].value in before] or node.value[:1]
    _, end = _span(text, known[-1][1])
    end = max(end, known[-1][0].end_mark.index)
    if node.flow_style:
        yield f"{text[:end]}, {key}: {_flow(value)}{text[end:]}"
        return
    column = node.value[0][0].start_mark.column
    yield _with_line(text, end, f"{' ' * column}{key}:{_block_value(value, column)}")
    yield _with_line(text, end, f"{' ' * column}{key}: {_flow(value)}")


def _with_line(text: str, after: int, line: str) -> str:
    """The text with a line put behind the one in which the place `after` is."""
    at = text.find("\n", after)
    return f"{text}\n{line}" if at < 0 else f"{text[: at + 1]}{line}\n{text[at + 1 :]}"


def _appended(text: str, path: FieldPath, item: Any) -> Iterator[str]:
    node = _node(nodes_of(text), path)
    last = node.value[-1]
    _, end = _span(text, last)
    if node.flow_style:
        yield f"{text[:end]}, {_flow(item)}{text[end:]}"
        return
    column = node.start_mark.column
    block = not getattr(last, "flow_style", True)
    words = _block(item, column + 2) if block and isinstance(item, dict) else _flow(item)
    yield _with_line(text, end, f"{' ' * column}- {words}")


def _without(text: str, path: FieldPath) -> Iterator[str]:
    root = nodes_of(text)
    parent = _node(root, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        index = next(at for at, (key, _) in enumerate(parent.value) if key.value == path[-1])
        spans = [(key.start_mark.index, max(_span(text, value)[1], _colon(text, key))) for key, value in parent.value]
    else:
        index, spans = int(path[-1]), [_span(text, item) for item in parent.value]
    if len(spans) == 1:
        empty: Any = {} if isinstance(parent, yaml.MappingNode) else []
        yield from _replaced(text, path[:-1], parent, empty)
        return
    start, end = spans[index]
    if parent.flow_style:
        yield text[: spans[index - 1][1]] + text[end:] if index else text[:start] + text[spans[1][0] :]
        return
    line = text.rfind("\n", 0, start) + 1
    lead = text[line:start].strip()
    if isinstance(parent, yaml.MappingNode) and lead:  # the first key of a list item, behind its dash
        yield text[:start] + text[spans[index + 1][0] :]
    elif lead in ("", "-"):
        after = text.find("\n", end) + 1 or len(text)
        yield text[:line] + text[after:]


def _colon(text: str, key: Any) -> int:
    return text.index(":", key.end_mark.index) + 1


def _scalars(value: Any, style: str | None, flow: bool, indent: int) -> Iterator[str]:
    """Ways to write a scalar, the one most like `style` first."""
    if not isinstance(value, str):
        yield _plain(value)
        return
    if not flow and (style in ("|", ">") or "\n" in value) and _can_be_lines(value):
        pad = "\n" + " " * indent
        yield "|" + "".join(pad + line if line else "\n" for line in value.rstrip("\n").split("\n"))
    if not style and "\n" not in value:
        yield value
    if style == "'" and "\n" not in value and not _UNPRINTABLE.search(value):
        yield "'" + value.replace("'", "''") + "'"
    yield _quoted(value)


def _can_be_lines(value: str) -> bool:
    lines = value.strip("\n").split("\n")
    return bool(value.strip()) and not lines[0].startswith((" ", "\t")) and not _UNPRINTABLE.search(value)


def _plain(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(value: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(value, ensure_ascii=False))


def _flow(value: Any) -> str:
    """Plain data on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if _needs_no_quotes(value) else _quoted(value)
    return _plain(value)


def _needs_no_quotes(value: str) -> bool:
    if not re.fullmatch(r"[A-Za-zÀ-ÿ0-9][\w .%/()°µ-]*", value) or len(value) > _PLAIN_UP_TO or value != value.strip():
        return False
    return bool(load(value)[0] == value)


def _block_value(value: Any, column: int) -> str:
    """What follows “key:” where there is room for lines."""
    if isinstance(value, str) and "\n" in value and _can_be_lines(value):
        return " " + next(_scalars(value, "|", False, column + 2))
    if isinstance(value, dict) and value:
        return "\n" + " " * (column + 2) + _block(value, column + 2)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        pad = "\n" + " " * (column + 2) + "- "
        return "".join(pad + (_block(item, column + 4) if len(item) > 4 else _flow(item)) for item in value)
    return " " + _flow(value)


def _block(value: dict[str, Any], column: int) -> str:
    """Lines of keys, the first without its indentation."""
    return ("\n" + " " * column).join(f"{key}:{_block_value(inner, column)}" for key, inner in value.items())
