"""Front page, headers, errors and the debrief's words."""

import pytest

from simlab.sittings.debrief import debrief
from simlab.web.presenters import debriefing
from tests.factories import DAY, NOW, a_participant, a_study, a_user, close, sit_through

pytestmark = pytest.mark.django_db


def test_front_page_names_the_demo_only_where_it_is_one(client, settings):
    assert b"demo.invalid" in client.get("/").content
    settings.DEMO = None
    assert b"demo.invalid" not in client.get("/").content


@pytest.mark.parametrize("path", ["/", "/nothing/"])
def test_every_page_carries_the_policy_and_the_line_of_the_footer(client, path):
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert b"not an NHS service" in answer.content


def test_log_in_leads_each_person_to_their_side(client):
    researcher, clinician = a_user(), a_user()
    study = a_study(by=researcher)
    client.force_login(researcher)
    assert client.get("/accounts/next/").url == "/studies/"
    client.force_login(clinician)
    assert client.get("/accounts/next/").url == "/me/"
    assert b"No study belongs to this account yet" in client.get("/me/").content
    assert study.title.encode() not in client.get("/me/").content


def test_wrong_password_says_one_thing_for_known_and_unknown(client):
    user = a_user()
    said = [
        client.post("/accounts/login/", {"username": name, "password": "wrong"}).content
        for name in (user.email, "nobody@example.org")
    ]
    assert all(b"do not belong together" in page for page in said)


def test_report_of_a_running_trial_offers_no_button(client):
    owner = a_user()
    study = a_study(kind="main", by=owner)
    client.force_login(owner)
    page = client.get(f"/studies/{study.pk}/report/").content
    assert b"Make the report" not in page
    close(study)
    assert b"Make the report" in client.get(f"/studies/{study.pk}/report/").content


def test_debrief_corrects_every_wrong_suggestion_in_words(client):
    person = a_participant(arm="advised")
    sit_through(person, NOW)
    sit_through(person, NOW + 8 * DAY)
    told = debriefing.page_of(debrief(person, NOW + 9 * DAY))
    wrong = [case for case in told["cases"] if case["advice_was_wrong"]]
    assert len(wrong) == 1
    assert f"the reference answer is {wrong[0]['reference_lines'][0]}" in wrong[0]["correction"]
    assert any("of four cases" in line for line in told["summary"])


def test_trainees_trial_data_stay_with_the_trial(client):
    educator = a_user()
    client.force_login(educator)
    assert b"You have no cohort yet" in client.get("/teaching/").content
