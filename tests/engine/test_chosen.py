"""Cases that a protocol names itself, and orders that follow a list."""

from itertools import pairwise
from pathlib import Path

import pytest

from simlab.engine.allocation import draw_slots
from simlab.engine.casefile import load_pack
from simlab.engine.chosen import interleaved
from simlab.engine.draw import Draws
from simlab.engine.errors import InvalidFile
from simlab.engine.protocol import check_against_pack, parse_protocol
from simlab.engine.schedule import draw_encounters, resolve_forms

ROOT = Path(__file__).resolve().parents[2]
CASES = ["tired-and-cold", "a-crop-of-blisters", "a-toe-too-sore-for-a-sheet"]
SOURCE = """
simlab: study/1
title: Three cases
kind: training
population: {roles: [gp]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [%s], forms: {A: %d}, rotate: fixed, order: %s, chosen: {A: [%s]}}
arms: {trainee: 1}
phases: {part: {advice: %s}}
advice:
  way: {wrong: 1 of 3, first-wrong-after: 1}
"""


@pytest.fixture(scope="module")
def mini():
    return {"mini": load_pack(ROOT / "tests/content/mini")}


def text(*, packs="mini", size=3, order="fixed", cases=tuple(CASES), advice="way"):
    source = SOURCE % (packs, size, order, ", ".join(cases), advice)
    return source if advice == "way" else source.partition("advice:\n  way")[0]


def orders(protocol, packs, seed="chosen"):
    met = draw_encounters(protocol, packs, seed, draw_slots(protocol, seed, per_stratum=12))
    people = {}
    for one in met:
        people.setdefault(one.ordinal, []).append(one)
    return list(people.values())


def test_chosen_cases_take_the_place_of_the_forms_and_keep_their_order(mini):
    protocol = parse_protocol(text())
    assert check_against_pack(protocol, mini) == []
    assert resolve_forms(protocol, mini, "x") == {"A": tuple(CASES)}
    people = orders(protocol, mini)
    assert all([one.case_id for one in person] == CASES for person in people)
    wrong = {advice.id for case in mini["mini"].cases.values() for advice in case.wrong}
    patterns = [[one.advice_id in wrong for one in person] for person in people]
    assert {sum(pattern) for pattern in patterns} == {1}
    assert not any(pattern[0] for pattern in patterns)
    assert len({tuple(pattern) for pattern in patterns}) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 2}, "form A asks for 2 cases and 3 are chosen"),
        ({"cases": [*CASES[:2], CASES[0]]}, "“tired-and-cold” is chosen twice"),
        ({"packs": "mini, other"}, "from one pack only"),
    ],
)
def test_a_choice_that_does_not_hold_is_told(changes, words):
    with pytest.raises(InvalidFile) as told:
        parse_protocol(text(**changes))
    assert words in str(told.value)


def test_a_case_the_pack_does_not_hold_is_told(mini):
    protocol = parse_protocol(text(cases=[*CASES[:2], "nowhere"], advice="none"))
    assert [fault.message for fault in check_against_pack(protocol, mini)] == ["the pack mini holds no case “nowhere”."]


def test_interleaving_keeps_themes_apart_where_numbers_allow():
    for seed in range(50):
        items = [theme + str(n) for theme, count in (("a", 4), ("b", 2), ("c", 1)) for n in range(count)]
        ordered = interleaved(items, lambda item: item[0], Draws(str(seed)))
        assert sorted(ordered) == sorted(items)
        assert all(one[0] != other[0] for one, other in pairwise(ordered)), ordered
    assert [item[0] for item in interleaved(["a1", "a2", "b1"], lambda item: item[0], Draws("x"))] == ["a", "b", "a"]
    assert interleaved(["a1", "a2"], lambda item: item[0], Draws("x"))[0][0] == "a"


def test_interleaved_order_of_a_pack_with_themes():
    pack = load_pack(ROOT / "cases/primary-care")
    chosen = [case for case in pack.forms["A12"] if case in pack.contrast_cases]
    protocol = parse_protocol(
        text(packs="primary-care", size=len(chosen), order="interleaved", cases=chosen, advice="none")
    )
    people = orders(protocol, {"primary-care": pack})
    for person in people:
        themes = [pack.cases[one.case_id].specialty for one in person]
        assert all(one != other for one, other in pairwise(themes))
    assert len({tuple(one.case_id for one in person) for person in people}) > 1
