import pytest

from simlab.engine.card import EXTENSION, SHOWABLE, aid_card, altered, card, card_faults, card_of
from simlab.engine.case import Advice, Guideline
from simlab.engine.nudge import EXPLANATIONS, REASON_SYSTEM, AdvicePolicy, Altered
from simlab.engine.rendered import rendered_hash, shown_texts
from simlab.engine.secondopinion import second_opinion
from tests.engine.builders import bare_case

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


RICH = ADVICE.model_validate(
    {
        **ADVICE.model_dump(by_alias=True),
        "weights": [{"finding": "Stress", "weight": 0.4}],
        "highlights": ["both sides"],
        "similar": [{"summary": "Another head", "outcome": "Tension"}],
        "counterfactual": "With fever it would be another.",
        "excerpt": {"text": "Look at the temples.", "source": "A handbook", "url": "https://example.org/book"},
        "data-quality": "The ESR is old.",
    }
)


def policy(**fields):
    return AdvicePolicy.model_validate({"wrong": "2 of 6", **fields})


def test_card_of_a_policy_carries_every_axis_and_stays_sound():
    way = policy(
        explanation=list(EXPLANATIONS),
        accuracy="Right in 70 of 100",
        **{"model-card": "Made for tests", "strength": "hard-stop", "reasons": "always", "preselected": True},
    )
    made = card_of(way, RICH)
    assert card_faults(made) == []
    assert made["indicator"] == "warning"
    assert made["suggestions"][0]["isRecommended"] is True
    assert {reason["system"] for reason in made["overrideReasons"]} == {REASON_SYSTEM}
    assert made["extension"]["simlab.nudge"]["strength"] == "hard-stop"
    shown = made["extension"][EXTENSION]
    assert {"accuracy", "model-card", "weights", "similar", "excerpt", "counterfactual"} <= set(shown)
    for words in shown_texts(made):
        assert words
    assert shown_texts(made)[:3] == ["AI suggestion", RICH.summary, "Stated confidence 83%"]


def test_hash_of_what_is_shown_follows_the_words_and_nothing_else():
    one, other = card_of(policy(), RICH), card_of(policy(display="banner"), RICH, case_id="x")
    assert rendered_hash(one) == rendered_hash(other)
    assert rendered_hash(one) != rendered_hash(card_of(policy(confidence="none"), RICH))


def test_altered_card_keeps_its_suggestion():
    changed = altered(RICH, Altered(summary="Send home", confidence=99))
    made = card_of(policy(), changed)
    assert (made["summary"], made["extension"][EXTENSION]["confidence"]) == ("Send home", 99)
    assert made["suggestions"][0]["label"] == RICH.diagnosis.term


@pytest.mark.parametrize(
    "fields",
    [
        {"nudge": "guideline", "when": "with-case"},
        {"nudge": "checklist", "when": "with-case", "items": ["Red flags", "Medicines"]},
        {"nudge": "peers", "text": "Nine in ten colleagues examine the joint"},
        {"nudge": "reminder", "text": "Think of the kidneys", "label": "Before you prescribe"},
    ],
)
def test_nudge_that_is_no_advice_is_a_card_without_suggestions(fields):
    guideline = Guideline(title="Gout", publisher="A body", url="https://example.org/gout", fits=True, note="n")
    made = aid_card(AdvicePolicy.model_validate(fields), guideline)
    assert card_faults(made) == []
    assert "suggestions" not in made
    assert "fits" not in str(made)


def test_guideline_link_needs_a_guideline():
    assert aid_card(AdvicePolicy.model_validate({"nudge": "guideline", "when": "with-case"}), None) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"detail": 5}, "detail"),
        ({"source": {"label": "A", "topic": {}}}, "topic"),
        ({"suggestions": "none"}, "must be a list"),
        ({"suggestions": [{"label": "a", "uuid": "1"}, {"label": "b", "uuid": "1"}]}, "same uuid"),
        ({"suggestions": [{"label": "a", "actions": [{"type": "create"}]}]}, "Every action"),
        ({"suggestions": [{"label": "a", "actions": [{"type": "delete", "description": "x"}]}]}, "deletes"),
        ({"suggestions": [{"label": "a", "actions": [{"type": "update", "description": "x"}]}]}, "hold its resource"),
        ({"overrideReasons": [{"display": "No"}]}, "override reason"),
        ({"links": [{"label": "a", "url": "b", "type": "absolute", "appContext": "c"}]}, "type smart"),
    ],
)
def test_further_rules_of_the_standard(change, words):
    (fault,) = card_faults(card(ADVICE, show=SHOWABLE) | change)
    assert words in fault


@pytest.mark.parametrize(("stance", "agrees"), [("agrees", True), ("disagrees", False)])
def test_second_adviser_agrees_or_not_and_is_the_same_each_time(stance, agrees):
    case = bare_case("sore-toe", right=2, wrong=2)
    for first in case.advice:
        second = second_opinion(case, first, stance=stance, key="place")
        assert (second.suggested == first.suggested) is agrees
        assert second == second_opinion(case, first, stance=stance, key="place")
