import hashlib
from collections import Counter, defaultdict
from dataclasses import astuple, replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.allocation import draw_slots
from simlab.engine.balance import balance
from simlab.engine.protocol import load_protocol, parse_protocol
from simlab.engine.schedule import draw_encounters, resolve_forms
from tests.engine.builders import bare_case, pack_of
from tests.engine.conftest import ROOT

PLAN_HASH = "9c4caddb29399c09bb5c932599691e890ca0bb3bcbd799f34d86b02558d13082"  # of the draw with the seed b"seed"


def drawn(protocol, pack, seed, per_stratum=16):
    slots = draw_slots(protocol, seed, per_stratum=per_stratum)
    return slots, draw_encounters(protocol, {pack.id: pack}, seed, slots)


def by_person(encounters):
    people = defaultdict(list)
    for one in encounters:
        people[one.stratum, one.ordinal].append(one)
    return people.values()


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(max_size=6))
def test_nobody_meets_a_case_twice_and_everybody_meets_every_form(demo, pack, seed):
    _, encounters = drawn(demo, pack, seed)
    for plan in by_person(encounters):
        assert len({one.case_id for one in plan}) == len(plan) == 24
        assert {one.form for one in plan} == set("ABCD")
        for phase in demo.phases:
            assert [one.position for one in plan if one.phase == phase] == [1, 2, 3, 4, 5, 6]


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(max_size=6))
def test_error_schedule_holds_for_everybody(demo, pack, seed):
    _, encounters = drawn(demo, pack, seed)
    for plan in by_person(encounters):
        advised = [one for one in plan if one.advice_id is not None]
        if plan[0].arm == "unaided":
            assert advised == []
            continue
        assert {one.phase for one in advised} == {"exposure"}
        pattern = [one.advice_id.startswith("wrong") for one in advised]
        assert sum(pattern) == 2
        assert not pattern[0]
        assert max(len(list(run)) for wrong, run in groupby(pattern) if wrong) == 1


@settings(max_examples=15, deadline=None)
@given(seed=st.binary(max_size=6), rounds=st.integers(1, 4))
def test_forms_balance_exactly_over_whole_squares(demo, pack, seed, rounds):
    slots = draw_slots(demo, seed, strata=["gp"], per_stratum=8 * rounds + 8)
    chosen = [
        slot for arm in demo.arms for slot in [one for one in slots if one.arm == arm][: 4 * rounds]
    ]  # 4·k people of each arm
    encounters = draw_encounters(demo, {pack.id: pack}, seed, chosen)
    cells = Counter((one.arm, one.phase, one.form) for one in encounters if one.position == 1)
    assert set(cells.values()) == {rounds}
    assert len(cells) == 2 * 4 * 4


def test_each_case_is_wrong_equally_often(demo, pack):
    _, encounters = drawn(demo, pack, b"seed", per_stratum=100)
    wrong = defaultdict(Counter)
    for one in encounters:
        if one.advice_id:
            wrong[one.stratum, one.form][one.case_id] += one.advice_id.startswith("wrong")
    for counts in wrong.values():
        assert len(counts) == 6
        assert max(counts.values()) - min(counts.values()) <= 1


def test_advice_items_of_one_case_take_turns(demo, pack):
    _, encounters = drawn(demo, pack, b"seed", per_stratum=100)
    items = defaultdict(Counter)
    for one in encounters:
        if one.advice_id and one.advice_id.startswith("wrong"):
            items[one.case_id][one.advice_id] += 1
    for counts in items.values():
        assert abs(counts["wrong-1"] - counts["wrong-2"]) <= 1


def test_same_seed_draws_the_same_plan(demo, pack):
    _, encounters = drawn(demo, pack, b"seed")
    listing = "\n".join(repr(astuple(one)[:10]) for one in encounters)
    assert (
        hashlib.sha256(listing.encode()).hexdigest()
        == "9c4caddb29399c09bb5c932599691e890ca0bb3bcbd799f34d86b02558d13082"
    )
    assert drawn(demo, pack, b"other")[1] != encounters


def test_case_order_differs_between_people(demo, pack):
    _, encounters = drawn(demo, pack, b"seed")
    orders = {tuple(one.case_id for one in plan if one.phase == "baseline") for plan in by_person(encounters)}
    assert len(orders) > 40


def test_sittings_share_the_cases(demo_text, pack):
    text = demo_text.replace("opens: after baseline", "opens: after baseline\n    sittings: 4\n    every: 7d")
    _, encounters = drawn(parse_protocol(text), pack, b"seed")
    plan = next(iter(by_person(encounters)))
    places = [(one.sitting, one.position) for one in plan if one.phase == "exposure"]
    assert places == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (4, 1)]


