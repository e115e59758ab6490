"""Scores of each form against examples worked by hand."""

import pytest

from simlab.engine.formscores import brier, concordance_score, feature_score, management_score, score_answer
from simlab.engine.scoring import synonyms_of
from tests.engine.forms import REFERENCE, question

NAMES = synonyms_of([REFERENCE])


def scored(kind: str, parts: dict, **changes: object):
    return score_answer(question(kind, **changes), REFERENCE, parts, NAMES)


@pytest.mark.parametrize(
    ("choice", "score", "right"), [("aspirate", 1, True), ("rest", 0.5, False), ("wait", 0, False)]
)
def test_single_best_answer_with_declared_credit(choice, score, right):
    got = scored("single-best-answer", {"choice": choice})
    assert (got.score, got.correct) == (score, right)


def test_extended_matching_counts_stems():
    got = scored("extended-matching", {"matches": {"one": "gout", "two": "sprain"}})
    assert (got.score, got.correct, got.label) == (0.5, False, "one:gout two:sprain")


# By hand: 60, 30 and 10 % with the first true: 0.4² + 0.3² + 0.1² = 0.26.
def test_probabilities_by_the_brier_score():
    assert brier({"a": 0.6, "b": 0.3, "c": 0.1}, "a") == pytest.approx(0.26)
    got = scored("probability", {"percents": {"gout": 60, "sepsis": 30, "sprain": 10}})
    assert (got.score, got.correct, got.label) == (pytest.approx(0.87), True, "gout")
    tie = scored("probability", {"percents": {"gout": 50, "sepsis": 50, "sprain": 0}})
    assert (tie.score, tie.correct) == (pytest.approx(0.75), False)


@pytest.mark.parametrize(
    ("level", "score", "over", "safe"),
    [("same-day", 1, 0, 1), ("emergency", 0.5, 1, 1), ("routine", 0, -1, 0), ("self-care", 0, -2, 0)],
)
def test_triage_has_its_own_credit_for_too_much_and_too_little(level, score, over, safe):
    got = scored("triage", {"level": level})
    assert (got.score, got.parts["levels-over"], got.parts["safe"]) == (score, over, safe)


@pytest.mark.parametrize(
    ("chosen", "score"),
    [({"a", "b"}, 1), ({"a"}, 0.5), ({"a", "x"}, 0.5), ({"a", "b", "k"}, 0), ({"a", "b", "x", "y"}, 0), ({"x"}, 0)],
)
def test_key_feature_is_the_share_of_its_key(chosen, score):
    assert feature_score(chosen, {"a", "b"}, {"k"}, most=3) == score


def test_key_feature_case_is_the_mean_of_its_features():
    got = scored("key-feature", {"chosen": {"ask": ["fever"], "do": ["aspirate"]}})
    assert (got.score, got.correct) == (0.75, False)
    killed = scored("key-feature", {"chosen": {"ask": ["fever", "diuretic"], "do": ["aspirate", "inject"]}})
    assert killed.score == 0.5


# A panel of 15: 0, 0, 2, 8 and 5 at −2 … +2, so the mode is +1 and the mean (2·0 + 8·1 + 5·2) / 15 = 1.2.
@pytest.mark.parametrize(
    ("scoring", "rating", "score"),
    [
        ("aggregate", 1, 1),
        ("aggregate", 2, 5 / 8),
        ("aggregate", 0, 2 / 8),
        ("aggregate", -2, 0),
        ("distance-to-mode", 2, 3 / 4),
        ("distance-to-mode", -2, 1 / 4),
        ("distance-to-mean", 1, 1 - 0.2 / 4),
        ("distance-to-mean", -2, 1 - 3.2 / 4),
        ("aggregate-with-distance", 2, (5 / 8 + 3 / 4) / 2),
        ("single-best", 1, 1),
        ("single-best", 2, 0),
    ],
)
def test_script_concordance_in_its_five_variants(scoring, rating, score):
    assert concordance_score(rating, (0, 0, 2, 8, 5), scoring) == pytest.approx(score)


