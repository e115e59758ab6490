import pytest

from simlab.engine.casefile import Pack
from simlab.studies import actions
from simlab.studies.models import AdviceVersion, CaseVersion, PackVersion
from simlab.studies.reading import case_of, pack_of, public_case
from tests.factories import NOW, a_loaded_pack, mini_pack

pytestmark = pytest.mark.django_db


def with_title(pack: Pack, case_id: str, title: str) -> Pack:
    changed = pack.cases[case_id].model_copy(update={"title": title})
    return pack.model_copy(update={"cases": {**pack.cases, case_id: changed}})


def test_pack_is_stored_whole_and_read_back_equal():
    version = a_loaded_pack()
    assert (CaseVersion.objects.count(), AdviceVersion.objects.count()) == (4, 8)
    assert pack_of(version) == mini_pack()


def test_loading_again_changes_nothing():
    assert a_loaded_pack() == a_loaded_pack()
    assert (PackVersion.objects.count(), CaseVersion.objects.count()) == (1, 4)


def test_changed_case_becomes_a_new_version_beside_the_old():
    first = a_loaded_pack()
    pack = with_title(mini_pack(), "tired-and-cold", "Tired since spring")
    second = actions.load_pack(pack=pack, now=NOW)
    assert (first.number, second.number) == (1, 2)
    titles = CaseVersion.objects.filter(case_id="tired-and-cold").values_list("content__title", flat=True)
    assert sorted(titles) == ["Tired for half a year", "Tired since spring"]
    assert CaseVersion.objects.count() == 5
    assert pack_of(first).cases["tired-and-cold"].title == "Tired for half a year"
    assert pack_of(second).cases["tired-and-cold"].title == "Tired since spring"


def test_going_back_to_an_earlier_text_uses_its_case_again():
    a_loaded_pack()
    actions.load_pack(pack=with_title(mini_pack(), "tired-and-cold", "Other"), now=NOW)
    third = a_loaded_pack()
    assert (third.number, CaseVersion.objects.count()) == (3, 5)


def test_public_case_hides_reference_advice_and_debrief():
    a_loaded_pack()
    for version in CaseVersion.objects.all():
        shown = public_case(version.pk)
        assert not {"reference", "advice", "debrief", "guideline", "difficulty"} & set(shown)
        assert case_of(version.pk).reference.diagnosis.term.lower() not in str(shown).lower()
