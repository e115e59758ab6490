"""The API does what the studio does, says what is wrong in one form, and describes itself truly."""

from pathlib import Path

import pytest
import yaml
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from simlab.exchange.actions_tokens import RIGHTS, make_token
from simlab.people.models import Contact
from simlab.sittings import maildelivery
from simlab.sittings.mailmodels import MovedWindow
from tests.factories import MINI, a_loaded_pack, a_participant, a_study, a_user

ROOT = Path(__file__).parents[2]
REASON = "They asked for it by telephone."
SOURCE = (MINI / "study.yaml").read_text()
TEXTS = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


class Api:
    """A client with a token, that speaks JSON."""

    def __init__(self, user=None, study=None, rights=tuple(RIGHTS)):
        self.user = user or a_user()
        _, secret = make_token(user=self.user, name="test", study=study, rights=rights, days=9, now=timezone.now())
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def __call__(self, method, path, body=None, status=200):
        data = {} if method == "get" and body is None else body
        kind = {} if method == "get" else {"content_type": "application/json"}
        answer = getattr(self.client, method)(f"/api/v1/{path}", data, **kind)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content and "json" in answer["Content-Type"] else answer


@pytest.fixture
def api(db):
    return Api()


def a_new_study(api, **fields):
    a_loaded_pack()
    given = {"slug": "by-api", "kind": "pilot", "source": SOURCE, "documents": TEXTS, **fields}
    return api("post", "studies/", given, status=201)["id"]


def test_from_a_draft_to_a_running_study_and_back(api):
    key = a_new_study(api)
    assert api("get", "studies/")["results"][0]["id"] == key
    one = f"studies/{key}"
    assert api("put", f"{one}/protocol/", {"source": SOURCE.replace("title:", "title: Second")})["number"] == 2
    assert api("put", f"{one}/protocol/", {"source": "title: nothing else"}) == {
        "valid": False, "number": None, "sha256": None,
    }  # fmt: skip
    assert [v["number"] for v in api("get", f"{one}/protocols/")["results"]] == [2, 1]
    api("put", f"{one}/documents/", {"debrief": "# Another debrief\n"})
    assert api("get", f"{one}/documents/")["count"] == 4
    launched = api("post", f"{one}/transitions/", {"step": "launch", "per_stratum": 4})
    assert (launched["state"], launched["blinded"]) == ("launched", True)
    assert {row["claimed"] for row in api("get", f"{one}/balance/")} == {0}
    assert api("post", f"{one}/transitions/", {"step": "pause"}, status=409)["code"] == "no-reason"
    assert api("post", f"{one}/transitions/", {"step": "pause", "reason": REASON})["state"] == "paused"
    assert api("post", f"{one}/transitions/", {"step": "resume"})["state"] == "launched"
    assert api("put", f"{one}/protocol/", {"source": SOURCE}, status=409)["code"] == "launched"
    assert api("post", f"{one}/transitions/", {"step": "lock"})["state"] == "locked"
    assert api("post", f"{one}/transitions/", {"step": "unblind", "reason": REASON})["blinded"] is False
    steps = [row["step"] for row in api("get", f"{one}/transitions/")["results"]]
    assert steps == ["unblind", "lock", "resume", "pause", "launch"]


def test_main_study_keeps_its_rules_over_the_api(api):
    one = f"studies/{a_new_study(api, kind='main')}/transitions/"
    assert api("post", one, {"step": "launch"}, status=409)["code"] == "not-approved"
    assert api("post", one, {"step": "rehearse"}, status=409)["code"] == "not-rehearsed"
    assert api("post", one, {"step": "approve"}, status=409)["code"] == "author"


def test_amendment_is_proposed_by_one_and_put_into_force_by_another(api):
    study = a_study(by=api.user, kind="pilot")
    one = f"studies/{study.pk}/amendments/"
    given = {"source": study.protocol.source, "documents": {"debrief": "# Kinder\n"}, "reason": REASON}
    made = api("post", one, given, status=201)
    assert "Kinder" in made["difference"]
    assert api("post", f"{one}1/", {"decision": "approve"}, status=409)["code"]
    second = a_user()
    from simlab.studies import actions

    actions.grant_role(study=study, user=second, role="researcher", by=None, now=timezone.now())
    done = Api(second)("post", f"{one}1/", {"decision": "approve"})
    assert done["effective_at"]


def test_templates_are_listed_and_become_studies(api):
    names = [one["name"] for one in api("get", "templates/")]
    assert "deskilling" in names
    assert (
        api("post", "studies/", {"slug": "x", "kind": "pilot", "template": "none"}, status=422)["code"] == "malformed"
    )


def test_faults_of_a_protocol_come_with_line_field_and_remedy(api):
    told = api("post", "validate/", {"source": SOURCE.replace("title:", "titel:")})
    assert told["valid"] is False
    assert all(fault["message"] and fault["remedy"] for fault in told["faults"])
    assert any(fault["line"] for fault in told["faults"])
    a_loaded_pack()
    assert api("post", "validate/", {"source": SOURCE})["valid"] is True
    refused = api("post", "studies/", {"slug": "x", "kind": "pilot", "source": "title: x"}, status=422)
    assert refused["code"] == "invalid-file"
    assert refused["faults"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("post", "studies/", {"slug": "a b", "kind": "trial"}, 422, "malformed"),
        ("post", "studies/", "{not json", 400, "malformed"),
        ("delete", "studies/", {}, 405, "method-not-allowed"),
        ("get", "studies/00000000-0000-0000-0000-000000000000/", None, 404, "not-found"),
        ("get", "studies/?page=99", None, 404, "not-found"),
    ],
)
def test_every_refusal_has_one_form(api, method, path, body, status, code):
    told = api(method, path, body, status=status)
    assert set(told) - {"faults"} == {"code", "message", "remedy"}
    assert told["code"] == code
    assert told["message"]


