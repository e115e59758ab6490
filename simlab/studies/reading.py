"""Questions to studies: what the rows mean in the terms of the engine.

Case, pack and locked protocol rows never change, so their parsed form is kept in memory by id.
"""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID

from django.conf import settings

from simlab.engine.casefile import Case, Pack
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.instrument import Instrument as Questionnaire
from simlab.engine.instrument import load_folder
from simlab.engine.parsing import content_hash
from simlab.engine.protocol import Protocol, parse_protocol
from simlab.people.models import User
from simlab.studies.models import (
    CaseImage,
    CaseVersion,
    Document,
    Instrument,
    Invitation,
    PackVersion,
    ProtocolVersion,
    Slot,
    Study,
)
from simlab.studies.tokens import hash_of


def protocol_of(study: Study) -> Protocol:
    """The engine's view of the study's protocol; parsed once for a given text."""
    return _parsed(study.protocol_id, study.protocol.sha256)


@lru_cache(maxsize=128)
def _parsed(protocol_id: UUID, sha256: str) -> Protocol:
    return parse_protocol(ProtocolVersion.objects.values_list("source", flat=True).get(pk=protocol_id))


def packs_of(study: Study) -> dict[str, Pack]:
    """The packs the study was launched with, or would be launched with now."""
    versions = list(study.packs.only("id", "pack"))
    if not versions:
        names = protocol_of(study).cases.packs
        versions = [v for v in (PackVersion.objects.latest_of(name) for name in names) if v]
    return {version.pack: pack_of(version) for version in versions}


def latest_packs() -> dict[str, Pack]:
    """Every pack that is loaded, in its latest version."""
    newest = PackVersion.objects.order_by("pack", "-number").distinct("pack")
    return {version.pack: pack_of(version) for version in newest.only("id", "pack")}


def packs_in_running_trials() -> set[str]:
    """The packs that a running trial uses, and any other that holds one of their cases; one query."""
    used = Study.objects.running_trials().values("packs__pack")
    theirs = CaseVersion.objects.filter(pack__in=used).values("sha256")
    return set(CaseVersion.objects.filter(sha256__in=theirs).values_list("pack", flat=True))


def pack_of(version: PackVersion) -> Pack:
    """The pack as it was loaded, with all its cases."""
    return _pack(version.pk)


@lru_cache(maxsize=16)
def _pack(version_id: UUID) -> Pack:
    version = PackVersion.objects.get(pk=version_id)
    cases = {row.case_id: row.content for row in CaseVersion.objects.of_pack_version(version)}
    return Pack.model_validate({**version.content, "cases": {name: cases[name] for name in version.content["cases"]}})


def pictures_of(version: PackVersion) -> dict[str, dict[str, bytes]]:
    """The pictures of each case of a pack, by their names; one query."""
    cases = CaseVersion.objects.of_pack_version(version)
    found: dict[str, dict[str, bytes]] = {}
    for image in CaseImage.objects.filter(case_version__in=cases).select_related("case_version"):
        found.setdefault(image.case_version.case_id, {})[image.name] = bytes(image.content)
    return found


def synonyms_of(study: Study) -> dict[str, str]:
    """Names to preferred names over all packs of the study, for comparing answers."""
    return {name: term for pack in packs_of(study).values() for name, term in pack.synonyms().items()}


def instruments_of(study: Study) -> dict[str, tuple[int, Questionnaire]]:
    """The questionnaires of a study by name: the row, and what it holds."""
    return _instruments(study.pk)


@lru_cache(maxsize=64)
def _instruments(study_id: UUID) -> dict[str, tuple[int, Questionnaire]]:
    rows = Instrument.objects.filter(study=study_id).values_list("name", "pk", "content")
    return {name: (pk, Questionnaire.model_validate(content)) for name, pk, content in rows}


@lru_cache(maxsize=1)
def shipped_instruments() -> dict[str, Questionnaire]:
    return load_folder(Path(settings.INSTRUMENTS_DIR))


def read_instruments(folder: Path) -> dict[str, Questionnaire]:
    """A study's own questionnaires, in the folder “instruments” beside its protocol. Raises InvalidFile."""
    return load_folder(folder / "instruments")


def case_of(case_version_id: UUID) -> Case:
    return _case(case_version_id)