def test_pack_without_forms_gives_disjoint_sets_of_contrast_cases(demo):
    cases = [bare_case(f"case-{n:02}") for n in range(30)] + [bare_case(f"right-only-{n}", wrong=0) for n in range(30)]
    pack = pack_of(cases, {})
    forms = resolve_forms(demo, {pack.id: pack}, b"seed")
    members = [case for form in forms.values() for case in form]
    assert {form: len(cases) for form, cases in forms.items()} == dict.fromkeys("ABCD", 6)
    assert len(set(members)) == 24
    assert set(members) <= set(pack.contrast_cases)
    assert resolve_forms(demo, {pack.id: pack}, b"other") != forms
    slots, encounters = drawn(demo, pack, b"seed")
    assert {one.case_id for one in encounters} == set(members)
    assert balance(demo, {pack.id: pack}, slots, encounters).holds


def test_listed_form_is_taken_whole_or_sampled(demo, demo_text, pack):
    assert resolve_forms(demo, {pack.id: pack}, b"seed")["A"] == pack.forms["A"]
    smaller = parse_protocol(demo_text.replace(": 6,", ": 3,").replace(": 6}", ": 3}").replace("2 of 6", "1 of 3"))
    forms = resolve_forms(smaller, {pack.id: pack}, b"seed")
    assert all(len(forms[form]) == 3 and set(forms[form]) < set(pack.forms[form]) for form in "ABCD")


def test_too_few_cases_are_refused(demo):
    small = pack_of([bare_case(f"case-{n}") for n in range(10)], {})
    with pytest.raises(ValueError, match="form B asks for 6 cases and only 4 are left"):
        resolve_forms(demo, {small.id: small}, b"seed")
    listed = pack_of([*small.cases.values()], dict.fromkeys("ABCD", ("case-0",)))
    with pytest.raises(ValueError, match="asks for 6 cases and holds 1"):
        resolve_forms(demo, {listed.id: listed}, b"seed")


def test_case_without_the_needed_advice_is_refused(demo, pack):
    broken = pack_of([bare_case(case_id, right=0) for case_id in pack.cases], pack.forms)
    with pytest.raises(ValueError, match="has no right advice"):
        drawn(demo, broken, b"seed")


def test_fixed_forms_stay_where_they_are(pack):
    training = load_protocol(ROOT / "protocols" / "training")
    _, encounters = drawn(training, pack, b"seed")
    assert {(one.phase, one.form) for one in encounters} == {("alone", "A"), ("assisted", "B")}


def test_balance_report_holds_for_the_demo(demo, pack):
    slots, encounters = drawn(demo, pack, b"seed", per_stratum=50)
    report = balance(demo, {pack.id: pack}, slots, encounters)
    assert report.holds
    assert sum(report.arms.values()) == len(slots)
    exposure = [count for count in report.cases if (count.arm, count.phase) == ("advised", "exposure")]
    assert sum(count.wrong for count in exposure) * 2 == sum(count.right for count in exposure)
    assert all(count.right + count.wrong == count.planned for count in exposure)


def other_arm(slots, plan):
    arm = "advised" if slots[0].arm == "unaided" else "unaided"
    return [replace(slots[0], arm=arm), *slots[1:]], plan


def repeated_case(slots, plan):
    return slots, [replace(plan[0], case_id=plan[1].case_id), *plan[1:]]


def one_form(slots, plan):
    return slots, [replace(one, form="A") for one in plan]


def always_right(slots, plan):
    return slots, [replace(one, advice_id=one.advice_id and "right-1") for one in plan]


def one_case_always_wrong(slots, plan):
    def advice(one):
        return one.advice_id and ("wrong-1" if one.case_id == "case-0" else "right-1")

    return slots, [replace(one, advice_id=advice(one)) for one in plan]


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("blocks", other_arm),
        ("no-repeats", repeated_case),
        ("rotation", one_form),
        ("error-schedule", always_right),
        ("even-errors", one_case_always_wrong),
    ],
)
def test_balance_report_sees_what_is_spoilt(demo, pack, check, spoil):
    slots, encounters = drawn(demo, pack, b"seed", per_stratum=50)
    report = balance(demo, {pack.id: pack}, *spoil(slots, encounters))
    assert check in {one.name for one in report.checks if not one.holds}
    assert not report.holds
