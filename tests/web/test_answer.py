"""The reply to an answer brings the page that follows, so that nobody waits for a second request."""

import json
import re

import pytest
from django.test import Client

from simlab.sittings.access import SESSION_KEY
from simlab.sittings.models import Decision, Encounter
from tests.factories import a_message, a_sitting, an_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting():
    return a_sitting(arm="advised")


@pytest.fixture
def browser(sitting):
    client = Client()
    session = client.session
    session[SESSION_KEY] = [str(sitting.participant_id)]
    session.save()
    return client


def post(browser, sitting, *messages, lease=1):
    body = json.dumps({"lease": lease, "messages": messages})
    return browser.post(f"/sit/{sitting.pk}/outbox/", body, content_type="application/json")


def test_the_reply_is_the_step_of_the_page_word_for_word(browser, sitting):
    reply = post(browser, sitting, an_answer(1, sitting.encounters.get().pk)).json()
    page = browser.get(f"/sit/{sitting.pk}/").content.decode()
    without = [re.sub(r'data-csrf="[^"]*"', "", html).strip() for html in (reply["html"], page)]
    assert reply["results"][0]["status"] == "stored"
    assert 'data-stage="advice"' in reply["html"]
    assert without[0] in without[1]


def test_a_repeat_brings_the_page_again_and_stores_nothing(browser, sitting):
    message = an_answer(1, sitting.encounters.get().pk)
    first, second = (post(browser, sitting, message).json() for _ in range(2))
    assert (first["results"][0]["status"], second["results"][0]["status"]) == ("stored", "repeat")
    assert 'data-stage="advice"' in second["html"]
    assert Decision.objects.count() == 1


def test_after_the_last_answer_the_reply_says_where_to_go(browser, sitting):
    reply, seq = {}, 0
    while "next" not in reply:
        encounter = Encounter.objects.get(sitting=sitting, closed_at=None)
        seq += 1
        reply = post(browser, sitting, an_answer(seq, encounter.pk, encounter.stage.replace("advice", "final"))).json()
        assert reply["results"][0]["status"] == "stored"
    assert reply["next"] == f"/me/{sitting.participant_id}/"
    assert "html" not in reply


def test_an_old_window_and_a_conflict_get_no_page(browser, sitting):
    encounter = sitting.encounters.get().pk
    message = an_answer(1, encounter)
    post(browser, sitting, message)
    other = {**message, "body": an_answer(1, encounter, term="Cellulitis")["body"]}
    assert "html" not in post(browser, sitting, other).json()
    sitting.lease = 2
    sitting.save(update_fields=["lease"])
    stale = post(browser, sitting, a_message(9, "event", None, name="focus")).json()
    assert stale["stale"] is True
    assert "html" not in stale


def test_a_stranger_finds_nothing(sitting):
    answer = post(Client(), sitting, an_answer(1, sitting.encounters.get().pk))
    assert answer.status_code == 404
    assert not Decision.objects.exists()
