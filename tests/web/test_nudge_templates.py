"""A nudge, not a shove: no template takes an option away; declining costs one press, but for a declared hard stop."""

from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from django.template import engines

from simlab.engine.card import aid_card, card_of
from simlab.engine.case import Advice, Guideline
from simlab.engine.nudge import EXPLANATIONS, REASONS, AdvicePolicy
from simlab.engine.rendered import shown_texts
from simlab.web.presenters.nudges import card_view, chat_view

FOLDER = Path(__file__).parents[2] / "simlab/web/templates/player/nudge"
TAKES_AWAY = {"disabled", "inert", "required", "readonly", "autofocus", "formnovalidate", "onclick", "style"}
ADVICE = Advice.model_validate(
    {
        "id": "a",
        "correct": True,
        "diagnosis": {"term": "Gout"},
        "summary": "Consider <b>gout</b> & more",
        "confidence": 0.8,
        "rationale": "One.\n\nTwo.",
        "findings-for": ["Red"],
        "findings-against": ["Cool"],
        "weights": [{"finding": "Red", "weight": 0.5}, {"finding": "Cool", "weight": -0.1}],
        "highlights": ["red"],
        "similar": [{"summary": "Another toe", "outcome": "Gout"}],
        "counterfactual": "If it were cool.",
        "excerpt": {"text": "Look.", "source": "A book", "url": "https://example.org/b"},
        "heat-map": {"item": "photo", "image": "heat.png", "alt": "The toe"},
        "data-quality": "Old urate.",
        "link": {"label": "Guide", "url": "https://example.org/g"},
    }
)
GUIDELINE = Guideline(title="Gout", publisher="A body", url="https://example.org/gout", fits=True, note="n")


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.shown: list[str] = []
        self._open: list[bool] = []
        self.feed(str(html))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("input", "br", "rect", "line"):
            return
        self._open.append("data-shown" in dict(attrs))
        if self._open[-1]:
            self.shown.append("")

    def handle_endtag(self, tag):
        if tag not in ("rect", "line"):
            self._open.pop()

    def handle_data(self, data):
        if any(self._open):
            self.shown[-1] += data

    def having(self, name):
        return [attrs for _, attrs in self.elements if name in attrs]


def macro(template: str, name: str, *values):
    return Page(getattr(engines["jinja2"].env.get_template(f"player/nudge/{template}.jinja").module, name)(*values))


def policies():
    for display, reasons, strength, preselected in product(
        ("inline", "banner", "panel"), ("none", "always", "on-override"), ("dismissible", "hard-stop"), (False, True)
    ):
        yield AdvicePolicy.model_validate(
            {
                "wrong": "1 of 2",
                "explanation": list(EXPLANATIONS),
                "display": display,
                "reasons": reasons,
                "strength": strength,
                "preselected": preselected,
                "accuracy": "Right in 8 of 10",
                "model-card": "For tests",
            }
        )


def aids():
    for fields in (
        {"nudge": "guideline", "when": "with-case"},
        {"nudge": "checklist", "when": "with-case", "items": ["One", "Two"], "display": "banner"},
        {"nudge": "peers", "text": "Most examine it"},
        {"nudge": "reminder", "text": "Think", "display": "panel"},
    ):
        policy = AdvicePolicy.model_validate(fields)
        yield card_view("aid", aid_card(policy, GUIDELINE))


def every_page():
    """Every template in every shape that it can take, by name."""
    for policy in policies():
        for shown_as in ("first", "second"):
            yield "card", macro("card", "nudge_card", card_view(shown_as, card_of(policy, ADVICE)))
    for view in aids():
        yield "card", macro("card", "nudge_card", view)
    yield "explanation", macro("explanation", "further", card_view("first", card_of(next(policies()), ADVICE)))
    for kind, slow in (("ask", False), ("second", False), ("wait", False), ("wait", True)):
        yield "pending", macro("pending", "pending", {"kind": kind, "label": "AI", "seconds": 9, "slow": slow})
    yield "pending", macro("pending", "reflection_form")
    yield "pending", macro("pending", "begin_form")
    options = [{"code": code, "display": words} for code, words in REASONS.items()]
    for skippable in (True, False):
        yield "reasons", macro("reasons", "reasons_form", {"options": options, "skippable": skippable})
    for left in (3, 0):
        chat = chat_view({"label": "AI", "calls": 3, "left": left, "turns": []}, "e")
        yield "chat", macro("chat", "chat", chat)
    base = {"pending": None, "unavailable": "AI suggestion", "chat": None, "cards": []}
    yield "nudges", macro("nudges", "nudges", base)
    cards = [card_view("first", card_of(policy, ADVICE)) for policy in policies()]
    yield "nudges", macro("nudges", "nudges", {**base, "unavailable": None, "cards": cards[:1]})
    yield "nudges", macro("nudges", "banners", {**base, "unavailable": None, "cards": cards})


def test_walk_meets_every_template():
    assert {name for name, _ in every_page()} == {path.stem for path in FOLDER.glob("*.jinja")}


def test_no_template_takes_an_option_away():
    for name, page in every_page():
        for tag, attrs in page.elements:
            assert not TAKES_AWAY & set(attrs), f"{name}: {tag} {attrs}"
            assert not any(attribute.startswith("on") for attribute in attrs), f"{name}: {tag} {attrs}"
            assert "data-choice" not in attrs, f"{name} redraws the choice to keep or change"
            assert tag not in ("script", "iframe", "object", "embed", "style", "img", "link", "meta")


def test_card_over_or_above_the_page_closes_with_one_press_and_others_need_none():
    for policy in policies():
        page = macro("card", "nudge_card", card_view("first", card_of(policy, ADVICE)))
        assert len(page.having("data-dismiss")) == (0 if policy.display == "inline" else 1)
        assert len([tag for tag, _ in page.elements if tag == "button"]) == len(page.having("data-dismiss"))


@pytest.mark.parametrize(("skippable", "ways_past"), [(True, 1), (False, 0)])
def test_reasons_are_skipped_with_one_press_unless_a_hard_stop_is_declared(skippable, ways_past):
    options = [{"code": code, "display": words} for code, words in REASONS.items()]
    page = macro("reasons", "reasons_form", {"options": options, "skippable": skippable})
    assert len(page.having("data-skip")) == ways_past
    assert not any("checked" in attrs for _, attrs in page.elements), "no reason is chosen beforehand"


def test_waiting_never_stands_in_the_way_of_an_answer():
    for kind in ("ask", "second", "wait"):
        page = macro("pending", "pending", {"kind": kind, "label": "AI", "seconds": 9, "slow": False})
        assert not [tag for tag, _ in page.elements if tag in ("form", "input", "textarea", "dialog")]


def test_page_shows_the_words_of_the_card_in_the_order_of_its_hash():
    for policy in policies():
        made = card_of(policy, ADVICE)
        page = macro("card", "nudge_card", card_view("first", made))
        assert [" ".join(text.split()) for text in page.shown] == shown_texts(made)
    for view, fields in zip(aids(), aids(), strict=True):
        assert macro("card", "nudge_card", view).shown == macro("card", "nudge_card", fields).shown


def test_text_of_a_card_is_never_markup():
    """The engine has cleaned it before; the page must not rely on that."""
    view = card_view("first", card_of(next(policies()), ADVICE))
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    for name, value in view.items():
        if isinstance(value, str) and name not in ("display", "kind", "title_id", "shown_as"):
            view[name] = hostile
    page = macro("card", "nudge_card", view)
    assert not [tag for tag, _ in page.elements if tag in ("script", "img")]
    assert hostile in page.shown