@lru_cache(maxsize=1024)
def _case(case_version_id: UUID) -> Case:
    return Case.model_validate(CaseVersion.objects.values_list("content", flat=True).get(pk=case_version_id))


@lru_cache(maxsize=1024)
def public_case(case_version_id: UUID, menu: bool = False) -> dict:
    """What a participant may see of a case, pictures as address and size. Shared between requests: do not change it.

    With `menu` it holds what is there to be asked for only, and what asking costs.
    """
    shown = case_of(case_version_id).public(menu=menu)
    sizes = {image.name: [image.width, image.height] for image in _images(case_version_id)}
    for item in (item for stage in shown["stages"] for item in stage["items"]):
        if item["image"]:
            item["image-size"] = sizes[item["image"]]
            item["image"] = image_address(case_version_id, item["image"])
        item["layers"] = [
            {**layer, "image": image_address(case_version_id, layer["image"])} for layer in item["layers"]
        ]
    return shown


def pictures_of_case(case_version_id: UUID) -> list[dict]:
    """The pictures of a case with what they show: label, image (address), image-size [width, height], alt."""
    items = [item for stage in public_case(case_version_id)["stages"] for item in stage["items"] if item["image"]]
    return [{name: item[name] for name in ("label", "image", "image-size", "alt")} for item in items]


def image_address(case_version_id: UUID, name: str) -> str:
    return f"/api/case-images/{case_version_id}/{name}"


def _images(case_version_id: UUID) -> list[CaseImage]:
    return list(CaseImage.objects.described().filter(case_version=case_version_id))


def document_of(study: Study, kind: str) -> Document | None:
    return Document.objects.latest_of(study, kind)


def invitation_for(token: str) -> Invitation | None:
    """The usable invitation behind a link, with its study."""
    return Invitation.objects.usable().filter(token_sha256=hash_of(token)).select_related("study__protocol").first()


def content_hash_of(study: Study) -> str:
    """SHA-256 of what an approval is about: the protocol, the latest documents, the questionnaires."""
    documents = {kind: one.sha256 for kind in Document.Kind.values if (one := document_of(study, kind))}
    instruments = sorted(study.instruments.values_list("name", "sha256"))
    return content_hash(
        {"protocol": study.protocol.sha256, "documents": documents, "instruments": [list(row) for row in instruments]}
    )


def authors_of(study: Study) -> set[UUID]:
    """Everybody who saved a version of the protocol or of a document; none of them may approve it."""
    wrote = [*study.protocols.values_list("written_by_id", flat=True)]
    wrote += study.documents.values_list("written_by_id", flat=True)
    return {one for one in wrote if one}


def has_role(study: Study, user: User, *roles: str) -> bool:
    """True when the user holds one of the roles in the study; with no roles named, any role will do."""
    if not user.is_authenticated:
        return False
    if user.is_superuser:
        return True
    held = study.roles.filter(user=user)
    return (held.filter(role__in=roles) if roles else held).exists()


def balance_of(study: Study) -> list[dict]:
    """Rows stratum, arm, drawn, claimed, for the study team.

    In a trial that is not locked, all arms of a stratum are one row: whoever sees which arm was taken last can foretell
    how its block ends.
    """
    rows = balance_by_arm(study)
    if not study.is_concealed:
        return rows
    if study.protocol and protocol_of(study).is_minimised:  # there the lists are those of the arms
        return [{**_together(rows), "stratum": "all"}] if rows else []
    return [_together(list(of)) for _, of in groupby(rows, itemgetter("stratum"))]


def balance_by_arm(study: Study) -> list[dict]:
    """The same by arm, always: for those who may be unblinded only."""
    return list(Slot.objects.filter(study=study).with_counts())


def _together(rows: list[dict]) -> dict:
    counts = {name: sum(row[name] for row in rows) for name in ("drawn", "claimed")}
    return {"stratum": rows[0]["stratum"], "arm": "all (kept apart until the study is locked)", **counts}


def read_folder(folder: Path) -> tuple[str, dict[str, str]]:
    """Text of `study.yaml` and of the documents it names, from one protocol folder. Raises InvalidFile."""
    source = _text(folder / "study.yaml")
    protocol = parse_protocol(source)
    return source, {kind: _text(folder / name) for kind, name in protocol.documents.model_dump().items()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidFile(
            [Fault(str(path), f"cannot be read ({error.strerror}).", "Check the path and its permissions.")]
        ) from error
