"""From plain data to a frozen model, with every fault told in plain words at its file, line and field."""

import difflib
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Tag, ValidationError
from pydantic_core import ErrorDetails

from simlab.engine.errors import Fault, InvalidFile, Mistaken
from simlab.engine.yamlfile import FieldPath, LineOf, fault_at

Model = TypeVar("Model", bound="Part")
Wording = Callable[[Any, dict[str, Any]], tuple[str, str]]  # (value given, context) → (what is wrong, remedy)


def hyphenated(name: str) -> str:
    """The spelling in files: `first_wrong_after` is written `first-wrong-after`."""
    return name.replace("_", "-")


class Part(BaseModel):
    """The base of everything that is read from a file: frozen, hyphenated, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=hyphenated, allow_inf_nan=False)


@dataclass(frozen=True)
class Origin:
    """Where a model was read from, kept for faults that are found later (for instance against a case pack)."""

    name: str
    line_of: LineOf

    def fault(self, path: FieldPath, message: str, remedy: str) -> Fault:
        return fault_at(self.name, self.line_of(path), path, message, remedy)


def no_lines(_path: FieldPath) -> int:
    """Lines of a model that did not come from a file."""
    return 0


def document(model: BaseModel) -> dict[str, Any]:
    """The model as plain JSON data in the spelling of the file; reading it back gives an equal model."""
    return model.model_dump(mode="json", by_alias=True)


def content_hash(content: BaseModel | dict[str, Any]) -> str:
    """SHA-256 (hex) of the meaning of a document, whatever its spelling, comments or order of keys.

    For a model, optional fields at their defaults are left out first, so that a later version of the format that adds
    an optional field leaves every existing hash unchanged.
    """
    if isinstance(content, BaseModel):
        content = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse(model: type[Model], data: Any, origin: Origin, version: str) -> Model:
    """Check `data` against `model`; `version` is the first line's value, e.g. `case/1`. Raises InvalidFile."""
    if not isinstance(data, dict):
        raise InvalidFile([origin.fault((), "the file is not a list of “key: value” lines.", "See the format page.")])
    if data.get("simlab") != version:
        remedy = f"Begin the file with “simlab: {version}”."
        raise InvalidFile([origin.fault(("simlab",), f"this is not a file of the format {version}.", remedy)])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidFile(faults_from(error, model, origin)) from None


