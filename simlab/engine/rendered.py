"""What a card says on the page, word for word, and the hash by which the server knows that it was shown so.

The page marks every element that shows words of the card. The browser hashes their texts, in the order of the page; a
browser that translates, or an extension that rewrites, gives another hash.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from simlab.engine.cardrules import EXTENSION


def shown_texts(card: Mapping[str, Any]) -> list[str]:
    """The words of the card in the order in which `player/nudge/card.jinja` shows them."""
    return [" ".join(text.split()) for text in _texts(card, card.get("extension", {}).get(EXTENSION, {}))]


def rendered_hash(card: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the words of a card, one line each."""
    return hashlib.sha256("\n".join(shown_texts(card)).encode()).hexdigest()


def _texts(card: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[str]:
    yield card["source"]["label"]
    yield card["summary"]
    if "confidence" in shown:
        yield f"Stated confidence {shown['confidence']}%"
    for name in ("accuracy", "data-quality", "rationale", "counterfactual"):
        if shown.get(name):
            yield shown[name]
    if shown.get("heat-map"):
        yield shown["heat-map"]["label"]
    yield from shown.get("items", ())
    for name in ("findings-for", "findings-against"):
        yield from shown.get(name, ())
    for one in shown.get("weights", ()):
        yield one["finding"]
    yield from shown.get("highlights", ())
    for one in shown.get("similar", ()):
        yield from (one["summary"], one["outcome"])
    if shown.get("excerpt"):
        yield from (shown["excerpt"]["text"], shown["excerpt"]["source"])
    if shown.get("model-card"):
        yield shown["model-card"]
    yield from (link["label"] for link in card.get("links", ()))