def test_slug_is_used_once(api):
    a_new_study(api)
    given = {"slug": "by-api", "kind": "pilot", "source": SOURCE, "documents": TEXTS}
    assert api("post", "studies/", given, status=409)["code"] == "slug-taken"


def test_people_are_invited_and_mail_is_decided_on(api, settings, tmp_path):
    study = a_study(by=api.user)
    one = f"studies/{study.pk}"
    people = [{"email": "ann@example.org", "name": "Ann"}, {"email": "bo@example.org", "time_zone": "Europe/Paris"}]
    made = api("post", f"{one}/invitations/", {"people": people}, status=201)
    assert (len(made["invitations"]), made["link"]) == (2, None)
    assert Contact.objects.get(email="ann@example.org").name == "Ann"
    assert "/join/" in api("post", f"{one}/invitations/", {"open": True}, status=201)["link"]
    bad = {"people": [{"email": "nobody"}]}
    assert api("post", f"{one}/invitations/", bad, status=422)["code"] == "malformed"
    assert api("post", f"{one}/invitations/", {}, status=422)["code"] == "malformed"
    maildelivery.plan(study=study)
    queue = api("get", f"{one}/mail/", {"state": "due"})
    assert queue["count"] == 6
    assert "example.org" not in str(queue)
    first = f"{one}/mail/{queue['results'][0]['id']}/"
    assert api("post", first, {"what": "cancel", "reason": REASON})["state"] == "cancelled"
    assert api("get", first)["problem"].endswith(REASON)
    link = api("get", f"{one}/invitations/")["results"][0]["id"]
    assert api("delete", f"{one}/invitations/{link}/", {}, status=204).content == b""


def test_participants_have_no_arm_and_windows_move_with_a_reason(api):
    study = a_study(by=api.user)
    person = a_participant(study)
    one = f"studies/{study.pk}/participants/"
    row = api("get", one)["results"][0]
    assert row["id"] == str(person.pk)
    assert not {"arm", "slot"} & set(row)
    phase = [window["phase"] for window in api("get", f"{one}{person.pk}/windows/")][-1]
    move = {"phase": phase, "opens": "2099-01-05T09:00:00Z", "reason": REASON}
    assert api("post", f"{one}{person.pk}/windows/", {**move, "reason": "no"}, status=409)["code"] == "no-reason"
    moved = api("post", f"{one}{person.pk}/windows/", move)
    assert moved[-1]["opens"] == "2099-01-05T09:00:00Z"
    assert MovedWindow.objects.get().by_id == api.user.pk


def test_pages_are_as_long_as_asked_and_never_longer(api):
    study = a_study(by=api.user)
    for _ in range(3):
        a_participant(study)
    one = f"studies/{study.pk}/participants/"
    assert len(api("get", one, {"page_size": 2})["results"]) == 2
    second = api("get", one, {"page_size": 2, "page": 2})
    assert (second["count"], len(second["results"]), second["next"]) == (3, 1, None)


def test_team_run_and_preview(api):
    study = a_study(by=api.user)
    a_participant(study)
    one = f"studies/{study.pk}"
    helper = a_user()
    assert api("post", f"{one}/people/", {"email": "no@example.org", "role": "researcher"}, status=422)["code"]
    made = api("post", f"{one}/people/", {"email": helper.email, "role": "researcher"}, status=201)
    assert [row["role"] for row in api("get", f"{one}/people/")["results"]] == ["owner", "researcher"]
    asked = {"email": helper.email, "role": "owner"}
    assert Api(helper)("post", f"{one}/people/", asked, status=409)["code"] == "not-owner"
    api("delete", f"{one}/people/{made['id']}/", {}, status=204)
    mine = api("get", f"{one}/people/")["results"][0]["id"]
    assert api("delete", f"{one}/people/{mine}/", {}, status=409)["code"] == "last-owner"
    assert api("get", f"{one}/run/")["states"] == {"enrolled": 1}
    arm = next(iter(study.protocol.document["arms"]))
    shown = api("post", f"{one}/preview/", {"arm": arm}, status=201)
    path = "/return/" + shown["link"].partition("/return/")[2]
    assert Client().get(path).status_code == 200
    assert api("post", f"{one}/preview/", {"arm": "none"}, status=422)["code"] == "malformed"
    assert api("get", f"{one}/run/")["states"] == {"enrolled": 1}


def test_power_is_asked_for_read_and_cancelled(api):
    study = a_study(by=api.user)
    one = f"studies/{study.pk}/power/"
    assert api("post", one, {"clinicians": [2]}, status=422)["faults"][0]["field"].startswith("clinicians")
    assert api("post", one, {"clinicians": [20], "truth": "none"}, status=422)["code"] == "malformed"
    asked = api("post", one, {"clinicians": [20, 40], "most": 20}, status=202)
    assert asked["grid"]["clinicians"] == [20, 40]
    api("delete", f"{one}{asked['id']}/", {}, status=204)
    assert api("get", f"{one}{asked['id']}/")["state"] == "cancelled"
    api("get", f"{one}{asked['id']}/result/", status=404)


def test_schema_in_the_documents_is_that_of_the_code(tmp_path):
    """Renew it with: python3 manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"""
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(fresh))
    assert fresh.read_text() == (ROOT / "docs/openapi.yaml").read_text()


def test_every_answer_of_the_schema_names_its_refusals():
    schema = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            if "schema" not in path:
                assert {"401", "403", "422", "429"} <= set(told["responses"]), (path, method)
                assert told["security"] == [{"token": []}]
