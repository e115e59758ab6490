"""Rules about the words of a case: British spelling, plain speech of the patient, length, no answer given away."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.casetexts import Finding, item_texts, texts
from simlab.engine.scoring import normalise
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Case

# Beginnings of American words and what is written instead; “colorectal” is the same everywhere.
AMERICAN = {
    "acetaminophen": "paracetamol",
    "albuterol": "salbutamol",
    "anemi": "anaemi",
    "anesthe": "anaesthe",
    "apologiz": "apologis",
    "behavior": "behaviour",
    "catheteriz": "catheteris",
    "center": "centre",
    "color": "colour",
    "counselor": "counsellor",
    "diarrhea": "diarrhoea",
    "edema": "oedema",
    "emergency room": "emergency department",
    "epinephrine": "adrenaline",
    "esophag": "oesophag",
    "estrogen": "oestrogen",
    "fiber": "fibre",
    "gynecolog": "gynaecolog",
    "hematolog": "haematolog",
    "hematoma": "haematoma",
    "hematuria": "haematuria",
    "hemoglobin": "haemoglobin",
    "hemorrh": "haemorrh",
    "hospitaliz": "hospitalis",
    "ischemi": "ischaemi",
    "leukemi": "leukaemi",
    "meperidine": "pethidine",
    "orthopedic": "orthopaedic",
    "pediatric": "paediatric",
    "primary care physician": "GP",
    "randomiz": "randomis",
    "recogniz": "recognis",
    "tumor": "tumour",
}
_AMERICAN = re.compile(rf"\b({'|'.join(map(re.escape, AMERICAN))})(?!ectal)", re.IGNORECASE)

HARDEST_GRADE = (
    8.0  # years of school; NHS content guidance asks for a reading age of 9 to 11, speech may wander a little
)
FEWEST_WORDS = 15

# Characters, except where words are said.
LONGEST = {"title": 60, "item": 400, "rationale": 400, "finding": 80, "letter": 700}
LONGEST_DEBRIEF = 260  # words
PRESENTATION = (FEWEST_WORDS, 180)  # words


def spelling(case: "Case") -> Iterator[Finding]:
    """American spellings and names of drugs."""
    for path, text in texts(case):
        found = _AMERICAN.search(text)
        if found:
            yield path, f"“{found[1]}…” is American.", f"Write “{AMERICAN[found[1].lower()]}…”."


def reading_level(case: "Case") -> Iterator[Finding]:
    """The patient's own words by the grade of Kincaid et al. (1975)."""
    grade = school_grade(case.presentation)
    if grade > HARDEST_GRADE:
        message = f"the patient's words need {grade:.1f} years of school to read; {HARDEST_GRADE:.0f} is the limit."
        yield ("presentation",), message, "Use shorter sentences and everyday words."


def school_grade(text: str) -> float:
    """Flesch–Kincaid grade: 0.39 words per sentence + 11.8 syllables per word − 15.59. 0 for a text without words."""
    words = re.findall(r"[a-z]+(?:['’][a-z]+)?", text.lower())
    sentences = [one for one in re.split(r"[.!?]+", text) if re.search(r"[A-Za-z]", one)]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le")))


def lengths(case: "Case") -> Iterator[Finding]:
    """Texts that are too long to be read in the time of a consultation, and a patient who says next to nothing."""
    said = len(case.presentation.split())
    if not PRESENTATION[0] <= said <= PRESENTATION[1]:
        message = f"the patient says {said} words; {PRESENTATION[0]} to {PRESENTATION[1]} are wanted."
        yield ("presentation",), message, "Lengthen or shorten it."
    told = len((case.debrief or "").split())
    if told > LONGEST_DEBRIEF:
        yield ("debrief",), f"the debrief has {told} words; {LONGEST_DEBRIEF} is the limit.", "Shorten it."
    measured: list[tuple[str, FieldPath, str]] = [("title", ("title",), case.title)]
    measured += [("item", path, text) for path, text in item_texts(case)]
    for index, letter in enumerate(case.record.letters):
        measured.append(("letter", ("record", "letters", index, "text"), letter.text))
    for index, advice in enumerate(case.advice):
        measured.append(("rationale", ("advice", index, "rationale"), advice.rationale or ""))
        for part, found in (("findings-for", advice.findings_for), ("findings-against", advice.findings_against)):
            measured += [("finding", ("advice", index, part, at), text) for at, text in enumerate(found)]
    for kind, where, text in measured:
        if len(text) > LONGEST[kind]:
            yield where, f"this {kind} has {len(text)} characters; {LONGEST[kind]} is the limit.", "Shorten it."


def leakage(case: "Case") -> Iterator[Finding]:
    """A name of the answer where it can be read before the answer is given."""
    names = (case.reference.diagnosis.term, *case.reference.diagnosis.synonyms)
    read: list[tuple[FieldPath, str]] = [
        (("id",), case.id),
        (("title",), case.title),
        (("presentation",), case.presentation),
    ]
    if "prompt" in type(case.question).model_fields:
        read.append((("question", "prompt"), case.question.prompt))
    for i, stage in enumerate(case.stages):
        read += [(("stages", i, "items", j, "alt"), item.alt or "") for j, item in enumerate(stage.items)]
    for path, text in read:
        given = next((name for name in names if f" {normalise(name)} " in f" {normalise(text)} "), None)
        if given:
            yield path, f"“{given}” is a name of the answer.", "Let it describe, not name."


def sentences(case: "Case") -> Iterator[tuple[FieldPath, str]]:
    """The sentences of at least eight words that ought to be this case's own."""
    own: list[tuple[FieldPath, str]] = [
        (("presentation",), case.presentation),
        (("debrief",), case.debrief or ""),
        *item_texts(case),
    ]
    own += [(("advice", index, "rationale"), one.rationale or "") for index, one in enumerate(case.advice)]
    for path, text in own:
        for sentence in re.split(r"(?<=[.?!])\s+", text):
            if len(sentence.split()) >= 8:
                yield path, normalise(sentence)
