# ruff: noqa: E501 - the table of faults reads best with one row a line
"""Designs beyond two parallel arms: that every path ends, that what is promised holds, and that faults are told."""

from collections import Counter, defaultdict
from itertools import combinations, groupby, pairwise

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.engine import points
from simlab.engine.allocation import draw_slots
from simlab.engine.balance import balance
from simlab.engine.caseview import View, seen, unplaced
from simlab.engine.draw import Draws
from simlab.engine.duration import minutes_of_sitting
from simlab.engine.errors import InvalidFile, Mistaken
from simlab.engine.incomplete import incomplete_blocks
from simlab.engine.instrument import load_folder
from simlab.engine.protocol import check_against_pack, check_instruments, parse_protocol
from simlab.engine.schedule import draw_encounters
from simlab.engine.stated import stated
from tests.engine.builders import bare_case, pack_of
from tests.engine.conftest import ROOT
from tests.engine.walking import walk

HEAD = {
    "simlab": "study/1",
    "title": "A design",
    "population": {"roles": ["gp"]},
    "documents": {"information": "information.md", "consent": "consent.md", "debrief": "debrief.md"},
    "cases": {"packs": ["primary-care"], "forms": dict.fromkeys("ABCD", 6)},
    "arms": {"one": 1, "two": 1},
    "phases": {"first": {"advice": "none"}, "second": {"opens": "7d after first", "advice": "told"}},
    "advice": {"told": {"when": "after-commit", "wrong": "2 of 6"}},
    "allocation": {"method": "blocks", "sizes": [4, 6]},
    "analysis": {"secondary": ["reliance"]},
}


CASES = [bare_case(f"case-{number:02}") for number in range(30)]
THIRTY = pack_of(CASES, {form: tuple(c.id for c in CASES[6 * i : 6 * i + 6]) for i, form in enumerate("ABCD")})


@pytest.fixture
def packs():
    return {THIRTY.id: THIRTY}


def changed(changes):
    """The design above with parts replaced; a path leads to each, None removes it."""
    whole = yaml.safe_load(yaml.safe_dump(HEAD))
    for path, value in changes.items():
        *above, last = path.split("/")
        place = whole
        for step in above:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)


def protocol_with(**changes):
    return parse_protocol(changed({path.replace("__", "/"): value for path, value in changes.items()}))


def drawn(protocol, packs, seed=b"designs", people=12):
    slots = draw_slots(protocol, seed, per_stratum=people)
    return slots, draw_encounters(protocol, packs, seed, slots)


def plans(encounters):
    def person(one):
        return one.stratum, one.ordinal

    return [list(of) for _, of in groupby(sorted(encounters, key=person), key=person)]


@st.composite
def designs(draw):
    """Any of the ways in which a valid protocol of two or three phases may be put together."""
    way = {"wrong": draw(st.sampled_from(["0 of 6", "2 of 6", "1 of 3", "1 of 2"])), "explanation": "none"}
    way["when"] = draw(st.sampled_from(["after-commit", "with-case"]))
    mixed = draw(st.booleans())
    kinds = st.sampled_from(["none", "reconsider"] + (["half"] if mixed else ["told"]))
    names = ["first", "second", "third"][: draw(st.integers(2, 3))]
    phases = {}
    for index, name in enumerate(names):
        phase = {"advice": {arm: draw(kinds) for arm in ("one", "two")}}
        phase["sittings"] = draw(st.integers(1, 3))
        phase["practice"] = draw(st.integers(0, 2))
        phase["probes"] = draw(st.integers(0, 2))
        if index:
            phase["opens"] = f"{draw(st.integers(0, 9))}d after {names[index - 1]}"
        phases[name] = phase
    if mixed:
        phases[names[0]]["advice"]["one"] = "half"
        way["wrong"] = draw(st.sampled_from(["0 of 3", "1 of 3"]))
    elif draw(st.booleans()):
        phases[names[0]]["forms"] = 4 - len(names) + 1
    changes = {"phases": phases, "advice": {"told": way}}
    if mixed:
        order = draw(st.sampled_from(["mixed", "blocked"]))
        changes["conditions"] = {"half": {"shares": {"none": 1, "told": 1}, "order": order}}
    else:
        changes["cases/order"] = draw(st.sampled_from(["random", "balanced"]))
    return changed(changes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=designs(), seed=st.binary(max_size=4))
