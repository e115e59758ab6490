"""What counts as an answer, in every form."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.answers import BANDS, checked_answer
from simlab.engine.answerwords import further_words, label_of, reference_words, words_of
from simlab.engine.case import Term
from simlab.engine.errors import Refused
from simlab.engine.formscores import score_answer, score_further, truth_label
from simlab.engine.modelanswers import right_answer, stored_form, wrong_answers
from simlab.engine.questions import KINDS, RankedDifferential
from tests.engine.forms import QUESTIONS, REFERENCE, question


def test_every_kind_has_its_example():
    assert tuple(QUESTIONS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_right_answer_is_taken_as_it_is_and_scores_one(kind):
    asked = question(kind)
    stored = checked_answer(asked, stored_form(asked, right_answer(asked, REFERENCE), 80))
    assert checked_answer(asked, json.loads(json.dumps(stored))) == stored
    scored = score_answer(asked, REFERENCE, stored, {})
    assert (scored.score, scored.correct) == (1.0, True)
    assert scored.label == truth_label(asked, REFERENCE, {}) == label_of(asked, stored, {})
    assert all(words_of(asked, stored))
    assert all(reference_words(asked, "Gout"))


@pytest.mark.parametrize("kind", KINDS)
def test_label_does_not_hang_on_the_order_of_keys(kind):
    asked = question(kind)
    stored = checked_answer(asked, stored_form(asked, right_answer(asked, REFERENCE), 80))
    turned = {name: dict(reversed(part.items())) if isinstance(part, dict) else part for name, part in stored.items()}
    assert label_of(asked, turned, {}) == label_of(asked, stored, {})
    assert words_of(asked, turned) == words_of(asked, stored)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ranked-differential"])
def test_wrong_answers_are_answers_and_are_not_right(kind):
    asked = question(kind)
    made = wrong_answers(asked)
    assert made
    for parts in made:
        stored = checked_answer(asked, stored_form(asked, parts, 20))
        scored = score_answer(asked, REFERENCE, stored, {})
        assert not scored.correct
        assert scored.score is None or scored.score < 1
        assert scored.label != truth_label(asked, REFERENCE, {})


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_participant_sees_holds_no_key(kind):
    shown = json.dumps(question(kind).public())
    secret = ("answer", "credit", "right", "killer", "panel", "fault", "note", "essential", "wrong", "accepted")
    secret += ("rejected", "never", "one-over", "against", "absent", "grid-weight", "scoring")
    assert [word for word in secret if f'"{word}"' in shown] == []
    assert '"for"' not in shown


def refusal(kind: str, parts: dict) -> str:
    with pytest.raises(Refused) as caught:
        checked_answer(question(kind), {"kind": kind, "confidence": 50, **parts})
    assert caught.value.code == "malformed"
    return caught.value.message


@pytest.mark.parametrize(
    ("kind", "parts", "message"),
    [
        ("single-best-answer", {}, "Choose one answer."),
        ("single-best-answer", {"choice": "amputate"}, "not among the choices"),
        ("single-best-answer", {"choice": ["rest"]}, "not among the choices"),
        ("single-best-answer", {"choice": "rest", "level": "routine"}, "unknown field: level"),
        ("triage", {"level": None}, "Choose one level."),
        ("extended-matching", {"matches": {"one": "gout"}}, "every part"),
        ("extended-matching", {"matches": {"one": "gout", "two": "gout", "three": "gout"}}, "does not ask"),
        ("probability", {"percents": {"gout": 60, "sepsis": 30, "sprain": 20}}, "they come to 110"),
        ("probability", {"percents": {"gout": 100.0, "sepsis": 0, "sprain": 0}}, "whole number"),
        ("key-feature", {"chosen": {"ask": ["fever", "diuretic", "pets"], "do": ["walk"]}}, "at most 2"),
        ("key-feature", {"chosen": {"ask": [], "do": ["walk"]}}, "at least one option in every part"),
        ("script-concordance", {"ratings": {"urate": 3, "fever": 0}}, "from −2 to +2"),
        ("script-concordance", {"ratings": {"urate": 1}}, "Rate every finding."),
        ("reflection-grid", {"marks": {"gout": {}, "sepsis": {}}, "ranking": ["gout"]}, "every hypothesis in order"),
        ("reflection-grid", {"marks": {"gout": {"sudden": "maybe"}, "sepsis": {}}, "ranking": []}, "A mark"),
        ("error-spotting", {}, "or say that nothing is"),
        ("management", {"chosen": []}, "at least one action"),
        ("management", {"chosen": ["colchicine", "review", "ice", "inject"]}, "at most 3"),
        ("prescribing", {"drug": "colchicine", "frequency": "twice", "days": 3}, "number of mg"),
        ("prescribing", {"drug": "colchicine", "dose": 0.5, "frequency": "hourly", "days": 3}, "among the choices"),
        ("prescribing", {"drug": "colchicine", "dose": 0.5, "frequency": "twice", "days": 2.5}, "whole number of days"),
        ("free-text", {"text": " … "}, "Write your answer."),
        ("free-text", {"text": "x" * 301}, "at most 300 characters"),
        ("ranked-differential", {"differential": [{"term": t} for t in "abcd"]}, "at most 3 conditions"),
    ],
)
def test_refusal_says_in_one_sentence_what_to_do(kind, parts, message):
    said = refusal(kind, parts)
    assert message in said
    assert said.endswith(".")
    assert said.count(".") == 1


def test_answer_in_another_form_is_refused():
    answer = {"kind": "triage", "level": "routine", "confidence": 50}
    with pytest.raises(Refused, match="another kind of answer"):
        checked_answer(question("single-best-answer"), answer)


def test_prescribing_nothing_needs_no_dose():
    answer = {"kind": "prescribing", "drug": "nothing", "dose": 4, "frequency": "once", "days": 1, "confidence": 50}
    stored = checked_answer(question("prescribing"), answer)
    assert (stored["dose"], stored["frequency"], stored["days"]) == (None, None, None)
    assert words_of(question("prescribing"), stored) == ["Nothing"]


def test_confidence_in_bands_is_the_middle_of_a_band():
    answer = {"kind": "triage", "level": "routine", "confidence": 70}
    assert checked_answer(question("triage"), answer, confidence="bands")["confidence"] in BANDS
    with pytest.raises(Refused, match="five levels"):
        checked_answer(question("triage"), {**answer, "confidence": 65}, confidence="bands")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["gout", "a", "", "fever"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["gout", "one", "ask"]), inner),
    max_leaves=6,
)


@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_json_is_stored_whole_or_refused(kind, data):
    asked = question(kind)
    right = right_answer(asked, REFERENCE)
    broken = {**right, data.draw(st.sampled_from(sorted(right))): data.draw(JSON)}
    try:
        stored = checked_answer(asked, stored_form(asked, broken, 50))
    except Refused:
        return
    assert checked_answer(asked, json.loads(json.dumps(stored))) == stored
    assert label_of(asked, stored, {})
    assert words_of(asked, stored)


GOUT = Term(term="Gout")


def test_several_questions_of_one_case_are_answered_and_scored_each():
    plan = {"id": "plan", "kind": "triage", "levels": [{"id": "now", "text": "Now"}, {"id": "later", "text": "Later"}]}
    asked = RankedDifferential.model_validate({"also": [{**plan, "answer": "now"}]})
    listed = {"differential": [{"term": "Gout", "icd10": None}], "confidence": 60, "management": None}
    with pytest.raises(Refused, match="Answer every question"):
        checked_answer(asked, listed)
    kept = checked_answer(asked, {**listed, "also": {"plan": {"level": "later"}}})
    assert kept["also"] == {"plan": {"level": "later"}}
    assert score_answer(asked, GOUT, kept, {}).score == 1.0
    assert {name: one.score for name, one in score_further(asked, GOUT, kept).items()} == {"plan": 0.0}
    assert further_words(asked, kept)[0]["lines"] == ["Later"]
    assert asked.public()["also"][0]["levels"][0] == {"id": "now", "text": "Now"}
    assert "answer" not in asked.public()["also"][0]
    with pytest.raises(Refused, match="unknown field"):
        checked_answer(RankedDifferential(), {**listed, "also": {}})
