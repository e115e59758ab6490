"""The rules of CDS Hooks 2.0 for a card, and our own: nothing on it tells right from wrong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

EXTENSION = "simlab.advice"
INDICATORS = ("info", "warning", "critical")
BEHAVIOURS = ("at-most-one", "any")
LONGEST_SUMMARY = 139  # the standard asks for fewer than 140 characters

_UNSHOWN = {"id", "correct", "error-type", "harm", "recorded", "unusable"}


def card_faults(made: Mapping[str, Any]) -> list[str]:
    """What breaks the rules of CDS Hooks 2.0, or gives the verdict away; empty for a sound card."""
    return [*_head(made), *_suggestions(made), *_reasons(made), *_links(made), *_leaks(made)]


def _head(made: Mapping[str, Any]) -> Iterator[str]:
    summary = made.get("summary")
    if not isinstance(summary, str) or not 0 < len(summary) <= LONGEST_SUMMARY:
        yield f"The summary must have 1 to {LONGEST_SUMMARY} characters."
    if not isinstance(made.get("detail", ""), str):
        yield "The detail must be text."
    if made.get("indicator") not in INDICATORS:
        yield "The indicator must be info, warning or critical."
    source = made.get("source")
    if not isinstance(source, Mapping) or not _text(source.get("label")):
        yield "The source must have a label."
    elif "topic" in source and not (isinstance(source["topic"], Mapping) and _text(source["topic"].get("code"))):
        yield "The topic of the source must have a code."


def _suggestions(made: Mapping[str, Any]) -> Iterator[str]:
    suggestions = _list(made.get("suggestions", []))
    if suggestions is None:
        yield "The suggestions must be a list."
        return
    if suggestions and made.get("selectionBehavior") not in BEHAVIOURS:
        yield "A card with suggestions must state its selection behaviour, at-most-one or any."
    if not all(_text(suggestion.get("label")) for suggestion in suggestions):
        yield "Every suggestion must have a label."
    recommended = sum(bool(suggestion.get("isRecommended")) for suggestion in suggestions)
    if recommended > 1 and made.get("selectionBehavior") != "any":
        yield "At most one suggestion may be recommended."
    names = [suggestion["uuid"] for suggestion in suggestions if "uuid" in suggestion]
    if not all(_text(name) for name in names) or len(set(map(str, names))) < len(names):
        yield "No two suggestions may have the same uuid."
    for action in (action for suggestion in suggestions for action in _list(suggestion.get("actions", [])) or []):
        yield from _action(action)


def _action(action: Mapping[str, Any]) -> Iterator[str]:
    kind = action.get("type")
    if kind not in ("create", "update", "delete") or not _text(action.get("description")):
        yield "Every action must have a description and a type: create, update or delete."
    elif kind == "delete" and not action.get("resourceId"):
        yield "An action that deletes must name its resource."
    elif kind != "delete" and not isinstance(action.get("resource"), Mapping):
        yield "An action that creates or updates must hold its resource."


def _reasons(made: Mapping[str, Any]) -> Iterator[str]:
    reasons = _list(made.get("overrideReasons", []))
    if reasons is None or not all(_text(one.get("code")) and _text(one.get("display")) for one in reasons):
        yield "Every override reason must have a code and words to show."


def _links(made: Mapping[str, Any]) -> Iterator[str]:
    links = _list(made.get("links", []))
    if links is None or not all(
        _text(link.get("label")) and _text(link.get("url")) and link.get("type") in ("absolute", "smart")
        for link in links
    ):
        yield "Every link must have a label, an address and a type (absolute or smart)."
    elif any("appContext" in link and link["type"] != "smart" for link in links):
        yield "Only a link of the type smart may carry a context."


def _leaks(made: Mapping[str, Any]) -> Iterator[str]:
    extension = made.get("extension", {})
    leaked = _UNSHOWN & set(extension.get(EXTENSION, {})) if isinstance(extension, Mapping) else set()
    if leaked:
        yield f"The card gives away “{min(leaked)}”."


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _list(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """A list of objects, or None for anything else."""
    return value if isinstance(value, list) and all(isinstance(one, Mapping) for one in value) else None