def test_any_valid_design_ends_for_everybody_and_keeps_its_promises(text, seed):
    packs = {"primary-care": THIRTY}
    protocol = parse_protocol(text)
    slots, encounters = drawn(protocol, packs, seed, people=4)
    report = balance(protocol, packs, slots, encounters)
    assert report.holds, [check for check in report.checks if not check.holds]
    for plan in plans(encounters)[:2]:
        assert walk(protocol, plan) >= len(plan)
        met = Counter((one.purpose == "probe", one.case_id) for one in plan)
        assert all(times == 1 for (probe, _), times in met.items() if not probe)


def test_each_case_stands_once_at_each_place_and_after_each_other_in_a_whole_round(packs):
    """RND-14, for the order of cases: a Williams square over the six cases of a form."""
    protocol = protocol_with(cases__order="balanced", cases__rotate="fixed", arms={"one": 1}, allocation=None)
    slots = draw_slots(protocol, b"round", per_stratum=6)
    first = [one for one in draw_encounters(protocol, packs, b"round", slots) if one.phase == "first"]
    assert set(Counter((one.case_id, one.position) for one in first).values()) == {1}
    rows = [[one.case_id for one in sorted(of, key=lambda one: one.position)] for of in plans(first)]
    assert set(Counter(pair for row in rows for pair in pairwise(row)).values()) == {1}
    second = [one for one in draw_encounters(protocol, packs, b"round", slots) if one.phase == "second"]
    wrong = Counter(one.case_id for one in second if one.advice_id.startswith("wrong"))
    assert set(wrong.values()) == {2}
    assert len(wrong) == 6


def test_each_case_is_met_under_each_condition_equally_often_in_a_whole_round(packs):
    conditions = {"half": {"shares": {"none": 2, "told": 1}}}
    protocol = protocol_with(
        arms={"one": 1}, allocation=None, conditions=conditions, cases__rotate="fixed", phases__second__advice="half",
        advice={"told": {"wrong": "1 of 2"}},
    )  # fmt: skip
    _, encounters = drawn(protocol, packs, people=3)
    second = [one for one in encounters if one.phase == "second"]
    assert Counter((one.case_id, one.condition) for one in second) == {
        (case, kind): times for case in {one.case_id for one in second} for kind, times in (("none", 2), ("told", 1))
    }


def test_blocks_of_conditions_follow_a_latin_square(packs):
    conditions = {"half": {"shares": {"none": 1, "told": 1}, "order": "blocked"}}
    protocol = protocol_with(
        arms={"one": 1}, allocation=None, conditions=conditions, phases__second__advice="half",
        advice={"told": {"wrong": "1 of 3"}},
    )  # fmt: skip
    _, encounters = drawn(protocol, packs, people=4)
    orders = []
    for plan in plans([one for one in encounters if one.phase == "second"]):
        kinds = [kind for kind, _ in groupby(sorted(plan, key=lambda one: one.position), key=lambda one: one.condition)]
        orders.append(tuple(kinds))
    assert Counter(orders) == {("none", "told"): 2, ("told", "none"): 2}


