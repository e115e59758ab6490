import pytest
from django.db import DatabaseError

from simlab.engine.allocation import SlotPlan, commitment
from simlab.engine.casesigning import substance_hash
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.protocol import parse_protocol
from simlab.engine.schedule import PlannedEncounter as EncounterPlan
from simlab.studies import actions, clock
from simlab.studies.actions import launching
from simlab.studies.models import CaseVersion, PlannedEncounter, ProtocolVersion, Slot, Stratum, Study
from simlab.studies.reading import balance_of, has_role, invitation_for, packs_of, protocol_of, read_folder
from tests.factories import DAY, MINI, NOW, a_draft, a_loaded_pack, a_participant, a_study, a_user, approved, mini_pack

pytestmark = pytest.mark.django_db


def test_launch_draws_and_locks_everything():
    study = a_study(per_stratum=8)
    slots = list(study.slots.order_by("stratum", "ordinal"))
    assert {slot.stratum for slot in slots} == {"gp", "gp-registrar"}
    for stratum in Stratum.objects.filter(study=study):
        arms = [slot.arm for slot in slots if slot.stratum == stratum.name]
        assert (len(arms), stratum.claimed) == (stratum.size, 0)
        assert arms.count("advised") == arms.count("unaided")
    assert PlannedEncounter.objects.filter(slot__study=study).count() == 4 * len(slots)
    assert (study.state, study.launched_at) == ("launched", NOW)
    assert ProtocolVersion.objects.get(pk=study.protocol_id).locked_at == NOW
    assert list(study.packs.values_list("pack", flat=True)) == ["mini"]


def test_every_advised_exposure_holds_exactly_one_wrong_advice():
    study = a_study()
    for slot in study.slots.filter(arm="advised"):
        given = slot.planned.filter(phase="exposure").values_list("advice_version__correct", flat=True)
        assert sorted(given) == [False, True]
    others = PlannedEncounter.objects.filter(slot__study=study).exclude(phase="exposure", slot__arm="advised")
    assert set(others.values_list("advice_version", flat=True)) == {None}


def test_commitment_can_be_checked_from_the_stored_lists():
    study = a_study()
    slots = [SlotPlan(*row) for row in study.slots.values_list("stratum", "ordinal", "arm", "block")]
    columns = (
        "slot__stratum", "slot__ordinal", "slot__arm", "phase", "sitting", "position", "form",
        "case_version__pack", "case_version__case_id", "advice_version__advice_id",
    )  # fmt: skip
    rows = PlannedEncounter.objects.filter(slot__study=study).values_list(*columns)
    encounters = [EncounterPlan(*row) for row in rows]
    assert commitment(slots, encounters, study.allocation_salt) == study.allocation_commitment


def test_same_seed_gives_the_same_list_and_no_seed_another():
    def arms(study):
        return list(study.slots.order_by("stratum", "ordinal").values_list("arm", flat=True))

    one, same, other = (a_study(per_stratum=40, seed=seed) for seed in ("s", "s", None))
    assert arms(one) == arms(same) != arms(other)
    assert len(other.allocation_seed) == 32


def test_second_launch_is_refused():
    study = a_study()
    with pytest.raises(Refused) as refused:
        actions.launch_study(study=study, by=None, now=NOW)
    assert refused.value.code == "already-launched"


