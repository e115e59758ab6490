"""Launch: everything that chance decides is drawn once, stored whole, and locked before anyone enrols."""

import datetime
import secrets

from django.db import transaction

from simlab.engine.allocation import SlotPlan, commitment, draw_slots
from simlab.engine.casesigning import signed
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.externallist import read_list, without_list
from simlab.engine.lifecycle import SHORTEST_REASON
from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol, check_against_pack
from simlab.engine.schedule import PlannedEncounter as EncounterPlan
from simlab.engine.schedule import draw_encounters
from simlab.people.models import User
from simlab.studies.actions.lifecycle import locked, take_step
from simlab.studies.actions.study import create_study
from simlab.studies.models import (
    TWINS,
    AdviceVersion,
    CaseVersion,
    PackVersion,
    PlannedEncounter,
    ProtocolVersion,
    Role,
    Slot,
    Stratum,
    Study,
)
from simlab.studies.reading import content_hash_of, has_role, instruments_of, pack_of, protocol_of


@transaction.atomic
def launch_study(
    *,
    study: Study,
    by: User | None,
    now: datetime.datetime,
    per_stratum: int = 120,
    seed: str | None = None,
    pack_versions: list[PackVersion] | None = None,
    listed: str | None = None,
    unsigned_because: str = "",
) -> Study:
    """Check the protocol against its packs, draw slots and encounters, lock the protocol. All of it or nothing.

    `seed` is given for twins and tests; a trial's seed comes from the system's random source. `listed` is the text of
    an allocation list made elsewhere, where the protocol asks for one; a twin without it draws blocks of its own.
    `unsigned_because` is the owner's reason to run a main study on cases that no clinician has signed.
    Raises InvalidFile when the protocol asks for what the packs do not hold, Refused when the study was launched
    before, or is a main study on unsigned cases without that reason.
    """
    study = locked(study)
    if study.is_launched:
        raise Refused("already-launched", "This study was launched before; its allocation is fixed.")
    take_step(study=study, name="launch", by=by, now=now)
    _refuse_other_content(study)
    protocol = protocol_of(study)
    versions = pack_versions or [_latest(pack_id) for pack_id in protocol.cases.packs]
    packs = {version.pack: pack_of(version) for version in versions}
    faults = check_against_pack(protocol, packs)
    if faults:
        raise InvalidFile(faults)
    seed = seed or secrets.token_hex(16)
    plans = _slots(study, protocol, seed, per_stratum, listed)
    slots = _store_slots(study, plans)
    encounters = draw_encounters(protocol, packs, seed, plans)
    _own_up(study, packs, encounters, by, unsigned_because.strip(), now.date().isoformat())
    _store_encounters(slots, encounters, versions)
    study.packs.set(versions)
    return _lock(study, seed, plans, encounters, now)


def _refuse_other_content(study: Study) -> None:
    """What is launched as a main study is what was approved, to the letter."""
    content = content_hash_of(study)
    if study.kind == Study.Kind.MAIN and not study.approvals.filter(content_sha256=content).exists():
        raise Refused("not-approved", "This study was changed since it was approved. Have it approved again.")


def _own_up(
    study: Study, packs: dict[str, Pack], encounters: list[EncounterPlan], by: User | None, reason: str, today: str
) -> None:
    """Refuse a main study on unsigned cases, or note on it how many there are and its owner's reason."""
    if study.kind != Study.Kind.MAIN:
        return
    met = {(plan.pack, plan.case_id) for plan in encounters}
    unsigned = sum(not signed(packs[pack].cases[case], today) for pack, case in met)
    if not unsigned:
        return
    if len(reason) < SHORTEST_REASON:
        raise Refused(
            "unsigned-cases",
            f"{unsigned} of {len(met)} cases of this main study are not signed by a clinician, or are due for review. "
            "Have them signed, or let the owner launch it with a reason in a sentence (--unsigned-because); the report "
            "will print it.",
        )
    if by is not None and not has_role(study, by, Role.Name.OWNER):
        raise Refused("not-owner", "Only an owner of the study may launch it on unsigned cases.")
    study.unsigned_cases, study.unsigned_reason = unsigned, reason


