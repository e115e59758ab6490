"""What the library as a whole holds: packs, planted faults, pairs of a guideline, cards and forms of answer."""

import re
from collections import Counter
from pathlib import Path

import pytest

from simlab.engine.cardcue import cue_aucs, looks
from simlab.engine.casefile import Case, load_pack
from simlab.engine.librarycount import guideline_pairs, themes
from simlab.engine.questions import KINDS

LIBRARY = Path(__file__).resolve().parents[2] / "cases"
SMALL = ("answer-forms", "older-people", "results-and-letters")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    packs = [load_pack(path.parent) for path in sorted(LIBRARY.glob("*/pack.yaml"))]
    return [case for pack in packs for case in pack.cases.values()]


@pytest.fixture(scope="module")
def originals(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.twin_of is None]


def test_all_themes_are_there(originals: list[Case]) -> None:
    assert len(originals) >= 48
    assert all(count >= 8 for count in themes(originals).values()), themes(originals)


def test_a_third_of_the_cases_hold_two_faults_each_with_its_consequence(originals: list[Case]) -> None:
    faulty = [case for case in originals if len(case.record.faults) >= 2]
    assert len(faulty) * 3 >= len(originals)
    assert all(len(fault.consequence.split()) >= 5 for case in faulty for fault in case.record.faults)


def test_ten_guidelines_fit_one_patient_and_not_another(originals: list[Case]) -> None:
    assert len(guideline_pairs(originals)) >= 8


def test_half_of_the_cases_have_a_second_wrong_card_and_a_third_an_earlier_case(originals: list[Case]) -> None:
    assert 2 * sum(len(case.wrong) >= 2 for case in originals) >= len(originals)
    compared = [case for case in originals if all(card.similar and card.counterfactual for card in case.advice)]
    assert 3 * len(compared) >= len(originals)
    for case in originals:
        assert len({bool(card.similar) for card in case.advice}) == 1, case.id
        assert len({bool(card.counterfactual) for card in case.advice}) == 1, case.id


def test_every_card_marks_three_passages_that_stand_in_the_case(cases: list[Case]) -> None:
    for case in cases:
        # The page marks words within one line: those of a finding, or a line of what the patient says.
        lines = [item.text for stage in case.stages for item in stage.items] + case.presentation.splitlines()
        for card in case.advice:
            assert len(card.highlights) == 3, (case.id, card.id)
            for words in card.highlights:
                assert any(words.casefold() in line.casefold() for line in lines), (case.id, card.id, words)


def test_all_eight_errors_are_made_often(originals: list[Case]) -> None:
    made = Counter(card.error_type for case in originals for card in case.wrong)
    assert len(made) == 8
    assert min(made.values()) >= 8
    assert all(card.harm for case in originals for card in case.wrong)


def test_every_case_has_what_a_debrief_needs(originals: list[Case]) -> None:
    for case in originals:
        reference = case.reference
        assert reference.ice, case.id
        assert reference.safety_net, case.id
        assert reference.diagnosis.icd10, case.id
        assert reference.diagnosis.synonyms, case.id
        assert any(action.essential for action in reference.management), case.id
        assert case.debrief, case.id
        assert case.guideline, case.id
        assert case.record.letters or case.id == "a-summary-before-the-visit", case.id


def test_every_form_of_answer_is_used_three_times_or_more(originals: list[Case]) -> None:
    asked = Counter(case.question.kind for case in originals)
    assert set(asked) == set(KINDS)
    assert min(asked.values()) >= 3


def test_patients_are_of_both_sexes_and_all_ages(originals: list[Case]) -> None:
    sexes = Counter(case.patient.sex for case in originals)
    assert abs(sexes["female"] - sexes["male"]) <= len(originals) / 10
    ages = [case.patient.age for case in originals if case.patient.age is not None]
    assert min(ages) <= 2
    assert max(ages) >= 85
    assert all(sum(low <= age < low + 20 for age in ages) >= 5 for low in (0, 20, 40, 60))


def test_skin_and_eyes_have_small_pictures(originals: list[Case]) -> None:
    seen = [case for case in originals if case.specialty == "skin-and-eyes"]
    assert all(case.images for case in seen)
    pictures = list(LIBRARY.glob("*/*/*.webp"))
    assert len(pictures) >= 8
    assert all(path.stat().st_size < 20_000 for path in pictures)


def test_looks_of_cards_tell_nothing_in_the_small_packs_together(originals: list[Case]) -> None:
    packs = [load_pack(LIBRARY / name) for name in SMALL]
    areas = cue_aucs(looks([case for pack in packs for case in pack.cases.values()]))
    assert all(area <= 0.6 for area in areas.values()), areas


def test_no_case_quotes_a_guideline(originals: list[Case]) -> None:
    for case in originals:
        assert not re.search(r"[“\"].{40,}[”\"]", case.guideline.note if case.guideline else ""), case.id


def test_ways_of_presenting_are_used_by_cases(originals: list[Case]) -> None:
    mapped = [case for case in originals if all(card.heat_map for card in case.advice)]
    noisy = [case for case in originals if case.record.noise.problems and case.record.noise.letters]
    further = [case for case in originals if case.question.also]
    assert len(mapped) >= 2
    assert len(noisy) >= 6
    assert len(further) >= 3
    for case in mapped:
        maps = [card.heat_map.image for card in case.advice if card.heat_map]
        assert len(set(maps)) == len(maps), case.id  # each adviser looked elsewhere
