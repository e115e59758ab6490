"""A report on paper, set by typst: the same bytes each time, and readable aloud (PDF/UA-1) where fonts allow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "typst"


def report_pdf(values: Mapping[str, Any]) -> bytes:
    """The article from the values of `paper.paper_of`."""
    return typeset("report.typ", values)


def plain_pdf(values: Mapping[str, Any]) -> bytes:
    """One page in plain language from the values of `plain.plain_of`."""
    return typeset("plain.typ", values)


def cpd_pdf(values: Mapping[str, Any]) -> bytes:
    """A person's note of learning from the values of `cpdnote.note_of`."""
    return typeset("cpd.typ", values)


def typeset(template: str, values: Mapping[str, Any]) -> bytes:
    """Text reaches typst as JSON and is never read as markup. No file but the templates is open to it."""
    inputs = {"data": json.dumps(values, ensure_ascii=False, sort_keys=True, allow_nan=False)}
    try:
        return compiled(template, inputs, ["ua-1"])
    except typst.TypstError:
        # The standard forbids a letter that no font here can draw, such as one in a foreign name. Better a box than
        # no report.
        return compiled(template, inputs, [])


def compiled(template: str, inputs: dict[str, str], standards: list[str]) -> bytes:
    return typst.compile(
        str(TEMPLATES / template), root=str(TEMPLATES), sys_inputs=inputs, ignore_system_fonts=True, format="pdf",
        pdf_standards=standards, timestamp=0,
    )  # fmt: skip
