"""Each constraint and trigger, broken once."""

import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from simlab.studies import actions
from simlab.studies.models import (
    AdviceVersion,
    Amendment,
    Approval,
    CaseVersion,
    Document,
    Instrument,
    Invitation,
    MinimisedChoice,
    PackVersion,
    PlannedEncounter,
    ProtocolVersion,
    Role,
    Slot,
    Stratum,
    Study,
)
from tests.factories import DAY, NOW, a_draft, a_study, a_user, an_invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused():
    """The database must refuse what happens inside, by a constraint or trigger of this name or with these words."""

    class Refused:
        def __init__(self, words):
            self.words = words

        def __enter__(self):
            self.point = transaction.atomic()
            self.point.__enter__()

        def __exit__(self, kind, error, trace):
            self.point.__exit__(kind, error, trace)
            assert kind is not None, f"nothing refused it: {self.words}"
            assert issubclass(kind, DatabaseError), error
            assert self.words in str(error)
            return True

    return Refused


@pytest.mark.parametrize("kind", ["main", "pilot"])
def test_clock_of_a_trial_cannot_move(refused, kind):
    study = a_draft(kind=kind)
    with refused("study_clock_moves_only_outside_trials"):
        Study.objects.filter(pk=study.pk).update(clock_offset=DAY)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"unblinded_at": NOW}, "study_unblinded_with_a_reason"),
        ({"unblinding_reason": "A participant was harmed."}, "study_unblinded_with_a_reason"),
        ({"unsigned_cases": 3}, "study_unsigned_cases_with_a_reason"),
        ({"unsigned_reason": "They are being signed."}, "study_unsigned_cases_with_a_reason"),
    ],
)
def test_a_fact_about_a_study_and_its_reason_come_together(refused, change, rule):
    study = a_draft(kind="main")
    with refused(rule):
        Study.objects.filter(pk=study.pk).update(**change)


def test_clock_cannot_go_back(refused):
    study = a_draft()
    with refused("study_clock_never_goes_back"):
        Study.objects.filter(pk=study.pk).update(clock_offset=-DAY)


@pytest.mark.parametrize("state", ["launched", "paused", "locked"])
def test_study_is_not_launched_without_an_allocation(refused, state):
    study = a_draft()
    with refused("study_launched_with_an_allocation"):
        Study.objects.filter(pk=study.pk).update(state=state, launched_at=NOW)


def test_rehearsal_needs_a_parent_and_nothing_else_has_one(refused):
    study, parent = a_draft(), a_draft()
    with refused("study_rehearsal_has_a_parent"):
        Study.objects.filter(pk=study.pk).update(kind="rehearsal")
    with refused("study_rehearsal_has_a_parent"):
        Study.objects.filter(pk=study.pk).update(parent=parent)


@pytest.mark.parametrize(
    "change",
    [
        {"allocation_seed": "another"},
        {"allocation_salt": "another"},
        {"allocation_commitment": "another"},
        {"launched_at": NOW + DAY},
        {"kind": "training"},
        {"protocol": None, "state": "draft", "launched_at": None},
    ],
)
def test_allocation_of_a_launched_study_is_fixed(refused, change):
    study = a_study()
    with refused("its protocol and allocation are fixed"):
        Study.objects.filter(pk=study.pk).update(**change)


@pytest.mark.parametrize("state", ["launched", "paused", "draft"])
def test_locked_study_stays_locked(refused, state):
    study = a_study()
    actions.lock_study(study=study, by=None, now=NOW)
    with refused("is locked for good"):
        Study.objects.filter(pk=study.pk).update(state=state)
    assert Study.objects.filter(pk=study.pk).update(title="A locked study may still be renamed") == 1


def test_locked_protocol_cannot_change_or_go(refused):
    study = a_study()
    versions = ProtocolVersion.objects.filter(pk=study.protocol_id)
    with refused("is locked: UPDATE refused"):
        versions.update(source="other")
    with refused("is locked: UPDATE refused"):
        versions.update(locked_at=None)
    with refused("is locked: DELETE refused"):
        versions._raw_delete(versions.db)


def test_protocol_of_a_draft_can_still_change():
    study = a_draft()
    assert ProtocolVersion.objects.filter(pk=study.protocol_id).update(source="other") == 1


