"""A finished report as page, as PDF and in plain words, from the database to the browser."""

import pytest
from django.urls import reverse

from simlab.analyses import actions as analyses
from simlab.analyses import heartbeat
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch, settings, tmp_path, client):
    """A finished run of a small demonstration; its owner is logged in."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(analyses, "_queue", lambda run_id: None)
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)
    owner = a_user()
    study = a_study(by=owner)
    for _ in range(4):
        person = a_participant(study)
        sit_through(person, NOW)
        sit_through(person, NOW + 8 * DAY)
    made = analyses.request_analysis(study=study, by=owner.pk, now=NOW + 9 * DAY)
    analyses.execute(run_id=made.pk, clock=lambda: NOW + 9 * DAY)
    made.refresh_from_db()
    assert made.state == "done", made.error
    client.force_login(owner)
    return made


def test_finished_report_can_be_read_and_taken_away(client, run):
    page = client.get(reverse("report-run", args=[run.study_id, run.pk])).content.decode()
    for said in ("Demonstration: not a trial", "Participants at the start", "Reporting items", "Methods"):
        assert said in page
    paper = reverse("report-pdf", args=[run.study_id, run.pk])
    assert paper in page
    one, two = client.get(paper), client.get(paper)
    assert one["Content-Type"] == "application/pdf"
    assert one.content == two.content
    assert one.content.startswith(b"%PDF-")
    for reader in ("participants", "educators"):
        plain = client.get(reverse("report-plain", args=[run.study_id, run.pk, reader])).content.decode()
        assert "What this does not say" in plain
        assert "Demonstration." in plain
        told = client.get(reverse("report-plain-pdf", args=[run.study_id, run.pk, reader]))
        assert told.content.startswith(b"%PDF-")


def test_page_for_an_unknown_reader_is_not_found(client, run):
    assert client.get(reverse("report-plain", args=[run.study_id, run.pk, "patients"])).status_code == 404


def test_report_does_not_change_when_somebody_comes_later(client, run):
    paper = reverse("report-pdf", args=[run.study_id, run.pk])
    before = client.get(paper).content
    a_participant(run.study)
    run.study.participants.update(enrolled_at=NOW)
    run.study.participants.filter(sittings=None).update(enrolled_at=NOW + 30 * DAY)
    assert client.get(paper).content == before