def test_practice_comes_first_from_spare_cases_with_right_advice_and_probes_last(packs):
    protocol = protocol_with(phases__second__practice=2, phases__second__probes=1, phases__second__sittings=2)
    _, encounters = drawn(protocol, packs)
    spare = {f"case-{number}" for number in range(24, 30)}
    same = set()
    for plan in plans([one for one in encounters if one.phase == "second"]):
        ordered = sorted(plan, key=lambda one: (one.sitting, one.position))
        assert [one.purpose for one in ordered] == ["practice"] * 2 + ["case"] * 6 + ["probe"]
        practised = tuple(one.case_id for one in ordered[:2])
        assert set(practised) <= spare
        assert all(one.advice_id.startswith("right") for one in ordered[:2])
        assert (ordered[-1].case_id, ordered[-1].advice_id) in [(one.case_id, one.advice_id) for one in ordered[2:5]]
        same.add(practised)
    assert len(same) == 1


def test_fewer_cases_than_a_form_holds_come_in_incomplete_blocks(packs):
    protocol = protocol_with(
        arms={"one": 1}, allocation=None, cases__rotate="fixed", phases__first__cases=2, phases__second__cases=4,
        advice={"told": {"wrong": "1 of 4"}},
    )  # fmt: skip
    _, encounters = drawn(protocol, packs, people=15)
    first = [one for one in encounters if one.phase == "first"]
    assert set(Counter(one.case_id for one in first).values()) == {5}
    pairs = Counter(tuple(sorted(one.case_id for one in plan)) for plan in plans(first))
    assert set(pairs.values()) == {1}
    assert len(pairs) == 15


@pytest.mark.parametrize(("v", "k", "blocks"), [(7, 3, 7), (13, 4, 13), (11, 5, 11), (6, 3, 20), (6, 4, 15), (5, 5, 1)])
def test_known_designs_are_exact(v, k, blocks):
    """Fano's plane, the projective plane of order 3 and the biplane of 11 points among them."""
    found = incomplete_blocks(v, k, Draws("blocks"))
    assert (len(found.blocks), found.exact) == (blocks, True)
    pairs = Counter(pair for block in found.blocks for pair in combinations(block, 2))
    assert len({pairs[pair] for pair in combinations(range(v), 2)}) <= 1


@pytest.mark.parametrize(("v", "k"), [(12, 6), (10, 7), (20, 8)])
def test_search_uses_every_case_equally_and_evens_out_the_pairs(v, k):
    found = incomplete_blocks(v, k, Draws("search"))
    assert len(set(Counter(number for block in found.blocks for number in block).values())) == 1
    assert all(len(set(block)) == k for block in found.blocks)
    assert found.worst <= 4


def test_blocks_larger_than_the_set_are_refused():
    with pytest.raises(ValueError, match="blocks of 7 out of 6"):
        incomplete_blocks(6, 7, Draws("x"))


FACTORS = {
    "adviser": {"program": {"label": "A program"}, "colleague": {"label": "A colleague", "stated-source": "colleague"}},
    "record": {"clean": {"record-faults": "hidden"}, "planted": {"time-limit": "90s"}},
}


def test_arms_of_a_factorial_are_the_combinations_and_change_what_their_levels_say():
    protocol = protocol_with(factors=FACTORS, arms=None, design={"kind": "factorial"}, allocation__sizes=[4, 8])
    assert list(protocol.arms) == ["program-clean", "program-planted", "colleague-clean", "colleague-planted"]
    assert protocol.policy("colleague-clean", "second").label == "A colleague"
    assert protocol.policy("program-clean", "second").stated_source == "ai"
    assert protocol.policy("program-clean", "first") is None
    assert protocol.view("program-clean", "first") == View(faults=False)
    assert protocol.time_limit("program-planted", "first").total_seconds() == 90
    assert protocol.time_limit("program-clean", "first") is None
    weighed = protocol_with(
        factors=FACTORS, arms=dict.fromkeys(protocol.arms, 1) | {"program-clean": 3}, allocation__sizes=[6, 12]
    )
    assert weighed.hash != protocol.hash
    assert parse_protocol(yaml.safe_dump(weighed.document, sort_keys=False)).hash == weighed.hash


