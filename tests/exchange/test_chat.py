"""The live arm: a chat with a language model inside a case, with every turn on record and a cap."""

import json

import pytest

from simlab.sittings.models import ChatTurn, Encounter
from simlab.studies import actions
from tests.exchange.stubs import Stub, chat_reply, serving
from tests.factories import MINI, NOW, a_loaded_pack, a_participant, a_sitting

pytestmark = pytest.mark.django_db

STUDY = """
simlab: study/1
title: A study with a chat
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2}, rotate: fixed}
arms: {talking: 1}
phases: {part: {advice: chat}}
advice:
  chat: {source: chat, when: with-case, calls: 2, label: Assistant}
"""


@pytest.fixture
def seat(client):
    a_loaded_pack()
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    study = actions.create_study(slug="talk", kind="demonstration", source=STUDY, documents=documents, by=None, now=NOW)
    sitting = a_sitting(a_participant(actions.launch_study(study=study, by=None, now=NOW, per_stratum=4, seed="s")))
    session = client.session
    session["participants"] = [str(sitting.participant_id)]
    session.save()
    return sitting


def ask(client, sitting, text):
    encounter = sitting.encounters.open().get()
    return client.post(f"/api/encounters/{encounter.pk}/chat/", json.dumps({"text": text}), "application/json")


@pytest.fixture
def model(settings):
    stub = Stub(chat_reply("It could be **gout**. ![pixel](https://evil.example/x) <img src=x onerror=alert(1)>"))
    with serving(stub) as base:
        settings.OUTBOUND_ALLOWED = ["127.0.0.1"]
        settings.CHAT_URL, settings.CHAT_MODEL = f"{base}/v1", "stub-1"
        yield stub


def test_every_turn_is_kept_word_for_word_and_shown_harmless(client, seat, model):
    reply = ask(client, seat, "What else could it be?").json()
    assert reply == {"shown": "It could be **gout**. pixel", "left": 1, "left_words": "You can ask 1 more time."}
    question, answer = ChatTurn.objects.order_by("number")
    assert (question.role, question.text) == ("clinician", "What else could it be?")
    assert (answer.role, answer.model, answer.outcome) == ("model", "stub-1", "ok")
    assert "onerror" in answer.text
    assert answer.latency_ms > 0
    step = client.get(f"/api/sittings/{seat.pk}/step/").json()
    assert [turn["shown"] for turn in step["chat"]["turns"]] == [question.text, "It could be **gout**. pixel"]


def test_model_is_told_the_case_and_the_talk_and_nothing_of_the_person(client, seat, model):
    ask(client, seat, "First?")
    ask(client, seat, "Second?")
    body = json.dumps(model.seen[1][2])
    assert [message["role"] for message in model.seen[1][2]["messages"]] == ["system", "user", "assistant", "user"]
    case = Encounter.objects.get().planned.case_version.content
    for secret in (str(seat.participant_id), str(seat.pk), "right-1", case["debrief"].strip(), case["id"]):
        assert secret not in body


def test_calls_are_capped(client, seat, model):
    assert ask(client, seat, "One").json()["left"] == 1
    assert ask(client, seat, "Two").json()["left"] == 0
    refused = ask(client, seat, "Three")
    assert (refused.status_code, refused.json()["code"]) == (409, "used-up")
    assert ChatTurn.objects.count() == 4
    assert len(model.seen) == 2


@pytest.mark.parametrize("address", ["", "https://127.0.0.1/v1", "http://127.0.0.1:9/v1"])
def test_failure_is_said_in_words_and_kept(client, seat, settings, address):
    settings.CHAT_URL, settings.OUTBOUND_ALLOWED = address, ["127.0.0.1:9"]
    reply = ask(client, seat, "Are you there?")
    assert reply.status_code == 200
    assert "not available" in reply.json()["shown"]
    assert ChatTurn.objects.get(role="model").outcome == "failed"


def test_chat_is_only_for_its_owner_and_its_arm(client, seat, model):
    assert ask(client, seat, "").status_code == 422
    assert ask(client, seat, "x" * 2001).status_code == 422
    client.session.flush()
    client.cookies.clear()
    assert ask(client, seat, "Mine?").status_code == 404
    assert not ChatTurn.objects.exists()
