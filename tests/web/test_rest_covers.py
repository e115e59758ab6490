"""Everything a researcher's page does has an operation of the API, or a reason why not; cases are written over both."""

import base64

import pytest
from django.core.cache import cache
from django.urls import get_resolver

from simlab.exchange.rest import urls as rest_urls
from simlab.studies import actions
from simlab.studies.models import PackVersion
from simlab.web import library_urls, mail_urls, rehearse_urls, studio_urls, urls
from simlab.web.rest import urls as page_urls
from tests.exchange.test_rest import REASON, Api
from tests.factories import a_loaded_pack, a_participant, a_study, a_user

# A page, or a form on it → the operation that does the same.
DONE_BY = {
    "studies": "api-studies", "study": "api-study", "study-new": "api-studies", "design": "api-protocol",
    "design-check": "api-validate", "protocol-version": "api-protocols", "documents": "api-documents",
    "preview": "api-preview", "balance": "api-balance", "balance-report": "api-balance-report",
    "checklist": "api-checklist", "study-step": "api-transitions", "amendments": "api-amendments",
    "amendment-decide": "api-amendment", "run": "api-run", "gaps": "api-gaps", "participants": "api-participants",
    "participants-links": "api-invitations", "people": "api-people", "mail": "api-mails",
    "mail-invite": "api-invitations", "mail-rules": "api-mail-rules", "mail-message": "api-mail",
    "windows": "api-windows", "instruments-csv": "api-instruments", "adjudication": "api-adjudication",
    "adjudication-rate": "api-adjudication", "adjudication-rescore": "api-rescore", "report": "api-analyses",
    "unblind": "api-transitions", "report-run": "api-analysis", "report-cancel": "api-analysis",
    "report-progress": "api-analysis", "report-figure": "api-figures", "report-figure-data": "api-figures",
    "report-table-data": "api-table", "report-data": "api-data", "report-result": "api-result",
    "report-plan": "api-plan", "report-pdf": "api-report-pdf", "report-plain-pdf": "api-plain-pdf",
    "rehearse": "api-powers", "rehearse-power": "api-power", "rehearse-progress": "api-power",
    "rehearse-cancel": "api-power", "rehearse-result": "api-power-result", "looks": "api-looks",
    "looks-appoint": "api-looks", "monitor": "api-monitor", "monitor-look": "api-monitor",
    "monitor-decide": "api-monitor-decision", "library": "api-packs", "new-pack": "api-packs", "pack": "api-packs",
    "new-case": "api-drafts", "library-case": "api-case", "library-file": "api-case", "library-start": "api-drafts",
    "draft": "api-draft", "draft-upload": "api-draft-picture", "draft-file": "api-draft",
    "draft-publish": "api-draft-publication", "draft-review": "api-draft", "draft-remark": "api-draft-remarks",
    "draft-sign": "api-draft-signatures",
}  # fmt: skip
NOT_BY_PROGRAM = {
    "report-plain": "the same words as its PDF",
    "run-live": "the part of “run” that renews itself",
    "rehearse-figure": "drawn from the result of the simulation, which is there",
    "rehearse-figure-data": "drawn from the result of the simulation, which is there",
    "rehearse-example": "not here yet: the report of one simulated study",
    "pack-blueprint": "not here yet: worked out from the cases, which are there",
    "pack-forms": "not here yet: worked out from the cases, which are there",
    "replays": "a list of links; participants are listed under their own operation",
    "replay": "a sitting played again, for eyes",
    "pack-equating": "not here yet: equated forms are recorded on their page",
    "pack-moodle": "worked out from the cases, which are there, for another program",
    "pack-people": "not here yet: rights in a pack are given on its page",
    "library-preview": "a picture of what a clinician sees, for eyes",
    "draft-preview": "a picture of what a clinician sees, for eyes",
    "draft-history": "not here yet: only the latest text is told",
    "draft-picture": "for the page of the draft",
    "monitoring": "a list of links; a committee’s study is known to it",
    "tokens": "a token that made tokens could outlive its revocation",
    "token-revoke": "a token that revoked tokens could shut its owner out",
}
OF_RESEARCH = ("studies", "library", "drafts", "monitoring", "accounts/tokens")


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


def test_every_page_of_research_has_an_operation_or_a_reason():
    lists = (urls, studio_urls, library_urls, mail_urls, rehearse_urls)
    pages = {one.name for each in lists for one in each.urlpatterns if str(one.pattern).startswith(OF_RESEARCH)}
    assert pages <= set(DONE_BY) | set(NOT_BY_PROGRAM)
    assert not set(DONE_BY) & set(NOT_BY_PROGRAM)
    operations = {one.name for one in [*rest_urls.urlpatterns, *page_urls.urlpatterns]}
    assert set(DONE_BY.values()) <= operations
    assert operations <= set(get_resolver().reverse_dict)


