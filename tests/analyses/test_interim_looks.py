"""Looks before the end: only an independent person sees numbers, the team reads a word, and nothing is ever changed."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.urls import reverse

from simlab.analyses import actions_interim
from simlab.analyses.models import Dataset, InterimDecision, InterimLook, Monitor
from simlab.analyses.reading_interim import monitors
from simlab.engine.errors import Refused
from simlab.people.actions import link_participant
from simlab.stats.columns import check
from simlab.studies import actions as studies
from tests.factories import MINI, NOW, a_loaded_pack, a_participant, a_study, a_user
from tests.stats.conftest import make_study

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(1)
PLAN = """analysis:
  primary: {estimand: deskilling, at: retention, adjusted-for: baseline, between: arms, claim: noninferiority,
            margin: 10pp, reason: Enough for a test.}
  secondary: [interim]
  options:
    interim: {participants: 40, looks: [0.5, 1]}
"""
PHASES = """phases:
  baseline: {advice: none, form: A}
  exposure:
    advice: {unaided: reconsider, advised: two-stage}
    form: B
  retention: {advice: none, form: C}
"""


@pytest.fixture(autouse=True)
def data_dir(tmp_path, settings):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def owner():
    return a_user(email="owner@example.org")


@pytest.fixture
def study(owner, monkeypatch):
    """A pilot whose data are those of a simulated table, 24 participants strong."""
    a_loaded_pack()
    text = (MINI / "study.yaml").read_text()
    head, _, rest = text.partition("phases:\n")
    advice = rest[rest.index("advice:\n  two-stage") : rest.index("analysis:\n")]
    source = head.replace("rotate: latin-square", "rotate: fixed").replace("{A: 2, B: 2}", "{A: 2, B: 2, C: 2}")
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    made = studies.create_study(
        slug="watched", kind="pilot", source=source + PHASES + advice + PLAN, documents=documents, by=owner, now=NOW
    )
    table = make_study(people=24)
    held = check(table[table["phase"] != "withdrawal"])
    monkeypatch.setattr(actions_interim, "analysis_table", lambda study: held)
    return made


@pytest.fixture
def monitor(study, owner):
    person = a_user(email="independent@example.org")
    actions_interim.appoint_monitor(study=study, email="Independent@example.org", by=owner, now=NOW)
    return person


def look_at(study, by):
    return actions_interim.make_look(study=study, by=by, now=NOW)


def decided(study, by, word="continue", reason="The boundary is not crossed."):
    return actions_interim.decide_look(study=study, word=word, reason=reason, by=by, now=NOW)


def test_a_look_is_made_once_decided_once_and_kept_as_it_was(study, monitor):
    look = look_at(study, monitor)
    assert look.number == 1
    assert {e["name"] for e in look.found["estimates"]} >= {"difference", "z", "power/trend"}
    with pytest.raises(Refused, match="Decide on the look"):
        look_at(study, monitor)
    with pytest.raises(Refused, match="reason in a sentence"):
        decided(study, monitor, reason="no")
    with pytest.raises(Refused, match="continues or stops"):
        decided(study, monitor, word="perhaps")
    assert decided(study, monitor).get_word_display() == "Continue"
    with pytest.raises(Refused, match="no look to decide"):
        decided(study, monitor, word="stop")
    with pytest.raises(Refused, match="Look 1 was made and decided"):
        look_at(study, monitor)


def test_no_look_before_it_is_due(study, monitor, monkeypatch):
    early = check(make_study(people=12))
    monkeypatch.setattr(actions_interim, "analysis_table", lambda study: early)
    with pytest.raises(Refused, match="12 participants have the primary outcome, so no look is due"):
        look_at(study, monitor)
    assert not InterimLook.objects.exists()


def test_only_the_independent_can_be_appointed(study, owner, monitor):
    def appoint(email, by=owner):
        actions_interim.appoint_monitor(study=study, email=email, by=by, now=NOW)

    for email, by, words in (
        ("nobody@example.org", owner, "has an account"),
        (owner.email, owner, "has a part in the study"),
        (a_user().email, monitor, "Only an owner"),
    ):
        with pytest.raises(Refused, match=words):
            appoint(email, by)
    assert study.monitors.count() == 1
    with pytest.raises(Refused, match="no looks before the end"):
        actions_interim.appoint_monitor(study=a_study(by=owner), email=a_user().email, by=owner, now=NOW)


def test_whoever_gets_a_part_in_the_study_is_no_monitor_any_more(study, owner, monitor):
    assert monitors(study, monitor)
    role = studies.grant_role(study=study, user=monitor, role="educator", by=owner, now=NOW)
    assert not monitors(study, monitor)
    with pytest.raises(Refused, match="Only the independent committee"):
        look_at(study, monitor)
    role.delete()
    assert monitors(study, monitor)
    participant = a_participant()
    participant.study = study
    link_participant(participant_id=participant.pk, user=monitor)
    type(participant).objects.filter(pk=participant.pk).update(study=study)
    assert not monitors(study, monitor)


def test_team_reads_the_word_and_no_number(client, study, owner, monitor):
    look = look_at(study, monitor)
    decided(study, monitor, word="stop", reason="The committee saw harm in one arm.")
    client.force_login(owner)
    page = client.get(reverse("looks", args=[study.pk])).content.decode()
    assert "Stop" in page
    assert "the trial stops" in page
    assert "saw harm" not in page
    value = next(e["value"] for e in look.found["estimates"] if e["name"] == "z")
    assert f"{value:.2f}" not in page
    assert client.get(reverse("monitor", args=[study.pk])).status_code == 404
    client.force_login(monitor)
    page = client.get(reverse("monitor", args=[study.pk])).content.decode()
    assert "saw harm" in page
    assert "advised minus unaided" in page
    assert client.get(reverse("looks", args=[study.pk])).status_code == 404


@pytest.mark.parametrize("who", ["owner", "foreign", "superuser", "anonymous"])
def test_pages_of_the_committee_are_not_found_by_others(client, study, owner, monitor, who):
    people = {"owner": owner, "foreign": a_user(), "superuser": a_user()}
    if who == "superuser":
        people[who].is_superuser = True
        people[who].save()
    if who != "anonymous":
        client.force_login(people[who])
    wanted = 302 if who == "anonymous" else 404
    assert client.get(reverse("monitor", args=[study.pk])).status_code == wanted
    for name in ("monitor-look", "monitor-decide"):
        assert client.post(reverse(name, args=[study.pk])).status_code == wanted


def test_the_committee_works_on_its_page(client, study, monitor):
    client.force_login(monitor)
    assert study.title.encode() in client.get(reverse("monitoring")).content
    assert b"no look to decide on" in client.post(reverse("monitor-decide", args=[study.pk]), {"word": "stop"}).content
    assert client.post(reverse("monitor-look", args=[study.pk])).status_code == 302
    given = {"word": "continue", "reason": "The boundary is not crossed."}
    assert client.post(reverse("monitor-decide", args=[study.pk]), given).status_code == 302
    assert InterimDecision.objects.get().word == "continue"


def refuses(words, act):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act()


def test_database_keeps_looks_decisions_and_appointments_as_they_are(study, owner, monitor):
    look = look_at(study, monitor)
    decision = decided(study, monitor)
    changes = (
        (look, {"found_json": "{}"}),
        (decision, {"word": "stop"}),
        (study.monitors.get(), {"appointed_at": LATER}),
    )
    for row, change in changes:
        rows = type(row).objects.filter(pk=row.pk)
        refuses("append-only|immutable|change", partial(rows.update, **change))
        refuses("append-only|immutable|change", partial(rows._raw_delete, "default"))
    same = {"study": study, "plan_sha256": "", "dataset": Dataset.objects.get(), "code_version": "", "found_json": "{}",
            "made_by_id": monitor.pk, "made_at": NOW}  # fmt: skip
    refuses("interim_look_once", lambda: InterimLook.objects.create(number=1, **same))
    refuses("interim_look_from_one", lambda: InterimLook.objects.create(number=0, **same))
    second = InterimLook.objects.create(number=2, **same)
    decide = partial(InterimDecision.objects.create, look=second, decided_by_id=monitor.pk, decided_at=NOW)
    refuses("interim_decision_continue_or_stop", partial(decide, word="wait", reason="x"))
    refuses("interim_decision_has_a_reason", partial(decide, word="stop", reason=""))
    again = {"study": study, "user": monitor, "appointed_by_id": owner.pk, "appointed_at": NOW}
    refuses("monitor_once", lambda: Monitor.objects.create(**again))


def test_every_constraint_of_interim_looks_has_a_test():
    text = Path(__file__).read_text(encoding="utf-8")
    rules = [rule.name for name in ("InterimLook", "InterimDecision", "Monitor")
             for rule in apps.get_model("analyses", name)._meta.constraints]  # fmt: skip
    assert [name for name in rules if name not in text] == []