def test_level_may_take_advice_away():
    factors = {"given": {"no": {"advice": "reconsider"}, "yes": {}}, "who": FACTORS["adviser"]}
    protocol = protocol_with(factors=factors, arms=None, allocation__sizes=[4, 8])
    assert protocol.advice_kind("no-program", "second") == "reconsider"
    assert protocol.control == "no-program"
    assert protocol.plan()["advised"] == {"second": ["yes-program", "yes-colleague"]}


# Changes to the design above → the fault that is told, with its field.
FAULTS = [
    ({"design": {"kind": "crossover"}}, "design.kind", "a crossover design needs periods. Add “periods: [first, second]”."),
    ({"design": {"kind": "parallel", "periods": ["first"]}}, "design.kind", "a parallel design has no periods. Remove “periods”."),
    ({"design": {"kind": "crossover", "periods": ["first", "secnd"]}}, "design.periods[2]", "there is no phase “secnd”. Did you mean “second”?"),
    ({"design": {"kind": "parallel", "washout": "7d"}}, "design.washout", "only a crossover has a washout. Remove it."),
    ({"design": {"kind": "crossover", "periods": ["first", "second"], "washout": "7d"}}, "phases.first.advice", "not every way of working occurs in the period “first”"),
    ({"design": {"kind": "stepped", "periods": ["first", "second"]}}, "phases.first.advice", "two arms go over to advice at the same step."),
    ({"design": {"kind": "factorial"}}, "design.kind", "a factorial design crosses at least two factors."),
    ({"design": {"kind": "within-person"}}, "design.kind", "no phase shares ways of working out"),
    ({"arms": {"one": 1}, "allocation": None, "design": {"kind": "parallel"}}, "design.kind", "a parallel design compares arms, and there is one."),
    ({"factors": FACTORS}, "arms", "the arms are not the combinations of the factors"),
    ({"factors": {**FACTORS, "x": {"a": {"advice": "tld"}, "b": {}}}, "arms": None, "allocation/sizes": [8]}, "factors.x.a.advice", "there is no way of advising called “tld” under “advice”. Did you mean “told”?"),
    ({"factors": {**FACTORS, "x": {"a": {"explanation": "poem"}, "b": {}}}, "arms": None, "allocation/sizes": [8]}, "factors.x.a.explanation", "“poem” is not a possible “explanation” of advice."),
    ({"conditions": {"half": {"shares": {"none": 1, "told": 1}}}}, "conditions.half", "no phase uses “half”."),
    ({"conditions": {"told": {"shares": {"none": 1, "told": 1}}}}, "conditions.told", "“told” already names a way of working. Rename it."),
    ({"conditions": {"half": {"shares": {"none": 1, "tld": 1}}}, "phases/second/advice": "half"}, "conditions.half.shares.tld", "there is no way of advising called “tld” under “advice”. Did you mean “told”?"),
    ({"conditions": {"half": {"shares": {"none": 2, "told": 2}}}, "phases/second/advice": "half"}, "conditions.half.shares", "4 conditions cannot be shared out evenly over 6 cases."),
    ({"conditions": {"half": {"shares": {"none": 1, "told": 1}}}, "phases/second/advice": "half", "cases/order": "balanced"}, "cases.order", "conditions within a person are placed by a square of their own"),
    ({"conditions": {"half": {"shares": {"none": 1, "told": 1}}}, "advice/told/wrong": "1 of 3", "phases/second/advice": "half", "analysis/secondary": ["reliance", "time"]}, "analysis.secondary[2]", "“time” takes a whole phase for advised or not"),
    ({"phases/second/forms": 4}, "cases.forms", "2 phases need 5 forms, and there are 4."),
    ({"phases/second/cases": 7}, "phases.second.cases", "7 cases of a form of 6. Write at most 6."),
    ({"phases/second/cases": 4, "phases/second/forms": 2}, "phases.second.cases", "a part of several forms cannot be drawn."),
    ({"phases/second/probes": 4}, "phases.second.probes", "4 of 6 cases cannot be asked again at the end of the phase. Write at most 3."),
    ({"phases/second/time-limit": "10s"}, "phases.second.time-limit", "nobody reads a case in so short a time. Write at least 30s."),
    ({"phases/second/time-limit": "5m", "phases/second/sitting-limit": "2m"}, "phases.second.sitting-limit", "the limit of the sitting is shorter than that of one case."),
    ({"phases/second/time-limit": "soon"}, "phases.second.time-limit", "“soon” is not a length of time."),
    ({"phases/second/forms": 3, "advice/told/wrong": "3 of 9"}, "advice.told.wrong", "“3 of 9” does not divide a form, and the phase takes several."),
    ({"instruments": {"after secnd": ["sus"]}}, "instruments.after secnd", "there is no phase “secnd”. Did you mean “second”?"),
    ({"instruments": {"sometimes": ["sus"]}}, "instruments.sometimes", "“sometimes” does not say when to ask."),
    ({"advice/told/confidence": "calibrated", "advice/told/second": {"label": "Another", "stance": "agrees"}}, "advice.told.confidence", "a drawn confidence is that of one adviser"),
    ({"factors": {**FACTORS, "x": {"a": {"confidence": "calibratd"}, "b": {"confidence": "independent"}}}, "arms": None, "allocation/sizes": [8]}, "factors.x.a.confidence", "“calibratd” is not a possible “confidence” of advice."),
    ({"phases/second/opens": "7d before first"}, "phases.second.opens", "“7d before first” does not say when the phase opens."),
    ({"phases/second/opens": "7d after second"}, "phases.second.opens", "the phase “second” opens after “second”, which is not an earlier phase."),
    ({"phases/second/window": "0d"}, "phases.second.window", "the window has no length."),
    ({"phases/first/opens": "7d after second"}, "phases.first.opens", "the phase “first” opens after “second”, which is not an earlier phase."),
    ({"advice/told/longest-run": 1, "advice/told/wrong": "5 of 6"}, "advice.told.wrong", "no order of 6 cases has 5 of 6 wrong, none among the first 0, and at most 1 in a row."),
    ({"advice/told/first-wrong-after": 5}, "advice.told.wrong", "no order of 6 cases has 2 of 6 wrong, none among the first 5."),
    ({"advice/told/wrong": "7 of 6"}, "advice.told.wrong", "“7 of 6” asks for more wrong advice than there is advice."),
    ({"allocation/sizes": [3]}, "allocation.sizes[1]", "a block of 3 cannot hold the arms in the ratio 1:1."),
    ({"phases/second/cases": 0}, "phases.second.cases", "“0” is out of range."),
    ({"phases/second/advice": "tld"}, "phases.second.advice", "there is no way of advising called “tld” under “advice”."),
    ({"cases/forms": {"A": 6}}, "cases.forms", "2 phases need 2 forms, and there are 1."),
    ({"advice/told/wrong": "2 of 5"}, "advice.told.wrong", "“2 of 5” does not divide the 6 advised cases of a phase."),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "words"), FAULTS)
