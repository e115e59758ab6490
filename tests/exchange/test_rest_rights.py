"""Who may do what over the API: every route and method for every kind of token. A new route without a row fails."""

import datetime
import itertools
import uuid

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from simlab.exchange.actions_tokens import LONGEST_DAYS, RIGHTS, make_token, revoke_token
from simlab.exchange.models import ApiToken
from simlab.exchange.rest import urls
from simlab.people.actions import link_participant
from simlab.sittings.actions.mailing import queue_message
from simlab.studies import actions as studies
from simlab.studies.models import Role
from simlab.web.rest import urls as page_urls
from tests.factories import NOW, a_participant, a_study, a_user
from tests.power import a_power_study

pytestmark = pytest.mark.django_db

# Route: method → the right that is needed. “open” needs no token.
ROUTES = {
    "api-schema": {"get": "open"},
    "api-templates": {"get": "read"},
    "api-validate": {"post": "read"},
    "api-studies": {"get": "read", "post": "design"},
    "api-study": {"get": "read"},
    "api-protocol": {"get": "read", "put": "design"},
    "api-protocols": {"get": "read"},
    "api-documents": {"get": "read", "put": "design"},
    "api-transitions": {"get": "read", "post": "run"},
    "api-amendments": {"get": "read", "post": "design"},
    "api-amendment": {"post": "run"},
    "api-balance": {"get": "read"},
    "api-preview": {"post": "design"},
    "api-run": {"get": "read"},
    "api-people": {"get": "read", "post": "run"},
    "api-role": {"delete": "run"},
    "api-participants": {"get": "read"},
    "api-windows": {"get": "read", "post": "run"},
    "api-invitations": {"get": "read", "post": "run"},
    "api-invitation": {"delete": "run"},
    "api-mails": {"get": "read"},
    "api-mail": {"get": "read", "post": "run"},
    "api-analyses": {"get": "read", "post": "analyse"},
    "api-analysis": {"get": "read", "delete": "analyse"},
    "api-result": {"get": "analyse"},
    "api-data": {"get": "analyse"},
    "api-powers": {"get": "read", "post": "analyse"},
    "api-power": {"get": "read", "delete": "analyse"},
    "api-power-result": {"get": "analyse"},
    "api-adjudication": {"get": "read", "post": "run"},
    "api-rescore": {"post": "run"},
    "api-gaps": {"get": "read"},
    "api-instruments": {"get": "analyse"},
    "api-mail-rules": {"get": "read", "put": "run"},
    "api-looks": {"get": "read", "post": "run"},
    "api-monitor": {"get": "analyse", "post": "analyse"},
    "api-monitor-decision": {"post": "analyse"},
    "api-checklist": {"get": "read"},
    "api-balance-report": {"get": "read"},
    "api-plan": {"get": "read"},
    "api-report-pdf": {"get": "analyse"},
    "api-plain-pdf": {"get": "analyse"},
    "api-figures": {"get": "analyse"},
    "api-table": {"get": "analyse"},
    "api-packs": {"get": "read", "post": "design"},
    "api-case": {"get": "read"},
    "api-drafts": {"get": "read", "post": "design"},
    "api-draft": {"get": "read", "put": "design"},
    "api-draft-picture": {"put": "design"},
    "api-draft-remarks": {"post": "design"},
    "api-draft-signatures": {"post": "design"},
    "api-draft-publication": {"post": "design"},
}
LIBRARY = {name for name in ROUTES if name.startswith(("api-packs", "api-case", "api-draft"))}
OF_NO_STUDY = {"api-schema", "api-templates", "api-validate", "api-studies", *LIBRARY}
CALLS = [(name, method) for name, methods in ROUTES.items() for method in methods if methods[method] != "open"]


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def world():
    owner = a_user()
    study = a_study(by=owner)
    person = a_participant(study)
    link_participant(participant_id=person.pk, email="one@example.org")
    mail = queue_message(participant=person, kind="debrief", now=NOW)
    invitation, _ = studies.open_link(study=study, by=owner, now=NOW)
    power = a_power_study(study)
    own_case = {"pack": "mini", "case_id": "mine", "source": "id: mine", "files": {}, "why": "written"}
    draft = studies.start_draft(**own_case, by=owner, now=NOW)
    run = study.analysis_runs.create(
        plan={"protocol_sha256": ""},
        plan_sha256="",
        protocol_sha256="",
        state="cancelled",
        requested_at=NOW,
        finished_at=NOW,
    )
    of = {
        "api-role": [study.roles.get().pk], "api-windows": [person.pk], "api-mail": [mail.pk],
        "api-invitation": [invitation.pk],
        "api-power": [power.pk], "api-power-result": [power.pk], "api-amendment": [1],
        "api-analysis": [run.pk], "api-result": [run.pk], "api-data": [run.pk],
        "api-plan": [run.pk], "api-report-pdf": [run.pk], "api-plain-pdf": [run.pk, "participants"],
        **{name: [draft.pk] for name in LIBRARY if name.startswith("api-draft")}, "api-drafts": [],
        "api-case": ["mini", "tired-and-cold"], "api-draft-picture": [draft.pk, "x.png"],
        "api-figures": [run.pk], "api-table": [run.pk, "study", "flow"],
    }  # fmt: skip
    return {"owner": owner, "study": study, "of": of}


