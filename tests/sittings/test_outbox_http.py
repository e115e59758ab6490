"""Exactly-once recording, seen from outside."""

import json
import uuid

import pytest
from django.test import Client

from simlab.people.actions import link_participant
from simlab.sittings import actions
from simlab.sittings.models import Decision, Encounter, Event, Exposure, Quarantine
from simlab.studies import actions as studies
from tests.factories import NOW, a_message, a_participant, a_sitting, a_study, a_user, an_answer

pytestmark = pytest.mark.django_db


def results(response):
    return [(result["status"], result.get("code")) for result in response.json()["results"]]


def test_answer_is_stored_and_brings_the_advice(send, browser_of):
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get()
    response = send(sitting, an_answer(1, encounter.pk))
    assert response.status_code == 200
    assert response.json() | {"results": []} == {
        "acked": 1,
        "results": [],
        "stale": False,
        "step": f"/api/sittings/{sitting.pk}/step/",
    }
    step = browser_of(sitting).get(response.json()["step"]).json()
    assert (step["stage"], step["next_seq"]) == ("advice", 2)
    assert step["advice"]["summary"].startswith("Consider")
    assert step["own_answer"]["differential"] == [{"term": "Gout", "icd10": None}]


def test_same_message_again_is_a_repeat(send):
    sitting = a_sitting()
    message = an_answer(1, sitting.encounters.get().pk)
    assert results(send(sitting, message)) == [("stored", None)]
    assert results(send(sitting, message)) == [("repeat", None)]
    assert results(send(sitting, message, message)) == [("repeat", None)] * 2
    assert (Event.objects.count(), Decision.objects.count()) == (1, 1)


def test_message_twice_in_one_batch_is_stored_once(send):
    sitting = a_sitting()
    message = a_message(1, name="focus")
    assert results(send(sitting, message, message)) == [("stored", None), ("repeat", None)]


def test_same_identity_with_other_content_is_a_conflict_and_both_are_kept(send):
    sitting = a_sitting()
    message = an_answer(1, sitting.encounters.get().pk)
    send(sitting, message)
    other = {**message, "body": an_answer(1, None, term="Cellulitis")["body"]}
    for _ in range(2):
        response = send(sitting, other)
        assert response.status_code == 409
        assert response.json()["code"] == "conflict"
        assert results(response) == [("conflict", "other-content")]
    assert Decision.objects.get().answer["differential"][0]["term"] == "Gout"
    assert Quarantine.objects.get().body["body"]["answer"]["differential"][0]["term"] == "Cellulitis"
    assert results(send(sitting, message)) == [("repeat", None)]


def test_running_number_of_another_message_is_a_conflict(send):
    sitting = a_sitting()
    send(sitting, a_message(1, name="focus"))
    response = send(sitting, a_message(1, name="blur"))
    assert (response.status_code, results(response)) == (409, [("conflict", "number-taken")])
    assert Event.objects.get().payload == {"name": "focus"}


@pytest.mark.parametrize("whose", ["nobody", "another"])
def test_encounter_that_is_not_of_this_sitting_is_refused_and_changes_nothing(send, whose):
    sitting = a_sitting()
    encounter = uuid.uuid4() if whose == "nobody" else a_sitting().encounters.get().pk
    before = list(Encounter.objects.order_by("pk").values())
    assert results(send(sitting, an_answer(1, encounter))) == [("refused", "unknown-encounter")]
    assert not Event.objects.exists()
    assert not Decision.objects.exists()
    assert list(Encounter.objects.order_by("pk").values()) == before
    assert Quarantine.objects.get().reason == "unknown-encounter"


def test_final_answer_before_the_first_is_refused_and_stays_refused(send):
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get()
    early = an_answer(1, encounter.pk, "final")
    assert results(send(sitting, early)) == [("refused", "wrong-stage")]
    assert send(sitting, an_answer(2, encounter.pk, "initial")).json()["acked"] == 2
    assert results(send(sitting, early)) == [("refused", "wrong-stage")]
    assert Decision.objects.count() == 1


