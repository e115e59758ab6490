"""Statements by the rules of xAPI 1.0.3, to a store on this machine: once, by pseudonym; of a trial only its end."""

import base64
import json
import re
import uuid
from datetime import datetime, timedelta

import pytest

from simlab.exchange import actions_xapi, tasks
from simlab.exchange.models import Told
from simlab.teaching import actions as teaching
from tests.exchange.stubs import Stub, serving
from tests.factories import DAY, NOW, a_participant, a_sitting, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db
LATER = NOW + DAY
OF_STATEMENT = {"id", "actor", "verb", "object", "result", "context", "timestamp", "version"}
OF_RESULT = {"score", "success", "completion", "response", "duration", "extensions"}
OF_CONTEXT = {"registration", "contextActivities", "platform", "language"}
IRI = re.compile(r"^[a-z][a-z0-9+.-]*:\S+$")


@pytest.fixture
def store(settings):
    """Answers as a store does; `store.status` can be changed."""
    stub = Stub(lambda body: (stub.status, json.dumps([one["id"] for one in body])))
    stub.status = 200
    with serving(stub) as address:
        settings.XAPI_URL, settings.XAPI_KEY, settings.XAPI_SECRET = f"{address}/xapi/", "key", "secret"
        settings.OUTBOUND_ALLOWED = ["127.0.0.1"]
        settings.BASE_URL = "https://simlab.example.org"
        yield stub


def conform(statement: dict) -> None:
    """The rules of 1.0.3 on what we use: sections 2.2 and 2.4 of its part on data, and 4 on special types."""
    assert set(statement) <= OF_STATEMENT
    assert str(uuid.UUID(statement["id"])) == statement["id"]
    account = statement["actor"]["account"]
    assert set(statement["actor"]) == {"objectType", "account"}  # exactly one inverse functional identifier
    assert statement["actor"]["objectType"] == "Agent"
    assert set(account) == {"homePage", "name"}
    assert account["homePage"].startswith("https://")
    assert IRI.match(statement["verb"]["id"])
    assert all(re.match(r"^[a-z]{2}(-[A-Z]{2})?$", tag) for tag in statement["verb"]["display"])
    activities = [
        statement["object"],
        *(one for some in statement["context"]["contextActivities"].values() for one in some),
    ]
    assert set(statement["context"]["contextActivities"]) <= {"parent", "grouping", "category", "other"}
    for activity in activities:
        assert set(activity) == {"objectType", "id", "definition"}
        assert activity["objectType"] == "Activity"
        assert IRI.match(activity["id"])
        assert IRI.match(activity["definition"]["type"])
        assert "interactionType" not in activity["definition"]
    result = statement["result"]
    assert set(result) <= OF_RESULT
    assert isinstance(result["completion"], bool)
    assert isinstance(result.get("success", True), bool)
    assert -1 <= result.get("score", {"scaled": 0})["scaled"] <= 1
    assert re.match(r"^PT\d+\.\d{2}S$", result.get("duration", "PT0.00S"))
    assert all(IRI.match(name) for name in result.get("extensions", {}))
    assert set(statement["context"]) <= OF_CONTEXT
    uuid.UUID(statement["context"]["registration"])
    assert datetime.fromisoformat(statement["timestamp"]).utcoffset() == timedelta(0)
    assert statement["version"].startswith("1.0.")
    assert None not in statement.values()


def a_finished(kind: str, **fields):
    sitting = sit_through(a_participant(a_study(kind=kind), **fields), NOW)
    assert sitting.completed_at
    return sitting


