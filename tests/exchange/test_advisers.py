"""Outside advisers: what they are told, what is kept of what they say, and how it is frozen before a trial."""

import io
import json
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from PIL import Image

from simlab.engine.card import card, card_faults
from simlab.engine.case import Advice
from simlab.engine.casefile import load_pack
from simlab.exchange import cdshooks, chatmodel
from simlab.exchange.casetext import case_text
from simlab.exchange.models import AdviceRequest
from simlab.studies import actions as studies
from simlab.studies.models import AdviceVersion, CaseVersion, PackVersion
from simlab.studies.reading import public_case
from tests.exchange.stubs import Stub, cards_reply, chat_reply, serving
from tests.factories import MINI, NOW, a_loaded_pack, mini_pack, with_picture

CARD = {
    "summary": "Consider gout <b>now</b>",
    "detail": "Classic. ![x](https://evil.example/?q=1) [click](https://evil.example) <script>alert(1)</script>",
    "indicator": "info",
    "source": {"label": "Outside program"},
    "suggestions": [{"label": "Gout", "uuid": "a"}],
    "selectionBehavior": "at-most-one",
    "links": [
        {"label": "Launch", "url": "https://app.example/", "type": "smart"},
        {"label": "Guide", "url": "https://guide.example/", "type": "absolute"},
    ],
}


def secrets_of(case):
    """Words that stand in the answer key and nowhere in what is shown."""
    shown = json.dumps(case.public())
    hidden = [one.rationale or "" for one in case.advice] + [one.id for one in case.advice]
    hidden += [case.reference.diagnosis.term, case.debrief or "", case.specialty, case.id]
    return [text.strip() for text in hidden if text.strip() and text.strip() not in shown.replace(case.id, "")]


@pytest.mark.parametrize("case", mini_pack().cases.values(), ids=lambda case: case.id)
def test_only_what_a_participant_may_see_is_sent(case):
    body = json.dumps(cdshooks.request_for(case.public(), key="some-key", year=2026), ensure_ascii=False)
    text = case_text(case.public())
    assert secrets_of(case)
    for secret in [*secrets_of(case), "some-key"]:
        assert secret not in body
        assert secret not in text
    assert case.presentation.strip().splitlines()[0][:20] in text


def test_prefetch_holds_the_record_in_resources_of_fhir():
    (case,) = [case for case in mini_pack().cases.values() if case.id == "tired-and-cold"]
    sent = cdshooks.request_for(case.public(), key="k", year=2026)
    assert sent["hook"] == "patient-view"
    assert sent["context"]["patientId"] == sent["prefetch"]["patient"]["id"]
    kinds = {entry["resource"]["resourceType"] for entry in sent["prefetch"]["observations"]["entry"]}
    assert kinds == {"Observation"}
    assert all(value["type"] == "searchset" for value in sent["prefetch"].values() if "type" in value)


def test_card_of_a_service_becomes_harmless_advice():
    proposal, source = cdshooks.proposal(json.dumps({"cards": [CARD]}))
    assert (proposal.diagnosis, proposal.summary, source) == ("Gout", "Consider gout now", "Outside program")
    assert proposal.link == {"label": "Guide", "url": "https://guide.example/"}
    assert proposal.rationale == "Classic. x click"
    made = Advice(id="a", correct=True, diagnosis={"term": proposal.diagnosis}, summary=proposal.summary)
    assert card_faults(card(made, show=frozenset())) == []


@pytest.mark.parametrize(
    "response",
    ["", "[]", "{}", '{"cards": 5}', '{"cards": []}', json.dumps({"cards": [{**CARD, "summary": "x" * 140}]})],
)
def test_response_that_is_no_advice_says_why(response):
    with pytest.raises(ValueError, match=r"\w"):
        cdshooks.proposal(response)


def test_answer_of_a_model_is_read_from_its_json():
    told = {"diagnosis": "Gout", "confidence": 81, "summary": "Gout", "rationale": "Red.", "findings_for": ["Red", 5]}
    made = chatmodel.proposal("```json\n" + json.dumps(told) + "\n```")
    assert (made.confidence, made.findings_for, made.findings_against) == (0.81, ("Red", "5"), ())
    assert chatmodel.proposal(json.dumps({**told, "confidence": "high"})).confidence is None


