"""Every text of a case with the field it stands in, so that a rule about words can name its place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simlab.engine.parsing import document
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Advice, Case

Finding = tuple[FieldPath, str, str]  # field, what is wrong, remedy

_NOT_PROSE = {"id", "images", "licence", "url", "image", "kind", "error-type", "twin-of", "icd10", "code", "where"}


def texts(case: "Case") -> Iterator[tuple[FieldPath, str]]:
    """All prose of a case, whoever reads it; identifiers, codes and addresses are left out."""
    yield from _prose(document(case), ())


def _prose(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _NOT_PROSE:
                yield from _prose(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _prose(inner, (*path, index))


def item_texts(case: "Case") -> Iterator[tuple[FieldPath, str]]:
    """The findings of all stages."""
    for i, stage in enumerate(case.stages):
        for j, item in enumerate(stage.items):
            yield ("stages", i, "items", j, "text"), item.text


def case_words(case: "Case") -> int:
    """How many words a participant can read in a case without its record."""
    return len(" ".join([case.title, case.presentation, *(text for _, text in item_texts(case))]).split())


def card_words(advice: "Advice") -> str:
    """The running text of a card."""
    return " ".join([advice.summary, advice.rationale or "", *advice.findings_for, *advice.findings_against])