def test_second_answer_at_a_stage_is_refused(send):
    sitting = a_sitting()
    encounter = sitting.encounters.get()
    send(sitting, an_answer(1, encounter.pk))
    assert results(send(sitting, an_answer(2, encounter.pk, term="Bunion"))) == [("refused", "already-decided")]
    assert Decision.objects.get().answer["differential"][0]["term"] == "Gout"


def test_answers_that_cross_on_the_way_are_applied_in_their_order(send):
    sitting = a_sitting(arm="advised")
    encounter = sitting.encounters.get()
    first = an_answer(1, encounter.pk, "initial", "Gout")
    shown = a_message(2, "exposure", encounter.pk, kind="rendered", dwell_ms=12.5)
    last = an_answer(3, encounter.pk, "final", "Bunion")
    crossed = send(sitting, shown, last)
    assert (results(crossed), crossed.json()["acked"]) == ([("stored", None)] * 2, 0)
    assert not Decision.objects.exists()
    assert send(sitting, first).json()["acked"] == 3
    assert list(Decision.objects.order_by("event__seq").values_list("stage", "event__seq")) == [
        ("initial", 1),
        ("final", 3),
    ]
    assert Exposure.objects.exclude(kind="assigned").get().dwell_ms == 12.5
    assert sitting.encounters.count() == 2


def test_answer_that_waited_and_does_not_fit_is_kept_in_quarantine(send):
    sitting = a_sitting(arm="unaided")
    encounter = sitting.encounters.get()
    waits = a_message(2, "exposure", encounter.pk, kind="seen")
    assert results(send(sitting, waits)) == [("stored", None)]
    assert results(send(sitting, a_message(1, name="focus"))) == [("stored", None)]
    assert Quarantine.objects.get().reason == "no-advice"
    assert not Exposure.objects.exists()


def test_acknowledged_number_stops_at_a_gap(send):
    sitting = a_sitting()
    assert send(sitting, a_message(1, name="a"), a_message(2, name="b"), a_message(4, name="d")).json()["acked"] == 2
    assert send(sitting, a_message(3, name="c")).json()["acked"] == 4


def test_two_windows_keep_their_own_numbers(send):
    sitting = a_sitting()
    old = send(sitting, a_message(1, name="a"))

    newer = actions.open_sitting(participant=sitting.participant, now=NOW)
    assert old.json()["stale"] is False
    assert send(newer, a_message(1, name="b")).json()["acked"] == 1
    late = send(sitting, a_message(2, name="c"), lease=1)
    assert (late.json()["stale"], late.json()["acked"]) == (True, 2)
    assert Event.objects.count() == 3
    sitting.refresh_from_db()
    assert (sitting.lease, sitting.acked) == (2, 1)


def test_lease_that_was_never_given_is_refused_and_nothing_is_stored(send):
    sitting = a_sitting()
    response = send(sitting, a_message(1, name="a"), lease=7)
    assert (response.status_code, response.json()["code"]) == (409, "unknown-lease")
    assert not Event.objects.exists()
    assert not Quarantine.objects.exists()


def test_locked_study_answers_423_and_keeps_the_message(send):
    sitting = a_sitting()
    studies.lock_study(study=sitting.participant.study, by=None, now=NOW)
    response = send(sitting, an_answer(1, sitting.encounters.get().pk))
    assert (response.status_code, response.json()["code"]) == (423, "locked")
    assert not Decision.objects.exists()
    assert Quarantine.objects.get().reason == "locked"