@pytest.mark.django_db
def test_command_asks_a_service_keeps_every_answer_and_freezes_them(settings):
    first = a_loaded_pack()
    stub = Stub(cards_reply(CARD))
    with serving(stub) as base:
        settings.OUTBOUND_ALLOWED = [base.removeprefix("http://")]
        call_command("ask_advice", "mini", service=f"{base}/cds-services/dx", verbosity=0)
    assert len(stub.seen) == 4
    assert {path for path, _, _ in stub.seen} == {"/cds-services/dx"}
    assert (
        AdviceRequest.objects.filter(outcome="ok", status=200, latency_ms__gt=0, system="Outside program").count() == 4
    )
    kept = AdviceRequest.objects.first()
    assert json.loads(kept.response) == {"cards": [CARD]}, "word for word"
    latest = PackVersion.objects.latest_of("mini")
    assert latest.number == first.number + 1
    frozen = AdviceVersion.objects.filter(advice_id=kept.advice_id)
    assert sorted(frozen.values_list("correct", flat=True)) == [False, False, False, True]
    assert frozen[0].content["recorded"]["system"] == "Outside program"
    assert "Gout" in [term["term"] for term in latest.content["terms"]]
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        AdviceRequest.objects.update(problem="")


@pytest.mark.django_db
def test_command_asks_a_chat_endpoint(settings):
    a_loaded_pack()
    settings.CHAT_KEY = "secret-key"
    told = {"diagnosis": "Hypothyroidism", "confidence": 70, "summary": "Consider it", "rationale": "The course."}
    stub = Stub(chat_reply(json.dumps(told)))
    with serving(stub) as base:
        settings.OUTBOUND_ALLOWED = ["127.0.0.1"]
        call_command("ask_advice", "mini", chat=f"{base}/v1", model="stub-1", verbosity=0)
    path, headers, body = stub.seen[0]
    assert (path, headers["Authorization"], body["model"]) == ("/v1/chat/completions", "Bearer secret-key", "stub-1")
    row = AdviceRequest.objects.first()
    assert (row.kind, row.system, row.outcome) == ("chat", "stub-1", "ok")
    assert "secret-key" not in json.dumps(row.request) + row.response
    assert AdviceVersion.objects.filter(advice_id=row.advice_id).count() == 4


@pytest.mark.django_db
def test_command_keeps_failures_and_freezes_nothing(settings, capsys):
    first = a_loaded_pack()
    call_command("ask_advice", "mini", service="https://127.0.0.1/cds-services/dx")
    assert "Nothing was frozen" in capsys.readouterr().out
    assert set(AdviceRequest.objects.values_list("outcome", "advice_id")) == {("private", "")}
    assert PackVersion.objects.latest_of("mini") == first
    with pytest.raises(CommandError, match="not loaded"):
        call_command("ask_advice", "nothing", service="https://example.org/")
    with pytest.raises(CommandError, match="several models"):
        call_command("ask_advice", "mini", chat="https://example.org/v1", model="")


@pytest.mark.django_db
def test_pictures_go_with_the_cases_into_the_new_version(tmp_path, settings):
    image = io.BytesIO()
    Image.new("RGB", (4, 3), "white").save(image, "PNG")
    folder = tmp_path / "mini"
    shutil.copytree(MINI, folder)
    with_picture(folder, "chart.png", image.getvalue())
    studies.load_pack(pack=load_pack(folder), now=NOW)
    stub = Stub(cards_reply(CARD))
    with serving(stub) as base:
        settings.OUTBOUND_ALLOWED = ["127.0.0.1"]
        call_command("ask_advice", "mini", service=f"{base}/cds-services/dx", verbosity=0)
    newest = CaseVersion.objects.of_pack_version(PackVersion.objects.latest_of("mini")).get(case_id="tired-and-cold")
    assert newest.images.get().name == "chart.png"
    assert public_case(newest.pk)["stages"]
