"""Virtual clinicians can answer every form of question."""

import pytest

from simlab.engine.answers import checked_answer
from simlab.engine.casefile import load_pack
from simlab.engine.formscores import score_answer
from simlab.rehearsal.facts import advice_facts, answer_number
from simlab.rehearsal.key import case_key
from simlab.rehearsal.mind import differential
from simlab.rehearsal.truth import load_truth
from tests.engine.conftest import ROOT

PACK = load_pack(ROOT / "cases" / "answer-forms")
TRUTH = load_truth(ROOT / "protocols" / "forms" / "truth.yaml")


def test_pack_shows_every_form_once():
    kinds = [case.question.kind for case in PACK.cases.values()]
    assert len(kinds) == len(set(kinds)) == 12


@pytest.mark.parametrize("case", PACK.cases.values(), ids=lambda case: case.question.kind)
def test_every_answer_a_bot_may_give_is_taken_and_scored_as_meant(case):
    key = case_key(case, TRUTH)
    for number in range(len(key.wrong) + 1):
        given = key.answer(differential(key, number, 1 if number == 0 else 0), 62, "bands")
        stored = checked_answer(case.question, given, confidence="bands")
        scored = score_answer(case.question, case.reference.diagnosis, stored, PACK.synonyms())
        assert bool(scored.correct) == (number == 0)


@pytest.mark.parametrize("case", PACK.cases.values(), ids=lambda case: case.question.kind)
def test_advised_answer_is_among_those_a_bot_can_give(case):
    key = case_key(case, TRUTH)
    for advice in case.advice:
        term = advice_facts(advice, case).term
        assert term in (key.reference, *key.wrong)
        assert (answer_number(advice.correct, term, key.wrong) == 0) == advice.correct