def _slots(study: Study, protocol: Protocol, seed: str, per_stratum: int, listed: str | None) -> list[SlotPlan]:
    if protocol.allocation is None or protocol.allocation.method != "list":
        if listed is not None:
            raise Refused("no-list", "This protocol draws its own allocation; it takes no list from outside.")
        return draw_slots(protocol, seed, per_stratum=per_stratum)
    if listed is not None:
        return read_list(listed, protocol)
    if study.kind not in TWINS:
        raise Refused(
            "no-list", "This protocol takes its allocation from a list made elsewhere. Give it at the launch."
        )
    return draw_slots(without_list(protocol), seed, per_stratum=per_stratum)


@transaction.atomic
def make_twin(
    *,
    study: Study,
    seed: str,
    by: User | None,
    now: datetime.datetime,
    per_stratum: int = 120,
    kind: str = Study.Kind.REHEARSAL,
) -> Study:
    """A rehearsal or preview of a study: same protocol and packs, own seed and slots, a clock that may move."""
    # One at a time, for the number; a lock that lets people arrive in the meantime.
    study = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("protocol").get(pk=study.pk)
    ordinal = study.twins.filter(kind=kind).count() + 1
    documents = {document.kind: document.text for document in study.documents.order_by("version")}
    twin = create_study(
        slug=f"{study.slug[:60]}-{kind}-{ordinal}",
        title=f"{study.title[:170]} ({kind} {ordinal})",
        kind=kind,
        source=study.protocol.source,
        documents=documents,
        by=by,
        now=now,
        parent=study,
        instruments={name: instrument for name, (_, instrument) in instruments_of(study).items()},
    )
    return launch_study(
        study=twin, by=by, now=now, per_stratum=per_stratum, seed=seed, pack_versions=list(study.packs.all()) or None
    )


def _latest(pack_id: str) -> PackVersion:
    version = PackVersion.objects.latest_of(pack_id)
    if version is None:
        raise Refused("no-pack", f"The case pack “{pack_id}” is not loaded. Run: manage.py load_cases cases/{pack_id}")
    return version


def _store_slots(study: Study, plans: list[SlotPlan]) -> dict[tuple[str, int], Slot]:
    rows = Slot.objects.bulk_create(
        [Slot(study=study, stratum=p.stratum, ordinal=p.ordinal, arm=p.arm, block=p.block) for p in plans],
        batch_size=2000,
    )
    sizes: dict[str, int] = {}
    for plan in plans:
        sizes[plan.stratum] = sizes.get(plan.stratum, 0) + 1
    Stratum.objects.bulk_create([Stratum(study=study, name=name, size=size) for name, size in sizes.items()])
    return {(row.stratum, row.ordinal): row for row in rows}


def _store_encounters(
    slots: dict[tuple[str, int], Slot], plans: list[EncounterPlan], versions: list[PackVersion]
) -> None:
    cases = {
        (row.pack, row.case_id): row.pk
        for version in versions
        for row in CaseVersion.objects.of_pack_version(version).only("id", "pack", "case_id")
    }
    advice = {
        (row.case_version_id, row.advice_id): row.pk
        for row in AdviceVersion.objects.filter(case_version__in=cases.values()).only(
            "id", "case_version_id", "advice_id"
        )
    }
    PlannedEncounter.objects.bulk_create(
        (_encounter_row(plan, slots, cases, advice) for plan in plans), batch_size=2000
    )


def _encounter_row(plan: EncounterPlan, slots: dict, cases: dict, advice: dict) -> PlannedEncounter:
    case_version_id = cases[plan.pack, plan.case_id]
    return PlannedEncounter(
        slot=slots[plan.stratum, plan.ordinal],
        phase=plan.phase,
        sitting=plan.sitting,
        position=plan.position,
        form=plan.form,
        case_version_id=case_version_id,
        advice_version_id=advice[case_version_id, plan.advice_id] if plan.advice_id else None,
        condition=plan.condition,
        purpose=plan.purpose,
    )


def _lock(
    study: Study, seed: str, plans: list[SlotPlan], encounters: list[EncounterPlan], now: datetime.datetime
) -> Study:
    study.allocation_seed = seed
    study.allocation_salt = secrets.token_hex(16)
    study.allocation_commitment = commitment(plans, encounters, study.allocation_salt)
    study.launched_at = now
    study.save()
    ProtocolVersion.objects.filter(pk=study.protocol_id).update(locked_at=now)
    return study
