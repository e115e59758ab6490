"""Pictures of cases: served with their own type, to nobody else, and shown with words and size."""

import io
import shutil

import pytest
from PIL import Image

from simlab.engine.casefile import load_pack
from simlab.people.actions import link_participant
from simlab.sittings.debrief import debrief
from simlab.sittings.reading import current_step
from simlab.studies import actions as studies
from simlab.studies.models import CaseVersion, PlannedEncounter
from simlab.teaching import actions as teaching
from tests.factories import (
    DAY,
    MINI,
    NOW,
    a_case_image,
    a_draft,
    a_participant,
    a_sitting,
    a_user,
    sit_through,
    with_picture,
)

pytestmark = pytest.mark.django_db


def address(image):
    return f"/api/case-images/{image.case_version_id}/{image.name}"


@pytest.fixture
def sitting():
    return a_sitting()


@pytest.fixture
def image(sitting):
    return a_case_image(sitting)


def log_in_as(client, participant):
    user = a_user()
    link_participant(participant_id=participant.pk, user=user)
    client.force_login(user)


def test_picture_comes_with_its_own_type_and_is_never_guessed(client, sitting, image):
    log_in_as(client, sitting.participant)
    answer = client.get(address(image))
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"PNG", "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert {"private", "immutable", "max-age=31536000"} == set(answer.headers["Cache-Control"].split(", "))


def test_unknown_picture_and_unknown_case_are_not_found(client, sitting, image):
    log_in_as(client, sitting.participant)
    other = CaseVersion.objects.exclude(pk=image.case_version_id).first()
    for path in (
        address(image).replace("picture", "other"),
        address(image).replace(str(image.case_version_id), str(other.pk)),
    ):
        assert client.get(path).status_code == 404


def test_case_that_was_not_met_yet_shows_nothing(client, sitting, image):
    met = sitting.participant
    planned = PlannedEncounter.objects.exclude(case_version=image.case_version).filter(slot=met.slot)
    assert planned.exists()
    late = a_participant(met.study)
    log_in_as(client, late)
    assert client.get(address(image)).status_code == 404


@pytest.mark.parametrize("role", ["owner", "researcher", "educator"])
def test_every_role_in_a_study_with_the_case_sees_it(client, sitting, image, role):
    user = a_user()
    client.force_login(user)
    assert client.get(address(image)).status_code == 404
    studies.grant_role(study=sitting.participant.study, user=user, role=role, by=None, now=NOW)
    assert client.get(address(image)).status_code == 200


def test_educator_sees_the_cases_of_what_is_assigned_to_a_cohort(client, sitting, image):
    educator = a_user()
    client.force_login(educator)
    assert client.get(address(image)).status_code == 404
    cohort = teaching.create_cohort(title="Autumn", by=educator, now=NOW)
    cohort.assignments.create(study=sitting.participant.study, assigned_at=NOW)
    assert client.get(address(image)).status_code == 200


def test_page_and_debrief_show_picture_words_and_size(client, tmp_path):
    folder = tmp_path / "mini"
    shutil.copytree(MINI, folder)
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "PNG")
    for case in load_pack(MINI).cases:
        with_picture(folder, "toe.png", out.getvalue(), case)
    study = a_draft()
    studies.load_pack(pack=load_pack(folder), now=NOW)
    study = studies.launch_study(study=study, by=None, now=NOW, per_stratum=8, seed="pictures")
    sitting = a_sitting(a_participant(study))
    person = sitting.participant
    log_in_as(client, person)
    shown = current_step(sitting)["case"]
    picture = shown["stages"][-1]["items"][-1]
    tag = f'<img class="{{}}" src="{picture["image"]}" alt="A picture" width="40" height="30">'
    assert picture["image"] == f"/api/case-images/{shown['version']}/toe.png"
    assert tag.format("findings__picture") in client.get(f"/sit/{sitting.pk}/").content.decode()
    assert client.get(picture["image"]).headers["Content-Type"] == "image/png"
    sit_through(person, NOW)
    client.post(f"/me/{person.pk}/leave/")
    assert debrief(person.__class__.objects.get(pk=person.pk), NOW + DAY)["cases"][0]["pictures"]
    assert tag.format("findings__picture") in client.get(f"/me/{person.pk}/debrief/").content.decode()
