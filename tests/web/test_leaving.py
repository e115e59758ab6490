"""Leaving a study, and what a person's own page says when nothing more can be done."""

import pytest

from simlab.sittings import reading
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.models import Decision, Participant
from simlab.studies import actions as studies
from simlab.web.presenters import homepage
from tests.factories import DAY, NOW, a_participant, a_study, a_user, close, sit_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client):
    participant = a_participant()
    session = client.session
    session[SESSION_KEY] = [str(participant.pk)]
    session.save()
    return participant


def text(answer):
    return " ".join(answer.content.decode().split())


def test_page_says_what_stops_and_what_is_kept_before_it_asks(client, person):
    assert f'href="/me/{person.pk}/leave/"' in text(client.get(f"/me/{person.pk}/"))
    page = text(client.get(f"/me/{person.pk}/leave/"))
    for words in (
        "What stops",
        "What is kept",
        "stay in the study under your code",
        "Erase my answers",
        "Leave the study for good",
    ):
        assert words in page
    assert Participant.objects.get(pk=person.pk).state == "enrolled"


def test_leaving_keeps_answers_and_opens_the_debrief(client, person):
    sit_through(person, NOW)
    before = Decision.objects.count()
    answer = client.post(f"/me/{person.pk}/leave/", follow=True)
    assert "You have left" in text(answer)
    assert f'href="/me/{person.pk}/debrief/"' in text(answer)
    assert Participant.objects.get(pk=person.pk).state == "withdrawn"
    assert Decision.objects.count() == before > 0
    assert client.get(f"/me/{person.pk}/debrief/").status_code == 200
    home = text(client.get(f"/me/{person.pk}/"))
    assert "You have left the study." in home
    assert "Leave the study" not in home


def test_leaving_twice_changes_nothing(client, person):
    client.post(f"/me/{person.pk}/leave/")
    ended = Participant.objects.get(pk=person.pk).ended_at
    assert "You have left" in text(client.post(f"/me/{person.pk}/leave/", follow=True))
    assert Participant.objects.get(pk=person.pk).ended_at == ended


def test_locked_study_is_not_left_any_more(client, person):
    studies.lock_study(study=person.study, by=None, now=NOW)
    assert client.post(f"/me/{person.pk}/leave/").url == f"/me/{person.pk}/"
    assert Participant.objects.get(pk=person.pk).state == "enrolled"


def next_of(person, now):
    person = Participant.objects.with_study().get(pk=person.pk)
    return homepage.next_step(reading.home(person, now))


def test_locked_study_offers_the_debrief_first(client, person):
    sit_through(person, NOW)
    studies.lock_study(study=person.study, by=None, now=NOW)
    said = next_of(person, NOW)
    assert (said["action"], said["heading"]) == ("debrief", "The study is closed.")
    assert "Leave the study" not in text(client.get(f"/me/{person.pk}/"))


def test_missed_last_window_offers_the_debrief_first(person):
    sit_through(person, NOW)
    assert next_of(person, NOW)["action"] != "debrief"
    said = next_of(person, NOW + 400 * DAY)
    assert (said["action"], said["heading"]) == ("debrief", "The time for the last part is over.")


def test_study_page_of_a_running_trial_says_that_its_report_is_blinded(client):
    owner = a_user()
    study = a_study(kind="main", by=owner)
    client.force_login(owner)
    page = text(client.get(f"/studies/{study.pk}/"))
    assert "Until the study is unblinded its report is blinded" in page
    assert "places are counted for all arms of a stratum together" in page
    close(study)
    page = text(client.get(f"/studies/{study.pk}/"))
    assert "Make the first report" in page
    assert "is blinded" not in page
    assert "Places are counted by arm" in page
