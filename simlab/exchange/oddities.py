"""What is odd in an imported table, told row by row. Nothing is mended in silence: `done` says what became of it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simlab.exchange.tables import Row

# A word this frequent is taken to be spelt right; a word met once, one letter away from it, may be a slip.
FREQUENT = 8
SHORTEST = 6


@dataclass(frozen=True)
class Oddity:
    file: str
    row: int
    column: str
    found: str
    done: str


def at(row: Row, column: str, found: str, done: str) -> Oddity:
    return Oddity(row.file, row.number, column, found, done)


def stray_commas(row: Row, column: str) -> Iterator[Oddity]:
    """A part of a list that begins with a small letter is more often a broken phrase: “Shortness of, breath”."""
    parts = [part.strip() for part in row.values[column].split(",")]
    if any(re.match(r"[a-z]", part) for part in parts[1:]) and all(len(part.split()) <= 6 for part in parts):
        yield at(row, column, f"a comma that may be stray: “{row.values[column]}”", "kept as published")


def possible_slips(rows: Iterable[Row], columns: Iterable[str]) -> Iterator[Oddity]:
    """Words met once in the whole table that are one letter away from a frequent word."""
    rows, columns = list(rows), list(columns)
    places = [(row, column, word) for row in rows for column in columns for word in _words(row.values[column])]
    counts = Counter(word for _, _, word in places)
    frequent = {word for word, n in counts.items() if n >= FREQUENT}
    near = {shorter: word for word in frequent for shorter in _without_a_letter(word)}
    for row, column, word in places:
        if counts[word] == 1 and (meant := _meant(word, frequent, near)):
            yield at(row, column, f"“{word}” may be a slip for “{meant}”", "kept as published")


def _meant(word: str, frequent: set[str], near: dict[str, str]) -> str | None:
    """The frequent word that is one letter away (left out, put in or changed); an ending -s is no slip."""
    if word in near and near[word] != f"{word}s":
        return near[word]
    for place, shorter in enumerate(_without_a_letter(word)):
        if shorter in frequent and not (place == len(word) - 1 and word.endswith("s")):
            return shorter
        if (
            shorter in near
            and near[shorter][:place] == word[:place]
            and near[shorter][place + 1 :] == word[place + 1 :]
        ):
            return near[shorter]
    return None


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.lower()) if len(word) >= SHORTEST]


def _without_a_letter(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