def test_two_modes_are_both_full_marks():
    got = scored("script-concordance", {"ratings": {"urate": 1, "fever": -1}})
    assert (got.score, got.correct) == (1, True)
    assert scored("script-concordance", {"ratings": {"urate": 2, "fever": 0}}).score == pytest.approx(
        (5 / 8 + 2 / 6) / 2
    )


# Six cells, two of them marked in the key; one of these found and nothing else marked: five of six agree.
def test_grid_is_cells_and_first_choice_by_weight():
    marks = {"gout": {"sudden": "for"}, "sepsis": {}}
    first = scored("reflection-grid", {"marks": marks, "ranking": ["gout", "sepsis"]})
    assert (first.score, first.correct, first.rank) == (pytest.approx(0.5 * 5 / 6 + 0.5), True, 1)
    second = scored("reflection-grid", {"marks": marks, "ranking": ["sepsis", "gout"]}, **{"grid-weight": 0.2})
    assert (second.score, second.correct, second.rank) == (pytest.approx(0.2 * 5 / 6), False, 2)


@pytest.mark.parametrize(
    ("marked", "score", "counts"),
    [
        (["b", "d"], 1, (2, 0, 0, 2)),
        (["b"], 0.5, (1, 1, 0, 2)),
        (["a", "b"], 0, (1, 1, 1, 1)),
        (["a", "b", "c", "d"], 0, (2, 0, 2, 0)),
        ([], 0, (0, 2, 0, 2)),
    ],
)
def test_errors_spotted_are_hits_less_false_alarms(marked, score, counts):
    got = scored("error-spotting", {"marked": marked})
    assert got.score == score
    assert tuple(got.parts[name] for name in ("hits", "misses", "false-alarms", "rejections")) == counts


def test_text_without_an_error_is_scored_by_false_alarms():
    clean = [{"id": name, "text": name} for name in "abcd"]
    assert scored("error-spotting", {"marked": []}, passages=clean).score == 1
    assert scored("error-spotting", {"marked": ["a"]}, passages=clean).score == 0.75


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        (["colchicine", "review"], 1),
        (["colchicine", "ice"], 0.5),
        (["colchicine", "review", "antibiotic"], 0.5),
        (["antibiotic"], 0),
        (["colchicine", "review", "inject"], 0),
    ],
)
def test_management_earns_loses_and_is_forfeited(chosen, score):
    assert management_score(question("management").options, chosen) == score


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        (("colchicine", 0.5, "twice", 5), 1),
        (("colchicine", 1, "twice", 5), 0.75),
        (("colchicine", 1, "once", 14), 0.25),
        (("naproxen", 500, "twice", 60), 1),
        (("flucloxacillin", 500, "four", 7), 0),
        (("nothing", None, None, None), 0),
    ],
)
def test_prescription_is_judged_part_by_part_once_the_drug_is_right(answer, score):
    got = scored("prescribing", dict(zip(("drug", "dose", "frequency", "days"), answer, strict=True)))
    assert (got.score, got.label) == (score, answer[0])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("gout", True),
        ("Gouty arthritis", True),
        ("crystal  arthritis!", True),
        ("cellulitis", False),
        ("podagra", None),
    ],
)
def test_free_text_is_known_or_waits(text, right):
    got = scored("free-text", {"text": text})
    assert (got.correct, got.score) == (right, None if right is None else float(right))


def test_free_text_that_raters_have_judged_is_scored():
    asked = question("free-text")
    for verdict in (True, False):
        got = score_answer(asked, REFERENCE, {"text": "Podagra."}, NAMES, {"podagra": verdict})
        assert (got.score, got.correct) == (float(verdict), verdict)
    assert score_answer(asked, REFERENCE, {"text": "Podagra."}, NAMES, {"podagra": True}).label == "gout"


def test_differential_is_scored_by_reciprocal_rank_and_by_what_raters_accepted():
    listed = [{"term": "Sprain"}, {"term": "Podagra"}]
    assert scored("ranked-differential", {"differential": listed}).score == 0
    got = score_answer(question("ranked-differential"), REFERENCE, {"differential": listed}, NAMES, {"podagra": True})
    assert (got.score, got.rank, got.correct) == (0.5, 2, False)
