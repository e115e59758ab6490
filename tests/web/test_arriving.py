"""From the link over consent to a place in the study, as forms see it."""

import pytest

from simlab.sittings.models import Consent, Participant
from simlab.studies import actions
from tests.factories import NOW, a_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    made = a_study()
    actions.open_link(study=made, by=None, now=NOW, token="mini")
    return made


def agree(client, **more):
    return client.post("/join/mini/consent/", {"statement": ["0", "1"], "agree": "yes", **more})


def test_opening_the_link_writes_nothing(client, study):
    assert client.get("/join/mini/").status_code == 200
    assert client.get("/join/mini/consent/").status_code == 200
    assert not Participant.objects.exists()


def test_whole_way_ends_on_the_own_page_with_a_link_shown_once(client, study):
    agree(client)
    answer = client.post("/join/mini/eligibility/", {"grade": "gp"}, follow=True)
    assert b"/return/" in answer.content
    person = Participant.objects.get()
    assert (person.state, person.grade) == ("enrolled", "gp")
    assert Consent.objects.get().agreed
    assert b"/return/" not in client.get(f"/me/{person.pk}/").content


def test_missing_statement_is_asked_for_and_writes_nothing(client, study):
    answer = client.post("/join/mini/consent/", {"statement": ["0"], "agree": "yes"})
    assert b"tick every statement" in answer.content
    assert not Participant.objects.exists()


def test_made_up_statement_is_no_consent(client, study):
    client.post("/join/mini/consent/", {"statement": ["0", "7", "-1", "x"], "agree": "yes"})
    assert not Consent.objects.exists()


def test_declining_is_noted_and_thanked_for(client, study):
    answer = client.post("/join/mini/consent/", {"agree": "no"})
    assert b"chosen not to take part" in answer.content
    assert Participant.objects.get().state == "declined"


def test_other_role_is_not_enrolled(client, study):
    agree(client)
    answer = client.post("/join/mini/eligibility/", {"grade": "none"})
    assert b"other roles" in answer.content
    assert Participant.objects.get().state == "ineligible"


def test_no_role_is_asked_for_again(client, study):
    agree(client)
    assert b"Choose your role" in client.post("/join/mini/eligibility/", {}).content
    assert Participant.objects.get().state == "arrived"


def test_joining_twice_in_one_browser_gives_one_place(client, study):
    for _ in range(2):
        agree(client)
        client.post("/join/mini/eligibility/", {"grade": "gp"})
    assert Participant.objects.count() == 1


def test_eligibility_without_consent_leads_back_to_the_start(client, study):
    answer = client.post("/join/mini/eligibility/", {"grade": "gp"})
    assert answer.url == "/join/mini/"


def test_closed_study_says_so(client, study):
    actions.pause_study(study=study, by=None, now=NOW, reason="A fault in a case.")
    answer = agree(client)
    assert answer.status_code == 409
    assert b"takes nobody" in answer.content


def test_unknown_link_is_not_found_in_our_look(client, study):
    answer = client.get("/join/nothing/")
    assert answer.status_code == 404
    assert b"not an NHS service" in answer.content


def test_personal_link_lets_in_only_on_confirmation(client, study):
    agree(client)
    page = client.post("/join/mini/eligibility/", {"grade": "gp"}, follow=True).content.decode()
    token = page.split("/return/")[1].split("/")[0]
    person = Participant.objects.get()
    client.session.flush()
    client.cookies.clear()
    for _ in range(3):
        assert client.get(f"/return/{token}/").status_code == 200
    assert client.get(f"/me/{person.pk}/").status_code == 404
    client.post(f"/return/{token}/")
    assert client.get(f"/me/{person.pk}/").status_code == 200
