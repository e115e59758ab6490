"""What the authored library promises: complete cases, matched forms, and cards that do not give themselves away."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simlab.engine.allocation import draw_slots
from simlab.engine.casefile import Advice, Case, Term
from simlab.engine.caseindex import index_of, match_rows, with_index
from simlab.engine.pack import Pack, load_pack
from simlab.engine.protocol import check_against_pack, parse_protocol
from simlab.engine.schedule import draw_encounters

LIBRARY = Path(__file__).resolve().parents[2] / "cases"
WRITTEN_ON = "2026-11-23"
NOTICE = "Written for simulation; not clinically reviewed"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(LIBRARY / "primary-care")


def short_forms(pack: Pack) -> list[tuple[str, ...]]:
    return [pack.forms[name] for name in "ABCD"]


def long_forms(pack: Pack) -> list[tuple[str, ...]]:
    return [pack.forms[f"{name}12"] for name in "ABCD"]


def listed(pack: Pack) -> list[Case]:
    return [pack.cases[case_id] for members in short_forms(pack) for case_id in members]


def originals(pack: Pack) -> list[Case]:
    return [case for case in pack.cases.values() if case.twin_of is None]


def own_words(case: Case) -> str:
    """Everything a participant can read in the case, without the record."""
    items = [item.text for stage in case.stages for item in stage.items]
    return " ".join([case.title, case.presentation, *items])


def card_text(advice: Advice) -> str:
    return " ".join([advice.summary, advice.rationale or "", *advice.findings_for, *advice.findings_against])


def conditions(case: Case) -> list[Term]:
    return [case.reference.diagnosis, *case.reference.differential, *(advice.diagnosis for advice in case.advice)]


def spread_auc(right: list[float], wrong: list[float]) -> float:
    """The chance that a right card has the larger value; 0.5 when the value says nothing."""
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    return wins / (len(right) * len(wrong))


def test_four_forms_are_disjoint_and_each_is_the_first_half_of_a_longer_one(pack: Pack) -> None:
    for forms, size in ((short_forms(pack), 6), (long_forms(pack), 12)):
        assert [len(form) for form in forms] == [size] * 4
        assert len({case_id for form in forms for case_id in form}) == 4 * size
    assert [form[:6] for form in long_forms(pack)] == short_forms(pack)
    assert {case_id for form in long_forms(pack) for case_id in form} == {case.id for case in originals(pack)}


def test_short_forms_are_matched_by_specialty_difficulty_and_error_type(pack: Pack) -> None:
    made_of = []
    for members in short_forms(pack):
        cases = [pack.cases[case_id] for case_id in members]
        errors = Counter(advice.error_type for case in cases for advice in case.wrong)
        made_of.append((sorted(c.specialty for c in cases), sorted(c.difficulty or 0 for c in cases), errors))
    assert all(form == made_of[0] for form in made_of)
    difficulties = made_of[0][1]
    assert sum(difficulties) / 6 == pytest.approx(0.6, abs=0.02)
    assert all(0.4 <= difficulty <= 0.8 for difficulty in difficulties)


def test_long_forms_are_matched_by_specialty_difficulty_and_error_type(pack: Pack) -> None:
    rows = [one for one in match_rows(pack) if one.form.endswith("12")]
    assert len({tuple(sorted(one.specialties.items())) for one in rows}) == 1
    assert set(rows[0].specialties.values()) == {2}
    assert len({tuple(sorted(one.errors.items())) for one in rows}) == 1
    assert all(one.difficulty == pytest.approx(0.6, abs=0.001) for one in rows)
    spreads = [one.spread for one in rows]
    assert max(spreads) - min(spreads) < 0.01
    words = [one.words for one in rows]
    assert max(words) <= 1.05 * min(words)


def test_the_demonstration_can_be_sat_in_long_forms_but_not_in_forms_that_share_cases(pack: Pack) -> None:
    source = (LIBRARY.parent / "protocols" / "demo" / "study.yaml").read_text(encoding="utf-8")
    source = source.replace("wrong: 2 of 6", "wrong: 4 of 12")
    long = parse_protocol(source.replace("{A: 6, B: 6, C: 6, D: 6}", "{A12: 12, B12: 12, C12: 12, D12: 12}"))
    assert check_against_pack(long, {pack.id: pack}) == []
    met = draw_encounters(long, {pack.id: pack}, "seed", draw_slots(long, "seed", per_stratum=4))
    first = [one.case_id for one in met if (one.stratum, one.ordinal) == (met[0].stratum, met[0].ordinal)]
    assert sorted(first) == sorted(case.id for case in originals(pack))
    sharing = source.replace("{A: 6, B: 6, C: 6, D: 6}", "{A: 6, A12: 6, C: 6, D: 6}")
    both = parse_protocol(sharing.replace("4 of 12", "2 of 6"))
    assert [fault.message for fault in check_against_pack(both, {pack.id: pack})] == [
        "the forms A and A12 share cases."
    ]


def test_ten_twins_are_in_no_form_and_no_practice(pack: Pack) -> None:
    twins = [case for case in pack.cases.values() if case.twin_of]
    assert len(twins) == 10
    assert len({case.twin_of for case in twins}) == 10
    assert not {case.id for case in twins} & set(pack.contrast_cases)


def test_forms_are_alike_in_length(pack: Pack) -> None:
    words = [sum(len(own_words(pack.cases[i]).split()) for i in members) for members in short_forms(pack)]
    assert max(words) <= 1.15 * min(words)


def test_every_case_is_unsigned_and_says_so(pack: Pack) -> None:
    for case in pack.cases.values():
        assert (case.status.notice, case.status.reviewer, case.status.reviewed_on) == (NOTICE, None, None)
        assert case.licence == "CC-BY-4.0"


def test_every_case_has_right_and_wrong_advice_and_half_a_second_wrong_one(pack: Pack) -> None:
    assert all(len(case.right) == 1 and len(case.wrong) in (1, 2) for case in pack.cases.values())
    assert sum(len(case.wrong) == 2 for case in listed(pack)) == 12


def test_every_condition_is_in_the_list_under_the_same_name_and_code(pack: Pack) -> None:
    codes = {term.term: term.icd10 for term in pack.terms}
    assert len(codes) >= 250
    wanted = {(case.id, term.term, term.icd10) for case in pack.cases.values() for term in conditions(case)}
    assert [entry for entry in sorted(wanted) if codes.get(entry[1]) != entry[2]] == []


def test_items_hold_both_key_and_irrelevant_ones(pack: Pack) -> None:
    for case in pack.cases.values():
        keys = [item.key for stage in case.stages for item in stage.items]
        assert [stage.kind for stage in case.stages] == ["history", "examination", "investigations"], case.id
        assert 0.2 <= sum(keys) / len(keys) <= 0.7, case.id


def test_each_case_is_worth_sitting(pack: Pack) -> None:
    for case in pack.cases.values():
        assert len(own_words(case).split()) >= 250, case.id
        assert 120 <= len((case.debrief or "").split()) <= 220, case.id
        assert any(len(result.values) >= 2 for result in case.record.results), case.id
        assert case.reference.ice is not None, case.id
        assert case.reference.safety_net, case.id


@pytest.mark.parametrize(
    "measure",
    [
        lambda advice: advice.confidence,
        lambda advice: len(card_text(advice)),
        lambda advice: len(advice.summary),
        lambda advice: len(advice.rationale),
        lambda advice: len(" ".join(advice.findings_for)),
        lambda advice: len(" ".join(advice.findings_against)),
    ],
    ids=["confidence", "length", "summary", "rationale", "findings for", "findings against"],
)
def test_right_and_wrong_cards_cannot_be_told_apart_by(pack: Pack, measure: Callable[[Advice], float]) -> None:
    for cases in (listed(pack), originals(pack)):
        right = [measure(advice) for case in cases for advice in case.right]
        wrong = [measure(advice) for case in cases for advice in case.wrong]
        assert 0.4 <= spread_auc(right, wrong) <= 0.6


def test_cards_have_one_shape(pack: Pack) -> None:
    for case in pack.cases.values():
        for advice in case.advice:
            assert (len(advice.findings_for), len(advice.findings_against)) == (3, 2), (case.id, advice.id)
            assert 0.62 <= (advice.confidence or 0) <= 0.93
            assert "!" not in card_text(advice)


def test_a_third_of_the_cases_hold_two_record_faults_that_can_be_found(pack: Pack) -> None:
    faulty = [case for case in pack.cases.values() if case.record.faults]
    assert len(faulty) >= len(pack.cases) / 3
    for case in faulty:
        assert len(case.record.faults) == 2, case.id
        for fault in case.record.faults:
            assert fault.where in set(places(case)), (case.id, fault.where)


def places(case: Case) -> Iterator[str]:
    record = case.record
    yield from (f"problems/{problem.term}" for problem in record.problems)
    yield from (f"medication/{medicine.drug}" for medicine in record.medication)
    yield from (f"allergies/{allergy.substance}" for allergy in record.allergies or ())
    yield from (f"results/{result.name}" for result in record.results)
    yield from (f"letters/{letter.date}" for letter in record.letters)


def test_another_patients_letter_is_marked_as_a_fault_and_no_other_letter_differs_in_age(pack: Pack) -> None:
    for case in pack.cases.values():
        foreign = {fault.where for fault in case.record.faults if fault.kind == "wrong-patient-letter"}
        for letter in case.record.letters:
            stated = re.search(r"^Re: [^,]+, aged (\d+)", letter.text)
            other = stated is not None and int(stated[1]) != case.patient.age
            assert other == (f"letters/{letter.date}" in foreign), (case.id, letter.date)


def test_ages_in_cards_are_the_patients(pack: Pack) -> None:
    for case in pack.cases.values():
        for advice in case.advice:
            for age in re.findall(r"\b(?:man|woman|boy|girl|teenager) (?:of|aged) (\d+)", card_text(advice)):
                assert int(age) == case.patient.age, (case.id, advice.id)


def test_record_dates_are_in_order_and_not_in_the_future(pack: Pack) -> None:
    for case in pack.cases.values():
        for result in case.record.results:
            dates = [value.date for value in result.values]
            assert dates == sorted(set(dates)), (case.id, result.name)
            assert dates[-1] <= WRITTEN_ON, (case.id, result.name)
        assert all(letter.date <= WRITTEN_ON for letter in case.record.letters), case.id
        assert all((medicine.since or "") <= WRITTEN_ON for medicine in case.record.medication), case.id


def test_sexes_and_names_are_balanced(pack: Pack) -> None:
    cases = listed(pack)
    assert abs(sum(case.patient.sex == "female" for case in cases) - 12) <= 2
    assert len({case.patient.name for case in cases}) == len(cases)


def test_the_index_in_the_documentation_is_current() -> None:
    page = (LIBRARY.parent / "docs" / "cases.md").read_text(encoding="utf-8")
    packs = [load_pack(path.parent) for path in sorted(LIBRARY.glob("*/pack.yaml"))]
    assert with_index(page, index_of(packs)) == page, "Run: manage.py index_cases --page docs/cases.md"
