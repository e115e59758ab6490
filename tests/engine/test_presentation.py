"""What of a case is shown: menus with cost, noise of the record, interruptions, and the checks of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.engine.asking import asked_for
from simlab.engine.case import Case
from simlab.engine.caseview import View, seen
from simlab.engine.errors import InvalidFile
from simlab.engine.interruption import ANSWERED, SHOWN, interrupted_ms
from simlab.engine.parsing import document
from simlab.engine.protocol import parse_protocol
from simlab.engine.timing import Mark
from tests.engine.builders import bare_case

ITEMS = [
    {"id": "course", "label": "Course", "text": "Sudden.", "key": True, "cost": 2},
    {"id": "travel", "label": "Travel", "text": "None.", "cost": 3},
    {"id": "sign", "label": "Star sign", "text": "Leo.", "cost": 0, "asked-only": True},
]
NOISE = {
    "problems": [{"term": f"Old {n}"} for n in range(5)],
    "letters": [{"date": "2020", "from": "Shop", "text": "x"}],
}
STUDY = """
simlab: study/1
title: Menus
population: {roles: [gp]}
documents: {information: i.md, consent: c.md, debrief: d.md}
cases: {packs: [mini], forms: {A: 4}, rotate: fixed}
arms: {all: 1}
phases: {part: {advice: none, %s}}
"""


def a_case() -> Case:
    record = {"problems": [{"term": "Gout"}, {"term": "Asthma"}], "noise": NOISE}
    whole = document(bare_case("toe"))
    return Case.model_validate({**whole, "stages": [{"kind": "history", "items": ITEMS}], "record": record})


def test_what_was_asked_for_and_what_it_cost():
    got = asked_for(a_case(), ["travel", "course", "travel", "nowhere", "sign"])
    assert got.items == ("travel", "course", "sign")
    assert (got.cost, got.key, got.key_of, got.beside, got.left, got.key_share) == (5, 1, 1, 2, None, 1.0)


def test_budget_refuses_what_is_too_dear_and_nothing_else():
    got = asked_for(a_case(), ["course", "travel", "sign"], budget=4)
    assert got.items == ("course", "sign")
    assert (got.cost, got.left) == (2, 2)


@given(st.lists(st.sampled_from(["course", "travel", "sign", "nowhere"])), st.integers(0, 8))
def test_budget_is_never_overdrawn_and_asking_twice_is_asking_once(wanted, budget):
    got = asked_for(a_case(), wanted, budget)
    assert 0 <= got.cost <= budget
    assert got.left == budget - got.cost
    assert asked_for(a_case(), [*wanted, *wanted], budget) == got or got.left is not None
    assert len(set(got.items)) == len(got.items) == got.key + got.beside


def test_nothing_is_told_before_it_is_asked_for():
    case = a_case()
    shown = seen(case.public(menu=True), case, View(asked=True), asked=["travel"])
    course, travel, sign = shown["stages"][0]["items"]
    assert course == {"id": "course", "label": "Course", "cost": 2, "asked": False}
    assert travel["text"] == "None."
    assert sign["label"] == "Star sign"
    assert "Leo." not in str(shown)
    assert [item["id"] for item in case.public()["stages"][0]["items"]] == ["course", "travel"]


def test_more_noise_holds_all_of_the_lesser_and_the_record_keeps_its_order():
    case = a_case()
    none, half, everything = (
        [one["term"] for one in seen(case.public(), case, View(record_noise=level))["record"]["problems"]]
        for level in ("none", "half", "all")
    )
    assert none == ["Gout", "Asthma"]
    assert (len(half), len(everything)) == (5, 7)
    assert [term for term in everything if term in half] == half
    assert [term for term in everything if term in none] == none


def test_interruption_lasts_from_the_page_to_the_reply():
    marks = [Mark(ANSWERED, 900, 0), Mark("paint", 10, 0), Mark(SHOWN, 400, 0)]
    assert interrupted_ms(marks) == 500
    assert interrupted_ms(marks[1:]) is None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("budget: 5", "nothing to spend a budget on"),
        ("reveal: asked, noise: hidden", "would give the case away"),
        ("interruptions: [{at: 9, from: A, text: B, replies: [C, D]}]", "no case 9"),
        ("interruptions: [{at: 1, after: 90, from: A, text: B, replies: [C, D]}], time-limit: 60s", "is over before"),
    ],
)
def test_contradictions_are_told_with_their_place(fields, says):
    with pytest.raises(InvalidFile, match=says):
        parse_protocol(STUDY % fields)


def test_each_dial_is_a_factor():
    source = STUDY.replace("arms: {all: 1}\n", "") % "interruptions: [{at: 1, from: A, text: B, replies: [C, D]}]"
    factors = (
        "factors: {menu: {m: {reveal: asked}, n: {}}, "
        "noise: {q: {record-noise: none}, r: {record-noise: all, interruptions: hidden}}}\n"
        "allocation: {method: blocks, sizes: [4, 8]}\n"
    )
    protocol = parse_protocol(source + factors)
    assert protocol.view("m-r", "part") == View(asked=True, record_noise="all")
    assert protocol.view("n-q", "part") == View()
    assert protocol.interruption_at("m-q", "part", 1, 1).text == "B"
    assert protocol.interruption_at("m-r", "part", 1, 1) is None
