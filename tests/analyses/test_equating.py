"""Frozen data of a pilot speak of the forms that were sat, of bounds declared before them, and while they are whole."""

import pytest

from simlab.analyses import actions, equating, heartbeat
from simlab.engine.errors import Refused
from simlab.stats import datafile
from simlab.studies import actions as studies
from simlab.studies.models import FormEquating, PackVersion
from simlab.studies.reading import pack_of
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db
WORDS = ("Gout", "Hypothyroidism", "Migraine", "Iron deficiency anaemia")


@pytest.fixture
def staff():
    return a_user(is_staff=True)


@pytest.fixture
def frozen(staff, settings, tmp_path, monkeypatch):
    """A pilot whose data were frozen a day after it was sat."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)
    monkeypatch.setattr(actions, "_queue", lambda run: None)
    study = a_study(kind="pilot", by=staff)
    for number in range(8):
        sit_through(a_participant(study), NOW, WORDS[number % len(WORDS)])
    run = actions.request_analysis(study=study, by=None, now=NOW)
    actions.execute(run_id=run.pk, clock=lambda: NOW + DAY)
    run.refresh_from_db()
    assert run.state == "done", run.error
    return run.dataset


def a_bound(staff, now=NOW):
    version = PackVersion.objects.latest_of("mini")
    one, other = list(pack_of(version).forms)[:2]
    return studies.declare_bound(version=version, one=one, other=other, bound=0.5, reason="Small.", by=staff, now=now)


def equate(dataset, staff, pack=None):
    pack = pack or pack_of(PackVersion.objects.latest_of("mini"))
    return equating.equate_study(pack=pack, dataset=dataset, by=staff, now=NOW + 2 * DAY)


def refusal(dataset, staff, pack=None) -> str:
    with pytest.raises(Refused) as refused:
        equate(dataset, staff, pack)
    assert not FormEquating.objects.exists()
    return refused.value.code


def test_the_data_of_a_pilot_are_recorded_once(frozen, staff):
    bound = a_bound(staff)
    assert equating.datasets_for(staff, "mini") == [frozen]
    assert equating.datasets_for(a_user(), "mini") == []
    [made] = equate(frozen, staff)
    table = datafile.read(equating.settings.DATA_DIR / frozen.path)
    unaided = table[table["final_correct"].notna() & ~table["advice_shown"].fillna(False).astype(bool)]
    first = unaided.drop_duplicates(["participant", "case"])
    assert (made.bound, made.study, made.data_sha256) == (bound, frozen.study, frozen.sha256)
    assert 0 < made.decisions <= len(first)
    assert 0 < made.persons <= first["participant"].nunique()
    assert (made.difference is None) == (made.note != "")
    with pytest.raises(Refused, match="recorded for these forms already"):
        equate(frozen, staff)


def test_data_without_a_bound_before_them_say_nothing(frozen, staff):
    assert refusal(frozen, staff) == "no-bound"
    a_bound(staff, now=NOW + 1.5 * DAY)
    assert refusal(frozen, staff) == "not-beforehand"


def test_data_speak_only_of_the_cases_that_were_sat(frozen, staff):
    pack = pack_of(PackVersion.objects.latest_of("mini"))
    case = pack.cases[next(iter(pack.forms.values()))[0]]
    changed = case.model_copy(update={"title": "Another title"})
    other = pack.model_copy(update={"cases": {**pack.cases, case.id: changed}})
    studies.load_pack(pack=other, now=NOW)
    a_bound(staff)  # for the forms as they are now
    assert refusal(frozen, staff, other) == "other-content"


def test_lost_or_changed_data_are_refused_in_words(frozen, staff):
    a_bound(staff)
    path = equating.settings.DATA_DIR / frozen.path
    table = datafile.read(path)
    datafile.write(table.iloc[1:].reset_index(drop=True), path)
    assert refusal(frozen, staff) == "data-changed"
    path.write_bytes(b"no table")
    assert refusal(frozen, staff) == "data-unreadable"
    path.unlink()
    assert refusal(frozen, staff) == "data-unreadable"
