"""Text from a machine, made harmless: what is left is plain words, whatever it tried to be.

Advice may come from a language model or a service outside. Its text is shown as text and never as HTML or Markdown,
so tags and links could do nothing on our pages; they are taken out all the same, because the same card may be read by a
program that renders Markdown, and because a clinician should not have to read them.
"""

import re
import unicodedata

LONGEST_LINE = 300
LONGEST_TEXT = 4000
MOST_LAYERS = 4
MOST_MARKS = 2  # accents on one letter; a tower of them covers the lines around it

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SILENT = re.compile(r"<(script|style|iframe|svg|math|template)\b.*?(</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_IMAGE = re.compile(r"!\[([^\]]*)\]\s*(\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]]*)\]\s*(\([^)]*\)|\[[^\]]*\])")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|mailto|ftp):[^<>\s]+)>")
_SCHEME = re.compile(r"\b(javascript|data|vbscript|file)\s*:", re.IGNORECASE)

_TAKEN_OUT = (
    (_COMMENT, ""),
    (_SILENT, ""),
    (_AUTOLINK, r"\1"),
    (_TAG, ""),
    (_IMAGE, r"\1"),
    (_LINK, r"\1"),
    (_DEFINITION, ""),
    (_SCHEME, r"\1 "),
)


def clean(text: str, *, most: int = LONGEST_TEXT) -> str:
    """The text without tags, Markdown images and links, bidirectional, invisible and control characters.

    At most `most` characters; a longer text ends in “…”. Line breaks stay.
    """
    text = text[: 8 * most]  # what comes after could not be shown, so it need not be read
    text = "".join(_visible(unicodedata.normalize("NFC", text)))
    for _ in range(MOST_LAYERS):
        before = text
        for pattern, kept in _TAKEN_OUT:
            text = pattern.sub(kept, text)
        if text == before:
            break
    else:
        text = text.replace("<", "").replace("](", "] (")  # markup within markup, deeper than any honest text
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def clean_line(text: str, *, most: int = LONGEST_LINE) -> str:
    """As `clean`, on one line."""
    return " ".join(clean(text, most=most).split())


def _visible(text: str) -> list[str]:
    """The characters that can be seen, with breaks and spaces of all kinds as ordinary ones."""
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\t\r\x0b\x0c\x85" or category in ("Zl", "Zp"):
            kept.append("\t" if character == "\t" else "\n")
        elif category == "Zs":
            kept.append(" ")
        elif category in ("Mn", "Me"):
            marks += 1
            if marks <= MOST_MARKS:
                kept.append(character)
            continue
        elif category[0] != "C":  # control, format (bidirectional, zero width), private, unassigned
            kept.append(character)
        marks = 0
    return kept