def test_contradiction_is_told_once_with_its_line_and_a_proposal(changes, field, words):
    with pytest.raises(InvalidFile) as caught:
        parse_protocol(changed(changes))
    (fault,) = caught.value.faults
    assert (fault.field, fault.line is not None) == (field, True)
    assert f"{fault.message} {fault.remedy}".startswith(words)
    assert fault.remedy


def test_crossover_without_the_whole_washout_is_refused():
    changes = {
        "design": {"kind": "crossover", "periods": ["first", "second"], "washout": "28d"},
        "phases/first/advice": {"one": "none", "two": "told"},
        "phases/second/advice": {"one": "told", "two": "none"},
    }
    with pytest.raises(InvalidFile, match="opens before the washout of 28d is over"):
        parse_protocol(changed(changes))
    assert parse_protocol(changed({**changes, "phases/second/opens": "28d after first"})).design.kind == "crossover"
    del changes["design"]["washout"]
    with pytest.raises(InvalidFile, match="without washout"):
        parse_protocol(changed(changes))


def test_stepped_design_goes_over_once_and_for_good():
    phases = {
        "first": {"advice": "none"},
        "second": {"advice": {"one": "told", "two": "none"}},
        "third": {"advice": "told"},
    }
    design = {"kind": "stepped", "periods": list(phases)}
    assert protocol_with(phases=phases, design=design).control is None
    phases["third"]["advice"] = {"one": "none", "two": "told"}
    with pytest.raises(InvalidFile, match="does not go over to advice once and for good"):
        protocol_with(phases=phases, design=design)