def secret_of(user, *, study=None, rights=tuple(RIGHTS), days=30, now=None):
    return make_token(user=user, name="test", study=study, rights=rights, days=days, now=now or timezone.now())[1]


def ask(world, name, method, secret=None):
    own = world["of"].get(name, [])
    arguments = own if name in OF_NO_STUDY else [world["study"].pk, *own]
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    call = getattr(Client(headers=headers, raise_request_exception=False), method)
    return call(reverse(name, args=arguments), data={}, content_type="application/json")


def test_every_route_and_method_has_a_row():
    found = {}
    for pattern in [*urls.urlpatterns, *page_urls.urlpatterns]:
        view = pattern.callback.cls
        found[pattern.name] = {one for one in ("get", "post", "put", "patch", "delete") if hasattr(view, one)}
    assert found == {name: set(methods) for name, methods in ROUTES.items()}


def test_nothing_but_the_schema_is_open(world):
    for name, method in CALLS:
        answer = ask(world, name, method)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated"), (name, method)
        assert answer["WWW-Authenticate"] == "Bearer"
    assert ask(world, "api-schema", "get").status_code == 200


def test_dead_tokens_open_nothing(world):
    owner, now = world["owner"], timezone.now()
    ended = secret_of(owner, days=1, now=now - datetime.timedelta(days=2))
    token, revoked = make_token(user=owner, name="r", study=None, rights=["read"], days=9, now=now)
    revoke_token(token=token, now=now)
    gone = a_user()
    Role.objects.create(study=world["study"], user=gone, role="owner")
    of_gone = secret_of(gone)
    gone.is_active = False
    gone.save()
    for secret in (ended, revoked, of_gone, "simlab_made-up", ""):
        assert ask(world, "api-study", "get", secret).status_code == 401, secret


@pytest.mark.parametrize("right", RIGHTS)
def test_a_right_opens_its_own_and_nothing_else(world, right):
    secret = secret_of(world["owner"], rights=[right])
    for name, method in CALLS:
        status = ask(world, name, method, secret).status_code
        if ROUTES[name][method] == right:
            # Reached: done, or refused in words because an empty body asks for nothing, or nothing is finished there.
            assert status in (200, 201, 202, 204, 404, 409, 422), (name, method, status)
        else:
            assert status == 403, (name, method, status)


def test_study_of_others_does_not_exist(world):
    others = a_user()
    a_study(by=others)
    secret = secret_of(others)
    for name, method in CALLS:
        if name not in OF_NO_STUDY:
            assert ask(world, name, method, secret).status_code == 404, (name, method)
    listed = ask(world, "api-studies", "get", secret).json()["results"]
    assert str(world["study"].pk) not in {one["id"] for one in listed}


def test_token_of_one_study_does_not_reach_another(world):
    other = a_study(by=world["owner"])
    secret = secret_of(world["owner"], study=other)
    assert ask(world, "api-study", "get", secret).status_code == 404
    listed = ask(world, "api-studies", "get", secret).json()["results"]
    assert [one["id"] for one in listed] == [str(other.pk)]
    made = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        "/api/v1/studies/", {"slug": "new", "kind": "pilot", "template": "deskilling"}, content_type="application/json"
    )
    assert made.status_code == 409


