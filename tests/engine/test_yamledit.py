"""One value of a text is changed, and every other byte stays."""

import difflib

import pytest

from simlab.engine import yamledit, yamlfile

TEXT = """\
# A remark at the top – kept
title: Not sleeping   # why not
patient: {name: "Zoë O'Neill", age: 31}
presentation: |
  "First line.
  Second: line, #1."

record:
  # nothing here yet
  allergies: []
  letters:
    - {date: 2026-04-03, text: 'It''s "fine".'}   # the first
    - date: 2026-08-05
      text: >
        folded
        words
tags: [one, "two, three"]
empty:
last: 0.5
"""


def changed(made: str) -> list[str]:
    """The lines that went (-) and came (+)."""
    lines = difflib.unified_diff(TEXT.splitlines(), made.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:3] not in ("---", "+++") and not line.startswith("@@")]


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (("title",), "No: #1", ["-title: Not sleeping   # why not", '+title: "No: #1"   # why not']),
        (
            ("patient", "age"),
            32,
            ["-patient: {name: \"Zoë O'Neill\", age: 31}", "+patient: {name: \"Zoë O'Neill\", age: 32}"],
        ),
        (
            ("presentation",),
            "One.\n\nTwo.",
            ['-  "First line.', '-  Second: line, #1."', "+  One.", "+", "+  Two."],
        ),
        (
            ("record", "letters", 0, "text"),
            "It's bad",
            [
                "-    - {date: 2026-04-03, text: 'It''s \"fine\".'}   # the first",
                "+    - {date: 2026-04-03, text: 'It''s bad'}   # the first",
            ],
        ),
        (("empty",), "now filled", ["-empty:", "+empty: now filled"]),
        (("last",), True, ["-last: 0.5", "+last: true"]),
        (("patient", "sex"), "female", [
            "-patient: {name: \"Zoë O'Neill\", age: 31}", "+patient: {name: \"Zoë O'Neill\", age: 31, sex: female}",
        ]),
        (("reference", "ice"), {"ideas": ""}, ["+reference:", "+  ice:", '+    ideas: ""']),
    ],
)  # fmt: skip
def test_one_value_is_set_and_the_rest_stays(path, value, lines):
    assert changed(yamledit.set_value(TEXT, path, value)) == lines


def test_a_new_key_stands_in_the_order_of_the_format():
    made = yamledit.set_value(TEXT, ("harm",), 2, order=("title", "harm", "patient"))
    assert made.splitlines()[1:3] == ["title: Not sleeping   # why not", "harm: 2"]


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (("tags", 0), ['-tags: [one, "two, three"]', '+tags: ["two, three"]']),
        (("record", "letters", 1), [f"-{line}" for line in TEXT.splitlines()[12:16]]),
        (("record", "letters", 1, "date"), [
            "-    - date: 2026-08-05", "-      text: >", "+    - text: >",
        ]),
        (("empty",), ["-empty:"]),
    ],
)  # fmt: skip
def test_one_place_is_removed_and_the_rest_stays(path, lines):
    assert changed(yamledit.remove(TEXT, path)) == lines


def test_items_are_added_at_the_end():
    assert changed(yamledit.append(TEXT, ("tags",), "four")) == [
        '-tags: [one, "two, three"]',
        '+tags: [one, "two, three", four]',
    ]
    first = yamledit.append(TEXT, ("record", "allergies"), {"substance": "a, b"})
    assert '+    - {substance: "a, b"}' in changed(first)
    more = yamledit.append(TEXT, ("record", "letters"), {"date": "2026", "text": ""})
    assert changed(more) == ['+    - date: "2026"', '+      text: ""']


def test_items_change_places():
    made = yamledit.swap(TEXT, ("record", "letters"), 0, 1)
    before, after = (yamlfile.load(text)[0]["record"]["letters"] for text in (TEXT, made))
    assert after == before[::-1]
    assert "# the first" in made


ODD = ["\x00\x1b", "\ufeffx", "line\u2028two", " padded ", "- a", "null", "3", "a\tb\n\n c"]


@pytest.mark.parametrize("value", ODD)
def test_whatever_is_written_is_read_back(value):
    for path in (("title",), ("presentation",), ("tags", 1), ("record", "letters", 0, "text")):
        made = yamledit.set_value(TEXT, path, value)
        found = yamlfile.load(made)[0]
        for step in path:
            found = found[step]
        assert found.rstrip("\n") == value.rstrip("\n")


def test_the_same_change_twice_gives_the_text_of_once():
    once = yamledit.set_value(TEXT, ("title",), "Other")
    assert yamledit.set_value(once, ("title",), "Other") == once
    assert yamledit.set_value(once, ("title",), "Not sleeping") == TEXT


def test_a_text_that_cannot_be_read_is_refused():
    with pytest.raises(yamlfile.InvalidFile):
        yamledit.set_value("a: [", ("a",), 1)
