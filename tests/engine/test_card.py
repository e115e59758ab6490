import pytest

from simlab.engine.card import EXTENSION, SHOWABLE, card, card_faults
from simlab.engine.case import Advice

ADVICE = Advice.model_validate(
    {
        "id": "wrong-1",
        "correct": False,
        "error-type": "premature-closure",
        "harm": 3,
        "diagnosis": {"term": "Tension-type headache", "icd10": "G44.2"},
        "confidence": 0.83,
        "summary": "Consider tension-type headache",
        "rationale": "Tight, both sides.",
        "findings-for": ["Stress"],
        "findings-against": ["Scalp tenderness"],
        "link": {"label": "About headache", "url": "https://example.org/headache"},
        "recorded": {"system": "A system", "run": "1"},
    }
)


def test_card_holds_what_is_shown_and_nothing_else():
    made = card(ADVICE, show=frozenset({"confidence"}), label="Second opinion")
    assert made["source"] == {"label": "Second opinion"}
    assert made["links"] == []
    assert made["extension"][EXTENSION] == {
        "diagnosis": {"term": "Tension-type headache", "icd10": "G44.2"},
        "confidence": 83,
    }
    assert made["detail"] == "**Tension-type headache**\n\nConfidence: 83 %"


def test_card_with_everything():
    made = card(ADVICE, show=SHOWABLE)
    assert made["links"] == [
        {"label": "About headache", "url": "https://example.org/headache", "type": "absolute"},
    ]
    assert made["detail"].endswith("In favour:\n\n- Stress\n\nAgainst:\n\n- Scalp tenderness")
    assert card_faults(made) == []


@pytest.mark.parametrize("show", [frozenset(), SHOWABLE])
def test_card_never_gives_the_verdict_away(show):
    text = str(card(ADVICE, show=show, case_id="sore-head")).lower()
    for hidden in ("wrong", "correct", "premature", "harm", "a system"):
        assert hidden not in text


def test_uuid_belongs_to_the_advice_not_to_what_is_shown():
    plain, full = card(ADVICE, show=frozenset()), card(ADVICE, show=SHOWABLE)
    assert plain["uuid"] == full["uuid"]
    assert plain["uuid"] != card(ADVICE, show=frozenset(), case_id="another")["uuid"]
    assert plain["uuid"] != plain["suggestions"][0]["uuid"]


def test_unknown_confidence_is_left_out():
    made = card(ADVICE.model_copy(update={"confidence": None}), show=SHOWABLE)
    assert "confidence" not in made["extension"][EXTENSION]


def test_unknown_part_is_refused():
    with pytest.raises(ValueError, match="cannot show harm"):
        card(ADVICE, show=frozenset({"harm"}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"summary": "x" * 140}, "1 to 139"),
        ({"summary": ""}, "1 to 139"),
        ({"indicator": "urgent"}, "info, warning or critical"),
        ({"source": {}}, "source"),
        ({"selectionBehavior": None}, "selection behaviour"),
        ({"suggestions": [{"uuid": "x"}]}, "Every suggestion"),
        ({"suggestions": [{"label": "a", "isRecommended": True}] * 2}, "At most one"),
        ({"links": [{"label": "a", "url": "https://example.org"}]}, "Every link"),
        ({"extension": {EXTENSION: {"correct": False}}}, "gives away “correct”"),
    ],
)
def test_each_broken_rule_of_a_card_is_told(change, words):
    (fault,) = card_faults(card(ADVICE, show=SHOWABLE) | change)
    assert words in fault