def test_pack_without_spare_cases_has_none_for_practice(packs):
    protocol = protocol_with(phases__second__practice=7)
    (fault,) = check_against_pack(protocol, packs)
    assert fault.message == "7 practice cases are asked for, and 6 cases of the packs are in no form."


def test_factor_that_hides_nothing_is_refused(packs):
    (fault,) = check_against_pack(protocol_with(phases__first__noise="hidden"), packs)
    assert "no finding of a case is marked as key" in fault.message
    (fault,) = check_against_pack(protocol_with(**{"phases__first__record-faults": "hidden"}), packs)
    assert "no case has any" in fault.message


def test_unknown_instrument_is_refused_and_one_without_wording_too():
    known = load_folder(ROOT / "instruments")
    told = check_instruments(protocol_with(instruments={"after study": ["suss", "jian-2000", "sus"]}), known)
    assert [fault.message for fault in told] == [
        "there is no instrument “suss”.",
        "the wording of “jian-2000” is not ours to give.",
    ]
    assert told[0].remedy == "Did you mean “sus”?"


def test_nobody_can_be_left_out_for_help_that_nobody_is_asked_about():
    known = load_folder(ROOT / "instruments")
    primary = {
        "estimand": "deskilling", "at": "third", "adjusted-for": "first", "claim": "difference",
        "intercurrent": {"outside-help": "exclude"},
    }  # fmt: skip
    strategy = {
        "analysis__primary": primary,
        "phases__second__advice": {"one": "none", "two": "told"},
        "phases__third": {"opens": "7d after second", "advice": "none"},
    }
    (fault,) = check_instruments(protocol_with(**strategy), known)
    assert fault.message == "nobody is asked about outside help, so nobody can be left out for it."
    assert fault.remedy == "Put outside-help under “instruments”."
    asked = protocol_with(**strategy, instruments={"after study": ["outside-help"]})
    assert check_instruments(asked, known) == []


def test_long_sitting_is_warned_of_with_its_minutes():
    (warning,) = [w for w in protocol_with(phases__second__forms=3).warnings() if "minutes" in w.message]
    assert warning.message == "a sitting of the phase “second” takes about 47 minutes."
    short = protocol_with(phases__second__forms=3, **{"phases__second__time-limit": "60s"})
    assert minutes_of_sitting(short, "one", "second") == 18
    limited = protocol_with(phases__second__forms=3, **{"phases__second__sitting-limit": "20m"})
    assert minutes_of_sitting(limited, "one", "second") == 20