def test_exposure_before_the_advice_is_refused(send):
    sitting = a_sitting(arm="advised")
    seen = a_message(1, "exposure", sitting.encounters.get().pk, kind="seen")
    assert results(send(sitting, seen)) == [("refused", "no-advice")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 422),
        (b"{}", 422),
        (b'{"lease": 1, "messages": [{"uuid": "x"}]}', 422),
        (b'{"lease": 0, "messages": []}', 422),
        (json.dumps({"lease": 1, "messages": [a_message(1, name="\x00")]}).encode(), 422),
        (json.dumps({"lease": 1, "messages": [a_message(1, name="\ud800")]}).encode(), 422),
        (json.dumps({"lease": 1, "messages": [a_message(1, value=0)]}).replace("0}", "1e999}").encode(), 422),
        (json.dumps({"lease": 1, "messages": [a_message(2**40)]}).encode(), 422),
        (b" " * (256 * 1024 + 1), 413),
        (json.dumps({"lease": 1, "messages": []}).encode(), 200),
    ],
)
def test_unreadable_batch_is_refused_in_words_and_stores_nothing(browser_of, body, status):
    sitting = a_sitting()
    client = browser_of(sitting)
    response = client.post(f"/api/sittings/{sitting.pk}/outbox/", body, content_type="application/json")
    assert response.status_code == status
    if status != 200:
        assert set(response.json()) == {"code", "message", "remedy"}
        assert response.json()["remedy"]
    assert not Event.objects.exists()
    assert not Quarantine.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        {"differential": [], "confidence": 50},
        {"differential": [{"term": "Gout"}], "confidence": 101},
        {"differential": [{"term": "Gout"}], "confidence": None},
        {"differential": [{"term": f"condition {n}"} for n in range(6)], "confidence": 5},
        None,
    ],
)
def test_malformed_answer_is_refused_and_the_case_waits(send, answer):
    sitting = a_sitting()
    message = a_message(1, "answer", sitting.encounters.get().pk, stage="initial", answer=answer)
    assert results(send(sitting, message)) == [("refused", "malformed")]
    assert sitting.encounters.get().stage == "initial"


@pytest.mark.parametrize("path", ["step", "outbox"])
@pytest.mark.parametrize("who", ["anonymous", "other participant", "other user"])
def test_foreign_sitting_is_not_found(browser_of, path, who):
    sitting = a_sitting()
    client = Client()
    if who == "other participant":
        client = browser_of(a_sitting())
    if who == "other user":
        client.force_login(a_user(is_superuser=True, is_staff=True))
    url = f"/api/sittings/{sitting.pk}/{path}/"
    batch = {"lease": 1, "messages": []}
    response = client.get(url) if path == "step" else client.post(url, batch, content_type="application/json")
    assert response.status_code == 404
    assert response.json()["code"] == "not-found"


def test_sitting_belongs_to_the_account_linked_in_the_vault():
    sitting = a_sitting()
    user = a_user()
    link_participant(participant_id=sitting.participant_id, user=user)
    client = Client()
    client.force_login(user)
    assert client.get(f"/api/sittings/{sitting.pk}/step/").status_code == 200


def test_outbox_needs_the_csrf_token(browser_of):
    sitting = a_sitting()
    client = browser_of(sitting, enforce_csrf_checks=True)
    batch = {"lease": 1, "messages": []}
    url = f"/api/sittings/{sitting.pk}/outbox/"
    assert client.post(url, batch, content_type="application/json").status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}
    assert client.post(url, batch, content_type="application/json", headers=headers).status_code == 200


def test_whole_sitting_through_json(send, browser_of):
    """A study of two parts, taken by the JSON alone, as a bot would take it."""

    participant = a_participant(a_study(), arm="advised")
    sitting = actions.open_sitting(participant=participant, now=NOW)
    client = browser_of(sitting)
    url = f"/api/sittings/{sitting.pk}/step/"
    seen = []
    while (step := client.get(url).json())["page"] == "encounter":
        seen.append((step["position"], step["of"], step["stage"], step["advice"] is not None))
        messages = [a_message(step["next_seq"], "event", step["encounter"], name="paint", state=step["stage"])]
        if step["advice"]:
            kind = {"kind": "rendered", "rendered_sha256": "0" * 64}
            messages.append(a_message(step["next_seq"] + 1, "exposure", step["encounter"], **kind))
        stage = "initial" if step["stage"] == "initial" else "final"
        messages.append(an_answer(step["next_seq"] + len(messages), step["encounter"], stage))
        reply = send(sitting, *messages, client=client)
        assert [result["status"] for result in reply.json()["results"]] == ["stored"] * len(messages)
    assert seen == [(1, 2, "initial", False), (1, 2, "advice", True), (2, 2, "initial", False), (2, 2, "advice", True)]
    assert step["next"] == f"/me/{participant.pk}/"
    assert Exposure.objects.exclude(kind="assigned").count() == 2
    assert step["acked"] == Event.objects.count()