def test_launch_without_its_pack_is_refused_with_the_remedy():
    source, documents = read_folder(MINI)
    study = actions.create_study(slug="s", kind="pilot", source=source, documents=documents, by=None, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.launch_study(study=study, by=None, now=NOW)
    assert "load_cases" in refused.value.message


def test_protocol_that_asks_for_more_cases_than_a_form_holds_changes_nothing():
    a_loaded_pack()
    source, documents = read_folder(MINI)
    source = source.replace("{A: 2, B: 2}", "{A: 4, B: 4}")
    study = actions.create_study(slug="s", kind="pilot", source=source, documents=documents, by=None, now=NOW)
    with pytest.raises(InvalidFile) as invalid:
        actions.launch_study(study=study, by=None, now=NOW)
    assert "study.yaml" in str(invalid.value)
    study.refresh_from_db()
    assert (study.state, Slot.objects.count()) == ("draft", 0)


def test_invalid_protocol_makes_no_study():
    with pytest.raises(InvalidFile):
        actions.create_study(slug="s", kind="pilot", source="simlab: study/1", documents={}, by=None, now=NOW)
    assert not Study.objects.exists()


def test_broken_insert_of_encounters_undoes_the_launch(monkeypatch):
    study = a_draft()

    def broken(*args, **kwargs):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(launching.PlannedEncounter.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        actions.launch_study(study=study, by=None, now=NOW)
    study.refresh_from_db()
    assert (study.state, Slot.objects.count(), Stratum.objects.count()) == ("draft", 0, 0)


def test_twin_has_the_same_protocol_and_packs_but_its_own_slots():
    study = a_study()
    a_loaded_pack()
    twin = actions.make_twin(study=study, seed="rehearsal", by=None, now=NOW, per_stratum=4)
    assert (twin.kind, twin.parent, twin.state) == ("rehearsal", study, "launched")
    assert twin.protocol.sha256 == study.protocol.sha256
    assert twin.protocol_id != study.protocol_id
    assert twin.allocation_seed == "rehearsal"
    assert not set(twin.slots.values_list("pk")) & set(study.slots.values_list("pk"))
    assert set(twin.packs.all()) == set(study.packs.all())
    assert twin.documents.count() == 3
    assert actions.make_twin(study=study, seed="2", by=None, now=NOW, per_stratum=4).slug != twin.slug


def test_running_study_keeps_its_pack_when_a_newer_one_is_loaded():
    study = a_study()
    pack = packs_of(study)["mini"]
    case = pack.cases["tired-and-cold"].model_copy(update={"title": "Newer"})
    actions.load_pack(pack=pack.model_copy(update={"cases": {**pack.cases, case.id: case}}), now=NOW)
    assert packs_of(study)["mini"].cases["tired-and-cold"].title == "Tired for half a year"
    source, documents = read_folder(MINI)
    draft = actions.create_study(slug="d", kind="pilot", source=source, documents=documents, by=None, now=NOW)
    assert packs_of(draft)["mini"].cases["tired-and-cold"].title == "Newer"
    twin = actions.make_twin(study=study, seed="t", by=None, now=NOW, per_stratum=4)
    newer = CaseVersion.objects.get(content__title="Newer")
    assert not PlannedEncounter.objects.filter(slot__study=twin, case_version=newer).exists()


def test_clock_of_a_demonstration_moves_and_that_of_a_trial_does_not():
    study = actions.advance_clock(study=a_study(), step=3 * DAY, now=NOW)
    assert study.clock_offset == 3 * DAY
    assert clock.now(study) > NOW
    with pytest.raises(Refused) as refused:
        actions.advance_clock(study=a_study(kind="main"), step=DAY, now=NOW)
    assert refused.value.code == "real-clock"
    with pytest.raises(Refused):
        actions.advance_clock(study=study, step=-DAY, now=NOW)


def test_life_of_a_study_goes_one_way():
    study = a_study()
    assert actions.pause_study(study=study, by=None, now=NOW, reason="A fault in a case.").state == "paused"
    assert actions.resume_study(study=study, by=None, now=NOW).state == "launched"
    assert actions.lock_study(study=study, by=None, now=NOW).state == "locked"
    for action in (actions.resume_study, actions.lock_study):
        with pytest.raises(Refused):
            action(study=study, by=None, now=NOW)


def test_token_is_not_stored_and_leads_to_its_invitation():
    study = a_study()
    invitation, token = actions.invite(study=study, by=None, now=NOW)
    assert token not in str(vars(invitation))
    assert invitation_for(token) == invitation
    assert invitation_for("made up") is None


def test_trial_cannot_choose_the_words_of_its_link():
    with pytest.raises(Refused):
        actions.open_link(study=a_study(kind="main"), by=None, now=NOW, token="easy")


def test_roles_open_studies_to_their_holders_only():
    owner, stranger = a_user(), a_user()
    study = a_draft(by=owner)
    assert has_role(study, owner)
    assert has_role(study, owner, "owner", "researcher")
    assert not has_role(study, owner, "educator")
    assert not has_role(study, stranger)
    assert list(Study.objects.visible_to(owner)) == [study]
    assert not Study.objects.visible_to(stranger).exists()
    assert Study.objects.visible_to(a_user(is_superuser=True)).count() == 1


def test_balance_counts_drawn_and_claimed():
    rows = balance_of(a_study(per_stratum=8))
    assert len(rows) == 4
    assert all(row["drawn"] >= 4 and row["claimed"] == 0 for row in rows)


def test_balance_of_a_running_trial_keeps_the_arms_together():
    study = a_study(kind="main", per_stratum=8)
    a_participant(study, grade="gp")
    rows = {row["stratum"]: row for row in balance_of(study)}
    assert len(rows) == 2
    assert (rows["gp"]["claimed"], rows["gp"]["drawn"] >= 8) == (1, True)
    assert not {row["arm"] for row in rows.values()} & {"advised", "unaided"}
    actions.lock_study(study=study, by=None, now=NOW)
    assert {row["arm"] for row in balance_of(study)} == {"advised", "unaided"}


def test_stored_protocol_reads_back_as_the_same_protocol():
    study = a_draft()
    assert protocol_of(study).document == parse_protocol(study.protocol.source).document == study.protocol.document
    assert protocol_of(study).hash == study.protocol.sha256


@pytest.mark.parametrize("reason", ["", "  because  "])
def test_main_study_on_unsigned_cases_is_refused_and_nothing_is_kept(reason):
    study = approved(a_draft(kind="main"))
    with pytest.raises(Refused) as refused:
        actions.launch_study(study=study, by=None, now=NOW, per_stratum=4, unsigned_because=reason)
    assert refused.value.code == "unsigned-cases"
    assert not Slot.objects.filter(study=study).exists()


def test_only_the_owner_overrides_and_the_reason_stays_on_the_study():
    owner, other = a_user(), a_user()
    study, why = approved(a_draft(kind="main", by=owner)), "A panel reads the cases outside the platform."
    with pytest.raises(Refused) as refused:
        actions.launch_study(study=study, by=other, now=NOW, per_stratum=4, unsigned_because=why)
    assert refused.value.code in ("not-owner", "not-yours")
    actions.launch_study(study=study, by=owner, now=NOW, per_stratum=4, unsigned_because=f" {why} ")
    study.refresh_from_db()
    assert (study.unsigned_cases, study.unsigned_reason) == (4, why)


def case_signed(case, review_by="2027-11-01"):
    """The case with the signature of a clinician that holds for its words, until its next review is due."""
    content = {"reviewed_content": substance_hash(case), "review_by": review_by}
    status = {"reviewer": "A Clinician", "reviewed_on": "2026-11-01", **content}
    return case.model_copy(update={"status": case.status.model_copy(update=status)})


def test_signed_cases_need_no_reason_and_other_kinds_none_either():
    pack = mini_pack()
    signed = {name: case_signed(case) for name, case in pack.cases.items()}
    study = approved(a_draft(kind="main"))
    actions.load_pack(pack=pack.model_copy(update={"cases": signed}), now=NOW)
    actions.launch_study(study=study, by=None, now=NOW, per_stratum=4)
    study.refresh_from_db()
    assert (study.state, study.unsigned_cases) == ("launched", 0)
    assert a_study(kind="pilot").unsigned_cases == 0


def test_a_signature_whose_review_is_due_counts_as_none():
    pack = mini_pack()
    cases = {name: case_signed(case, review_by="2026-11-22") for name, case in pack.cases.items()}
    study = approved(a_draft(kind="main"))
    actions.load_pack(pack=pack.model_copy(update={"cases": cases}), now=NOW)
    with pytest.raises(Refused, match="4 of 4 cases of this main study are not signed"):
        actions.launch_study(study=study, by=None, now=NOW, per_stratum=4)
