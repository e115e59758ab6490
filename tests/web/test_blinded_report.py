"""A trial under way is shown blinded by every route: each role, each file, its name and its bytes."""

import io
import re

import pandas as pd
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from simlab.analyses import actions as analyses
from simlab.analyses import heartbeat
from simlab.analyses.reading import label_of
from simlab.engine.errors import Refused
from simlab.sittings.models import Participant
from simlab.studies.actions import grant_role, unblind_study
from simlab.studies.models import Study
from tests.factories import DAY, NOW, a_participant, a_study, a_user, close, sit_through

pytestmark = pytest.mark.django_db

REASON = "A participant was harmed."
FILES = {
    "page": "report-run", "pdf": "report-pdf", "result": "report-result", "data": "report-data", "plan": "report-plan",
}  # fmt: skip
OPEN_FIGURES = ("flow", "accuracy", "time")
CLOSED_FIGURES = ("cases", "reliance", "reliance-over-time")
# What would tell the arms apart in words.
TELLING = re.compile(r"RAIR|RSR|over-reliance|advice-wrong|advised minus|advised arm|unaided arm", re.IGNORECASE)


@pytest.fixture
def trial(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(analyses, "_queue", lambda run_id: None)
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)
    study = a_study(kind="main", by=a_user())
    for _ in range(4):
        person = a_participant(study)
        sit_through(person, NOW)
        sit_through(person, NOW + 8 * DAY)
    return study


def a_run(study):
    made = analyses.request_analysis(study=study, by=None, now=NOW + 9 * DAY)
    analyses.execute(run_id=made.pk, clock=lambda: NOW + 9 * DAY)
    made.refresh_from_db()
    assert made.state == "done", made.error
    return made


@pytest.fixture
def run(trial):
    return a_run(trial)


def logged_in(client, study, role):
    user = a_user(is_superuser=True) if role == "administrator" else a_user()
    if role not in ("administrator", "nobody"):
        grant_role(study=study, user=user, role=role, by=None, now=NOW)
    client.force_login(user)
    return user


def told(response):
    """All text of an answer, file name included."""
    body = b"".join(response) if response.streaming else response.content
    return response.get("Content-Disposition", "") + body.decode("utf-8", "replace")


def test_each_file_is_blinded_for_each_role_and_for_others_not_there(client, run):
    for role in ("owner", "researcher", "administrator", "educator", "nobody"):
        logged_in(client, run.study, role)
        for file, name in FILES.items():
            answer = client.get(reverse(name, args=[run.study_id, run.pk]))
            if role in ("educator", "nobody"):
                assert answer.status_code == 404, (role, file)
            else:
                assert answer.status_code == 200, (role, file)
                is_blinded(file, answer)


def is_blinded(file, answer):
    text = told(answer)
    if file == "page":
        assert "Blinded, before the lock" in text
        # The methods say what the locked protocol planned for each arm by name, and know no letters.
        assert not TELLING.search(text.partition('id="methods"')[0])
    if file in ("pdf", "result", "data"):
        assert "-blinded." in answer["Content-Disposition"]
    if file == "result":
        assert not re.search(r"advised|unaided|exposure", text)


def test_rows_figures_and_tables_hold_letters_and_no_advice(client, run):
    logged_in(client, run.study, "researcher")
    rows_are_blinded(client, run)
    figures_are_blinded(client, run)
    tables_are_blinded(client, run)
    for page in ("report-plain", "report-plain-pdf"):
        assert client.get(reverse(page, args=[run.study_id, run.pk, "participants"])).status_code == 404


def rows_are_blinded(client, run):
    rows = pd.read_parquet(io.BytesIO(client.get(reverse("report-data", args=[run.study_id, run.pk])).content))
    assert set(rows["arm"].dropna()) == {"A", "B"}
    assert set(rows["phase"].dropna()).isdisjoint(run.plan["advised"])
    known = {str(pk) for pk in Participant.objects.filter(study=run.study).values_list("pk", flat=True)}
    assert known.isdisjoint(rows["participant"])
    for column in ("structure", "advice", "advice_id", "initial", "changed", "time_after_advice_s", "stratum", "day"):
        assert rows[column].isna().all(), column
    assert not rows["advice_shown"].any()


