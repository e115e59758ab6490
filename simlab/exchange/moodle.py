"""Cases as questions for the question bank of Moodle, in its XML format.

| answer form          | question type                                                            |
| -------------------- | ------------------------------------------------------------------------ |
| single-best-answer   | multichoice, one answer; part marks at the nearest grade Moodle knows    |
| extended-matching    | matching; multichoice where there is one stem, for matching needs two    |
| free-text            | essay; model answers go to those who mark                                |

All other forms are left out. The idnumber of a question, `pack/case`, stays the same in every file, so that a newer
version can be told from an older one. Source: Moodle documentation, “Moodle XML format”.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree as ET

from simlab.engine import questions as q
from simlab.engine.case import Case
from simlab.engine.pack import Pack
from simlab.exchange.casetext import case_text

TYPES = {"single-best-answer": "multichoice", "extended-matching": "matching", "free-text": "essay"}
# The grades that an import accepts, in per cent; any other stops it.
GRADES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111, 10,
    5, 0,
)  # fmt: skip
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Pictures = Mapping[str, Mapping[str, bytes]]  # case -> name -> content


@dataclass(frozen=True)
class Sifted:
    """Questions that fit, and those that do not, each with its case; a case may ask several."""

    fit: tuple[tuple[Case, q.Question], ...]
    left_out: tuple[tuple[Case, q.Question], ...]


def sift(pack: Pack) -> Sifted:
    cases = sorted(pack.cases.values(), key=lambda case: case.id)
    asked = [(case, one) for case in cases for one in (case.question, *case.question.also)]
    return Sifted(
        tuple(pair for pair in asked if pair[1].kind in TYPES),
        tuple(pair for pair in asked if pair[1].kind not in TYPES),
    )


def quiz(pack: Pack, pictures: Pictures) -> bytes:
    """The questions of a pack that fit, as one file (UTF-8)."""
    root = ET.Element("quiz")
    _category(root, pack)
    for case, question in sift(pack).fit:
        _question(root, pack, case, question, pictures.get(case.id, {}))
    ET.indent(root)
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True)


def _category(root: ET.Element, pack: Pack) -> None:
    made = ET.SubElement(root, "question", type="category")
    # A stroke within a name is written twice.
    _text(made, "category", "$course$/top/" + pack.title.replace("/", "//"))
    words = [pack.description, pack.notice or "", f"Licence: {pack.licence}."]
    _html(made, "info", "".join(f"<p>{escape(one)}</p>" for one in words if one))


def _question(
    root: ET.Element, pack: Pack, case: Case, question: q.Question, pictures: Mapping[str, bytes]
) -> None:  # fmt: skip
    made = ET.SubElement(root, "question", type=_type(question))
    _text(made, "name", f"{case.title} ({question.id})" if question.id else case.title)
    asked = _html(made, "questiontext", _asked(case, question, pictures))
    for name in _shown_pictures(case, pictures):
        file = ET.SubElement(asked, "file", name=name, path="/", encoding="base64")
        file.text = base64.b64encode(pictures[name]).decode()
    _html(made, "generalfeedback", _paragraphs(case.debrief or ""))
    _plain(made, "defaultgrade", "1")
    _plain(made, "penalty", "0")
    _plain(made, "hidden", "0")
    _plain(made, "idnumber", "/".join(filter(None, (pack.id, case.id, question.id))))
    if isinstance(question, q.SingleBestAnswer):
        _choices(made, [(one.text, 1 if one.id == question.answer else one.credit) for one in question.options])
    elif isinstance(question, q.ExtendedMatching):
        _matching(made, question)
    elif isinstance(question, q.FreeText):
        _essay(made, question)
    tags = ET.SubElement(made, "tags")
    for tag in (case.specialty, *case.competences):
        _text(tags, "tag", tag)


def _type(question: q.Question) -> str:
    one_stem = isinstance(question, q.ExtendedMatching) and len(question.stems) == 1
    return "multichoice" if one_stem else TYPES[question.kind]


def _asked(case: Case, question: q.Question, pictures: Mapping[str, bytes]) -> str:
    """What a participant would see, and nothing of the key."""
    shown = "".join(
        f'<p><img src="@@PLUGINFILE@@/{escape(name)}" alt="{escape(alt)}"></p>'
        for name, alt in _shown_pictures(case, pictures).items()
    )
    stem = f" {question.stems[0].text}" if isinstance(question, q.ExtendedMatching) and len(question.stems) == 1 else ""
    prompt = f"<p><strong>{escape(question.prompt + stem)}</strong></p>"
    source = f"<p><small>{escape(case.status.notice)}. Licence: {escape(case.licence)}.</small></p>"
    return _paragraphs(case_text(case.public())) + shown + prompt + source


def _shown_pictures(case: Case, pictures: Mapping[str, bytes]) -> dict[str, str]:
    items = (item for stage in case.stages for item in stage.items if item.image and not item.asked_only)
    return {str(item.image): item.alt or "" for item in items if item.image in pictures}


def _choices(made: ET.Element, options: list[tuple[str, float]]) -> None:
    _plain(made, "single", "true")
    _plain(made, "shuffleanswers", "true")
    _plain(made, "answernumbering", "none")
    for text, credit in options:
        grade = min(GRADES, key=lambda known: abs(known - 100 * credit))
        answer = ET.SubElement(made, "answer", fraction=f"{grade:.7g}", format="plain_text")
        _plain(answer, "text", text)


def _matching(made: ET.Element, question: q.ExtendedMatching) -> None:
    themes = {theme.id: theme.text for theme in question.themes}
    if len(question.stems) == 1:
        return _choices(made, [(text, theme == question.stems[0].answer) for theme, text in themes.items()])
    _plain(made, "shuffleanswers", "true")
    pairs = [(stem.text, themes[stem.answer]) for stem in question.stems]
    # An answer without a question is one more wrong theme to choose from.
    used = {stem.answer for stem in question.stems}
    for stem, theme in [*pairs, *(("", text) for theme, text in themes.items() if theme not in used)]:
        part = _html(made, "subquestion", escape(stem))
        _text(part, "answer", theme)
    return None


def _essay(made: ET.Element, question: q.FreeText) -> None:
    _plain(made, "responseformat", "plain")
    _plain(made, "responserequired", "1")
    _plain(made, "responsefieldlines", str(question.lines))
    _plain(made, "attachments", "0")
    _plain(made, "attachmentsrequired", "0")
    _html(made, "graderinfo", "".join(_listed(question)))


def _listed(question: q.FreeText) -> Iterator[str]:
    for head, answers in (("Accepted", question.accepted), ("Not accepted", question.rejected)):
        if answers:
            yield f"<p>{head}:</p><ul>" + "".join(f"<li>{escape(one)}</li>" for one in answers) + "</ul>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _plain(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = NOT_IN_XML.sub("", text)


def _text(parent: ET.Element, name: str, text: str) -> None:
    _plain(ET.SubElement(parent, name), "text", text)


def _html(parent: ET.Element, name: str, html: str) -> ET.Element:
    made = ET.SubElement(parent, name, format="html")
    _plain(made, "text", html)
    return made
