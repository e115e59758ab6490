"""A case as a form: every field of the format with its widget, made from the models that check the file.

The text of the file is the truth. A change in the form becomes a change of one value in that text.
"""

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from simlab.engine import yamledit, yamlfile
from simlab.engine.case import Case
from simlab.engine.errors import Refused
from simlab.engine.questions import KINDS, Question
from simlab.engine.yamlfile import FieldPath, dotted
from simlab.web.presenters import caseformwords as words

NOT_IN_FORM = {
    "simlab", "images", "status.notice", "status.reviewer", "status.reviewer-role", "status.registration",
    "status.reviewed-on", "status.reviewed-content",
}  # fmt: skip
QUESTIONS: dict[str, type[BaseModel]] = {
    get_args(member)[0].model_fields["kind"].annotation.__args__[0]: get_args(member)[0]
    for member in get_args(get_args(Question)[0])
}


@dataclass
class Node:
    """One place of the form. `kind`: text, area, number, numbers, lines, yaml, check, choose, group or list."""

    kind: str
    path: FieldPath
    label: str
    hint: str = ""
    value: Any = None
    required: bool = False
    options: tuple[str, ...] = ()
    inner: list["Node"] = field(default_factory=list)
    absent: bool = False
    title: str = ""

    @property
    def name(self) -> str:
        return dotted(self.path)

    @property
    def id(self) -> str:
        return "f-" + re.sub(r"[^A-Za-z0-9-]+", "-", self.name).strip("-")


def sections_of(data: Any) -> list[tuple[str, str, list[Node]]]:
    """Title, introduction and fields of each part of the form, for the plain data of a case file."""
    data = data if isinstance(data, dict) else {}
    nodes = {node.path[0]: node for node in _fields(Case, data, ())}
    return [(title, intro, [nodes[name] for name in names]) for title, intro, names in words.SECTIONS]