def figures_are_blinded(client, run):
    drawn = set(run.figures.filter(blinded=True).values_list("name", flat=True))
    assert {"flow", "accuracy"} <= drawn
    assert drawn.isdisjoint(CLOSED_FIGURES)
    for name in (*OPEN_FIGURES, *CLOSED_FIGURES):
        for kind in ("report-figure", "report-figure-data"):
            answer = client.get(reverse(kind, args=[run.study_id, run.pk, name]))
            assert answer.status_code == (200 if name in drawn else 404)
            assert name not in drawn or not re.search(r"advised|unaided|exposure", told(answer), re.IGNORECASE)
    assert not any(re.search(r"advised|unaided", f.alt + f.title) for f in run.figures.filter(blinded=True))


def tables_are_blinded(client, run):
    def of(section, name):
        return client.get(reverse("report-table-data", args=[run.study_id, run.pk, section, name]))

    for section, name in (
        ("flow", "estimates"), ("flow", "participants"), ("accuracy", "estimates"), ("withheld", "withheld"),
        ("study", "participants-at-the-start"),
    ):  # fmt: skip
        assert not re.search(r"advised|unaided|exposure", told(of(section, name))), (section, name)
    for section, name in (("reliance", "estimates"), ("study", "wrong-advice"), ("sensitivity", "sensitivity")):
        assert of(section, name).status_code == 404


def test_after_the_lock_the_same_run_is_whole_and_says_that_it_was_early(client, run):
    close(run.study, NOW + 20 * DAY)
    logged_in(client, run.study, "researcher")
    page = told(client.get(reverse("report-run", args=[run.study_id, run.pk])))
    assert "Interim: the locked plan" in page
    assert "advised" in page
    final = analyses.request_analysis(study=run.study, by=None, now=NOW + 21 * DAY)
    analyses.execute(run_id=final.pk, clock=lambda: NOW + 21 * DAY)
    final.refresh_from_db()
    assert label_of(final) == "confirmatory"
    assert "data.parquet" in told(client.get(reverse("report-data", args=[run.study_id, final.pk])))


def test_owner_unblinds_with_a_reason_that_the_report_tells(client, run):
    logged_in(client, run.study, "owner")
    address = reverse("unblind", args=[run.study_id])
    assert client.post(address, {"reason": REASON}).status_code == 409, "the box was not ticked"
    assert client.post(address, {"reason": "why not", "sure": "on"}).status_code == 409
    assert client.post(address, {"reason": REASON, "sure": "on"}).status_code == 302
    again = a_run(Study.objects.get(pk=run.study_id))
    page = told(client.get(reverse("report-run", args=[run.study_id, again.pk])))
    assert "The reason given: A participant was harmed." in page
    assert "launched with four cases that no clinician had signed" in page
    assert label_of(again) == "interim"


def test_nobody_but_an_owner_unblinds(client):
    study = a_study(kind="main", by=a_user())
    researcher = logged_in(client, study, "researcher")
    assert "Unblind" not in told(client.get(reverse("report", args=[study.pk])))
    assert client.post(reverse("unblind", args=[study.pk]), {"reason": REASON, "sure": "on"}).status_code == 409
    with pytest.raises(Refused, match="Only an owner"):
        unblind_study(study=study, by=researcher, reason=REASON, now=NOW)


def test_unblinding_stays_on_record():
    trial = a_study(kind="main", by=a_user())
    owner = trial.roles.get(role="owner").user
    unblind_study(study=trial, by=owner, reason=REASON, now=NOW)
    with pytest.raises(Refused, match="hides no arms"):
        unblind_study(study=trial, by=owner, reason=REASON, now=NOW)
    for change in ("unblinded_at = NULL, unblinding_reason = ''", "unblinding_reason = 'another one'"):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE studies_study SET {change} WHERE id = %s", [trial.pk])


@pytest.mark.parametrize("kind", ["demonstration", "training"])
def test_what_is_no_trial_has_nothing_to_unblind(kind):
    owner = a_user()
    with pytest.raises(Refused, match="hides no arms"):
        unblind_study(study=a_study(kind=kind, by=owner), by=owner, reason=REASON, now=NOW)
