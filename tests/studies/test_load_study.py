"""`manage.py load_study`: a study from a folder, or one sentence and nothing changed."""

import shutil
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from simlab.studies.models import PlannedEncounter, Study
from simlab.studies.reading import invitation_for
from tests.factories import MINI, a_loaded_pack, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return a_user(email="owner@example.org")


def load(folder, **options) -> str:
    out = StringIO()
    call_command("load_study", folder, owner="owner@example.org", stdout=out, **options)
    return out.getvalue()


def test_draft_is_made_and_draws_nothing(owner):
    said = load(MINI)
    study = Study.objects.get(slug="mini")
    assert (study.kind, study.state) == ("pilot", "draft")
    assert study.roles.get().user == owner
    assert "/join/" not in said


def test_main_study_is_not_launched_by_one_command(owner):
    a_loaded_pack()
    with pytest.raises(CommandError, match="launched after it was rehearsed, and approved by a second person"):
        load(MINI, slug="first", kind="main", launch=True, places=4)
    assert not Study.objects.exists()


def test_launched_pilot_gives_its_link_once(owner):
    a_loaded_pack()
    said = load(MINI, slug="first", kind="pilot", launch=True, places=4)
    study = Study.objects.get(slug="first")
    assert (study.kind, study.state) == ("pilot", "launched")
    token = said.split("/join/")[1].split("/")[0]
    assert invitation_for(token).study == study


def test_protocol_that_asks_for_more_than_a_form_holds_changes_nothing(owner, tmp_path):
    a_loaded_pack()
    folder = tmp_path / "greedy"
    shutil.copytree(MINI, folder)
    text = (folder / "study.yaml").read_text().replace("{A: 2, B: 2}", "{A: 3, B: 3}").replace("1 of 2", "1 of 3")
    (folder / "study.yaml").write_text(text)
    with pytest.raises(CommandError) as refused:
        load(folder, launch=True)
    message = str(refused.value)
    assert message.startswith("study.yaml:6"), message
    assert "forms" in message
    assert not Study.objects.exists()
    assert not PlannedEncounter.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"launch": True}, "is not loaded"), ({"slug": "taken"}, "already"), ({"places": 0}, "--places")],
)
def test_bad_wish_is_one_sentence(owner, options, words):
    load(MINI, slug="taken")
    with pytest.raises(CommandError, match=words):
        load(MINI, **{"slug": "new", **options})
    assert Study.objects.count() == 1


def test_unknown_owner_and_missing_folder(tmp_path):
    with pytest.raises(CommandError, match=r"owner@example\.org"):
        load(MINI)
    a_user(email="owner@example.org")
    with pytest.raises(CommandError, match="cannot be read"):
        load(tmp_path / "nowhere")