def leaves(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.kind in ("group", "list"):
            yield from leaves(node.inner)
        else:
            yield node


def edited(source: str, posted: Any) -> str:
    """The text with every value that the form has otherwise. Raises Refused for what the form cannot write."""
    data = yamlfile.load(source)[0]
    nodes = [node for _, _, part in sections_of(data) for node in leaves(part)]
    for node in nodes:
        if node.name not in posted:
            continue
        given = str(posted.getlist(node.name)[-1]).replace("\r\n", "\n")
        if given.strip() != shown(node).strip():
            source = _with(source, node, given)
    return source


def acted(source: str, act: str) -> str:
    """The text after a press on “add”, “remove”, “up” or “down”; `act` is such as “add:advice[2].excerpt”."""
    verb, _, name = act.partition(":")
    path = path_of(name)
    data = yamlfile.load(source)[0]
    try:
        if verb == "add":
            return _added(source, data, path)
        if verb == "remove":
            return yamledit.remove(source, path)
        if verb in ("up", "down") and isinstance(path[-1], int):
            other = path[-1] + (1 if verb == "down" else -1)
            return yamledit.swap(source, path[:-1], path[-1], other) if other >= 0 else source
    except (KeyError, IndexError, TypeError):
        return source  # pressed twice, or gone meanwhile
    except yamledit.CannotEdit as cannot:
        raise Refused("cannot-edit", str(cannot)) from None
    raise Refused("malformed", "The form does not know this button.")


def shown(node: Node) -> str:
    """The value as it stands in its input."""
    if node.kind == "check":
        return "true" if node.value else ""
    if node.kind in ("number", "numbers", "choose", "text", "area"):
        return _text(node.value)
    if node.kind == "lines":
        return "\n".join(map(_text, node.value or []))
    return yamledit.flow_text(node.value) if node.value is not None else ""


def path_of(name: str) -> FieldPath:
    """The path behind a name such as “stages[1].items[2].label” (items counted from 1)."""
    steps: list[str | int] = []
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", name):
        steps.append(int(number) - 1 if number else word)
    return tuple(steps)


def blank(model: type[BaseModel], taken: int = 0) -> dict[str, Any]:
    """The least that can be filled in: every required field, empty."""
    made = {}
    for name, info in model.model_fields.items():
        if info.is_required() or name in words.ALSO_BLANK.get(model.__name__, ()):
            made[info.alias or name] = _blank_value(info, taken)
    return made


def _blank_value(info: FieldInfo, taken: int) -> Any:
    kind, inner = _kind(info)
    if kind == "list":
        return [blank(inner, at) for at in range(_fewest(info))]
    if kind == "group":
        return blank(inner)
    if info.alias == "id":
        return f"new-{taken + 1}"
    return {"check": False, "choose": inner[0] if inner else "", "lines": [], "numbers": []}.get(kind, "")


def _fewest(info: FieldInfo) -> int:
    return next((one.min_length for one in info.metadata if getattr(one, "min_length", None)), 0)


def _fields(model: type[BaseModel], data: Mapping[str, Any], path: FieldPath) -> Iterator[Node]:
    for name, info in model.model_fields.items():
        key = info.alias or name
        generic = ".".join(str(step) for step in (*path, key) if isinstance(step, str))
        if generic not in NOT_IN_FORM:
            yield _field(info, key, data.get(key), (*path, key), generic)


def _field(info: FieldInfo, key: str, value: Any, path: FieldPath, generic: str) -> Node:
    kind, inner = _kind(info)
    hint = words.HINTS.get(generic, words.HINTS.get(key, ""))
    node = Node(kind, path, words.LABELS.get(generic) or words.label(key), hint, value, info.is_required())
    if path == ("question",):
        return _question(node, value)
    if kind == "choose":
        node.options = inner
    elif kind == "group":
        node.absent = not isinstance(value, dict)
        node.inner = [] if node.absent else list(_fields(inner, value, path))
    elif kind == "list":
        items = value if isinstance(value, list) else []
        node.inner = [_item(inner, item, (*path, at)) for at, item in enumerate(items)]
    return node


def _item(model: type[BaseModel], data: Any, path: FieldPath) -> Node:
    data = data if isinstance(data, dict) else {}
    title = next((_text(data[key]) for key in words.TITLES if data.get(key)), "")
    title = title or _text(next((v.get("term") for v in data.values() if isinstance(v, dict)), ""))
    return Node("group", path, "", inner=list(_fields(model, data, path)), title=title)


def _question(node: Node, value: Any) -> Node:
    asked = value if isinstance(value, dict) else {}
    kind = asked.get("kind", KINDS[0])
    model = QUESTIONS.get(kind, QUESTIONS[KINDS[0]])
    inner = [one for one in _fields(model, asked, node.path) if one.path[-1] != "kind"]
    chosen = Node("choose", (*node.path, "kind"), "Form of answer", words.HINTS["question.kind"], kind, True, KINDS)
    return Node("group", node.path, node.label, node.hint, inner=[chosen, *inner])


def _kind(info: FieldInfo) -> tuple[str, Any]:
    """Widget and what is inside: the model of a group or list, the options of a choice."""
    return _kind_of(info.annotation, list(info.metadata))


def _kind_of(annotation: Any, metadata: list[Any]) -> tuple[str, Any]:
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = [*metadata, *more]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _kind_of(next(one for one in args if one is not type(None)), metadata)
    if origin is Literal:
        return "choose", tuple(map(str, args))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "group", annotation
    if origin is tuple:
        return _kind_of_tuple(args)
    if annotation in (int, float):
        return "number", None
    if annotation is bool:
        return "check", None
    if annotation is str:
        constraints = [one for one in metadata if isinstance(one, StringConstraints)]
        return ("text" if any(one.pattern for one in constraints) or not constraints else "area"), None
    return "yaml", None


def _kind_of_tuple(args: tuple[Any, ...]) -> tuple[str, Any]:
    kind, inner = _kind_of(args[0], [])
    if kind == "group":
        return "list", inner
    return ("numbers" if kind == "number" else "lines"), None


def _added(source: str, data: Any, path: FieldPath) -> str:
    model, is_list = model_at(path)
    if not is_list:
        return yamledit.set_value(source, path, blank(model), order_at(path[:-1]))
    try:
        there = len(_at(data, path) or [])
    except (KeyError, IndexError, TypeError):
        there = 0
    return yamledit.append(source, path, blank(model, there), order_at(path[:-1]))


def model_at(path: FieldPath, model: type[BaseModel] = Case) -> tuple[type[BaseModel], bool]:
    """The model of the group or of the items of the list at `path`, and whether it is a list. KeyError for others."""
    is_list = False
    for step in path:
        if isinstance(step, int):
            is_list = False
            continue
        info = next(info for name, info in model.model_fields.items() if (info.alias or name) == step)
        kind, inner = _kind(info)
        if kind not in ("group", "list"):
            raise KeyError(step)
        model, is_list = inner, kind == "list"
    return model, is_list


def order_at(path: FieldPath) -> tuple[str, ...]:
    """The keys of the model at `path` in the order of the format; none where it depends on the kind of question."""
    if path[:1] == ("question",):
        return ()
    model = model_at(path)[0] if path else Case
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _with(source: str, node: Node, given: str) -> str:
    try:
        if node.path == ("question", "kind"):
            asked = blank(QUESTIONS[given]) | {"kind": given}
            return yamledit.set_value(source, ("question",), asked, order_at(()))
        value = _value(node, given)
        if value is None and not node.required:
            return yamledit.remove(source, node.path) if node.value is not None else source
        return yamledit.set_value(source, node.path, value, order_at(node.path[:-1]))
    except yamledit.CannotEdit as cannot:
        raise Refused("cannot-edit", str(cannot)) from None
    except KeyError:
        raise Refused("malformed", f"“{given}” cannot be chosen for {node.name}.") from None


def _value(node: Node, given: str) -> Any:
    """What the file is to hold; None for nothing. What is no number stays text, and the checks will tell."""
    if node.kind == "check":
        return given == "true"
    if node.kind == "lines":
        return [line.strip() for line in given.split("\n") if line.strip()] or ([] if node.required else None)
    if node.kind == "numbers":
        return [_number(part) for part in given.split(",")] if given.strip() else ([] if node.required else None)
    if node.kind == "number":
        return _number(given)
    if node.kind == "yaml":
        return yamlfile.load(given, node.name)[0] if given.strip() else None
    return given.strip() or ("" if node.required else None)


def _number(given: str) -> int | float | str | None:
    given = given.strip().replace("−", "-")
    if given in ("", "–", "null"):
        return None
    if re.fullmatch(r"[-+]?\d+", given):
        return int(given)
    return float(given) if re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+)", given) else given


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join("" if one is None else str(one) for one in value) if isinstance(value, list) else str(value)


def _at(data: Any, path: FieldPath) -> Any:
    for step in path:
        data = data[step]
    return data