def test_whoever_loses_the_role_loses_the_token_and_an_educator_has_none(world):
    helper = a_user()
    role = studies.grant_role(study=world["study"], user=helper, role="researcher", by=None, now=NOW)
    secret = secret_of(helper, study=world["study"])
    assert ask(world, "api-study", "get", secret).status_code == 200
    role.delete()
    assert ask(world, "api-study", "get", secret).status_code == 404
    studies.grant_role(study=world["study"], user=helper, role="educator", by=None, now=NOW)
    assert ask(world, "api-study", "get", secret).status_code == 404


def test_a_run_of_one_study_is_not_reached_through_another(world):
    other = a_study(by=world["owner"])
    secret = secret_of(world["owner"])
    there = Client(headers={"Authorization": f"Bearer {secret}"})
    for name, rest in world["of"].items():
        if name in LIBRARY:
            continue
        method = next(iter(ROUTES[name]))
        answer = getattr(there, method)(reverse(name, args=[other.pk, *rest]), {}, content_type="application/json")
        assert answer.status_code in (404, 422), name
        if answer.status_code == 422:
            assert name == "api-amendment"


def test_cookie_of_a_visitor_counts_for_nothing(world, client):
    client.force_login(world["owner"])
    assert client.get(reverse("api-study", args=[world["study"].pk])).status_code == 401


def test_only_the_hash_of_a_token_is_kept(world):
    secret = secret_of(world["owner"])
    kept = ApiToken.objects.values().get(user=world["owner"])
    assert secret.startswith("simlab_")
    assert not [value for value in kept.values() if secret in str(value)]


def test_too_many_requests_are_told_when_to_come_back(world, monkeypatch):
    from simlab.exchange.rest.access import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "rate", "2/min", raising=False)
    first, second = secret_of(world["owner"]), secret_of(world["owner"])
    statuses = [ask(world, "api-study", "get", first).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = ask(world, "api-study", "get", first)
    assert answer.json()["code"] == "too-many-requests"
    assert 0 < int(answer["Retry-After"]) <= 61
    assert ask(world, "api-study", "get", second).status_code == 200  # another token behind the same address


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"rights": []}, {"rights": ["all"]}, {"days": 0}, {"days": LONGEST_DAYS + 1}],
)
def test_token_without_name_right_or_term_is_refused(world, change):
    from simlab.engine.errors import Refused

    given = {"user": world["owner"], "name": "n", "study": world["study"], "rights": ["read"], "days": 9, "now": NOW}
    with pytest.raises(Refused):
        make_token(**{**given, **change})
    with pytest.raises(Refused):
        make_token(**{**given, "user": a_user()})


def test_constraints_of_a_token(world):
    from django.db import IntegrityError, transaction

    make_token(user=world["owner"], name="n", study=None, rights=["read"], days=9, now=NOW)
    rows = ApiToken.objects.all()
    broken = {"api_token_has_a_name": {"name": ""}, "api_token_ends_after_it_began": {"expires_at": NOW}}
    for name, change in broken.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**change)
    assert {rule.name for rule in ApiToken._meta.constraints} == {
        "api_token_has_a_name",
        "api_token_ends_after_it_began",
    }


def test_pages_of_tokens_show_a_secret_once_and_revoke_it(client, world):
    client.force_login(world["owner"])
    given = {"name": "nightly", "study": str(world["study"].pk), "rights": ["read"], "days": "30"}
    assert client.post(reverse("tokens"), {**given, "name": ""}).status_code == 422
    assert client.post(reverse("tokens"), {**given, "study": str(uuid.uuid4())}).status_code == 422
    shown = client.post(reverse("tokens"), given).content.decode()
    secret = shown.partition('value="simlab_')[2].partition('"')[0]
    assert len(secret) > 20
    assert secret not in client.get(reverse("tokens")).content.decode()
    assert ask(world, "api-study", "get", f"simlab_{secret}").status_code == 200
    token = ApiToken.objects.get(name="nightly")
    client.force_login(a_user())
    assert client.post(reverse("token-revoke", args=[token.pk])).status_code == 404
    client.force_login(world["owner"])
    assert client.post(reverse("token-revoke", args=[token.pk])).status_code == 302
    assert ask(world, "api-study", "get", f"simlab_{secret}").status_code == 401
    assert list(itertools.islice(ApiToken.objects.filter(revoked_at=None), 1)) == []