@pytest.mark.parametrize("model", [PackVersion, CaseVersion, AdviceVersion, Document, Slot, PlannedEncounter])
def test_what_was_drawn_or_loaded_never_changes(refused, model):
    a_study()
    row = model.objects.first()
    with refused("immutable: UPDATE refused"):
        row.save()
    with refused("immutable: DELETE refused"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_place_in_the_list_exists_once(refused):
    slot = a_study().slots.first()
    with refused("slot_place_once"):
        Slot.objects.create(study=slot.study, stratum=slot.stratum, ordinal=slot.ordinal, arm="advised", block=1)
    with refused("slot_ordinal_from_one"):
        Slot.objects.create(study=slot.study, stratum="new", ordinal=0, arm="advised", block=1)


def test_planned_place_exists_once(refused):
    planned = PlannedEncounter.objects.filter(slot__study=a_study()).first()
    planned.pk = None
    planned._state.adding = True
    with refused("planned_place_once"):
        planned.save(force_insert=True)


def test_stratum_is_never_over_claimed(refused):
    stratum = a_study().strata.first()
    with refused("stratum_never_over_claimed"):
        Stratum.objects.filter(pk=stratum.pk).update(claimed=stratum.size + 1)
    with refused("stratum_once"):
        Stratum.objects.create(study=stratum.study, name=stratum.name, size=1)


def test_case_content_is_stored_once_a_pack(refused):
    a_draft()
    case = CaseVersion.objects.first()
    with refused("case_version_content_once"):
        CaseVersion.objects.create(pack=case.pack, case_id="other", sha256=case.sha256, content={}, created_at=NOW)


def test_right_advice_has_no_error_type(refused):
    a_draft()
    case = CaseVersion.objects.first()
    with refused("advice_right_has_no_error_type"):
        AdviceVersion.objects.create(
            case_version=case, advice_id="x", sha256="", content={}, correct=True, error_type="over-triage"
        )


def test_advice_is_stored_once_a_case(refused):
    a_draft()
    advice = AdviceVersion.objects.first()
    advice.pk = None
    advice._state.adding = True
    with refused("advice_version_once"):
        advice.save(force_insert=True)


def test_numbers_of_versions_are_used_once(refused):
    study = a_draft()
    document, pack = study.documents.first(), PackVersion.objects.first()
    with refused("document_version_once"):
        Document.objects.create(study=study, kind=document.kind, version=1, text="", sha256="", created_at=NOW)
    with refused("protocol_number_once"):
        ProtocolVersion.objects.create(study=study, number=1, source="", document={}, sha256="", created_at=NOW)
    with refused("pack_number_once"):
        PackVersion.objects.create(pack=pack.pack, number=1, title="", sha256="", content={}, created_at=NOW)


def test_open_link_is_never_used_up(refused):
    invitation = an_invitation()
    with refused("invitation_open_is_never_used_up"):
        Invitation.objects.filter(pk=invitation.pk).update(used_at=NOW)


def test_role_is_granted_once(refused):
    user = a_user()
    study = a_draft(by=user)
    with refused("role_once"):
        Role.objects.create(study=study, user=user, role="owner")
    actions.grant_role(study=study, user=user, role="owner", by=None, now=NOW)
    assert study.roles.count() == 1


def test_tokens_do_not_collide():
    study = a_study()
    actions.open_link(study=study, by=None, now=NOW, token="words")
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.open_link(study=study, by=None, now=NOW, token="words")


def test_planned_case_has_a_known_purpose(refused):
    slot = a_study().slots.first()
    row = slot.planned.first()
    row.pk, row._state.adding, row.position, row.purpose = None, True, 99, "warm-up"
    with refused("planned_purpose_known"):
        row.save(force_insert=True)


def test_instrument_is_kept_once_and_never_changed(refused):
    fields = {"study": a_draft(), "name": "sus", "sha256": "0" * 64, "content": {}, "created_at": NOW}
    Instrument.objects.create(**fields)
    with refused("instrument_content_once"):
        Instrument.objects.create(**fields)
    with refused("immutable"):
        Instrument.objects.update(name="other")


def test_choices_of_a_minimisation_are_numbered_from_one_and_once(refused):
    study = a_study()
    first, second, third = study.slots.order_by("pk")[:3]
    fields = {"study": study, "draw": 0.5, "cutoff": 0.8, "pick": 0.5, "counts": {}, "eligible": [], "chosen_at": NOW}
    MinimisedChoice.objects.create(slot=first, number=1, **fields)
    with refused("minimised_number_once"):
        MinimisedChoice.objects.create(slot=second, number=1, **fields)
    with refused("minimised_number_from_one"):
        MinimisedChoice.objects.create(slot=third, number=0, **fields)


def an_amendment(study, **fields):
    defaults = {
        "study": study, "number": 1, "protocol": study.protocol, "replaces": study.protocol, "difference": "+",
        "reason": "why", "proposed_by_id": uuid.uuid4(), "proposed_at": NOW,
    }  # fmt: skip
    return Amendment.objects.create(**{**defaults, **fields})


def test_amendment_is_numbered_once_and_one_waits_at_a_time(refused):
    study = a_study()
    an_amendment(study)
    with refused("amendment_number_once"):
        an_amendment(study, dropped_at=NOW)
    with refused("amendment_one_at_a_time"):
        an_amendment(study, number=2)


def test_amendment_is_in_force_by_a_second_person_and_then_stays(refused):
    study, person = a_study(), uuid.uuid4()
    with refused("amendment_in_force_is_approved"):
        an_amendment(study, effective_at=NOW)
    with refused("amendment_by_a_second_person"):
        an_amendment(study, proposed_by_id=person, approved_by_id=person, effective_at=NOW)
    made = an_amendment(study, approved_by_id=person, effective_at=NOW)
    with refused("was decided on: UPDATE refused"):
        Amendment.objects.filter(pk=made.pk).update(reason="another")
    with refused("was decided on: DELETE refused"):
        Amendment.objects.filter(pk=made.pk)._raw_delete("default")


def test_approval_counts_once_a_person_and_record_of_steps_stays(refused):
    study = a_study()
    fields = {"study": study, "content_sha256": "0" * 64, "protocol_sha256": "", "by_id": uuid.uuid4(), "at": NOW}
    Approval.objects.create(**fields)
    with refused("approval_once_a_person"):
        Approval.objects.create(**fields)
    with refused("immutable"):
        Approval.objects.update(comment="better")
    with refused("immutable"):
        study.transitions.update(reason="better")


def test_every_constraint_of_the_models_has_a_test():
    """A constraint added without a test that breaks it fails here."""
    tested = Path(__file__).read_text()
    models = apps.get_app_config("studies").get_models()
    tested += (Path(__file__).parent / "test_pictures.py").read_text()
    tested += (Path(__file__).parent / "test_case_constraints.py").read_text()
    tested += (Path(__file__).parent / "test_equating.py").read_text()
    missing = [rule.name for model in models for rule in model._meta.constraints if rule.name not in tested]
    assert not missing
