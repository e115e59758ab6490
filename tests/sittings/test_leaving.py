"""Consent and its change; leaving with a choice; erasing really erases, and leaves the allocation as it was."""

import json

import pytest
from django.apps import apps
from django.core import serializers
from django.db import DatabaseError, transaction

from simlab.analyses.extract import analysis_table
from simlab.engine.consent import required_statements
from simlab.engine.errors import Refused
from simlab.people.actions import link_participant
from simlab.people.models import Contact
from simlab.sittings import actions
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.actions.leaving import GIVEN
from simlab.sittings.consenting import consent_due, consent_of
from simlab.sittings.models import Decision, Encounter, Participant, Sitting
from simlab.studies import actions as studies
from simlab.studies.models import Document, Study
from simlab.studies.replaying import first_difference
from tests.factories import NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db
STAYS = {"Participant", "Consent", "Mail", "MovedWindow", "Seat"}


def left(choice, *, name="Ada Secret", email="ada.secret@example.org"):
    study = a_study(kind="pilot")
    person, other = a_participant(study), a_participant(study)
    link_participant(participant_id=person.pk, name=name, email=email)
    for one in (person, other):
        sit_through(one, NOW, term="Peculiar answer")
    return actions.withdraw(participant=person, now=NOW, choice=choice), other


def rows_of(person):
    table = analysis_table(Study.objects.get(pk=person.study_id))
    return table[table["participant"] == str(person.pk)]


def test_keep_leaves_the_answers_in_the_table():
    person, _ = left("keep")
    assert (rows_of(person)["status"] == "complete").sum() == 2


@pytest.mark.parametrize("choice", ["stop", "erase"])
def test_stop_and_erase_take_the_answers_out_of_every_export_and_keep_the_person_in_the_flow(choice):
    person, other = left(choice)
    mine = rows_of(person)
    assert set(mine["status"]) == {"missing"}
    assert mine["final"].isna().all()
    assert mine["arm"].notna().all(), "whoever was allocated stays in the flow"
    assert (rows_of(other)["status"] == "complete").sum() == 2
    assert Decision.objects.filter(encounter__sitting__participant=person).exists() == (choice == "stop")


def test_erasing_leaves_no_answer_no_name_and_the_allocation_as_it_was():
    person, other = left("erase")
    everything = [row for model in apps.get_models() for row in model._default_manager.all()]
    dump = serializers.serialize("json", [row for row in everything if row._meta.app_label != "sessions"])
    assert "ada.secret" not in dump.lower()
    assert "Ada Secret" not in dump
    assert not Contact.objects.filter(participant_id=person.pk).exists()
    assert not Sitting.objects.filter(participant=person).exists()
    assert Sitting.objects.filter(participant=other).exists()
    kept = Participant.objects.get(pk=person.pk)
    assert (kept.slot_id, kept.stratum, kept.state, kept.erased_at) == (person.slot_id, "gp", "withdrawn", NOW)
    assert (kept.eligibility, kept.return_token_sha256) == (None, None)
    assert first_difference(Study.objects.get(pk=person.study_id)) is None
    assert json.loads(dump)


def test_every_table_of_what_somebody_gave_is_erased():
    """A table that is added later with a way to a participant must be erased, or stay for a reason."""
    roots = {"Participant", "Sitting", "Encounter"}
    found = {
        model.__name__
        for model in apps.get_models()
        for one in model._meta.get_fields()
        if one.many_to_one or (one.one_to_one and not one.auto_created)
        if one.related_model.__name__ in roots
    }
    assert found - STAYS == {model.__name__ for model, _ in GIVEN}


def test_rows_of_nobody_else_can_go_while_nobody_is_erased():
    _, other = left("stop")
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Decision.objects.filter(encounter__sitting__participant=other)._raw_delete("default")
    assert Encounter.objects.filter(sitting__participant=other).exists()


def test_choice_can_be_made_stricter_until_the_lock_and_never_undone():
    person, _ = left("keep")
    assert actions.withdraw(participant=person, now=NOW, choice="stop").withdrawal == "stop"
    assert actions.withdraw(participant=person, now=NOW, choice="keep").withdrawal == "stop"
    with pytest.raises(Refused, match="kept, left out or erased"):
        actions.withdraw(participant=person, now=NOW, choice="forget")
    studies.lock_study(study=person.study, by=None, now=NOW)
    with pytest.raises(Refused, match="The study is closed"):
        actions.withdraw(participant=person, now=NOW, choice="erase")


def amended(study, **documents):
    one, two = a_user(), a_user()
    for user in (one, two):
        studies.grant_role(study=study, user=user, role="owner", by=None, now=NOW)
    proposed = studies.propose_amendment(
        study=study,
        source=study.protocol.source,
        documents=documents,
        reason="The ethics board asked.",
        by=one,
        now=NOW,
    )
    studies.approve_amendment(amendment=proposed, by=two, now=NOW)
    return study


def test_changed_texts_are_agreed_to_again_before_the_next_sitting(client):
    person = a_participant(a_study(kind="pilot"))
    session = client.session
    session[SESSION_KEY] = [str(person.pk)]
    session.save()
    assert not consent_due(person)
    first = consent_of(person)
    form = "- [ ] I agree.\n- [ ] Optional: write to me later."
    amended(person.study, consent=form)
    assert consent_due(person)
    with pytest.raises(Refused) as refused:
        actions.open_sitting(participant=person, now=NOW)
    assert refused.value.code == "consent-first"
    assert "texts have changed" in client.get(f"/me/{person.pk}/").content.decode()
    assert client.post(f"/me/{person.pk}/start/").url == f"/me/{person.pk}/consent/"
    sha256 = Document.objects.latest_of(person.study, "consent").sha256
    stale = client.post(f"/me/{person.pk}/consent/", {"agree": "yes", "version": first.sha256, "statement": ["0"]})
    assert stale.status_code == 409
    assert client.post(f"/me/{person.pk}/consent/", {"agree": "yes", "version": sha256}).status_code == 409
    assert (
        client.post(f"/me/{person.pk}/consent/", {"agree": "yes", "version": sha256, "statement": ["0"]}).url
        == f"/me/{person.pk}/"
    )
    assert not consent_due(person)
    copy = client.get(f"/me/{person.pk}/consent/copy/").content.decode()
    assert sha256 in copy
    assert copy.index("<dt>Yes</dt>") < copy.index("<dt>No</dt>"), "the optional statement was left out"
    sitting = actions.open_sitting(participant=person, now=NOW)
    assert sitting.protocol_sha256 == person.study.protocol.sha256


def test_changed_information_alone_is_agreed_to_again_and_a_no_leads_to_leaving(client):
    person = a_participant(a_study(kind="pilot"))
    session = client.session
    session[SESSION_KEY] = [str(person.pk)]
    session.save()
    amended(person.study, information="# Something else")
    assert consent_due(person)
    sha256 = Document.objects.latest_of(person.study, "consent").sha256
    answer = client.post(f"/me/{person.pk}/consent/", {"agree": "no", "version": sha256})
    assert answer.url == f"/me/{person.pk}/leave/"
    assert person.consents.filter(agreed=False).count() == 1


def test_optional_statements_are_told_by_their_first_word():
    assert required_statements("- [ ] One\n- [ ] Optional: two") == ("One",)
