"""A reflection on the page of the debrief, and the note of learning."""

import datetime
from types import SimpleNamespace

import pytest
from django.template import engines

from simlab.sittings.access import SESSION_KEY
from simlab.sittings.debrief import debrief
from simlab.sittings.reflections import reflections_of
from simlab.studies.models import Study
from simlab.web.presenters.cpdnote import dates, note_of
from simlab.web.presenters.debriefing import page_of
from simlab.web.report_pdf import cpd_pdf
from tests.factories import DAY, NOW, a_participant, sit_through


@pytest.fixture
def person(db, client):
    participant = a_participant(arm="advised")
    sit_through(participant, NOW)
    Study.objects.filter(pk=participant.study_id).update(clock_offset=60 * DAY)
    participant.study.refresh_from_db()
    session = client.session
    session[SESSION_KEY] = [str(participant.pk)]
    session.save()
    return participant


def test_what_was_written_is_shown_again(client, person):
    case = person.sittings.get().encounters.order_by("position").last()
    answer = client.post(f"/me/{person.pk}/reflect/", {"text": "Ask <b>earlier</b>.", "case": case.pk, "place": "2"})
    assert answer.url == f"/me/{person.pk}/debrief/#case-2"
    answer = client.post(f"/me/{person.pk}/reflect/", {"text": "Slow down.", "case": ""})
    assert answer.url == f"/me/{person.pk}/debrief/#reflection"
    page = client.get(f"/me/{person.pk}/debrief/").content.decode()
    assert "Ask &lt;b&gt;earlier&lt;/b&gt;." in page
    assert "What you wrote on all cases" in page
    for words in ("What decides this case", "It argued: ", "Confidence 60 out of 100, and you were wrong."):
        assert words in page


@pytest.mark.parametrize("body", [{"text": " "}, {"text": "x", "case": "not-a-case"}])
def test_a_reflection_that_cannot_be_kept_is_refused_in_words(client, person, body):
    answer = client.post(f"/me/{person.pk}/reflect/", body)
    assert 400 <= answer.status_code < 500
    assert b"Write " in answer.content or b"not in your debrief" in answer.content
    assert reflections_of(person) == {}


def test_note_is_a_pdf_for_the_person_alone(client, person):
    answer = client.get(f"/me/{person.pk}/cpd-note.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    client.session.flush()
    client.cookies.clear()
    assert client.get(f"/me/{person.pk}/cpd-note.pdf").status_code == 404


def test_note_has_no_score_unless_asked_for(person):
    told = page_of(debrief(person, NOW + 60 * DAY))
    case = told["cases"][0]
    written = {None: [SimpleNamespace(text="Old."), SimpleNamespace(text="Slow down.")]}
    written[case["encounter"]] = [SimpleNamespace(text="Ask.")]
    note = note_of(told, written, NOW, scores=False)
    assert note["scores"] == []
    assert "Confidence" not in str(note)
    assert note["reflections"] == [{"on": "", "text": "Slow down."}, {"on": case["title"], "text": "Ask."}]
    assert ["Date", "23 November 2026"] in note["facts"]
    assert ["Themes", "General, diagnosis"] in note["facts"]
    assert note["points"][0]["answer"] == case["reference_lines"][0]
    assert any(one["correction"] for one in note["points"])
    assert "signed none of two cases" in note["about"]
    scored = note_of(told, written, NOW, scores=True)
    assert scored["scores"] == told["summary"]
    assert len(cpd_pdf(scored)) > len(cpd_pdf(note))


def test_an_educator_reads_of_the_trainee_and_not_of_you(person):
    macros = engines["jinja2"].env.get_template("clinician/debrief_case.jinja").module
    cases = page_of(debrief(person, NOW + 60 * DAY))["cases"]
    case = next(one for one in cases if not one["last"]["correct"])
    page = str(macros.debrief_case(case, "Trainee's"))
    assert "They did not take up the suggestion. They were wrong before and wrong after." in page
    assert "and they were wrong" in page
    assert "You " not in page


def test_days_are_named_or_counted():
    days = [datetime.date(2026, 11, n) for n in (1, 8, 15, 22)]
    assert dates(days[:2]) == "1 November 2026, 8 November 2026"
    assert dates(days) == "four days from 1 November 2026 to 22 November 2026"