def test_training_tells_each_case_and_the_end_once(store):
    sitting = a_finished("training")
    assert actions_xapi.tell_finished(now=LATER) == 1
    [(path, headers, body)] = store.seen
    assert path == "/xapi/statements"
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["x-experience-api-version"] == "1.0.3"
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"key:secret"
    for statement in body:
        conform(statement)
    cases = sitting.encounters.count()
    assert [one["verb"]["display"]["en-GB"] for one in body] == ["answered"] * cases + ["completed"]
    assert len({one["id"] for one in body}) == cases + 1
    assert {uuid.UUID(one["id"]).version for one in body} == {5}
    assert all(
        one["result"]["extensions"] == {"https://simlab.example.org/extensions/confidence": 60} for one in body[:-1]
    )
    assert {one["result"]["success"] for one in body[:-1]} <= {True, False}
    assert len({one["actor"]["account"]["name"] for one in body}) == 1
    everything = json.dumps(body)
    assert str(sitting.participant_id) not in everything
    assert "arm" not in re.findall(r"[a-z]+", everything)
    assert "advice" not in everything
    assert actions_xapi.tell_finished(now=LATER) == 0
    assert len(store.seen) == 1


@pytest.mark.parametrize("kind", ["main", "pilot"])
def test_a_trial_tells_that_it_was_finished_and_no_more(store, kind):
    a_finished(kind)
    assert actions_xapi.tell_finished(now=LATER) == 1
    [[only]] = [body for _, _, body in store.seen]
    conform(only)
    assert only["verb"]["id"].endswith("/completed")
    assert only["result"] == {"completion": True}


def test_a_trainee_is_one_over_tries_and_somebody_else_in_a_trial(store):
    study, trial = a_study(kind="training"), a_study(kind="pilot")
    first, second, other, tried = [a_participant(one) for one in (study, study, study, trial)]
    cohort = teaching.create_cohort(title="Autumn", by=a_user(), now=NOW)
    given = cohort.assignments.create(study=study, assigned_at=NOW)
    trainee = cohort.trainees.create(label="Trainee 01")
    given_trial = cohort.assignments.create(study=trial, assigned_at=NOW)
    trainee.seats.create(assignment=given, participant=first, attempt=1)
    trainee.seats.create(assignment=given, participant=second, attempt=2)
    trainee.seats.create(assignment=given_trial, participant=tried)
    names = []
    for one in (first, second, other, tried):
        [*_, last] = actions_xapi.statements_of(sit_through(one, NOW))
        names.append(last["actor"]["account"]["name"])
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_what_did_not_arrive_is_sent_again_with_the_same_ids(store):
    a_finished("training")
    store.status = 503
    assert actions_xapi.tell_finished(now=LATER) == 0
    row = Told.objects.get()
    assert (row.attempts, row.sent_at, row.next_at) == (1, None, LATER + timedelta(minutes=2))
    assert "503" in row.problem
    assert actions_xapi.tell_finished(now=LATER) == 0
    assert len(store.seen) == 1  # not before its time
    store.status = 409  # the store has them: the answer had got lost
    assert actions_xapi.tell_finished(now=row.next_at) == 1
    assert store.seen[0][2] == store.seen[1][2]
    row.refresh_from_db()
    assert (row.attempts, row.problem, row.next_at) == (2, "", None)


def test_nothing_leaves_unless_there_is_a_store_and_somebody_real_finished(store, settings):
    a_finished("demonstration")
    a_sitting(a_participant(a_study(kind="training")))  # not finished
    gone = a_finished("training").participant
    gone.state, gone.withdrawal, gone.ended_at = "withdrawn", "stop", NOW
    gone.save()
    tasks.tell_finished()
    assert store.seen == []
    a_finished("training")
    settings.XAPI_URL = ""
    assert actions_xapi.tell_finished(now=LATER) == 0
    assert not Told.objects.exists()


def test_a_private_address_is_not_asked(store, settings):
    a_finished("training")
    settings.OUTBOUND_ALLOWED = []
    assert actions_xapi.tell_finished(now=LATER) == 0
    assert store.seen == []
    assert Told.objects.get().problem


def test_a_sitting_that_cannot_be_written_does_not_hold_up_the_others(store, monkeypatch):
    first, _ = a_finished("training"), a_finished("training")
    plain = actions_xapi.statements_of

    def broken(sitting):
        if sitting.pk == first.pk:
            raise KeyError("initial")
        return plain(sitting)

    monkeypatch.setattr(actions_xapi, "statements_of", broken)
    assert actions_xapi.tell_finished(now=LATER) == 1
    assert "could not be written" in Told.objects.get(sitting=first.pk).problem