POINTS = {
    "before study": ["a"], "before second": ["b"], "after each sitting of first": ["c"],
    "after each case of first": ["d"], "after first": ["e"], "after study": ["f"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("reached", "due"),
    [
        (({}, {}, "first", None, False), ["a"]),
        (({"first": 1}, {}, "first", ("first", 1, 2), False), ["d"]),
        (({"first": 1}, {"first": 1}, "second", None, False), ["b", "c", "e"]),
        (({"first": 1, "second": 1}, {"first": 1}, "second", ("second", 1, 1), False), ["c", "e"]),
        (({"first": 1, "second": 1}, {"first": 1, "second": 1}, None, None, True), ["c", "e", "f"]),
        (({}, {}, None, None, True), ["f"]),
    ],
)
def test_questionnaires_are_due_at_their_points(reached, due):
    protocol = protocol_with(instruments=POINTS)
    begun, completed, current, last, over = reached
    found = points.due(protocol, points.Reached(begun, completed, current, last, over), [])
    assert [one.instrument for one in found] == due
    assert points.due(protocol, points.Reached(begun, completed, current, last, over), found) == []


def test_point_that_is_none_is_told():
    with pytest.raises(Mistaken, match="does not say when to ask"):
        points.point("whenever")


def test_record_is_shown_without_its_faults_and_findings_without_noise(case_folder):
    from simlab.engine.casefile import load_case

    case = load_case(case_folder)
    public = case.public()
    assert unplaced(case) == []
    clean = seen(public, case, View(faults=False))
    assert [result["name"] for result in public["record"]["results"]] == ["Urate"]
    assert clean["record"]["results"] == []
    assert clean["stages"] == public["stages"]
    quiet = seen(public, case, View(noise=False))
    assert [[item["id"] for item in stage["items"]] for stage in quiet["stages"]] == [["onset"], ["toe"]]
    assert seen(public, case, View()) == public


def test_balance_report_names_the_worst_deviation(packs):
    protocol = protocol_with(phases__second__advice="told")
    slots, encounters = drawn(protocol, packs)
    report = balance(protocol, packs, slots, encounters)
    worst = {check.name: check.worst for check in report.checks}
    assert worst["no-repeats"] == 0
    assert worst["even-places"] > 0
    by_form = defaultdict(set)
    for one in encounters:
        by_form[one.form].add(one.case_id)
    assert all(len(cases) == 6 for cases in by_form.values())


@pytest.mark.parametrize("kind", ["independent", "calibrated"])
def test_stated_confidence_is_as_true_as_declared(packs, kind):
    protocol = protocol_with(advice__told__confidence=kind)
    slots, encounters = drawn(protocol, packs, people=800)
    wrong = {one.id for case in CASES for one in case.wrong}
    place = ("stratum", "ordinal", "phase", "case_id")
    seen_at = defaultdict(list)
    for one in encounters:
        policy = protocol.policy(one.arm, one.phase)
        if policy and one.advice_id:
            right = one.advice_id not in wrong
            seen_at[stated(policy, right, **{name: getattr(one, name) for name in place})].append(right)
    assert sorted(seen_at) == [47, 57, 67, 77, 87]
    total = sum(len(rights) for rights in seen_at.values())
    for level, rights in seen_at.items():
        assert len(rights) / total == pytest.approx(0.2, abs=0.02)
        expected = level / 100 if kind == "calibrated" else 4 / 6
        assert sum(rights) / len(rights) == pytest.approx(expected, abs=0.04)
    checks = {check.name: check for check in balance(protocol, packs, slots, encounters).checks}
    assert checks["confidence"].holds


def test_confidence_that_tells_right_from_wrong_is_found(packs, monkeypatch):
    protocol = protocol_with(advice__told__confidence="independent")
    monkeypatch.setattr("simlab.engine.balance.stated", lambda policy, right, **place: 87 if right else 47)
    report = balance(protocol, packs, *drawn(protocol, packs, people=200))
    (check,) = [check for check in report.checks if check.name == "confidence"]
    assert (check.holds, check.worst) == (False, 67)


def test_stated_confidence_depends_on_its_place_alone():
    policy = protocol_with(advice__told__confidence="independent").advice["told"]
    place = {"stratum": "all", "ordinal": 3, "phase": "second", "case_id": "case-01"}
    assert stated(policy, True, **place) == stated(policy, False, **place) == 47
    assert stated(policy.model_copy(update={"confidence": "percent"}), True, **place) is None


def test_twins_in_two_forms_are_refused(packs):
    twin = THIRTY.cases["case-06"].model_copy(update={"twin_of": "case-00"})
    pack = THIRTY.model_copy(update={"cases": {**THIRTY.cases, twin.id: twin}})
    (fault,) = check_against_pack(protocol_with(), {pack.id: pack})
    assert fault.message == "the forms hold both “case-00” and its twin “case-06”."