@pytest.mark.django_db
def test_a_case_is_written_reviewed_signed_and_published_over_the_api():
    a_loaded_pack()
    staff, author, reviewer = a_user(is_staff=True), a_user(), a_user()
    actions.grant_case_right(pack="mini", user=author, name="author", by=staff)
    actions.grant_case_right(pack="mini", user=reviewer, name="reviewer", by=staff)
    write, read = Api(author), Api(reviewer)
    source = write("get", "packs/mini/cases/tired-and-cold/")["source"]
    made = write("post", "drafts/", {"pack": "mini", "case": "tired-and-cold", "source": source}, status=201)
    one = f"drafts/{made['id']}/"
    assert [row["id"] for row in write("get", "drafts/")["results"]] == [made["id"]]
    changed = {"source": source.replace("title: ", "title: Very "), "after": 1}
    assert write("put", one, changed)["number"] == 2
    assert write("put", one, {**changed, "source": source}, status=409)["code"] == "changed-meanwhile"
    assert read("put", one, {**changed, "after": 2, "source": source}, status=409)["code"] == "not-author"
    picture = {"base64": base64.b64encode(b"not a picture").decode()}
    assert write("put", f"{one}pictures/a.exe", picture, status=422)["code"] == "malformed"
    assert write("put", f"{one}pictures/a.png", {"base64": "%"}, status=422)["faults"][0]["field"] == "base64"
    asked = read("post", f"{one}remarks/", {"body": "Say how old.", "kind": "changes"}, status=201)["remarks"][0]
    name = {"name": "A B", "role": "GP", "registration": "none, a test", "review_by": "2099-01-01"}
    signing = {**name, "seen": 2, "sure": True}
    assert read("post", f"{one}signatures/", signing, status=409)["code"] == "open-requests"
    write("post", f"{one}remarks/", {"body": "It says so.", "settles": asked["id"]}, status=201)
    assert read("post", f"{one}signatures/", {**signing, "sure": False}, status=422)["code"] == "malformed"
    assert write("post", f"{one}signatures/", signing, status=409)["code"] == "not-reviewer"
    signed = read("post", f"{one}signatures/", signing, status=201)
    assert signed["signatures"][0]["role"] == "GP"
    assert read("post", f"{one}publication/", {}, status=409)["code"] == "not-author"
    assert write("post", f"{one}publication/", {}, status=201)["number"] == PackVersion.objects.latest_of("mini").number
    assert "title: Very" in write("get", "packs/mini/cases/tired-and-cold/")["source"]


@pytest.mark.django_db
def test_cases_are_closed_to_strangers_and_to_tokens_of_one_study():
    owner = a_user()
    study = a_study(by=owner)
    Api(a_user())("get", "packs/", status=404)
    Api(a_user())("get", "packs/mini/cases/tired-and-cold/", status=404)
    assert [one["pack"] for one in Api(owner)("get", "packs/")] == ["mini"]
    Api(owner, study=study)("get", "packs/", status=404)


@pytest.mark.django_db
def test_checklist_gaps_rules_looks_and_texts_to_judge():
    api = Api()
    study = a_study(by=api.user)
    a_participant(study)
    one = f"studies/{study.pk}/"
    told = api("get", f"{one}checklist/")
    assert told["lacking"] == sum(check["mark"] == "no" for check in told["checks"])
    assert api("get", f"{one}balance/report/")["people"] > 0
    assert api("get", f"{one}gaps/") == []
    rules = {"time_zone": "Europe/Paris", "quiet_from": "21:00:00", "quiet_until": "07:00:00"}
    assert api("put", f"{one}mail-rules/", rules)["time_zone"] == "Europe/Paris"
    assert api("put", f"{one}mail-rules/", {**rules, "time_zone": "Mars"}, status=422)["code"] == "malformed"
    assert api("get", f"{one}mail-rules/")["quiet_from"] == "21:00:00"
    api("get", f"{one}adjudication/", status=404)
    unknown = {"case": "tired-and-cold", "text": "nobody said so", "right": True}
    assert api("post", f"{one}adjudication/", unknown, status=422)["code"] == "malformed"
    assert api("post", f"{one}adjudication/rescore/", {}, status=409)["code"] == "nothing-settled"
    assert api("get", f"{one}looks/")["looks"] == []
    assert api("post", f"{one}looks/", {"email": "a@example.org"}, status=409)["code"] == "no-looks"
    api("get", f"monitoring/{study.pk}/", status=404)
    api("post", f"monitoring/{study.pk}/decision/", {"word": "stop", "reason": REASON}, status=404)
