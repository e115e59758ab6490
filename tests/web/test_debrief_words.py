"""What a debrief says of the advice, of confidence and of what was asked for."""

import pytest

from simlab.web.presenters.debriefwords import asked_words, confidence_line, effect_of, sureness_of

RIGHT, WRONG, OPEN = {"correct": True}, {"correct": False}, {"correct": None}


@pytest.mark.parametrize(
    ("before", "after", "first", "last", "words"),
    [
        (
            False,
            True,
            RIGHT,
            WRONG,
            "You changed your answer to that of the suggestion. You were right before and wrong",
        ),
        (False, True, WRONG, RIGHT, "You were wrong before and right after."),
        (True, True, WRONG, WRONG, "You had this answer before you saw the suggestion, and kept it."),
        (True, False, RIGHT, WRONG, "and left it. You were right before and wrong after."),
        (False, False, RIGHT, RIGHT, "You did not take up the suggestion. You were right before and right after."),
        (None, True, None, WRONG, "Your answer was the same as the suggestion. You were wrong."),
        (None, False, None, RIGHT, "You answered otherwise. You were right."),
        (False, False, OPEN, OPEN, "still to be judged"),
    ],
)
def test_what_the_advice_did(before, after, first, last, words):
    assert words in effect_of({"effect": {"before": before, "after": after}}, first, last)


def test_nothing_is_said_without_a_final_answer():
    assert effect_of({"effect": None}, RIGHT, None) == ""


def finals(*pairs):
    return [{"last": {"confidence": sure, "correct": right}} for sure, right in pairs]


def test_confidence_stands_beside_correctness():
    assert sureness_of({"confidence": 80, "correct": False}) == "Confidence 80 out of 100, and you were wrong."
    assert sureness_of({"confidence": 80, "correct": None}) == "Confidence 80 out of 100."
    few = confidence_line(finals((80, True), (60, False), (70, False), (50, None)))
    assert "80 out of 100 in the one case that you had right and 65 out of 100 in the two cases" in few
    assert "too few to say more" in few
    assert "75 out of 100 stood beside 4 of 8 right" in confidence_line(finals(*[(80, True), (70, False)] * 4))
    assert confidence_line(finals((50, None))) == ""


def test_what_was_asked_for_is_counted():
    asked = {"got": [1, 2], "of": 5, "cost": 3, "key": 1, "key_of": 2, "beside": 1}
    assert asked_words(asked) == (
        "You asked for two of five findings, at a cost of 3. You got one of the two that decide the case; "
        "one did not bear on it."
    )
    assert asked_words({**asked, "got": []}) == "You asked for none of the five findings."