def faults_from(error: ValidationError, model: type[BaseModel], origin: Origin) -> list[Fault]:
    """pydantic's errors as faults, one a field, in the order of the file."""
    found: dict[FieldPath, Fault] = {}
    misspelt = set()
    for detail in sorted(error.errors(include_url=False), key=lambda detail: detail["type"] != "extra_forbidden"):
        path = tuple(step for step in detail["loc"] if step != "[key]" and not _is_tag(step))
        if detail["type"] == "union_tag_invalid":
            path = (*path, "kind")
        if path in found or path in misspelt:
            continue
        known = _known_keys(model, detail["loc"][:-1])
        message, remedy = _plain_words(detail, path, known)
        found[path] = origin.fault(path, message, remedy)
        if detail["type"] == "extra_forbidden":  # the key it stands for is then not missing as well
            misspelt |= {(*path[:-1], close) for close in _close(str(path[-1]), known)}
    return sorted(found.values(), key=lambda fault: fault.line or 0)


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean “x”?` for a slip of the pen, else the list of what may be written."""
    options = sorted({str(option) for option in known})
    close = _close(word, options)
    if close:
        return f"Did you mean “{close[0]}”?"
    if not options:
        return "Remove it."
    return "Use " + _either(options) + "." if len(options) <= 12 else "See the format page for what may be written."


def _close(word: str, options: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(word.replace("_", "-"), list(options), n=1, cutoff=0.6)


def _either(options: list[str]) -> str:
    quoted = [f"“{option}”" for option in options]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


def _known_keys(model: type[BaseModel], path: FieldPath) -> list[str]:
    """The keys that may be written at `path` in a file of `model`."""
    here: Any = model
    for step in path:
        here = _inside(here, step)
    here = _model_in(here)
    return [field.alias or name for name, field in here.model_fields.items()] if here else []


def _inside(annotation: Any, step: str | int) -> Any:
    """The annotation one step further in: a field of a model, or the items of a list or of a mapping."""
    if _is_tag(step):
        return next((arg for arg in _members(annotation) if Tag(str(step)) in get_args(arg)), None)
    model = _model_in(annotation)
    if model is not None and isinstance(step, str):
        fields = (field.annotation for name, field in model.model_fields.items() if step == (field.alias or name))
        return next(fields, None)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType, Annotated):
        return next((found for arg in args if (found := _inside(arg, step)) is not None), None)
    if origin is dict:
        return args[1]
    return args[0] if origin is tuple else None


def _is_tag(step: str | int) -> bool:
    """Whether this step of a place names the member of a union, such as "(triage)", and not a field."""
    return isinstance(step, str) and step.startswith("(")


def _members(annotation: Any) -> list[Any]:
    """The members of a union, with their tags, however deep it is wrapped."""
    args = get_args(annotation)
    if get_origin(annotation) is Annotated and not any(isinstance(arg, Tag) for arg in args):
        return _members(args[0])
    return list(args)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)
    return None


def _plain_words(detail: ErrorDetails, path: FieldPath, known: list[str]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    given = detail["input"]
    name = str(path[-1]) if path else "the file"
    if kind == "extra_forbidden":
        if given is None and " " in name:  # a comma inside {…} ends a text that is not quoted
            return f"“{name}” was read as a key.", "Put the whole text, commas included, in quotation marks."
        return f"“{name}” is not a known key here.", nearest(name, known)
    if kind == "missing":
        return f"“{name}” is missing.", f"Add “{name}:” here."
    mistaken = context.get("error")
    if isinstance(mistaken, Mistaken):
        return str(mistaken), mistaken.remedy
    if kind == "literal_error":
        options = [option.strip("' ") for option in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{_shown(given)} is not one of the possible values.", nearest(str(given), options)
    if kind == "union_tag_invalid":
        options = [option.strip("'() ") for option in context["expected_tags"].split(",")]
        return f"“{context['tag'].strip('()')}” is not one of the possible values.", nearest(context["tag"], options)
    if given is None:
        return "the value is empty.", f"Write a value after “{name}:”, or remove the line if it is optional."
    return _WORDS.get(kind, _other)(given, context)


def _other(given: Any, context: dict[str, Any]) -> tuple[str, str]:
    return f"{_shown(given)} does not fit here.", "See the format page for what may be written."


def _bound(sign: str) -> Wording:
    def words(given: Any, context: dict[str, Any]) -> tuple[str, str]:
        limit = next(iter(context.values()))
        return f"{_shown(given)} is out of range.", f"Write a number {sign} {limit}."

    return words


def _size(unit: str, more: bool) -> Wording:
    def words(given: Any, context: dict[str, Any]) -> tuple[str, str]:
        limit = context["min_length" if more else "max_length"]
        return (
            f"this has too {'few' if more else 'many'} {unit} ({len(given)}).",
            f"{'At least' if more else 'At most'} {limit} {'are needed' if more else 'are allowed'}.",
        )

    return words


def _must_be(what: str, remedy: str) -> Wording:
    return lambda given, context: (f"{_shown(given)} is not {what}.", remedy)


_WORDS: dict[str, Wording] = {
    "string_type": _must_be("text", "Write text, in quotation marks if it looks like a number."),
    "int_type": _must_be("a whole number", "Write a whole number without quotation marks."),
    "int_parsing": _must_be("a whole number", "Write a whole number without quotation marks."),
    "int_from_float": _must_be("a whole number", "Write a whole number."),
    "float_type": _must_be("a number", "Write a number without quotation marks."),
    "float_parsing": _must_be("a number", "Write a number without quotation marks."),
    "bool_type": _must_be("true or false", "Write true or false."),
    "bool_parsing": _must_be("true or false", "Write true or false."),
    "list_type": _must_be("a list", "Write a list: [first, second], or one “- item” a line."),
    "tuple_type": _must_be("a list", "Write a list: [first, second], or one “- item” a line."),
    "dict_type": _must_be("a set of “key: value” lines", "Write “key: value” lines, indented under this key."),
    "model_type": _must_be("a set of “key: value” lines", "Write “key: value” lines, indented under this key."),
    "greater_than_equal": _bound("of at least"),
    "less_than_equal": _bound("of at most"),
    "greater_than": _bound("greater than"),
    "less_than": _bound("less than"),
    "string_too_short": _size("characters", more=True),
    "string_too_long": _size("characters", more=False),
    "too_short": _size("items", more=True),
    "too_long": _size("items", more=False),
}


def _shown(given: Any) -> str:
    text = str(given)
    return f"“{text[:57]}…”" if len(text) > 60 else f"“{text}”"
